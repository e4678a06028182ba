//! Plans that a client packed once more: rows of a result as JSON, plans inside of a text.
//!
//! Refuses to guess: what has none of these forms comes back as it is.

use super::detect::is_node;
use super::json;
use super::value::Value;

/// What was in a value.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    pub values: Vec<Value>,
    /// Lines of TEXT, each in a row of its own.
    pub lines: String,
}

/// The values inside of what a client made of the column `QUERY PLAN`.
pub(super) fn unpacked(values: Vec<Value>) -> Unpacked {
    /// A plan in a row, in a list, in a text, in a list.
    const LAYERS_MAX: usize = 6;
    let mut out = Unpacked::default();
    let mut waiting: Vec<(Value, usize)> = values.into_iter().rev().map(|it| (it, 0)).collect();
    while let Some((value, layer)) = waiting.pop() {
        if layer > LAYERS_MAX || !is_packed(&value) {
            out.values.push(value);
            continue;
        }
        match opened(value) {
            Ok(inner) => waiting.extend(inner.into_iter().rev().map(|it| (it, layer + 1))),
            Err(line) => out.lines.extend([line.as_str(), "\n"]),
        }
    }
    if !out.lines.lines().any(is_node) {
        let lines = std::mem::take(&mut out.lines);
        out.values.extend(lines.lines().map(|line| Value::Text(line.to_owned())));
    }
    out
}

/// Whether this is a row, a list with rows, or a text that is JSON.
fn is_packed(value: &Value) -> bool {
    match value {
        Value::List(values) => values.iter().any(is_packed_once),
        value => is_packed_once(value),
    }
}

fn is_packed_once(value: &Value) -> bool {
    match value {
        Value::Object(entries) => match entries.as_slice() {
            [(key, Value::List(_) | Value::Object(_))] => key != "Plan" && key != "Plans",
            [(key, Value::Text(_))] => key != "Node Type",
            _ => false,
        },
        Value::Text(text) => text.trim_start().starts_with(['[', '{']),
        _ => false,
    }
}

/// What a packed value holds; a line of TEXT is no value.
fn opened(value: Value) -> Result<Vec<Value>, String> {
    let row = match value.into_list() {
        Ok(values) => return Ok(values),
        Err(row) => row,
    };
    let inner = match row.into_entries() {
        Ok(entries) => entries.into_iter().next().map_or(Value::Null, |(_, value)| value),
        Err(text) => text,
    };
    let text = match inner.into_text() {
        Ok(text) => text,
        Err(value) => return Ok(vec![value]),
    };
    let piece = json::value(&text);
    if piece.stop.is_none() && text.trim_start().starts_with(['[', '{']) {
        return Ok(piece.values);
    }
    Err(text)
}
