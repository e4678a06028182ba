//! The last screen, at its fullest.

use std::time::Duration;

use super::*;
use crate::base::{Bytes, QualifiedName, Range, StatementId};
use crate::cli::demo::proof::Change;
use crate::report::{Colour, Glyphs};

fn mean(time: f64, blocks: f64) -> Mean {
    Mean { time: Millis(time), blocks }
}

/// Ten indexes with long names, six statements each, most of them predicted wrong.
fn fullest() -> Vec<Built> {
    let effect = |at: u32| Effect {
        statement: StatementId(at),
        label: format!("shop:a_statement_with_a_rather_long_name_{at}"),
        calls: 123_456,
        predicted: Some(Range { low: Millis(1_234.5), high: Millis(98_765.4) }),
        before: mean(123_456.7, 98_765_432.0),
        after: Some(mean(if at.is_multiple_of(3) { 2_000.0 } else { 999_999.9 }, 9_876_543.0)),
    };
    (0..10)
        .map(|at| Built {
            words: format!("table_{at} ({})", "a_column_with_a_long_name, ".repeat(6)),
            name: QualifiedName::new("shop", "idx"),
            scans: 1,
            effects: (0..6).map(|it| effect(at * 6 + it)).collect(),
        })
        .collect()
}

fn checks(failing: usize) -> Vec<Check> {
    (0..8)
        .map(|at| Check {
            what: "nothing else is found at warn or above".to_owned(),
            outcome: if at < failing {
                Err("one thing and another; ".repeat(20))
            } else {
                Ok("fine".to_owned())
            },
        })
        .collect()
}

fn rendered(built: &[Built], checks: &[Check], style: TextStyle) -> String {
    let long = "words and more words of it ".repeat(30);
    let declined = Declined {
        words: "carts (created_at, and_many_more_columns_of_a_long_name, than_fit)".to_owned(),
        why: long.clone(),
        change: Change {
            label: "shop:a_statement_with_a_rather_long_name".to_owned(),
            before: mean(15.2, 2_912.0),
            after: mean(83.1, 220_134.0),
        },
    };
    let dropped = Dropped {
        name: QualifiedName::new("shop", "an_index_with_a_name_of_the_most_letters_that_are_kept"),
        why: long.clone(),
        bytes: Bytes(123_456_789),
        changes: vec![declined.change.clone(); 30],
    };
    let screen = Screen {
        title: &long,
        unpriced: &long,
        built,
        labour: Labour {
            before: Duration::from_secs(12_345),
            after: Duration::from_secs(999),
            what: "execution time of all statements (the system tells no processor time):",
        },
        declined: Some(&declined),
        dropped: Some(&dropped),
        done: &long,
        time: &long,
        checks,
    };
    text(&fitting(&screen, style), style)
}

#[test]
fn the_fullest_screen_fits_80_by_40() {
    for failing in [0, 1, 8] {
        let style = TextStyle { width: 80, colour: Colour::Never, glyphs: Glyphs::Unicode };
        let shown = rendered(&fullest(), &checks(failing), style);
        let widest = shown.lines().map(|it| it.chars().count()).max().unwrap();
        assert!(widest <= 80, "{widest} columns:\n{shown}");
        let lines = shown.lines().count();
        assert!(lines < LINES_MAX, "{lines} lines:\n{shown}");
        assert!(shown.contains("predicted ms"), "{shown}");
        assert!(shown.contains("a_statement_with"), "{shown}");
        let held = format!("checks: {} of 8", 8 - failing);
        assert!(shown.trim_end().ends_with(&held), "{shown}");
    }
}

#[test]
fn colours_do_not_change_the_lines() {
    let plain = TextStyle { width: 80, colour: Colour::Never, glyphs: Glyphs::Unicode };
    let coloured = TextStyle { width: 80, colour: Colour::Ansi, glyphs: Glyphs::Unicode };
    let lines = |style| rendered(&fullest(), &checks(2), style).lines().count();
    assert_eq!(lines(plain), lines(coloured));
}

#[test]
fn an_empty_advice_is_a_screen_too() {
    let style = TextStyle { width: 80, colour: Colour::Never, glyphs: Glyphs::Unicode };
    let shown = rendered(&[], &checks(0), style);
    assert!(shown.contains("nothing was predicted"), "{shown}");
}
