//! Damage: whatever is cut, lost or unknown in a capture, a run ends in order and says so.

use std::collections::BTreeMap;

use pgsextant::io::store;
use serde_json::{Value, json};

use crate::program::{Ran, Scratch, advise, check_whole, files_of, root, run, world, worlds};

/// Bytes between two cuts: a prime, so that cuts fall everywhere in lines.
const STEP: usize = 997;

/// The lines of a file.
fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect()
}

fn joined(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|it| [it.as_str(), "\n"]).collect::<String>().into_bytes()
}

/// A result that is whole, or an error that names the file.
fn check_ended(ran: &Ran, file: &str, place: &str) {
    if ran.code == 2 {
        assert!(ran.words.contains(file), "{place}: {}", ran.words);
        assert_eq!(ran.out, "", "{place}");
        return;
    }
    check_whole(&ran.json(), place);
}

#[test]
fn any_answer_may_be_missing() {
    let files = files_of(&world("shop15"));
    let answers = lines(&files["answers.jsonl"]);
    assert!(answers.len() > 20, "{}", answers.len());
    let scratch = Scratch::new("answers");
    for lost in 0..answers.len() {
        let mut left = answers.clone();
        left.remove(lost);
        let mut files = files.clone();
        files.insert("answers.jsonl".to_owned(), joined(&left));
        let ran = advise(scratch.hold(&files), "json");
        check_whole(&ran.json(), &format!("without answer {}", lost + 1));
    }
}

#[test]
fn any_answer_may_be_a_refusal() {
    let files = files_of(&world("shop15"));
    let answers = lines(&files["answers.jsonl"]);
    let scratch = Scratch::new("refusals");
    for refused in 0..answers.len() {
        let mut changed = answers.clone();
        let mut answer: Value = serde_json::from_str(&changed[refused]).unwrap();
        answer["answer"] = json!({ "refused": "canceling statement due to statement timeout" });
        changed[refused] = answer.to_string();
        let mut files = files.clone();
        files.insert("answers.jsonl".to_owned(), joined(&changed));
        let ran = advise(scratch.hold(&files), "json");
        check_whole(&ran.json(), &format!("answer {} refused", refused + 1));
    }
}

#[test]
fn any_file_may_be_cut_anywhere() {
    let scratch = Scratch::new("cuts");
    for world in worlds() {
        let files = files_of(&world);
        for (name, bytes) in &files {
            for end in (0..bytes.len()).step_by(STEP) {
                let mut cut = files.clone();
                cut.insert(name.clone(), bytes[..end].to_vec());
                let ran = advise(scratch.hold(&cut), "json");
                let place = format!("{} {name} cut at {end}", world.display());
                check_ended(&ran, name, &place);
                if name == "capture.json" {
                    let said = ran.words.contains("capture.json:");
                    assert!(ran.code == 2 && said, "{place}: {}", ran.words);
                    continue;
                }
                // A file of answers has no count of its own; its last line shows the cut.
                let between_lines = end == 0 || bytes[end - 1] == b'\n';
                if ran.code == 0 && !(name == "answers.jsonl" && between_lines) {
                    let damaged = format!("damaged {name}");
                    let said = ran.notes().iter().any(|it| it.starts_with(&damaged));
                    assert!(said, "{place}: {:?}", ran.notes());
                }
            }
        }
    }
}

#[test]
fn any_section_may_be_missing() {
    let scratch = Scratch::new("sections");
    for world in worlds() {
        let files = files_of(&world);
        for name in files.keys() {
            let mut left = files.clone();
            left.remove(name);
            let ran = advise(scratch.hold(&left), "json");
            let place = format!("{} without {name}", world.display());
            check_ended(&ran, name, &place);
            match name.as_str() {
                "capture.json" => assert_eq!(ran.code, 2, "{place}"),
                "answers.jsonl" => assert_eq!(ran.json()["method"], "structure", "{place}"),
                _ => {
                    let missing = format!("missing {name}");
                    let said = ran.notes().iter().any(|it| it.starts_with(&missing));
                    assert!(said, "{place}: {:?}", ran.notes());
                }
            }
        }
    }
}

#[test]
fn a_folder_without_a_capture_is_refused_in_words() {
    let scratch = Scratch::new("nothing");
    for (files, words) in [
        (BTreeMap::new(), "it holds no capture.json"),
        (BTreeMap::from([("capture.json".to_owned(), b"{}".to_vec())]), "the format is null"),
        (
            BTreeMap::from([("capture.json".to_owned(), b"{\"format\": 99}".to_vec())]),
            "the format is 99, and this version reads 1",
        ),
    ] {
        let ran = advise(scratch.hold(&files), "text");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.words.contains(words), "{}", ran.words);
    }
}

/// What may stand in the place of a plan document.
fn broken_documents(document: &Value) -> Vec<Value> {
    let mut found = vec![
        Value::Null,
        json!([]),
        json!({}),
        json!("Seq Scan"),
        json!([{ "Plan": {} }]),
        json!([{ "Plan": { "Node Type": 7, "Plans": "none" } }]),
        json!([{ "Plan": { "Node Type": "Quantum Scan", "Plans": [null, {}] } }]),
    ];
    let keys: Option<Vec<String>> =
        document[0]["Plan"].as_object().map(|it| it.keys().cloned().collect());
    for key in keys.unwrap_or_default() {
        let mut without = document.clone();
        without[0]["Plan"].as_object_mut().unwrap().remove(&key);
        found.push(without);
        let mut other = document.clone();
        other[0]["Plan"][&key] = json!({ "unexpected": [1e300, -1] });
        found.push(other);
    }
    found
}

#[test]
fn any_plan_document_may_be_broken() {
    let scratch = Scratch::new("plans");
    let files = files_of(&world("structure18"));
    let plans = lines(&files["plans.jsonl"]);
    // Every way to break it in every second plan at once: what breaks, breaks alone.
    let ways = broken_documents(&serde_json::from_str::<Value>(&plans[0]).unwrap()["document"]);
    for way in 0..ways.len() {
        let changed: Vec<String> = plans
            .iter()
            .enumerate()
            .map(|(position, line)| {
                let mut plan: Value = serde_json::from_str(line).unwrap();
                if position % 2 == way % 2 {
                    let ways = broken_documents(&plan["document"]);
                    plan["document"] = ways[way % ways.len()].clone();
                }
                plan.to_string()
            })
            .collect();
        let mut files = files.clone();
        files.insert("plans.jsonl".to_owned(), joined(&changed));
        let ran = advise(scratch.hold(&files), "json");
        check_whole(&ran.json(), &format!("{}", ways[way]));
    }
}

#[test]
fn a_cut_plan_document_keeps_its_sound_part_and_says_where_it_stops() {
    let scratch = Scratch::new("document");
    let documents = ["gather_seq_scan_18", "subplan_correlated_13", "auto_explain_16"];
    let (mut kept, mut lost) = (0, 0);
    for name in documents {
        let text = std::fs::read(root().join(format!("fixtures/plans/{name}.json"))).unwrap();
        for end in (0..text.trim_ascii_end().len()).step_by(STEP / 3) {
            let files = BTreeMap::from([("cut.jsonl".to_owned(), text[..end].to_vec())]);
            let place = scratch.hold(&files).join("cut.jsonl");
            let ran = run(&["plan", place.to_str().unwrap()]);
            if ran.code == 0 {
                kept += 1;
                assert!(ran.out.contains("breaks off"), "{name} cut at {end}: {}", ran.out);
                assert!(ran.out.contains("line "), "{name} cut at {end}: {}", ran.out);
            } else {
                lost += 1;
                assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name} cut at {end}");
                assert!(ran.words.contains("cut.jsonl"), "{}", ran.words);
            }
        }
    }
    assert!(kept > lost, "{kept} kept, {lost} without a whole node");
}

#[test]
fn what_this_version_does_not_know_is_kept() {
    let scratch = Scratch::new("unknown");
    let saved = Scratch::new("unknown-saved");
    for world in worlds() {
        let mut files = files_of(&world);
        for (name, bytes) in files.iter_mut().filter(|(name, _)| *name != "capture.json") {
            let changed: Vec<String> = lines(bytes)
                .iter()
                .map(|line| {
                    let mut line: Value = serde_json::from_str(line).unwrap();
                    line["weather"] = json!({ "rain_mm": [1, 2.5] });
                    line.to_string()
                })
                .collect();
            *bytes = joined(&changed);
            if name == "objects.jsonl" || name == "relations.jsonl" {
                bytes.extend_from_slice(b"{\"kind\":\"comet\",\"tail\":true}\n");
            }
        }
        let comets = b"{\"name\":\"Halley\"}\nnot even JSON\n".to_vec();
        files.insert("comets.jsonl".to_owned(), comets.clone());
        let mut head: Value = serde_json::from_slice(&files["capture.json"]).unwrap();
        head["observatory"] = json!("Greenwich");
        head["server"]["moons"] = json!(1);
        files.insert("capture.json".to_owned(), head.to_string().into_bytes());

        let stored = store::read(scratch.hold(&files)).unwrap();
        let place = saved.join(world.file_name().unwrap().to_str().unwrap());
        store::write(&place, &stored).unwrap();
        let written = files_of(&place);
        assert_eq!(written["comets.jsonl"], comets);
        for (name, bytes) in &files {
            let text = String::from_utf8(written[name].clone()).unwrap();
            let kept = text.matches("rain_mm").count();
            let had = String::from_utf8(bytes.clone()).unwrap().matches("rain_mm").count();
            assert_eq!(kept, had, "{} {name}", world.display());
            assert_eq!(
                text.contains("\"comet\""),
                bytes.windows(7).any(|it| it == b"\"comet\""),
                "{name}"
            );
        }
        let head: Value = serde_json::from_slice(&written["capture.json"]).unwrap();
        assert_eq!(
            (&head["observatory"], &head["server"]["moons"]),
            (&json!("Greenwich"), &json!(1))
        );
        assert_eq!(store::read(&place).unwrap().capture.catalog, stored.capture.catalog);
    }
}
