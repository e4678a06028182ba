//! What a line holds beyond what this version understands, and how it is put back.

use serde_json::{Map, Value};

/// The parts of a line that are lost when it is read and written again: unknown keys, at any
/// depth. Members of lists are called by their position.
pub(super) fn beyond(original: &Value, known: &Value) -> Option<Value> {
    let parts: Map<String, Value> = match (original, known) {
        (Value::Object(original), Value::Object(known)) => original
            .iter()
            .filter_map(|(key, value)| {
                let part = match known.get(key) {
                    Some(known) => beyond(value, known),
                    // An empty default that is left out when written is understood all the same.
                    None => (!is_empty(value)).then(|| value.clone()),
                };
                Some((key.clone(), part?))
            })
            .collect(),
        (Value::Array(original), Value::Array(known)) if original.len() == known.len() => original
            .iter()
            .zip(known)
            .enumerate()
            .filter_map(|(position, (original, known))| {
                Some((position.to_string(), beyond(original, known)?))
            })
            .collect(),
        _ => return None,
    };
    (!parts.is_empty()).then_some(Value::Object(parts))
}

/// Puts the unknown parts back; a part whose place is not there any more is left out.
pub(super) fn put_back(parts: &Value, out: &mut Value) {
    let Value::Object(parts) = parts else { return };
    for (key, part) in parts {
        match out {
            Value::Object(out) => match out.get_mut(key) {
                Some(out) => put_back(part, out),
                None => {
                    out.insert(key.clone(), part.clone());
                }
            },
            Value::Array(out) => {
                let place = key.parse::<usize>().ok().and_then(|it| out.get_mut(it));
                if let Some(out) = place {
                    put_back(part, out);
                }
            }
            _ => {}
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Array(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Number(_) | Value::Object(_) => false,
    }
}
