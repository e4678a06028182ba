//! The pager between psql and the user's own pager: nothing lost, nothing changed, no hanging.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::root;

/// What comes out for an input, with a pager of the user's.
fn paged(input: &[u8], pager: &str) -> Vec<u8> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgsextant"))
        .args(["pager", "--width", "80"])
        .env("PAGER", pager)
        .env_remove("PGSEXTANT_PAGER")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let bytes = input.to_vec();
    // A pager that quits early ends the program, and the rest of the input goes nowhere.
    let writer = std::thread::spawn(move || drop(to.write_all(&bytes)));
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    out
}

/// A result that is no plan: many lines, bytes that are no UTF-8.
fn rows(lines: usize) -> Vec<u8> {
    let mut bytes = b" id | name\n----+------\n".to_vec();
    for line in 0..lines {
        bytes.extend_from_slice(format!(" {line} | \u{fc}").as_bytes());
        bytes.extend_from_slice(b"\xff\xfe\r\n");
    }
    bytes
}

#[test]
fn other_results_go_on_byte_for_byte() {
    for input in [Vec::new(), b"x".to_vec(), rows(3), rows(200_000)] {
        assert!(paged(&input, "cat") == input, "{} bytes changed", input.len());
    }
}

#[test]
fn nothing_is_lost_without_a_pager_or_with_one_that_fails() {
    for pager in ["", "no-such-pager-anywhere", "exit 3", "kill -9 $$"] {
        for input in [rows(3), rows(20_000)] {
            assert!(paged(&input, pager) == input, "{pager:?} lost some of {}", input.len());
        }
    }
}

#[test]
fn a_pager_that_is_left_early_ends_it() {
    let began = Instant::now();
    let out = paged(&rows(2_000_000), "head -n 2");
    assert_eq!(out, b" id | name\n----+------\n");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn the_pager_streams_what_is_no_plan() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgsextant"))
        .arg("pager")
        .env("PAGER", "cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = child.stdout.take().unwrap();
    let first = rows(3);
    to.write_all(&first).unwrap();
    // The input is still open: what came must be out already.
    let mut seen = vec![0; first.len()];
    from.read_exact(&mut seen).unwrap();
    assert!(seen == first);
    drop(to);
    assert!(child.wait().unwrap().success());
}

#[test]
fn plans_are_analyzed_and_then_shown_as_they_came() {
    let plan = std::fs::read(root().join("fixtures/plans/nested_loop_18.json")).unwrap();
    for pager in ["cat", "no-such-pager-anywhere"] {
        let out = paged(&plan, pager);
        assert!(out.ends_with(&plan), "the plan itself comes last and whole");
        let analysis = String::from_utf8(out[..out.len() - plan.len()].to_vec()).unwrap();
        assert!(analysis.contains("went into"), "{analysis}");
        assert!(analysis.contains("Nested Loop"), "{analysis}");
    }
    let damaged = b"  QUERY PLAN\n------\n nonsense\n(1 row)\n";
    assert_eq!(paged(damaged, "cat"), damaged);
}
