//! The house's order, held by a machine: floors, budgets, headings, names in documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each floor may use; a floor that is not listed may not be used.
const FLOORS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("catalog", &["base"]),
    ("sql", &["base"]),
    ("plan", &["base"]),
    ("log", &["base"]),
    ("workload", &["base", "catalog", "sql", "plan", "log"]),
    ("rules", &["base", "catalog", "sql", "plan", "log", "workload"]),
    ("indexes", &["base", "catalog", "sql", "plan", "workload", "rules"]),
    ("whatif", &["base", "catalog", "sql", "plan", "workload", "rules", "indexes"]),
    ("advise", &["base", "catalog", "sql", "plan", "workload", "rules", "indexes", "whatif"]),
    (
        "report",
        &[
            "base", "catalog", "sql", "plan", "log", "workload", "rules", "indexes", "whatif",
            "advise",
        ],
    ),
    (
        "io",
        &[
            "base", "catalog", "sql", "plan", "log", "workload", "rules", "indexes", "whatif",
            "advise", "report",
        ],
    ),
    (
        "cli",
        &[
            "base", "catalog", "sql", "plan", "log", "workload", "rules", "indexes", "whatif",
            "advise", "report", "io",
        ],
    ),
];

/// Lines of a source file without its tests.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function, signature to closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// Columns of a line.
const COLUMNS_MAX: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the checkout whose name ends so, sorted.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Where the floors are: those below `io`, and the rest.
const SOURCES: [&str; 2] = ["core/src", "src"];

/// All files of the floors whose name ends so.
pub(crate) fn sources_ending(ending: &str) -> Vec<PathBuf> {
    SOURCES.iter().flat_map(|folder| files(folder, ending)).collect()
}

/// Every Rust file of ours.
fn all_rust() -> Vec<PathBuf> {
    sources_ending(".rs")
        .into_iter()
        .chain(files("tests", ".rs"))
        .chain(files("benches", ".rs"))
        .collect()
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path below the checkout, for messages.
pub(crate) fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A file's text up to its test module.
pub(crate) fn production(text: &str) -> &str {
    let marks = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\npub(super) mod tests {"];
    let end = marks.iter().filter_map(|mark| text.find(mark)).min();
    end.map_or(text, |end| &text[..end])
}

/// Files that are test modules as a whole, by the `#[cfg(test)] mod name;` that takes them in.
pub(crate) fn test_files() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for path in sources_ending(".rs") {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|it| it[0].trim() == "#[cfg(test)]") {
            let Some(name) = pair[1].strip_prefix("mod ").and_then(|it| it.strip_suffix(';'))
            else {
                continue;
            };
            let folder = path.parent().unwrap();
            let own = folder.join(path.file_stem().unwrap());
            found.insert(folder.join(format!("{name}.rs")));
            found.insert(own.join(format!("{name}.rs")));
        }
    }
    found
}

pub(crate) fn assert_none(complaints: &[String], what: &str) {
    assert!(complaints.is_empty(), "{what}:\n  {}", complaints.join("\n  "));
}

#[test]
fn floors_look_left_only() {
    let allowed: BTreeMap<&str, &[&str]> = FLOORS.iter().copied().collect();
    let mut complaints = Vec::new();
    for path in sources_ending(".rs") {
        let short = short(&path);
        let below = Path::new(short.trim_start_matches("core/")).strip_prefix("src").unwrap();
        let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let Some(allowed) = allowed.get(first.as_str()) else { continue };
        let text = read(&path);
        for (number, line) in production(&text).lines().enumerate() {
            for floor in named_floors(line) {
                if floor != first && !allowed.contains(&floor.as_str()) {
                    complaints
                        .push(format!("{short}:{}: `{first}` may not use `{floor}`", number + 1));
                }
            }
        }
    }
    assert_none(&complaints, "a floor uses one to its right");
}

/// The floors that a line of code names as `crate::floor`.
fn named_floors(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    line.match_indices("crate::")
        .map(|(start, mark)| {
            let rest = &line[start + mark.len()..];
            rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect::<String>()
        })
        .filter(|name| FLOORS.iter().any(|(floor, _)| floor == name))
        .collect()
}

#[test]
fn every_folder_of_sources_is_a_known_floor() {
    let outer = ["io", "cli"];
    let mut complaints = Vec::new();
    for sources in SOURCES {
        for entry in std::fs::read_dir(root().join(sources)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let here = match sources {
                "src" => outer.contains(&name.as_str()) || name == "bin",
                _ => {
                    !outer.contains(&name.as_str())
                        && FLOORS.iter().any(|(floor, _)| *floor == name)
                }
            };
            if path.is_dir() && !here {
                complaints.push(format!("{sources}/{name} is on no floor of this package"));
            }
        }
    }
    assert_none(&complaints, "unknown floors");
}

#[test]
fn files_functions_and_lines_keep_their_budgets() {
    let mut complaints = Vec::new();
    let tests = test_files();
    for path in all_rust() {
        let text = read(&path);
        let lines = production(&text).lines().count();
        let is_test = tests.contains(&path) || path.starts_with(root().join("tests"));
        if lines > FILE_LINES_MAX && !is_test {
            complaints.push(format!("{}: {lines} lines without tests", short(&path)));
        }
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                complaints.push(format!("{}:{}: {columns} columns", short(&path), number + 1));
            }
        }
        complaints.extend(long_functions(&path, &text));
    }
    assert_none(&complaints, "over budget");
}

/// Functions longer than the budget, by rustfmt's indentation.
fn long_functions(path: &Path, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut complaints = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let is_function = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(super) fn "]
            .iter()
            .any(|it| body.starts_with(it))
            || body.starts_with("pub(crate) fn ")
            || body.starts_with("const fn ")
            || body.starts_with("pub const fn ");
        if !is_function || line.ends_with(';') {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let Some(length) = lines[start..].iter().position(|it| *it == closing) else { continue };
        if length + 1 > FUNCTION_LINES_MAX {
            let name = body.split('(').next().unwrap_or(body);
            complaints.push(format!("{}:{}: {name}: {length} lines", short(path), start + 1));
        }
    }
    complaints
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let mut complaints = Vec::new();
    for path in all_rust() {
        let text = read(&path);
        let rule = short(&path).starts_with("core/src/rules/") && text.contains("\nrule! {");
        if !text.starts_with("//!") && !rule {
            complaints.push(short(&path));
        }
    }
    assert_none(&complaints, "no `//!` at the head");
}

#[test]
fn paths_are_named_from_the_crate() {
    let mut complaints = Vec::new();
    for path in sources_ending(".rs") {
        for (number, line) in production(&read(&path)).lines().enumerate() {
            if line.contains("super::super") {
                complaints.push(format!("{}:{}", short(&path), number + 1));
            }
        }
    }
    assert_none(&complaints, "`super::super`");
}

#[test]
fn every_rule_has_its_headings_and_its_fixtures() {
    let mut complaints = Vec::new();
    let mut known = BTreeSet::new();
    for rule in pgsextant::rules::ALL {
        known.insert(rule.name.replace('-', "_"));
        let headings =
            ["## What it does", "## Why it matters", "## When it is fine", "## What to do"];
        for heading in headings {
            if !rule.text.contains(heading) {
                complaints.push(format!("{}: no `{heading}`", rule.name));
            }
        }
    }
    let folder = root().join("fixtures/rules");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !known.remove(&name) {
            complaints.push(format!("fixtures/rules/{name} belongs to no rule"));
        }
    }
    complaints.extend(known.into_iter().map(|name| format!("{name} has no fixtures")));
    assert_none(&complaints, "rules and fixtures");
}

#[test]
fn every_query_says_its_versions() {
    let mut complaints = Vec::new();
    for path in sources_ending(".sql") {
        let text = read(&path);
        let first = text.lines().next().unwrap_or_default();
        let says = first.starts_with("-- ") && first.chars().any(|it| it.is_ascii_digit());
        if !says {
            complaints.push(format!("{}: the first line names no version", short(&path)));
        }
        if !short(&path).starts_with("src/io/queries/") {
            complaints.push(format!("{}: SQL that we send lives in src/io/queries", short(&path)));
        }
        if text.trim_end().trim_end_matches(';').contains(";\n") {
            complaints.push(format!("{}: more than one statement", short(&path)));
        }
        if text.lines().skip(1).any(|line| line.chars().any(|it| it.is_ascii_uppercase())) {
            let code: String =
                text.lines().filter(|it| !it.trim_start().starts_with("--")).collect();
            let outside = code.split('\'').step_by(2).collect::<String>();
            if outside.split('"').step_by(2).any(|it| it.chars().any(|c| c.is_ascii_uppercase())) {
                complaints.push(format!("{}: upper case", short(&path)));
            }
        }
    }
    assert_none(&complaints, "queries");
}

#[test]
fn every_name_in_architecture_exists() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let sources: String = sources_ending(".rs").iter().map(|path| read(path)).collect();
    let mut complaints = Vec::new();
    for (position, quoted) in text.split('`').enumerate() {
        if position % 2 == 0 || quoted.contains('\n') {
            continue;
        }
        if !exists(quoted, &sources) {
            complaints.push(format!("`{quoted}`"));
        }
    }
    assert_none(&complaints, "named in ARCHITECTURE.md and found nowhere");
}

/// A path exists in the checkout; a type, function or module of ours exists in `src`.
/// Everything else in backquotes (commands, SQL, options) is not judged.
fn exists(quoted: &str, sources: &str) -> bool {
    let is_path = quoted.contains('/') && !quoted.contains(' ') && !quoted.contains("://");
    if is_path {
        let path = quoted.split(['*', '<', '{']).next().unwrap_or(quoted);
        return root().join(path.trim_end_matches('/')).exists() || path.ends_with("target");
    }
    let is_module = quoted.contains("::") && !quoted.contains(' ');
    let last = quoted.rsplit("::").next().unwrap_or(quoted).trim_end_matches("()");
    let is_type = !last.is_empty()
        && last.chars().all(|it| it.is_alphanumeric() || it == '_')
        && last.starts_with(|first: char| first.is_ascii_uppercase())
        && last.chars().any(|it| it.is_ascii_lowercase());
    let is_function = quoted.ends_with("()");
    if !is_module && !is_type && !is_function {
        return true;
    }
    sources.split(|it: char| !(it.is_alphanumeric() || it == '_')).any(|word| word == last)
}

/// The names in the last column of the table of invariants, with whether they are live tests.
fn invariant_tests() -> Vec<(String, bool)> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let start = text.find("\n## Invariants").unwrap();
    let section = text[start + 1..].split("\n## ").next().unwrap();
    let mut found = Vec::new();
    for row in section.lines().filter(|it| it.starts_with("| ")).skip(2) {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let named: Vec<(String, bool)> = held_by
            .split(", ")
            .map(|it| (it.trim_start_matches("live ").trim_matches('`').to_owned(), it))
            .map(|(name, words)| (name, words.starts_with("live ")))
            .collect();
        assert!(!named.is_empty(), "held by nothing: {row}");
        found.extend(named);
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

/// The names of the tests in a folder.
fn tests_in(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(folder, ".rs") {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (position, line) in lines.iter().enumerate() {
            if *line != "#[test]" && !line.starts_with("#[tokio::test") {
                continue;
            }
            let signature = lines[position..].iter().find_map(|it| it.split("fn ").nth(1));
            found.extend(signature.and_then(|it| it.split('(').next()).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_invariant_names_its_tests() {
    let tests = tests_in("tests/it");
    let named = invariant_tests();
    let here = named.iter().filter(|(_, live)| !live).map(|(name, _)| name);
    let gone: Vec<String> = here.filter(|it| !tests.contains(*it)).cloned().collect();
    assert_none(&gone, "named as holding an invariant, and no test");
    let told: BTreeSet<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    let own = read(&root().join("tests/it/invariants.rs"));
    let untold: Vec<String> = tests
        .iter()
        .filter(|it| own.contains(&format!("\nfn {it}(")) && !told.contains(it.as_str()))
        .cloned()
        .collect();
    assert_none(&untold, "a test of an invariant that ARCHITECTURE.md does not name");
}

#[test]
fn every_invariant_names_its_live_tests() {
    let tests = tests_in("tests/live");
    let gone: Vec<String> = invariant_tests()
        .into_iter()
        .filter(|(name, live)| *live && !tests.contains(name))
        .map(|(name, _)| name)
        .collect();
    assert_none(&gone, "named as holding an invariant live, and no test");
}

#[test]
fn nothing_is_skipped_unfinished_or_slept_through() {
    let words = ["#[ignore", "#[should_panic", "todo!(", "unimplemented!(", "thread::sleep("];
    let marks = ["// TODO", "// FIXME", "// XXX", "// HACK"];
    let mut complaints = Vec::new();
    for path in all_rust().into_iter().filter(|it| !it.ends_with("tests/it/tidy.rs")) {
        for (number, line) in read(&path).lines().enumerate() {
            if words.iter().chain(&marks).any(|it| line.contains(it)) {
                complaints.push(format!("{}:{}: {}", short(&path), number + 1, line.trim()));
            }
        }
    }
    assert_none(&complaints, "skipped, unfinished or slept");
}

#[test]
fn names_say_what_a_thing_is() {
    let empty = ["manager", "helper", "helpers", "util", "utils", "data", "info", "misc", "common"];
    let mut complaints = Vec::new();
    for path in all_rust() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if empty.contains(&stem.as_str()) {
            complaints.push(short(&path));
        }
        for (number, line) in read(&path).lines().enumerate() {
            let defined = ["struct ", "enum ", "trait ", "mod "].iter().find_map(|word| {
                let rest = line.trim_start().trim_start_matches("pub ").strip_prefix(word)?;
                rest.split(|it: char| !it.is_alphanumeric() && it != '_').next()
            });
            let Some(name) = defined else { continue };
            let ends = ["Manager", "Helper", "Util", "Utils", "Data", "Info"];
            if ends.iter().any(|it| name.ends_with(it)) || empty.contains(&name) {
                complaints.push(format!("{}:{}: {name}", short(&path), number + 1));
            }
        }
    }
    assert_none(&complaints, "names that say nothing");
}

#[test]
fn no_file_names_the_machine_it_was_made_on() {
    let mut complaints = Vec::new();
    let recorded = ["capture.json", ".jsonl", ".snap"].map(|ending| files("fixtures", ending));
    for path in recorded.into_iter().flatten().chain(files("schemas", "")).chain(files("docs", ""))
    {
        let text = read(&path);
        for word in ["/tmp/", "/home/", "/root/", "/work/"] {
            if text.contains(word) {
                complaints.push(format!("{}: {word}", short(&path)));
            }
        }
    }
    assert_none(&complaints, "paths of a machine");
}

#[test]
fn no_snapshot_is_stray() {
    let stray: Vec<String> = files("fixtures", ".snap.new")
        .into_iter()
        .chain(sources_ending(".snap.new"))
        .chain(files("tests", ".snap.new"))
        .map(|path| short(&path))
        .collect();
    assert_none(&stray, "snapshots that nobody accepted");
    let mut orphans = Vec::new();
    for path in files("fixtures", ".snap") {
        let text = read(&path);
        let Some(source) = text.lines().find_map(|line| line.strip_prefix("source: ")) else {
            continue;
        };
        if !root().join(source.trim()).exists() {
            orphans.push(format!("{}: made by {source}, which is gone", short(&path)));
        }
    }
    assert_none(&orphans, "snapshots whose test is gone");
}
