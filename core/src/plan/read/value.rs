//! A value as EXPLAIN wrote it, in any encoding: entries in order, repeated keys kept, any depth.
//!
//! `serde_json::Value` keeps the last of two equal keys (servers up to 12 write `Workers`
//! twice), refuses numbers beyond 64 bits (row estimates of 7e26 happen), and is read, written
//! and dropped by recursion, hence this one. Its depth costs memory only, never stack.

use std::mem;

use super::key::Key;

/// A value with JSON's types.
///
/// Dropped without recursion, so it cannot be taken apart by patterns that move: see
/// `into_text`, `into_list` and `into_entries`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(Key, Value)>),
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Written without a point or exponent, within 128 bits.
    Whole(i128),
    /// Written with a point or exponent, or larger still.
    Broken(f64),
}

impl Number {
    /// The number that a text is by JSON's grammar; none when it is anything else.
    pub fn of(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let whole = digits.iter().take_while(|it| it.is_ascii_digit()).count();
        if whole == 0 || (whole > 1 && digits[0] == b'0') {
            return None;
        }
        if whole == digits.len() {
            // 128 bits are slow to read, and nearly no number needs them.
            if let Ok(number) = text.parse::<i64>() {
                return Some(Self::Whole(number.into()));
            }
            if let Ok(number) = text.parse() {
                return Some(Self::Whole(number));
            }
        } else if !is_fraction(&digits[whole..]) {
            return None;
        }
        text.parse().ok().map(Self::Broken)
    }

    /// The number as a double, as the server itself held nearly all of them.
    pub fn float(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Broken(number) => number,
        }
    }
}

/// Whether this is what may follow the whole part: `.25`, `e+10`, `.5e-3`.
fn is_fraction(rest: &[u8]) -> bool {
    let digits = |from: &[u8]| from.iter().take_while(|it| it.is_ascii_digit()).count();
    let mut rest = rest;
    if let [b'.', tail @ ..] = rest {
        let count = digits(tail);
        rest = &tail[count..];
        if count == 0 {
            return false;
        }
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', tail @ ..] | [b'e' | b'E', tail @ ..] => {
            !tail.is_empty() && digits(tail) == tail.len()
        }
        _ => false,
    }
}

impl Value {
    /// What kind of value it is, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, or the value that is none.
    pub fn into_text(mut self) -> Result<String, Self> {
        match &mut self {
            Self::Text(text) => Ok(mem::take(text)),
            _ => Err(self),
        }
    }

    /// The members of a list, or the value that is none.
    pub fn into_list(mut self) -> Result<Vec<Self>, Self> {
        match &mut self {
            Self::List(values) => Ok(mem::take(values)),
            _ => Err(self),
        }
    }

    /// The entries of an object, or the value that is none.
    pub fn into_entries(mut self) -> Result<Vec<(Key, Self)>, Self> {
        match &mut self {
            Self::Object(entries) => Ok(mem::take(entries)),
            _ => Err(self),
        }
    }

    /// Whether anything stands in it that may be nested further.
    fn holds_more(&self) -> bool {
        match self {
            Self::List(values) => values.iter().any(Self::is_nested),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.is_nested()),
            _ => false,
        }
    }

    fn is_nested(&self) -> bool {
        matches!(self, Self::List(_) | Self::Object(_))
    }

    /// The value as compact JSON.
    pub fn json(&self) -> String {
        let mut out = String::new();
        let mut open = vec![Rest::Value(self)];
        while let Some(rest) = open.pop() {
            match rest {
                Rest::Mark(mark) => out.push(mark),
                Rest::Key(key) => {
                    out.push_str(&quoted(key));
                    out.push(':');
                }
                Rest::Value(value) => value.begin(&mut out, &mut open),
            }
        }
        out
    }

    /// Writes what is flat, and puts what is nested on the pile, last thing first.
    fn begin<'a>(&'a self, out: &mut String, open: &mut Vec<Rest<'a>>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(Number::Whole(number)) => out.push_str(&number.to_string()),
            Self::Number(Number::Broken(number)) => out.push_str(&number.to_string()),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(values) => {
                out.push('[');
                open.push(Rest::Mark(']'));
                for (position, value) in values.iter().enumerate().rev() {
                    open.push(Rest::Value(value));
                    open.extend((position > 0).then_some(Rest::Mark(',')));
                }
            }
            Self::Object(entries) => {
                out.push('{');
                open.push(Rest::Mark('}'));
                for (position, (key, value)) in entries.iter().enumerate().rev() {
                    open.extend([Rest::Value(value), Rest::Key(key)]);
                    open.extend((position > 0).then_some(Rest::Mark(',')));
                }
            }
        }
    }
}

/// What is still to be written.
enum Rest<'a> {
    Mark(char),
    Key(&'a str),
    Value(&'a Value),
}

impl Drop for Value {
    /// Takes nested values apart on a pile of its own: a stack holds some ten thousand levels.
    fn drop(&mut self) {
        if !self.holds_more() {
            return;
        }
        let mut waiting = Vec::new();
        spill(self, &mut waiting);
        while let Some(mut value) = waiting.pop() {
            spill(&mut value, &mut waiting);
        }
    }
}

/// Moves what is nested out of a value.
fn spill(value: &mut Value, waiting: &mut Vec<Value>) {
    match value {
        Value::List(values) => {
            waiting.extend(mem::take(values).into_iter().filter(Value::is_nested));
        }
        Value::Object(entries) => {
            let values = mem::take(entries).into_iter().map(|(_, value)| value);
            waiting.extend(values.filter(Value::is_nested));
        }
        _ => {}
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_numbers_by_their_grammar() {
        assert_eq!(Number::of("-12"), Some(Number::Whole(-12)));
        assert_eq!(
            Number::of("720000000000000000000000001"),
            Some(Number::Whole(720_000_000_000_000_000_000_000_001))
        );
        assert_eq!(Number::of(&"9".repeat(60)), Some(Number::Broken(1e60)));
        assert_eq!(Number::of("12.50"), Some(Number::Broken(12.5)));
        assert_eq!(Number::of("1e+3"), Some(Number::Broken(1000.0)));
        for no in ["", "-", "01", "1.", ".5", "1e", "+1", "0x1", "NaN", "inf", "1 ", "1.e3"] {
            assert_eq!(Number::of(no), None, "{no:?}");
        }
    }

    #[test]
    fn drops_and_writes_any_depth() {
        let mut value = Value::Null;
        for _ in 0..300_000 {
            value = Value::Object(vec![("a".into(), Value::List(vec![value]))]);
        }
        assert_eq!(value.json().len(), 300_000 * 8 + 4);
    }
}
