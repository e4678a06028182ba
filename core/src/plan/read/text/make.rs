//! Values in the types that FORMAT JSON gives them.

use crate::plan::read::key::{Key, key};
use crate::plan::read::value::{Number, Value};

/// The entries of an object that is being put together.
pub(super) type Entries = Vec<(Key, Value)>;

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn entry(name: &str, value: Value) -> (Key, Value) {
    (key(name), value)
}

pub(super) fn whole(number: u64) -> Value {
    Value::Number(Number::Whole(number.into()))
}

pub(super) fn zero_time() -> Value {
    Value::Number(Number::Broken(0.0))
}

/// A number with nothing around it, in the type that the JSON reader gives it.
pub(super) fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|it| it.is_ascii_digit()) {
        let signed = text.parse::<i64>().map(i128::from).ok();
        if let Some(number) = signed.or_else(|| text.parse::<u64>().map(i128::from).ok()) {
            return Some(Value::Number(Number::Whole(number)));
        }
    } else if !digits.bytes().all(|it| it.is_ascii_digit() || b".e+-".contains(&it)) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Value::Number(Number::Broken(number)))
}

/// A number with or without a unit behind it: `17kB`, `0.5 ms`.
pub(super) fn measure(text: &str) -> Option<Value> {
    let unit = text.find(|it: char| it.is_ascii_alphabetic() && it != 'e').unwrap_or(text.len());
    let known = ["", "ms", "kB", "b", "B", "bytes", "s"];
    known.contains(&&text[unit..]).then(|| number(text[..unit].trim_end()))?
}

/// What an unknown key holds, by its looks.
pub(super) fn guess(value: &str) -> Value {
    match value {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        _ => measure(value).unwrap_or_else(|| text(value)),
    }
}

/// Whether a key is among entries.
pub(super) fn has(entries: &Entries, key: &str) -> bool {
    entries.iter().any(|(name, _)| name == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_json_does() {
        assert_eq!(number("-17"), Some(Value::Number(Number::Whole(-17))));
        assert_eq!(number("18446744073709551615"), Some(whole(u64::MAX)));
        let huge = number("720000000000000000000000000");
        assert_eq!(huge, Some(Value::Number(Number::Broken(7.2e26))));
        assert_eq!(number("1.50"), Some(Value::Number(Number::Broken(1.5))));
        for broken in ["", "-", ".5", "1,5", "nan", "inf", "0x1", "1 2"] {
            assert_eq!(number(broken), None, "{broken}");
        }
    }

    #[test]
    fn guesses_by_looks() {
        assert_eq!(guess("4953699 b"), whole(4_953_699));
        assert_eq!(guess("true"), Value::Flag(true));
        assert_eq!(guess("5 apples"), text("5 apples"));
    }
}
