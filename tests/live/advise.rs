//! `advise` as it is used: the program itself against servers of every version, and against
//! everything that can be wrong with a server, a role, a capture or an argument.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::harness::{self, LiveServer, MAJORS, psql, runtime};
use crate::shop::{
    APP, Folder, Told, advise, copy, empty_copy, has_hypopg, log_end, log_of, on, own, own_of, run,
    run_with, shared, work,
};

/// Names of the index that the shop lacks.
fn names_the_missing_index(text: &str) {
    let line = text.lines().find(|it| it.contains("ON public.sale"));
    let line = line.unwrap_or_else(|| panic!("no index of sale: {text}"));
    assert!(line.contains("CREATE INDEX CONCURRENTLY "), "{line}");
    // Few sales of a customer are open: the planner may sort them as cheaply.
    assert!(line.contains("(customer, status"), "{line}");
}

/// Every statement has one fate, and the shares are the whole.
fn accounts_for_everything(told: &Told) {
    let json = told.json();
    assert_eq!(json["schema"], "advice/1");
    let fates = json["statements"].as_array().unwrap();
    // Nothing but its role tells hidden texts apart, so these share a key.
    let seen: Vec<&Value> = fates.iter().filter(|it| it["fate"] != "hidden").collect();
    let keys: BTreeSet<&str> = seen.iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), seen.len());
    assert_eq!(Some(fates.len() as u64), json["coverage"]["statements_count"].as_u64());
    let shares: f64 = fates.iter().map(|it| it["time_share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-6, "{shares}");
}

/// The tenths of a percent of the table of fates.
fn printed_tenths(told: &Told) -> u32 {
    let lines = told.out.lines().skip_while(|it| !it.contains("of recorded time")).skip(1);
    let rows = lines.take_while(|it| !it.trim().is_empty());
    rows.map(|row| {
        let share = row.trim_end().strip_suffix(" %").unwrap().split_whitespace().last().unwrap();
        share.replace('.', "").parse::<u32>().unwrap()
    })
    .sum()
}

fn fates(told: &Told) -> Vec<String> {
    let json = told.json();
    let fates = json["statements"].as_array().unwrap();
    fates.iter().map(|it| it["fate"].as_str().unwrap().to_owned()).collect()
}

fn server_of(live: &LiveServer) -> String {
    format!("host={} port={}", live.server.socket_folder().display(), live.server.port())
}

#[test]
fn every_major_gets_the_missing_index() {
    on(&MAJORS, async |live| {
        let told = advise(live, "postgres", "shop", &[]).fine();
        names_the_missing_index(&told.out);
        assert_eq!(printed_tenths(&told), 1000, "{}", told.out);
        assert_eq!(told.deed(" executed"), 0);
        assert!(told.deed(" statements planned") > 0, "{}", told.out);
        assert!(!told.out.contains("index entries a day"), "{}", told.out);
        assert!(!told.out.contains("never been analyzed"), "{}", told.out);
        let json = advise(live, "postgres", "shop", &["--format=json"]).fine();
        accounts_for_everything(&json);
        let value = json.json();
        let first = &value["recommendations"][0];
        if has_hypopg(live.major) {
            assert_eq!(value["method"], "hypopg");
            assert!(first["gain"]["saved_ms"]["low"].as_f64().unwrap() > 0.0, "{first}");
            assert!(told.flat().contains("priced by HypoPG"), "{}", told.out);
        } else {
            assert_eq!(value["method"], "structure");
            assert_eq!(first["gain"], Value::Null);
            let flat = told.flat();
            assert!(flat.contains("priced by structure only"), "{flat}");
            assert!(flat.contains("create extension hypopg"), "{flat}");
            assert!(flat.contains("not priced"), "{flat}");
        }
        let app = advise(live, APP, "shop", &[]).fine();
        names_the_missing_index(&app.out);
    });
}

#[test]
fn a_report_says_what_a_reader_needs() {
    on(&[13, 18], async |live| {
        for width in ["80", "160"] {
            let arguments = ["--color=never", "--width", width];
            let told = advise(live, "postgres", "shop", &arguments).fine();
            for line in told.out.lines().filter(|it| !it.contains("CREATE INDEX")) {
                assert!(line.chars().count() <= width.parse().unwrap(), "{line}");
            }
            let flat = told.flat();
            assert!(flat.contains("select id, total from sale where"), "no text: {flat}");
            assert!(!flat.contains("Stmt"), "{flat}");
            let looked = flat.split("NOT LOOKED AT").nth(1).unwrap_or_default();
            assert!(!looked.contains("utility"), "{looked}");
        }
    });
}

#[test]
fn without_statement_counters_the_rest_is_said_with_what_to_do() {
    on(&[13, 18], async |live| {
        live.psql("create database uncounted template shop_template").await;
        psql(&live.dsn("postgres", "uncounted"), "drop extension pg_stat_statements").await;
        let told = advise(live, "postgres", "uncounted", &["--all"]).fine();
        let flat = told.flat();
        assert!(flat.contains("create extension pg_stat_statements"), "{flat}");
        assert!(!flat.contains("shared_preload_libraries"), "{flat}");
        assert!(flat.contains("redundant-index"), "{flat}");
        live.psql("drop database uncounted").await;
    });
}

#[test]
fn without_the_preloaded_library_the_report_says_to_restart() {
    runtime().block_on(async {
        for major in [13, 15, 18] {
            let mut options = harness::options("bare");
            options.settings.retain(|(name, _)| name != "shared_preload_libraries");
            let live = own_of(major, options).await;
            copy(&live, "shop").await;
            let told = advise(&live, "postgres", "shop", &["--all"]).fine();
            let flat = told.flat();
            assert!(flat.contains("shared_preload_libraries"), "{flat}");
            assert!(flat.contains("restart"), "{flat}");
            assert!(flat.contains("redundant-index"), "{flat}");
            psql(&live.dsn("postgres", "shop"), "create extension pg_stat_statements").await;
            let created = advise(&live, "postgres", "shop", &["--all"]).fine().flat();
            assert!(created.contains("shared_preload_libraries"), "{created}");
            live.server.stop().await.unwrap();
        }
    });
}

#[test]
fn a_role_that_sees_nothing_is_told_what_to_ask_for() {
    on(&[13, 14, 15, 18], async |live| {
        live.role("blind", "").await;
        let told = advise(live, "blind", "shop", &[]).fine();
        let flat = told.flat();
        assert!(flat.contains("hidden from this role"), "{flat}");
        if live.major >= 14 {
            assert!(flat.contains("pg_monitor") && flat.contains("pg_read_all_data"), "{flat}");
        } else {
            assert!(flat.contains("pg_read_all_stats"), "{flat}");
            assert!(flat.contains("SELECT") && !flat.contains("pg_read_all_data"), "{flat}");
        }
        assert!(!flat.contains("syntax error"), "{flat}");
        let json = advise(live, "blind", "shop", &["--format=json"]).fine();
        accounts_for_everything(&json);
        assert!(fates(&json).iter().filter(|it| *it == "hidden").count() > 5, "{flat}");
        live.psql("drop role blind").await;
    });
}

#[test]
fn a_place_that_cannot_be_reached_ends_with_two_and_a_reason() {
    on(&[13, 18], async |live| {
        let server = server_of(live);
        let password = live.server.password();
        let told = |dsn: String| {
            let told = run(&["advise", &dsn]);
            assert_eq!((told.code, told.out.as_str()), (2, ""), "{told:?}");
            assert!(told.err.starts_with("pgsextant: could not connect"), "{}", told.err);
            assert!(!told.err.contains(password) && !told.err.contains("s3cret"), "{}", told.err);
            told.said()
        };
        let wrong = told(format!("{server} user=postgres dbname=shop password=s3cret"));
        assert!(wrong.contains("as postgres") && wrong.contains("PGPASSWORD"), "{wrong}");
        let none = told(format!("{server} user=postgres dbname=shop"));
        assert!(none.contains("PGPASSWORD"), "{none}");
        let database = told(format!("{server} user=postgres dbname=elsewhere password={password}"));
        assert!(database.contains("elsewhere") && database.contains("does not exist"));
        assert!(database.contains("-d") || database.contains("name"), "{database}");
        let closed = told("postgresql://postgres:s3cret@127.0.0.1:1/shop".to_owned());
        assert!(closed.contains("127.0.0.1") && closed.contains('1'), "{closed}");
        assert!(closed.contains("Is the server running"), "{closed}");
        let host = told("postgresql://postgres:s3cret@no.such.host.invalid/shop".to_owned());
        assert!(host.contains("no.such.host.invalid"), "{host}");
        let socket = told("host=/nowhere user=postgres password=s3cret".to_owned());
        assert!(socket.contains("/nowhere"), "{socket}");
    });
}

#[test]
fn a_dsn_that_is_none_ends_with_two_and_keeps_the_password() {
    for dsn in ["host=", "postgresql://u:s3cret@h:port/d", "user=x nonsense=s3cret password=s3cret"]
    {
        let told = run(&["advise", dsn]);
        assert_eq!(told.code, 2, "{dsn}: {told:?}");
        assert!(!told.err.contains("password=s3cret"), "{}", told.err);
        assert!(!told.err.contains("u:s3cret"), "{}", told.err);
        assert!(told.err.starts_with("pgsextant: could not"), "{}", told.err);
    }
}

#[test]
fn a_standby_runs_read_only_statements_and_a_primary_none() {
    runtime().block_on(async {
        for major in [14, 18] {
            let mut live = own(major, &[]).await;
            copy(&live, "shop").await;
            let primary = advise(&live, "postgres", "shop", &["--format=json"]).fine();
            let standby = live.server.standby().await.unwrap();
            let standby = LiveServer { major, first_answer: live.first_answer, server: standby };
            // The counters of a standby are its own.
            psql(&standby.dsn("postgres", "shop"), "select pg_stat_statements_reset()").await;
            let app = harness::connect(&standby.dsn(APP, "shop")).await;
            let slow = "select id, total from sale where customer = $1 and status = 'open' \
                        order by placed desc limit 20";
            for customer in 1..40 {
                app.query(slow, &[&customer]).await.unwrap();
            }
            let told = advise(&standby, "postgres", "shop", &["--all"]).fine();
            names_the_missing_index(&told.out);
            assert!(told.out.contains("standby"), "{}", told.out);
            assert!(told.deed(" executed") > 0, "{}", told.out);
            let never = advise(&standby, "postgres", "shop", &["--analyze=never"]).fine();
            assert_eq!(never.deed(" executed"), 0);
            let json = advise(&standby, "postgres", "shop", &["--format=json"]).fine();
            accounts_for_everything(&json);
            let known: BTreeSet<String> = fates(&primary).into_iter().collect();
            let here: BTreeSet<String> = fates(&json).into_iter().collect();
            assert!(here.is_subset(&known), "{here:?} {known:?}");
            assert!(here.contains("advised"), "{here:?}");
            for finding in json.json()["findings"].as_array().unwrap() {
                assert_ne!(finding["rule"], "stale-statistics", "counters are not replicated");
            }
            standby.server.stop().await.unwrap();
            live.server.stop().await.unwrap();
        }
    });
}

#[test]
fn a_machine_without_postgres_can_still_advise() {
    on(&[18], async |live| {
        let empty = Folder::new("no-path");
        let dsn = live.dsn("postgres", "shop");
        let environment = [("PATH", empty.path().to_str().unwrap())];
        let told = run_with(&["advise", &dsn], &environment, "").fine();
        names_the_missing_index(&told.out);
        let named = [("DATABASE_URL", dsn.as_str())];
        assert_eq!(run_with(&["advise"], &named, "").code, 0);
    });
}

#[test]
fn a_capture_gives_the_same_advice_as_its_server() {
    on(&[13, 15, 18], async |live| {
        let folder = Folder::new("capture");
        let (plain, packed) = (folder.at("plain"), folder.at("packed.tar.zst"));
        let dsn = live.dsn("postgres", "shop");
        for place in [&plain, &packed] {
            let told = run(&["capture", &dsn, "--out", place]).fine();
            assert!(told.said().contains("on the server:"), "{}", told.err);
            for format in ["text", "json", "sql", "markdown"] {
                let arguments = ["advise", "--from", place, "--format", format];
                let (first, second) = (run(&arguments).fine(), run(&arguments).fine());
                assert_eq!(first.out, second.out);
            }
            names_the_missing_index(&run(&["advise", "--from", place]).fine().out);
        }
        let text = |place: &str| run(&["advise", "--from", place, "--all"]).fine().out;
        let without_values = folder.at("bare");
        run(&["capture", &dsn, "--out", &without_values, "--no-values"]).fine();
        accounts_for_everything(&run(&["advise", "--from", &without_values, "--format=json"]));
        for file in fs::read_dir(&without_values).unwrap() {
            let file = fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!file.contains("@example.com"), "a value of a row");
        }
        assert!(text(&plain).contains("public.sale"));
    });
}

#[test]
fn kept_answers_give_the_same_recommendations() {
    on(&[15, 18], async |live| {
        let folder = Folder::new("saved");
        for name in ["saved", "saved.tar.zst"] {
            let place = folder.at(name);
            let arguments = ["--format=json", "--save", &place];
            let direct = advise(live, "postgres", "shop", &arguments).fine().json();
            let again = ["advise", "--from", &place, "--format=json"];
            let (first, second) = (run(&again).fine(), run(&again).fine());
            assert_eq!(first.out, second.out);
            let kept = first.json();
            for part in ["recommendations", "findings", "refusals", "statements", "method"] {
                assert_eq!(direct[part], kept[part], "{part} of {name}");
            }
            assert_eq!(kept["method"] == "hypopg", has_hypopg(live.major));
        }
    });
}

#[test]
fn a_dry_run_sends_nothing() {
    on(&[13, 18], async |live| {
        empty_copy(live, "rehearsed").await;
        let since = log_end(live);
        let told = advise(live, "postgres", "rehearsed", &["--dry-run"]).fine();
        for part in ["begin /* pgsextant */", "read only", "set_config", "explain", "rollback"] {
            assert!(told.out.contains(part), "{part}: {}", told.out);
        }
        assert!(told.out.contains("pg_stat_statements"));
        assert_eq!(log_of(live, since, "rehearsed", "pgsextant"), []);
        let never = advise(live, "postgres", "rehearsed", &["--dry-run", "--analyze=never"]);
        assert!(!never.fine().out.contains("(analyze, buffers"));
        let capture = ["capture", &live.dsn("postgres", "rehearsed"), "--out", "x", "--dry-run"];
        assert_eq!(run(&capture).fine().out, told.out);
        let after = advise(live, "postgres", "rehearsed", &[]).fine();
        assert!(after.deed(" queries sent") > 0);
        assert!(log_of(live, since, "rehearsed", "pgsextant").len() > 20);
        live.psql("drop database rehearsed").await;
    });
}

/// What the rehearsal shows is what is sent: every text of ours that the log has was shown.
#[test]
fn a_dry_run_shows_every_fixed_text_that_is_sent() {
    on(&[13, 18], async |live| {
        let since = log_end(live);
        copy(live, "compared").await;
        let shown = advise(live, "postgres", "compared", &["--dry-run"]).fine().flat();
        advise(live, "postgres", "compared", &["--price=structure"]).fine();
        let log = log_of(live, since, "compared", "pgsextant");
        for line in log.iter().filter_map(|it| it.text.split_once("execute <unnamed>: ")) {
            let sent = line.1.split_whitespace().collect::<Vec<_>>().join(" ");
            let explained = sent.split_once(") ").map_or("", |it| it.0);
            let composed = sent.starts_with("explain") && shown.contains(explained);
            let turned = sent.starts_with("select /* pgsextant */ pg_catalog.set_config(");
            let placed = sent.replace("from public.pg_stat", "from @schema@.pg_stat");
            assert!(composed || turned || shown.contains(&placed), "not shown: {sent}");
        }
        live.psql("drop database compared").await;
    });
}

#[test]
fn findings_fail_a_run_only_when_asked() {
    on(&[13, 15, 18], async |live| {
        let told = advise(live, "postgres", "shop", &["--fail-on=warn"]);
        assert_eq!(told.code, 1, "{}", told.err);
        assert!(told.out.contains("Done to the server:"));
        assert_eq!(advise(live, "postgres", "shop", &["--fail-on=error"]).code, 0);
    });
}

#[test]
fn the_script_is_accepted_and_undone_on_every_major() {
    on(&MAJORS, async |live| {
        copy(live, "scripted").await;
        let dsn = live.dsn("postgres", "scripted");
        let script = advise(live, "postgres", "scripted", &["--format=sql"]).fine().out;
        let indexes = "select indexrelid::regclass::text, indisvalid::text from pg_index \
                       where indrelid > 16384 order by 1";
        let before = psql(&dsn, indexes).await;
        let (build, undo) = script.split_once("-- Undo:").unwrap();
        let lines = |text: &str, prefix: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|it| match prefix {
                "" if it.starts_with("--") => None,
                _ => it.strip_prefix(prefix).map(str::to_owned),
            });
            lines.filter(|it| !it.trim().is_empty()).collect()
        };
        let owner = harness::connect(&dsn).await;
        let statements = lines(build, "");
        assert!(statements.iter().any(|it| it.contains("CONCURRENTLY")), "{script}");
        for statement in &statements {
            assert!(statement.ends_with(';'), "one line a statement: {statement}");
            owner.batch_execute(statement).await.unwrap();
        }
        let built = psql(&dsn, indexes).await;
        let made = statements.iter().filter(|it| it.starts_with("CREATE INDEX")).count();
        assert_eq!(built.len(), before.len() + made, "{script}");
        assert!(built.iter().all(|it| it[1] == "true"), "{built:?}");
        for statement in lines(undo, "-- ") {
            owner.batch_execute(&statement).await.unwrap();
        }
        assert_eq!(psql(&dsn, indexes).await, before, "{undo}");
        drop(owner);
        live.psql("drop database scripted with (force)").await;
    });
}

#[test]
fn built_advice_is_not_given_twice() {
    on(&[13, 15, 18], async |live| {
        copy(live, "built").await;
        let dsn = live.dsn("postgres", "built");
        let script = advise(live, "postgres", "built", &["--format=sql"]).fine().out;
        let owner = harness::connect(&dsn).await;
        let statements = script.lines().filter(|it| it.starts_with("CREATE INDEX"));
        let statements: Vec<&str> = statements.collect();
        for statement in &statements {
            owner.batch_execute(statement).await.unwrap();
        }
        owner.batch_execute("analyze").await.unwrap();
        work(live, "built").await;
        let again = advise(live, "postgres", "built", &["--format=json"]).fine();
        assert_eq!(again.json()["recommendations"].as_array().unwrap().len(), 0, "{again:?}");
        assert!(fates(&again).iter().any(|it| it == "already-served"), "{again:?}");
        drop(owner);
        live.psql("drop database built with (force)").await;
    });
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    on(&[18], async |live| {
        let dsn = live.dsn("postgres", "shop");
        let told = |arguments: &[&str], environment: &[(&str, &str)]| {
            run_with(&[&["advise", dsn.as_str()], arguments].concat(), environment, "").fine()
        };
        let escape = '\u{1b}';
        for format in ["text", "json", "sql", "markdown"] {
            let piped = told(&["--format", format], &[]);
            assert!(!piped.out.contains(escape) && !piped.err.contains(escape), "{piped:?}");
        }
        assert!(!told(&[], &[("NO_COLOR", "1"), ("TERM", "xterm")]).out.contains(escape));
        assert!(told(&["--color=always"], &[]).out.contains(escape));
        assert!(told(&["--color=always"], &[("NO_COLOR", "1")]).out.contains(escape));
        assert!(told(&[], &[("CLICOLOR_FORCE", "1")]).out.contains(escape));
        let markdown = told(&["--format=markdown"], &[]).out;
        assert!(markdown.starts_with("# advise shop"), "{markdown}");
        assert!(markdown.contains("```sql\nCREATE INDEX CONCURRENTLY"), "{markdown}");
        assert_eq!(told(&["--quiet"], &[]).err, "");
    });
}

#[test]
fn what_is_no_capture_ends_with_two_and_says_where() {
    let folder = Folder::new("none");
    fs::create_dir(folder.at("empty")).unwrap();
    fs::create_dir(folder.at("thesis")).unwrap();
    fs::write(folder.at("thesis/chapter.txt"), "once").unwrap();
    fs::write(folder.at("broken.tar.zst"), "nothing of the kind").unwrap();
    fs::create_dir(folder.at("headless")).unwrap();
    fs::write(folder.at("headless/capture.json"), "{").unwrap();
    fs::create_dir(folder.at("newer")).unwrap();
    fs::write(folder.at("newer/capture.json"), r#"{"format": 99}"#).unwrap();
    for name in ["missing", "empty", "thesis", "broken.tar.zst", "headless", "newer"] {
        let told = run(&["advise", "--from", &folder.at(name)]);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{name}: {told:?}");
        assert!(told.err.starts_with("pgsextant: could not"), "{name}: {}", told.err);
        assert!(told.err.contains(&folder.at(name)), "{name}: {}", told.err);
    }
}

#[test]
fn a_damaged_line_costs_that_line_only() {
    on(&[18], async |live| {
        let folder = Folder::new("damaged");
        let place = folder.at("capture");
        run(&["capture", &live.dsn("postgres", "shop"), "--out", &place]).fine();
        let whole = run(&["advise", "--from", &place, "--format=json"]).fine().json();
        for name in ["settings.jsonl", "statements.jsonl"] {
            let file = format!("{place}/{name}");
            let text = fs::read_to_string(&file).unwrap();
            let cut = text.find('\n').unwrap() / 2;
            let rest = &text[text.find('\n').unwrap()..];
            fs::write(&file, format!("{}{rest}", &text[..cut])).unwrap();
            let told = run(&["advise", "--from", &place, "--all"]).fine();
            assert!(told.out.contains(name), "{name} is not named: {}", told.out);
            fs::write(&file, text).unwrap();
        }
        let mended = run(&["advise", "--from", &place, "--format=json"]).fine().json();
        assert_eq!(whole, mended);
    });
}

#[test]
fn bad_arguments_end_with_two_and_say_which() {
    on(&[18], async |live| {
        let dsn = live.dsn("postgres", "shop");
        for (arguments, word) in [
            (vec!["--analyze=sometimes"], "sometimes"),
            (vec!["--analyze=always,soon"], "soon"),
            (vec!["--storage=much"], "much"),
            (vec!["--format=poem"], "poem"),
            (vec!["--price=guess"], "guess"),
            (vec!["--from", "/nowhere"], "--from"),
            (vec!["--no-such-flag"], "--no-such-flag"),
        ] {
            let told = run(&[&["advise", dsn.as_str()], &arguments[..]].concat());
            assert_eq!((told.code, told.out.as_str()), (2, ""), "{arguments:?}: {told:?}");
            assert!(told.err.contains(word), "{arguments:?}: {}", told.err);
            assert!(!told.err.contains(live.server.password()), "{}", told.err);
        }
        if !has_hypopg(live.major) {
            let told = run(&["advise", &dsn, "--price=hypopg"]);
            assert_eq!(told.code, 2);
            assert!(told.err.contains("create extension hypopg"), "{}", told.err);
        }
    });
}

#[test]
fn a_cut_or_deep_plan_is_read_as_far_as_it_is_sound() {
    let folder = Folder::new("sound");
    let open = r#"{"Node Type": "Limit", "Plans": ["#.repeat(5_001);
    for (name, text, told_of_it) in [
        ("broken.json", r#"[{"Plan": {"Node Type": "Seq Scan""#.to_owned(), "breaks off"),
        ("deep.json", format!(r#"[{{"Plan": {open}{}}}]"#, "]}".repeat(5_001)), "Limit"),
    ] {
        fs::write(folder.at(name), &text).unwrap();
        let told = run(&["plan", &folder.at(name)]);
        assert_eq!(told.code, 0, "{name}: {}", told.err);
        assert!(told.out.contains(told_of_it), "{name}: {}", told.out);
    }
}

#[test]
fn a_plan_that_is_none_ends_with_two_and_says_where() {
    let folder = Folder::new("plans");
    for (name, text) in [
        ("empty.json", String::new()),
        ("blank.json", " \n".to_owned()),
        ("prose.json", "Seq what?".to_owned()),
        ("none.json", "[]".to_owned()),
        ("other.json", r#"{"name": "x"}"#.to_owned()),
        ("deep.json", "[".repeat(200_000)),
    ] {
        fs::write(folder.at(name), &text).unwrap();
        let told = run(&["plan", &folder.at(name)]);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{name}: {told:?}");
        assert!(told.err.contains(name), "{name}: {}", told.err);
        let piped = run_with(&["plan", "-"], &[], &text);
        assert_eq!(piped.code, 2, "{name}: {piped:?}");
    }
    fs::write(folder.at("bytes.json"), [0xff, 0xfe, 0x00]).unwrap();
    for name in ["bytes.json", "missing.json", "."] {
        let told = run(&["plan", &folder.at(name)]);
        assert_eq!(told.code, 2, "{name}: {told:?}");
        assert!(told.err.contains("could not read"), "{name}: {}", told.err);
    }
}

#[test]
fn a_real_plan_of_every_major_is_read() {
    on(&MAJORS, async |live| {
        let explained = psql(
            &live.dsn("postgres", "shop"),
            "explain (analyze, buffers, format json) select * from sale where customer = 7",
        )
        .await;
        let told = run_with(&["plan", "-"], &[], &explained[0][0]).fine();
        assert!(told.out.contains("selective-seq-scan"), "{}", told.out);
    });
}

#[test]
fn shared_servers_are_as_they_were() {
    runtime().block_on(async {
        let live = shared(18).await;
        let rows = psql(
            &live.dsn("postgres", "shop"),
            "select count(*) from pg_index where indrelid = 'sale'::regclass",
        )
        .await;
        assert_eq!(rows, [["2"]]);
    });
}
