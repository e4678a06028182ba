//! EXPLAIN in its TEXT encoding into the `Value`s that FORMAT JSON would have given.
//!
//! Takes lines as the server prints them: no frames, no log prefixes; these are taken off
//! before. Keeps the sound part of a damaged text, says what it could not read, and refuses
//! only a text without a single node.

mod around;
mod count;
mod detail;
mod finish;
mod grow;
mod head;
mod line;
mod list;
mod make;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::base::{Note, NoteCode};

use super::error::{PlanError, PlanErrorKind};
use super::value::Value;

use finish::finished;
use grow::Growing;
use head::Head;
use line::{Line, Lines};

/// All plans of a text, each as the object that FORMAT JSON has for it.
pub(super) fn values(text: &str, found: &mut BTreeSet<Note>) -> Result<Vec<Value>, PlanError> {
    let mut values = Vec::new();
    let mut plan = Growing::default();
    let mut outside: Vec<usize> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut is_after_blank = true;
    for line in Lines::of(text) {
        if line.text.is_empty() {
            is_after_blank = true;
            continue;
        }
        if line.is_open {
            open.push(line.number);
        }
        let node = node(&line);
        let begins = match &node {
            Some(head) => begins(&line, head, &plan, is_after_blank),
            None => line.text.starts_with("Query Text:"),
        };
        if begins && plan.has_root() {
            values.extend(ended(std::mem::take(&mut plan), found));
        }
        match node {
            Some(head) if begins => plan.root(&line, head),
            Some(head) if line.text.starts_with("->") => plan.node(&line, head),
            _ if line.text == UNPLANNED => values.push(make::text("Utility Statement")),
            _ if is_framing(&line.text) || plan.line(&line) => {}
            _ if plan.has_root() => plan.unread.push((line.number, line.text.into_owned())),
            _ => outside.push(line.number),
        }
        is_after_blank = false;
    }
    values.extend(ended(plan, found));
    if let Some(first) = open.first() {
        let message = format!("a quote does not close, here and in {} more lines", open.len() - 1);
        found.insert(damaged(*first, &message));
    }
    if let Some(first) = outside.first().filter(|_| !values.is_empty()) {
        let message = format!("{} lines before a plan were left out", outside.len());
        found.insert(Note::new(NoteCode::Unknown, format!("line {first}"), message));
    }
    if values.is_empty() {
        return Err(PlanError { at: "$".to_owned(), kind: PlanErrorKind::Empty });
    }
    Ok(values)
}

/// The key of lines that nothing could be made of.
pub(super) const UNREAD: &str = "Unread";

/// What EXPLAIN prints for a statement without a plan.
const UNPLANNED: &str = "Utility statements have no plan structure";

/// The line as that of a node, when it can be one.
fn node(line: &Line<'_>) -> Option<Head> {
    if let Some(node) = line.text.strip_prefix("->") {
        return Some(head::head(node.trim_start()));
    }
    if !head::may_begin(&line.text) && !head::shows_figures(&line.text) {
        return None;
    }
    let head = head::head(&line.text);
    (head.is_known || (head.has_figures && head.unread.is_none())).then_some(head)
}

/// Whether a node is the first of a plan: it has no arrow, and where nothing but its name tells,
/// stands where a plan may begin.
fn begins(line: &Line<'_>, head: &Head, plan: &Growing, is_after_blank: bool) -> bool {
    if !plan.has_root() {
        return true;
    }
    let may_begin = (is_after_blank || plan.is_beside()) && plan.may_end_before(line.column);
    !line.text.starts_with("->") && (head.has_figures || may_begin)
}

/// The plan as it is when no more lines come, and what is to be said of it.
fn ended(plan: Growing, found: &mut BTreeSet<Note>) -> Option<Value> {
    let unread = plan.unread.len();
    if let Some((number, _)) = plan.unread.first().filter(|_| plan.has_root()) {
        let message =
            format!("{unread} lines were not understood, the first here; kept as they are");
        found.insert(damaged(*number, &message));
    }
    if let Some((number, kind)) = plan.childless() {
        let message = format!("the input of \"{kind}\" is missing, as if lines were lost");
        found.insert(damaged(number, &message));
    }
    finished(plan)
}

fn damaged(number: usize, message: &str) -> Note {
    Note::new(NoteCode::Damaged, format!("line {number}"), message)
}

/// What psql prints around a plan: its heading, rules, the count of rows and the time it took
/// in any language.
fn is_framing(line: &str) -> bool {
    let is_rule = |it: char| it.is_ascii_punctuation() || ('\u{2500}'..='\u{257f}').contains(&it);
    let is_count = |inside: &str| {
        inside.split_once(' ').is_some_and(|(number, word)| {
            number.bytes().all(|it| it.is_ascii_digit()) && word.chars().all(char::is_alphabetic)
        })
    };
    let is_clock = |(word, time): (&str, &str)| {
        let is_time = |it: char| it.is_ascii_digit() || ",.:() ms".contains(it);
        !word.trim().contains(' ') && time.contains(" ms") && time.chars().all(is_time)
    };
    line == "QUERY PLAN"
        || line.split_once(": ").is_some_and(is_clock)
        || line.chars().all(is_rule)
        || line.strip_prefix('(').and_then(|it| it.strip_suffix(')')).is_some_and(is_count)
}
