//! Recorded worlds, told whole: the report of each in three forms, byte for byte, and what the
//! bytes may not depend on.

use serde_json::Value;

use crate::program::{self, Scratch, advise, check_whole, files_of, run, run_on, worlds};

/// Columns of the text report; only SQL, which is copied, may be longer.
const COLUMNS: usize = 80;

#[test]
fn every_recorded_world_is_told_as_reviewed() {
    for world in worlds() {
        for (format, name) in
            [("text", "report.txt"), ("json", "report.json"), ("sql", "report.sql")]
        {
            let ran = advise(&world, format);
            assert_eq!((ran.code, ran.words.as_str()), (0, ""), "{}", world.display());
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(&world);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(name, ran.out));
        }
    }
}

#[test]
fn reports_keep_to_their_columns() {
    for world in worlds() {
        let ran = advise(&world, "text");
        for line in ran.out.lines().filter(|it| it.chars().count() > COLUMNS) {
            let is_sql =
                ["  CREATE", "  ALTER", "  DROP", "  --"].iter().any(|it| line.starts_with(it));
            assert!(is_sql, "{}: {line}", world.display());
        }
    }
}

#[test]
fn same_capture_same_bytes() {
    for world in worlds() {
        for format in ["text", "json", "markdown", "sql"] {
            let (once, again) = (advise(&world, format), advise(&world, format));
            assert_eq!(once, again, "{} as {format}", world.display());
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    for world in worlds() {
        let place = world.to_str().unwrap();
        for format in ["text", "json", "sql"] {
            let arguments = ["advise", "--from", place, "--all", "--format", format];
            assert_eq!(run_on(&arguments, 1), run_on(&arguments, 8), "{place} as {format}");
        }
        for stage in ["parameters", "wishes", "findings", "candidates", "advice"] {
            let arguments = ["dump", stage, "--from", place];
            assert_eq!(run_on(&arguments, 1), run_on(&arguments, 8), "{place} {stage}");
        }
    }
}

#[test]
fn the_order_of_lines_changes_no_advice() {
    let scratch = Scratch::new("order");
    for world in worlds() {
        let straight = advise(&world, "json").json();
        let files = files_of(&world);
        for section in files.keys().filter(|it| *it != "capture.json") {
            let mut turned = files.clone();
            let text = String::from_utf8(files[section].clone()).unwrap();
            let mut lines: Vec<&str> = text.lines().collect();
            lines.reverse();
            let half = lines.len() / 2;
            lines.rotate_left(half);
            let text: String = lines.into_iter().flat_map(|it| [it, "\n"]).collect();
            turned.insert(section.clone(), text.into_bytes());
            let json = advise(scratch.hold(&turned), "json").json();
            for key in ["method", "recommendations", "findings", "refusals", "statements"] {
                assert_eq!(json[key], straight[key], "{} {section} {key}", world.display());
            }
        }
    }
}

#[test]
fn every_statement_has_exactly_one_fate() {
    for world in worlds() {
        let json = advise(&world, "json").json();
        check_whole(&json, world.to_str().unwrap());
        let recorded = files_of(&world)["statements.jsonl"].clone();
        let recorded = String::from_utf8(recorded).unwrap().lines().count();
        assert_eq!(json["coverage"]["statements_count"], recorded, "{}", world.display());
    }
}

#[test]
fn every_advised_statement_is_named_by_a_recommendation() {
    for world in worlds() {
        let json = advise(&world, "json").json();
        let named: Vec<&Value> = json["recommendations"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|it| it["helped"].as_array().unwrap())
            .map(|it| &it["statement"])
            .collect();
        for fate in json["statements"].as_array().unwrap() {
            let advised = fate["fate"] == "advised";
            assert_eq!(advised, named.contains(&&fate["statement"]), "{fate}");
        }
    }
}

#[test]
fn a_recorded_run_is_priced_by_its_recorded_answers() {
    let json = advise(&program::world("shop15"), "json").json();
    assert_eq!(json["method"], "hypopg");
    let priced = json["recommendations"].as_array().unwrap();
    assert!(priced.len() >= 3, "{priced:?}");
    assert!(
        priced
            .iter()
            .all(|it| it["gain"]["cost_before"].as_f64() > it["gain"]["cost_after"].as_f64())
    );
    let place = program::world("shop15");
    let structure = run(&[
        "advise",
        "--from",
        place.to_str().unwrap(),
        "--price",
        "structure",
        "--format",
        "json",
    ]);
    assert_eq!(structure.json()["method"], "structure");
}

#[test]
fn a_capture_is_saved_as_it_was_read() {
    let scratch = Scratch::new("saved");
    for world in worlds() {
        let saved = scratch.join(world.file_name().unwrap().to_str().unwrap());
        let place = world.to_str().unwrap();
        let ran = run(&["advise", "--from", place, "--save", saved.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.words);
        let text = |path| {
            let files = files_of(path);
            files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        };
        for (was, is) in text(&world).zip(text(&saved)) {
            assert_eq!(was, is, "{place}");
        }
        let packed = scratch.join("packed.tar.zst");
        let ran = run(&["advise", "--from", place, "--save", packed.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.words);
        assert_eq!(advise(&packed, "text").out, advise(&world, "text").out, "{place}");
    }
}
