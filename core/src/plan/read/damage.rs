//! What is sound of a document that breaks off or is damaged.
//!
//! Keeps all nodes that were read up to the damage; of the last one only groups of figures that
//! are complete, since half a group would be read as another figure. Says where it stopped.

use std::collections::BTreeSet;

use crate::base::{Note, NoteCode};

use super::error::PlanError;
use super::key::Key;
use super::piece::{Piece, Stop};
use super::value::Value;

/// Figures that mean something together only: those that begin so, and the last of them.
const GROUPS: [(&[&str], &str); 3] = [
    (&["Startup Cost", "Total Cost", "Plan Rows", "Plan Width"], "Plan Width"),
    (&["Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops"], "Actual Loops"),
    (
        &[
            "Shared Hit Blocks",
            "Shared Read Blocks",
            "Shared Dirtied Blocks",
            "Shared Written Blocks",
            "Local Hit Blocks",
            "Local Read Blocks",
            "Local Dirtied Blocks",
            "Local Written Blocks",
            "Temp Read Blocks",
            "Temp Written Blocks",
        ],
        "Temp Written Blocks",
    ),
];

/// The sound values of a document that begins in this line of the text, counted from zero.
///
/// # Errors
/// When not one node came before the damage.
pub(super) fn sound(
    piece: Piece,
    line: usize,
    found: &mut BTreeSet<Note>,
) -> Result<Vec<Value>, PlanError> {
    let Piece { mut values, end, stop, encoding } = piece;
    let Some(stop) = stop else { return Ok(values) };
    let stop = Stop { line: stop.line + line, ..stop };
    let last = values.pop().and_then(mended);
    values.extend(last);
    if values.is_empty() {
        return Piece { values, end, stop: Some(stop), encoding }.whole();
    }
    let nodes = nodes(&values);
    let (encoding, at) = (encoding.name(), stop.line);
    let message = format!(
        "the {encoding} breaks off in column {}: {}; kept the {nodes} nodes before it, whose \
         times and blocks include what is lost below them",
        stop.column, stop.message
    );
    let note = Note::new(NoteCode::Damaged, format!("line {at}"), message);
    found.insert(note.with_remedy("copy the plan again, the whole of it"));
    Ok(values)
}

/// A value of which the end is missing, without what is only half there.
fn mended(value: Value) -> Option<Value> {
    let mut above = Vec::new();
    let mut here = value;
    while let Some(last) = split_last(&mut here) {
        above.push((here, last.0));
        here = last.1;
    }
    let mut kept = sound_part(whole_groups(here));
    while let Some((mut parent, key)) = above.pop() {
        match (&mut parent, kept) {
            (Value::Object(entries), Some(child)) => entries.push((key, child)),
            (Value::List(values), Some(child)) => values.push(child),
            _ => {}
        }
        kept = sound_part(parent);
    }
    kept
}

/// Takes off the child in which the text broke off.
fn split_last(value: &mut Value) -> Option<(Key, Value)> {
    let nested = |value: &Value| matches!(value, Value::List(_) | Value::Object(_));
    match value {
        Value::Object(entries) => {
            let (key, last) = entries.last()?;
            let of_the_tree = matches!(key.as_ref(), "Plan" | "Plans" | "Query");
            (of_the_tree && nested(last)).then(|| entries.pop()).flatten()
        }
        Value::List(values) => {
            let last = values.pop_if(|last| nested(last))?;
            Some((Key::default(), last))
        }
        _ => None,
    }
}

/// The node that was read last, without groups that are not complete.
fn whole_groups(mut value: Value) -> Value {
    if let Value::Object(entries) = &mut value {
        entries.pop_if(|(_, last)| matches!(last, Value::List(_) | Value::Object(_)));
        for (keys, last) in GROUPS {
            if !entries.iter().any(|(key, _)| key == last) {
                entries.retain(|(key, _)| !keys.contains(&key.as_ref()));
            }
        }
    }
    value
}

/// The value, if a node is in it.
fn sound_part(value: Value) -> Option<Value> {
    let kept = match &value {
        Value::Object(entries) => {
            entries.iter().any(|(key, _)| matches!(key.as_ref(), "Node Type" | "Plan" | "Query"))
        }
        Value::List(values) => !values.is_empty(),
        _ => false,
    };
    kept.then_some(value)
}

fn nodes(values: &[Value]) -> usize {
    let mut waiting: Vec<&Value> = values.iter().collect();
    let mut count = 0;
    while let Some(value) = waiting.pop() {
        match value {
            Value::List(values) => waiting.extend(values),
            Value::Object(entries) => {
                count += usize::from(entries.iter().any(|(key, _)| key == "Node Type"));
                waiting.extend(entries.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    count
}
