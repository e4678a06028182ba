//! `plan` over recorded logs: what is a log, what is shown, what is hidden, what is compared.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::program::{Ran, root, run};

fn log(name: &str) -> String {
    root().join("fixtures/logs").join(name).to_str().unwrap().to_owned()
}

/// What the program says of bytes on standard input.
fn piped(bytes: &[u8], arguments: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgsextant"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn told(arguments: &[&str]) -> String {
    let Ran { code, out, words } = run(arguments);
    assert_eq!(code, 0, "{arguments:?}: {words}");
    out
}

#[test]
fn a_log_is_told_alike_from_a_file_packed_and_from_standard_input() {
    let plain = std::fs::read(log("18-json.csv")).unwrap();
    let file = told(&["plan", &log("18-json.csv"), "--quiet"]);
    assert!(file.contains("STATEMENTS: 20"), "{file}");
    assert!(file.contains("PLAN OF STATEMENT 1"), "{file}");
    assert!(file.contains("line 506 of "), "{file}");
    let packed = zstd::encode_all(plain.as_slice(), 1).unwrap();
    let input = piped(&plain, &["plan", "--quiet"]);
    assert_eq!(input, piped(&packed, &["plan", "-", "--quiet"]));
    let named = |text: &str, name: &str| text.replace(name, "LOG");
    let without_wraps = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        without_wraps(named(&file, &log("18-json.csv"))),
        without_wraps(named(&input, "standard input"))
    );
}

#[test]
fn three_logs_are_one() {
    let places = [log("18-json.csv"), log("15-text.stderr"), log("13-yaml.syslog")];
    let json = run(&["plan", &places[0], &places[1], &places[2], "-f", "json", "-q"]).json();
    assert_eq!(json["schema"], "log/1");
    let one = |name: &str| run(&["plan", &log(name), "-f", "json", "-q"]).json();
    let apart = ["18-json.csv", "15-text.stderr", "13-yaml.syslog"].map(one);
    let entries = apart.iter().map(|it| it["entries_count"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(json["entries_count"].as_u64().unwrap(), entries);
}

#[test]
fn every_form_of_the_answer_is_there() {
    let place = log("18-json.csv");
    let of = |format: &str| told(&["plan", &place, "--format", format, "--quiet"]);
    assert!(of("markdown").contains("| plans | statement |"));
    assert!(of("html").contains("<svg"));
    assert!(of("svg").starts_with("<svg"));
    let plans: serde_json::Value = serde_json::from_str(&of("explain-json")).unwrap();
    assert_eq!(plans.as_array().unwrap().len(), 5);
}

#[test]
fn two_logs_are_compared_by_one_statement() {
    let (before, after) = (log("15-text.stderr"), log("18-json.csv"));
    let out = told(&["plan", &before, &after, "--quiet"]);
    assert!(out.contains("NODE BY NODE"), "{out}");
    assert!(out.contains("statements have plans in both logs"), "{out}");
    let plan = root().join("fixtures/plans/nested_loop_18.json");
    let ran = run(&["plan", &before, plan.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.words.contains("compare two logs, or two plans"), "{}", ran.words);
}

#[test]
fn a_prefix_that_was_given_is_used() {
    let line = "shop|app LOG:  duration: 12.000 ms  statement: select 1\n";
    let bytes = line.repeat(3).into_bytes();
    let arguments = ["plan", "--log-prefix", "%d|%u ", "-f", "json", "--quiet"];
    let json: serde_json::Value = serde_json::from_str(&piped(&bytes, &arguments)).unwrap();
    assert_eq!(json["statements"][0]["databases"]["counts"]["shop"], 3);
    assert_eq!(json["statements"][0]["users"]["counts"]["app"], 3);
}

#[test]
fn a_logged_plan_alone_is_a_plan() {
    let text = std::fs::read_to_string(log("15-text.stderr")).unwrap();
    let mut lines = text.lines().skip_while(|it| !it.contains("  plan:"));
    let first = lines.next().unwrap();
    let rest = lines.take_while(|it| it.starts_with('\t')).map(|it| format!("{it}\n"));
    let entry = format!("{first}\n{}", rest.collect::<String>());
    let out = piped(entry.as_bytes(), &["plan", "--quiet"]);
    assert!(!out.contains("STATEMENTS"), "{out}");
    assert!(out.contains("\nPLAN\n"), "{out}");
    assert!(piped(entry.repeat(2).as_bytes(), &["plan", "--quiet"]).contains("STATEMENTS: 1"));
}
