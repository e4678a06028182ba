//! `docs/capture-format.md` against the reader and against every recorded world.

use std::collections::{BTreeMap, BTreeSet};

use pgsextant::base::NoteCode;
use pgsextant::workload::wire;
use serde_json::Value;

use crate::program::{files_of, root, worlds};

/// One row of a table of the text.
#[derive(Debug)]
struct Row {
    heading: String,
    key: String,
    needed: bool,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/capture-format.md")).unwrap();
    let mut heading = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")) {
            words.clone_into(&mut heading);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, key, _, needed, ..] = cells.as_slice() else { continue };
        let Some(key) = key.strip_prefix('`').and_then(|it| it.strip_suffix('`')) else { continue };
        assert!(matches!(*needed, "yes" | "no"), "{line}");
        let row = Row { heading: heading.clone(), key: key.to_owned(), needed: *needed == "yes" };
        found.push(row);
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Where the objects of a heading stand in the lines of a section.
const PLACES: [(&str, &str, &str); 23] = [
    ("`capture.json`", "capture.json", ""),
    ("Server", "capture.json", "/server"),
    ("pg_stat_statements", "capture.json", "/server/statements"),
    ("Section", "capture.json", "/sections/objects.jsonl"),
    ("Note", "capture.json", "/gaps/0"),
    ("`settings.jsonl`", "settings.jsonl", ""),
    ("`roles.jsonl`", "roles.jsonl", ""),
    ("`objects.jsonl` kind `table`", "objects.jsonl table", "/object"),
    ("Column", "objects.jsonl table", "/object/columns/0"),
    ("`objects.jsonl` kind `index`", "objects.jsonl index", "/object"),
    ("Index key", "objects.jsonl index", "/object/keys/0"),
    ("`objects.jsonl` kind `foreign_key`", "objects.jsonl foreign_key", "/object"),
    ("`objects.jsonl` kind `function`", "objects.jsonl function", "/object"),
    ("`objects.jsonl` kind `untrusted`", "objects.jsonl untrusted", "/object"),
    ("`relations.jsonl`", "relations.jsonl table", ""),
    ("Activity", "relations.jsonl table", "/activity"),
    ("Usage", "relations.jsonl index", "/usage"),
    ("`statistics.jsonl`", "statistics.jsonl", ""),
    ("Statistics", "statistics.jsonl", "/statistics"),
    ("`statements.jsonl`", "statements.jsonl", ""),
    ("Counters", "statements.jsonl", "/counters"),
    ("`plans.jsonl`", "plans.jsonl", ""),
    ("`answers.jsonl`", "answers.jsonl", ""),
];

#[test]
fn every_key_of_a_recorded_world_is_described() {
    let described: BTreeSet<String> = rows().into_iter().map(|it| it.key).collect();
    let mut found = BTreeSet::new();
    let rules = crate::tidy::files("fixtures/rules", "capture.json");
    let folders = rules.iter().map(|it| it.parent().unwrap().to_path_buf());
    for world in worlds().into_iter().chain(folders) {
        for (name, bytes) in files_of(&world) {
            let text = String::from_utf8(bytes).unwrap();
            let documents: Vec<Value> = if name == "capture.json" {
                vec![serde_json::from_str(&text).unwrap()]
            } else {
                text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
            };
            for document in &documents {
                keys(document, &name, &mut found);
            }
        }
    }
    // The keys of kinds that are said in the text of a cell, and of the frame of `objects.jsonl`.
    let framed = ["object", "schema", "column", "expression", "count", "fraction", "other"];
    let replies = ["priced", "refused"];
    let unknown: Vec<&(String, String)> = found
        .iter()
        .filter(|(_, key)| !described.contains(key))
        .filter(|(_, key)| !framed.contains(&key.as_str()) && !replies.contains(&key.as_str()))
        .collect();
    assert!(unknown.is_empty(), "described nowhere: {unknown:?}");
}

/// The keys below a value, but not those of plans, of sections by file, and of settings by name.
fn keys(value: &Value, file: &str, out: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                out.insert((file.to_owned(), key.clone()));
                match key.as_str() {
                    "document" => {}
                    "sections" => {
                        value.as_object().unwrap().values().for_each(|it| keys(it, file, out));
                    }
                    _ => keys(value, file, out),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|it| keys(it, file, out)),
        _ => {}
    }
}

/// Whether a world can be read without complaint about a file.
fn is_sound(files: &BTreeMap<String, String>, file: &str) -> bool {
    match wire::read(files) {
        Err(_) => false,
        Ok(capture) => !capture
            .gaps
            .iter()
            .any(|it| it.code == NoteCode::Damaged && it.subject.starts_with(&format!("{file}:"))),
    }
}

/// The world without a key at a place of the lines of a kind; `None` when no line has it.
fn without(
    files: &BTreeMap<String, String>,
    place: (&str, &str),
    key: &str,
) -> Option<BTreeMap<String, String>> {
    let (section, pointer) = place;
    let (file, kind) = section.split_once(' ').unwrap_or((section, ""));
    let mut removed = false;
    let mut strip = |value: &mut Value| {
        if !kind.is_empty() && value["kind"] != kind {
            return;
        }
        let object = value.pointer_mut(pointer).and_then(Value::as_object_mut);
        removed |= object.is_some_and(|it| it.remove(key).is_some());
    };
    let text = files.get(file)?;
    let changed = if file == "capture.json" {
        let mut head: Value = serde_json::from_str(text).unwrap();
        strip(&mut head);
        head.to_string()
    } else {
        let lines = text.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            strip(&mut line);
            format!("{line}\n")
        });
        lines.collect()
    };
    let mut files = files.clone();
    files.insert(file.to_owned(), changed);
    removed.then_some(files)
}

#[test]
fn needed_keys_are_needed_and_the_others_are_not() {
    let mut tried = BTreeSet::new();
    for world in worlds() {
        let files: BTreeMap<String, String> = files_of(&world)
            .into_iter()
            .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
            .collect();
        for row in rows() {
            let place = PLACES.iter().find(|(heading, _, _)| *heading == row.heading);
            let Some((_, section, pointer)) = place else {
                assert!(matches!(row.heading.as_str(), "Question" | "Priced"), "{row:?}");
                continue;
            };
            let file = section.split(' ').next().unwrap();
            let sound = match without(&files, (section, pointer), &row.key) {
                None => continue,
                Some(less) if file == "answers.jsonl" => {
                    pgsextant::whatif::Ledger::read(&less[file]).1.is_empty()
                }
                Some(less) => is_sound(&less, file),
            };
            // Without its kind a line is one of a kind that this version does not know.
            let is_kind = row.key == "kind" && pointer.is_empty() && *section != "capture.json";
            assert!(is_kind || sound != row.needed, "{}: {row:?}, read: {sound}", world.display());
            tried.insert((row.heading, row.key));
        }
    }
    assert!(tried.len() > 90, "only {} keys were tried", tried.len());
}

#[test]
fn answers_are_read_as_described() {
    let mut tried = 0;
    for row in rows() {
        let pointer = match row.heading.as_str() {
            "Question" => "/key",
            "Priced" => "/answer/priced",
            _ => continue,
        };
        let files: BTreeMap<String, String> = files_of(&crate::program::world("shop15"))
            .into_iter()
            .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
            .collect();
        let Some(less) = without(&files, ("answers.jsonl", pointer), &row.key) else { continue };
        let (_, notes) = pgsextant::whatif::Ledger::read(&less["answers.jsonl"]);
        assert_eq!(notes.is_empty(), !row.needed, "{row:?}: {notes:?}");
        tried += 1;
    }
    assert!(tried >= 7, "{tried}");
}

#[test]
fn the_hash_is_as_described() {
    for world in worlds() {
        let files = files_of(&world);
        let head: Value = serde_json::from_slice(&files["capture.json"]).unwrap();
        for (file, section) in head["sections"].as_object().unwrap() {
            let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
            for byte in files[file].iter().chain(&[0]) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            let folded = (hash ^ (hash >> 40)) & 0xff_ffff_ffff;
            assert_eq!(section["hash"], format!("{folded:010x}"), "{} {file}", world.display());
        }
    }
}
