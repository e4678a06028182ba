//! Every form in which plans arrive, read, and compared with the document as the server wrote it.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Reading, read};

const FORMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/plans/frames");
const ENCODINGS: [&str; 4] = ["text", "json", "yaml", "xml"];

#[expect(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The forms of one encoding by their names.
fn forms(encoding: &str) -> BTreeMap<String, String> {
    let text = text_of(&Path::new(FORMS).join(format!("{encoding}.forms")));
    let forms = text.split("#### ").skip(1).map(|form| {
        let (name, body) = form.split_once('\n').unwrap();
        (name.to_owned(), body.to_owned())
    });
    forms.collect()
}

/// The first line in which two readings differ.
fn difference(reading: &Reading, plain: &Reading) -> String {
    let (reading, plain) = (format!("{reading:#?}"), format!("{plain:#?}"));
    let mut pairs = reading.lines().zip(plain.lines());
    let found = pairs.find(|(one, other)| one != other);
    found.map_or("lengths".to_owned(), |(one, other)| format!("{one} instead of {other}"))
}

/// What is read of a form, and of the plain document.
fn differences(encoding: &str, changed: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let forms = forms(encoding);
    let plain = read(&forms["plain"]).unwrap();
    assert_eq!(plain.notes, [], "{encoding}");
    let differs = |text: &str| match read(text) {
        Ok(reading) if reading == plain => None,
        Ok(reading) => Some(difference(&reading, &plain)),
        Err(error) => Some(error.to_string()),
    };
    let changed = forms.iter().filter_map(|(name, text)| Some((name, changed(text)?)));
    changed
        .filter_map(|(name, text)| differs(&text).map(|it| format!("{encoding} {name}: {it}")))
        .collect()
}

#[test]
fn every_form_gives_the_plan_of_the_plain_document() {
    for encoding in ENCODINGS {
        assert!(forms(encoding).len() >= 16, "{encoding}");
    }
    let differences = ENCODINGS.iter().flat_map(|it| differences(it, |text| Some(text.to_owned())));
    let differences: Vec<String> = differences.collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Each line made anew.
fn by_lines(text: &str, line: impl Fn(&str) -> String) -> String {
    text.lines().map(|it| line(it) + "\n").collect()
}

/// The plain documents and a few frames, changed as tools, mail and chat change them.
fn changes(text: &str) -> Vec<(&'static str, String)> {
    let quoted = |line: &str| line.replace('"', "\"\"");
    vec![
        ("windows", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("mail", by_lines(text, |line| format!("> {line}"))),
        ("mail twice", format!("see:\n{}thanks\n", by_lines(text, |it| format!("> > {it}")))),
        ("indented", by_lines(text, |line| format!("    {line}"))),
        ("pgadmin", by_lines(text, |line| format!("\"{}\"", quoted(line)))),
        ("semicolons", by_lines(text, |line| format!("\"{}\";", quoted(line)))),
        ("one cell", format!("\"QUERY PLAN\"\n\"{}\"\n", quoted(text.trim_end()))),
        ("bars", format!("QUERY PLAN|\n----------+\n{}", by_lines(text, |it| format!("{it:90}|")))),
        ("markdown table", {
            let body = by_lines(text, |it| format!("| {it} |"));
            format!("| QUERY PLAN |\n| :--- |\n{body}\n")
        }),
        ("fence", format!("Hello, it is slow:\n\n```sql\nselect 1\n```\n```\n{text}```\nWhy?\n")),
        ("prompt", {
            let typed = "postgres=# explain (analyze)\npostgres-# select [1];\n";
            format!("{typed}{text}Time: 12.345 ms\npostgres=# \\q\n")
        }),
        ("french", format!("# explain\n{text}(8 lignes)\n\nTemps : 12,345 ms\n")),
        ("log", {
            let body = by_lines(text, |line| format!("\t{line}"));
            let prefix = "2026-01-02 03:04:05.678 UTC [12] LOG:  duration: 1.234 ms";
            format!("{prefix}  plan:\n{body}{prefix}  statement: select 1\n")
        }),
        ("colours", by_lines(text, |line| format!("\u{1b}[32m{line}\u{1b}[0m"))),
        (
            "page",
            by_lines(text, |line| {
                let own = line.len() - line.trim_start_matches(' ').len();
                "\u{a0}".repeat(own) + &line[own..]
            }),
        ),
    ]
}

#[test]
fn what_tools_and_mail_make_of_a_plan_is_read() {
    let mut found = Vec::new();
    for encoding in ENCODINGS {
        let count = changes("").len();
        for change in 0..count {
            let of_it = |text: &str| changes(text).swap_remove(change).1;
            let name = changes("")[change].0;
            let plain = forms(encoding).remove("plain").unwrap();
            let only_plain = |text: &str| (text == plain).then(|| of_it(text));
            found
                .extend(differences(encoding, only_plain).iter().map(|it| format!("{name}: {it}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn of_a_cut_plan_the_sound_part_is_kept() {
    for encoding in ["json", "yaml", "xml"] {
        let plain = forms(encoding).remove("plain").unwrap();
        let whole = read(&plain).unwrap().plans.remove(0);
        let mut kept = 0;
        for end in (0..plain.trim_end().len()).step_by(37).filter(|it| plain.is_char_boundary(*it))
        {
            let Ok(reading) = read(&plain[..end]) else { continue };
            let notes = reading.notes.iter().filter(|it| it.remedy.contains("copy")).count();
            assert!(notes == 1 || encoding == "yaml", "{encoding} {end}: {:?}", reading.notes);
            let nodes = reading.plans[0].nodes();
            assert!(nodes.len() >= kept, "{encoding} {end}: a longer text has fewer nodes");
            kept = nodes.len();
            for (cut, node) in nodes.zip(whole.nodes()) {
                assert_eq!(cut.kind, node.kind, "{encoding} {end}");
                assert!(
                    cut.measured.is_none_or(|it| Some(it) == node.measured),
                    "{encoding} {end}"
                );
            }
        }
        assert_eq!(kept, whole.nodes().len(), "{encoding}");
    }
}

#[test]
fn a_damaged_closing_tag_closes_nothing() {
    let plan = "<explain><Query><Plan><Node-Type>Result</Node-Type></Plan></Query>";
    for end in ["</explain\u{fffd}", "</explain", "</explainé></explain>"] {
        let reading = read(&format!("{plan}{end}")).unwrap();
        assert_eq!(reading.plans.len(), 1, "{end}");
    }
}
