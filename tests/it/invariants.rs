//! The promises of the design that hold without a server, one test each, named as the table in
//! ARCHITECTURE.md names them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::program::{advise, files_of, root, run, world, worlds};
use crate::tidy::{assert_none, files, production, read, short, sources_ending};

/// The floors that touch the world.
const OUTER: [&str; 2] = ["src/io/", "src/cli/"];

/// Production code without whole-line comments, by path.
fn sources() -> Vec<(String, String)> {
    let tests = crate::tidy::test_files();
    sources_ending(".rs")
        .into_iter()
        .filter(|path| !tests.contains(path))
        .map(|path| {
            let text = read(&path);
            let lines = production(&text)
                .lines()
                .map(|line| if line.trim_start().starts_with("//") { "" } else { line });
            (short(&path), lines.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// Sources of the floors below `io`.
fn pure_sources() -> Vec<(String, String)> {
    let is_outer = |path: &str| OUTER.iter().any(|it| path.starts_with(it));
    let beside =
        ["src/bin/", "src/main.rs", "src/lib.rs", "core/src/lib.rs", "core/src/testing.rs"];
    let mut found = sources();
    found.retain(|(path, _)| !is_outer(path) && !beside.iter().any(|it| path.starts_with(it)));
    assert!(found.len() > 80, "{}", found.len());
    found
}

/// Whether a line holds a word, not only as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(word).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + word.len()..]);
        let longer_before = word.starts_with(is_part) && before.ends_with(is_part);
        let longer_after = word.ends_with(is_part) && after.starts_with(is_part);
        !longer_before && !longer_after
    })
}

/// Places of a word in code, `path:line: text`.
fn places(sources: &[(String, String)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| has_word(line, word)) {
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn nothing_below_io_touches_the_world() {
    let words = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::io",
        "std::thread",
        "std::os",
        "Instant",
        "SystemTime",
        "RandomState",
        "HashMap<",
        "HashMap::",
        "HashMap}",
        "HashMap,",
        "HashMap;",
        "HashSet<",
        "HashSet::",
        "HashSet}",
        "HashSet,",
        "HashSet;",
        "tokio",
        "rustls",
        "clap",
        "anyhow",
        "async fn",
        "async move",
        ".await",
        "println!",
        "eprintln!",
        "print!(",
        "include_str!",
    ];
    let found = places(&pure_sources(), &words);
    assert_none(&found, "a pure floor names the world");
}

#[test]
fn the_bans_are_denied_and_excepted_in_the_open() {
    let manifest = read(&root().join("Cargo.toml"));
    for lint in ["disallowed_methods", "disallowed_types"] {
        assert!(manifest.contains(&format!("{lint} = \"deny\"")), "{lint} is not denied");
    }
    let bans = read(&root().join("clippy.toml"));
    for ban in ["std::fs::File", "std::env::var", "Instant::now", "SystemTime::now", "TcpStream"] {
        assert!(bans.contains(ban), "clippy.toml does not ban {ban}");
    }
    let excepting = |(path, text): (String, String)| {
        let lifted = text.contains("clippy::disallowed_");
        lifted.then_some(path)
    };
    let found: BTreeSet<String> = sources().into_iter().filter_map(excepting).collect();
    let known = ["core/src/lib.rs", "src/bin/dev/main.rs", "src/lib.rs"].map(str::to_owned);
    assert!(found.is_subset(&known.into()), "{found:?}");
    assert_none(&places(&sources(), &["#[allow(", "#![allow("]), "a lint is allowed, not expected");
}

#[test]
fn no_feature_switches_a_pure_floor() {
    assert_none(&places(&pure_sources(), &["cfg(feature", "feature = \""]), "a pure floor changes");
}

/// The function that a line stands in, by the last signature above it.
fn function_above(text: &str, line: usize) -> String {
    let above: Vec<&str> = text.lines().take(line).collect();
    let start = above.iter().rposition(|it| it.trim_start().contains("fn ")).unwrap();
    let end = text.lines().skip(start).position(|it| it.ends_with('{')).unwrap();
    text.lines().skip(start).take(end + 1).map(str::trim).collect::<Vec<_>>().join(" ")
}

#[test]
fn read_only_is_the_only_way_to_execution() {
    let sources = sources();
    let composed = places(&sources, &["(analyze, buffers"]);
    assert_eq!(composed.len(), 1, "{composed:?}");
    assert!(composed[0].starts_with("src/io/explain/consent.rs:"), "{composed:?}");
    let mut callers = Vec::new();
    for (path, text) in &sources {
        for (number, line) in text.lines().enumerate() {
            let calls = has_word(line, "running(") && !line.contains("fn running(");
            if calls && !line.contains("\"<statement>\"") {
                callers.push((path.as_str(), function_above(text, number)));
            }
        }
    }
    let [(path, signature)] = callers.as_slice() else { panic!("{callers:#?}") };
    assert_eq!(*path, "src/io/explain/run.rs");
    assert!(signature.contains("read_only: ReadOnly<'_>"), "{signature}");
    let made = places(&sources, &["ReadOnly("]);
    let elsewhere: Vec<String> =
        made.into_iter().filter(|it| !it.starts_with("core/src/workload/safety.rs:")).collect();
    assert_none(&elsewhere, "a ReadOnly is made outside workload::safety");
}

#[test]
fn planning_takes_a_plannable() {
    let sources = sources();
    let composed = places(&sources, &["\"explain {MARKER} (format json"]);
    assert_eq!(composed.len(), 1, "{composed:?}");
    for (path, text) in &sources {
        for (number, line) in text.lines().enumerate() {
            let calls = line.contains("planning(&") || line.contains("planning(text");
            if !calls || line.contains("fn planning(") {
                continue;
            }
            let signature = function_above(text, number);
            let start = text.find(signature.split('(').next().unwrap()).unwrap_or(0);
            let body: String = text[start..].lines().take(40).collect();
            let proved = signature.contains("Plannable<'_>") || body.contains("Plannable::of(");
            assert!(proved, "{path}:{}: {line}\n{signature}", number + 1);
        }
    }
    let made = places(&sources, &[" Plannable(", "(Plannable(", "Self(draft)"]);
    let elsewhere: Vec<String> =
        made.into_iter().filter(|it| !it.starts_with("core/src/workload/safety.rs:")).collect();
    assert_none(&elsewhere, "a Plannable is made outside workload::safety");
}

/// Beginnings of a text that the server would run.
const COMMANDS: [&str; 16] = [
    "select ",
    "explain ",
    "begin ",
    "rollback",
    "savepoint ",
    "release ",
    "create ",
    "alter ",
    "drop ",
    "insert into ",
    "update ",
    "delete from ",
    "grant ",
    "copy ",
    "vacuum",
    "truncate ",
];

/// Where composed SQL may be: how transactions are framed, EXPLAIN, HypoPG, and servers of our own.
const COMPOSERS: [&str; 6] = [
    "src/io/session.rs",
    "src/io/explain/",
    "src/io/hypothetical.rs",
    "src/io/throwaway/",
    "src/io/demo/",
    "src/bin/dev/",
];

#[test]
fn sql_we_send_is_in_queries() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let is_sender = OUTER.iter().any(|it| path.starts_with(it));
        if !is_sender || COMPOSERS.iter().any(|it| path.starts_with(it)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let begins = line
                .split('"')
                .skip(1)
                .step_by(2)
                .any(|literal| COMMANDS.iter().any(|it| literal.starts_with(it)));
            if begins {
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "SQL outside src/io/queries");
    // Nothing but a session talks to the user's server.
    let talking = [".batch_execute(", ".query_typed(", ".simple_query(", ".query(", ".execute("];
    let mut talkers = places(&sources(), &talking);
    let own =
        ["src/io/session.rs", "src/io/throwaway/", "src/io/demo", "src/cli/demo", "src/bin/dev/"];
    talkers
        .retain(|it| !own.iter().any(|own| it.starts_with(own)) && !it.contains("self.execute("));
    assert_none(&talkers, "something besides a session talks to a server");
}

#[test]
fn every_query_is_used_and_shown_before_it_is_sent() {
    let dry = run(&["advise", "--dry-run", "--analyze", "always"]);
    assert_eq!(dry.code, 0, "{}", dry.words);
    let used: String = sources().into_iter().map(|(_, text)| text).collect();
    let mut hidden = Vec::new();
    for path in files("src/io/queries", ".sql") {
        let below = path.strip_prefix(root().join("src/io/queries")).unwrap();
        let name = below.to_string_lossy().into_owned();
        if !used.contains(&format!("queries/{name}")) {
            hidden.push(format!("{name} is used nowhere"));
        }
        if is_for_servers_of_our_own(&path) {
            continue;
        }
        let text = read(&path);
        let first = text.lines().find(|it| !it.starts_with("--") && !it.is_empty()).unwrap();
        let second = text.lines().filter(|it| !it.starts_with("--")).nth(1).unwrap_or(first);
        if !dry.out.contains(second.trim_end_matches(';')) {
            hidden.push(format!("{name} is not shown by --dry-run"));
        }
    }
    for composed in
        ["explain /* pgsextant */ (format json", "(analyze, buffers", "hypopg_create_index"]
    {
        if !dry.out.contains(composed) {
            hidden.push(format!("{composed} is not shown by --dry-run"));
        }
    }
    assert_none(&hidden, "queries");
    let never = run(&["advise", "--dry-run", "--analyze", "never"]);
    assert!(!never.out.contains("(analyze, buffers"), "{}", never.out);
}

#[test]
fn the_sql_we_send_writes_nothing() {
    let writing = [
        "insert",
        "update",
        "delete",
        "truncate",
        "create",
        "alter",
        "drop",
        "vacuum",
        "copy",
        "lock",
        "reset",
        "nextval",
        "setval",
        "pg_stat_statements_reset",
        "pg_stat_reset",
        "pg_advisory_lock",
        "pg_terminate_backend",
        "pg_cancel_backend",
    ];
    let mut found = Vec::new();
    let sent = files("src/io/queries", ".sql");
    for path in sent.into_iter().filter(|it| !is_for_servers_of_our_own(it)) {
        let text = read(&path);
        let code: String = text.lines().filter(|it| !it.trim_start().starts_with("--")).collect();
        let outside: String = code.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
        let words = outside.split(|it: char| !(it.is_alphanumeric() || it == '_'));
        found.extend(
            words.filter(|it| writing.contains(it)).map(|it| format!("{}: {it}", short(&path))),
        );
        let first = code.split_whitespace().next();
        if !matches!(first, Some("select" | "with")) {
            found.push(format!("{}: does not begin with select", short(&path)));
        }
    }
    assert_none(&found, "a query of ours writes");
}

#[test]
fn every_setting_is_local_to_its_transaction() {
    let sources = sources();
    let session = places(&sources, &["set_config("]);
    let lasting: Vec<String> = session.into_iter().filter(|it| !it.contains("true)")).collect();
    assert_none(&lasting, "a setting outlives its transaction");
    let mut set: Vec<String> = places(&sources, &["\"set ", "\"SET ", "\"reset ", "discard all"]);
    // Scripts that we suggest set their own session's limits.
    set.retain(|it| OUTER.iter().any(|outer| it.starts_with(outer)) && !it.contains("throwaway"));
    set.retain(|it| !it.contains("\"set up ") && !it.starts_with("src/io/demo/"));
    assert_none(&set, "a session setting");
}

#[test]
fn rules_build_no_sql() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        if !path.starts_with("core/src/rules/") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let upper = ["CREATE ", "DROP ", "ALTER ", "REINDEX ", "SELECT ", "SET "];
            let literals: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            let begins = literals.iter().any(|it| {
                upper.iter().chain(&COMMANDS).any(|command| {
                    it.starts_with(command.trim_end())
                        && it.len() > command.len()
                        && it.as_bytes()[command.trim_end().len()] == b' '
                })
            });
            let foreign = line.contains("indexes::") || line.contains("ddl::");
            if (begins && !line.trim_start().starts_with("///")) || foreign {
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "a rule builds SQL");
}

#[test]
fn a_rule_never_calls_another() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let folders = ["plan", "case", "workload", "audit"];
        let is_rule = folders.iter().any(|it| path.starts_with(&format!("core/src/rules/{it}/")));
        if is_rule && folders.iter().any(|it| text.contains(&format!("crate::rules::{it}::"))) {
            found.push(path);
        }
    }
    assert_none(&found, "rules that name another");
}

#[test]
fn suggested_sql_comes_with_its_undo() {
    for place in worlds() {
        let json = advise(&place, "json").json();
        for it in json["recommendations"].as_array().unwrap() {
            let texts = |key: &str| -> Vec<String> {
                let all = it[key].as_array().unwrap().iter();
                all.map(|sql| sql.as_str().unwrap().to_owned()).collect()
            };
            let (sql, undo) = (texts("sql"), texts("undo"));
            assert!(!sql.is_empty() && !undo.is_empty(), "{it}");
            assert!(undo.iter().all(|it| it.contains("DROP INDEX")), "{undo:?}");
            for statement in sql.iter().filter(|it| it.contains("CREATE INDEX")) {
                let concurrent = statement.contains("CREATE INDEX CONCURRENTLY");
                assert!(concurrent || statement.contains(" ON ONLY "), "{statement}");
            }
        }
        let script = advise(&place, "sql").out;
        assert_eq!(script.contains("\nCREATE INDEX"), script.contains("-- DROP INDEX"), "{script}");
    }
}

/// Endings and beginnings of keys that say a number's unit.
fn says_its_unit(key: &str) -> bool {
    let endings = [
        "_ms", "_bytes", "_share", "_rows", "_calls", "_count", "_days", "_updates", "_per_day",
        "_pages", "_percent", "_factor",
    ];
    // A multiplier has none; those behind it are places in a plan, not measures.
    let words = ["calls", "multiplier", "number", "parent", "node", "nodes", "depth"];
    endings.iter().any(|it| key.ends_with(it)) || words.contains(&key) || key.starts_with("cost_")
}

/// Numbers whose key, or the key of the object around them, names no unit.
fn bare_numbers(value: &Value, key: &str, around: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Number(_) if !says_its_unit(key) && !says_its_unit(around) => {
            out.insert(format!("{around}.{key}"));
        }
        Value::Object(members) => {
            for (name, value) in members {
                bare_numbers(value, name, key, out);
            }
        }
        Value::Array(members) => {
            for value in members {
                bare_numbers(value, key, around, out);
            }
        }
        _ => {}
    }
}

#[test]
fn every_number_in_json_has_a_unit_or_origin() {
    let mut bare = BTreeSet::new();
    for place in worlds() {
        bare_numbers(&advise(&place, "json").json(), "", "", &mut bare);
    }
    for plan in ["hash_spill_15", "sort_spill_17", "gather_seq_scan_18"] {
        let file = root().join(format!("fixtures/plans/{plan}.json"));
        let json = run(&["plan", file.to_str().unwrap(), "--format", "json"]).json();
        bare_numbers(&json, "", "", &mut bare);
    }
    assert!(bare.is_empty(), "numbers without a unit: {bare:?}");
}

#[test]
fn reading_the_world_is_total() {
    let file = root().join("fixtures/plans/unknown_words.json");
    let ran = run(&["plan", file.to_str().unwrap(), "--format", "json"]);
    assert!(ran.code <= 1, "{}", ran.words);
    // A whole world of node kinds that nobody has heard of.
    let files = files_of(&world("structure18"));
    let plans = String::from_utf8(files["plans.jsonl"].clone()).unwrap();
    let strange =
        plans.replace("\"Seq Scan\"", "\"Comet Scan\"").replace("\"Filter\"", "\"Sieve\"");
    assert_ne!(strange, plans);
    let scratch = crate::program::Scratch::new("total");
    let mut changed = files;
    changed.insert("plans.jsonl".to_owned(), strange.into_bytes());
    let place = scratch.hold(&changed);
    let json = advise(place, "json").json();
    crate::program::check_whole(&json, "comets");
    let shown = run(&["dump", "plan", "--from", place.to_str().unwrap()]);
    assert!(shown.out.contains("Comet Scan"), "{}", shown.out);
}

#[test]
fn ids_do_not_depend_on_order() {
    let ids = |json: &Value, list: &str| -> BTreeSet<String> {
        let all = json[list].as_array().unwrap().iter();
        all.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    for place in worlds() {
        let json = advise(&place, "json").json();
        for list in ["recommendations", "findings"] {
            let distinct = ids(&json, list).len();
            assert_eq!(distinct, json[list].as_array().unwrap().len(), "{}", place.display());
        }
        // Half of the statements gone: what is left keeps its name.
        let mut files = files_of(&place);
        let text = String::from_utf8(files["statements.jsonl"].clone()).unwrap();
        let half: String = text.lines().step_by(2).flat_map(|it| [it, "\n"]).collect();
        files.insert("statements.jsonl".to_owned(), half.into_bytes());
        let scratch = crate::program::Scratch::new("half");
        let less = advise(scratch.hold(&files), "json").json();
        let (whole, part) = (ids(&json, "findings"), ids(&less, "findings"));
        assert!(part.is_subset(&whole), "{}: {part:?} {whole:?}", place.display());
    }
}

#[test]
fn a_capture_holds_no_password_and_no_place_of_a_file() {
    let forbidden = ["password", "data_directory", "config_file", "hba_file", "/tmp/", "/var/"];
    for place in worlds() {
        for (name, bytes) in files_of(&place) {
            let text = String::from_utf8(bytes).unwrap();
            let found: Vec<&str> = forbidden
                .into_iter()
                .filter(|it| {
                    text.contains(&format!("\"{it}")) || (it.starts_with('/') && text.contains(it))
                })
                .collect();
            assert!(found.is_empty(), "{} {name}: {found:?}", place.display());
        }
    }
}

#[test]
fn exit_codes_say_how_a_run_ended() {
    let file = root().join("fixtures/plans/hash_spill_15.json");
    let file = file.to_str().unwrap();
    assert_eq!(run(&["plan", file]).code, 0);
    assert_eq!(run(&["plan", file, "--fail-on", "info"]).code, 1);
    assert_eq!(run(&["plan", "/nonexistent.json"]).code, 2);
    assert_eq!(run(&["plan", file, "--no-such-option"]).code, 2);
    assert_eq!(run(&["--help"]).code, 0);
    assert_eq!(run(&["advise", "--from", "/nonexistent"]).code, 2);
    let shop = world("shop15");
    let shop: &Path = &shop;
    let place = shop.to_str().unwrap();
    assert_eq!(run(&["advise", "--from", place, "--fail-on", "warn"]).code, 1);
    assert_eq!(run(&["advise", "--from", place, "--fail-on", "error"]).code, 0);
}

/// `queries/own` holds what only throwaway servers are sent: resets, seeds, WAL positions.
fn is_for_servers_of_our_own(path: &std::path::Path) -> bool {
    path.parent().is_some_and(|it| it.ends_with("src/io/queries/own"))
}
