//! A JSON value as it was written: entries in order, repeated keys kept, any depth.
//!
//! `serde_json::Value` keeps the last of two equal keys (servers up to 12 write `Workers`
//! twice) and refuses numbers beyond 64 bits (row estimates of 7e26 happen), hence this one.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::{PlanError, PlanErrorKind};

/// Levels of brackets beyond which a text is hostile: a plan takes two a node, and the server
/// itself gives up (`max_stack_depth`) long before 2,500 nodes stand below each other.
/// Unoptimised, so many levels fit on a stack of 8 MB and not on 4 MB (measured).
const DEPTH_MAX: usize = 5_000;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A JSON number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Written without a point, within 64 bits.
    Whole(i128),
    /// Written with a point or exponent, or beyond 64 bits.
    Broken(f64),
}

impl Number {
    /// The number as a double, as the server itself held nearly all of them.
    pub fn float(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Broken(number) => number,
        }
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

    /// The value as compact JSON.
    pub fn json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(Number::Whole(number)) => out.push_str(&number.to_string()),
            Self::Number(Number::Broken(number)) => out.push_str(&number.to_string()),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(values) => {
                out.push('[');
                for (position, value) in values.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (position, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    out.push_str(&quoted(key));
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a JSON form")
}

/// Reads one JSON value that takes the whole text.
///
/// Recurses once a level: up to `DEPTH_MAX` levels, for which 64 MB of stack are plenty.
pub(super) fn parse(text: &str) -> Result<Value, PlanError> {
    let whole = |kind| PlanError { at: "$".to_owned(), kind };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(whole(PlanErrorKind::Empty));
    }
    let too_deep = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let level = Level { depth: 0, too_deep: &too_deep };
    level.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        if too_deep.get() {
            return whole(PlanErrorKind::TooDeep);
        }
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = error.to_string().trim_end_matches(&place).to_owned();
        whole(PlanErrorKind::NotJson { line, column, message })
    })
}

/// Reads a value at a depth.
#[derive(Clone, Copy)]
struct Level<'a> {
    depth: usize,
    too_deep: &'a Cell<bool>,
}

impl Level<'_> {
    fn below<E: Error>(self) -> Result<Self, E> {
        if self.depth < DEPTH_MAX {
            return Ok(Self { depth: self.depth + 1, ..self });
        }
        self.too_deep.set(true);
        Err(E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Whole(number.into())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(Number::Whole(number.into())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(Number::Broken(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut entries = Vec::new();
        while let Some(key) = object.next_key::<String>()? {
            entries.push((key, object.next_value_seed(below)?));
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_repeated_keys_and_order() {
        let value = parse(r#"{"b": 1, "a": [true, null, "x\"y"], "b": -2}"#).unwrap();
        assert_eq!(value.json(), r#"{"b":1,"a":[true,null,"x\"y"],"b":-2}"#);
    }

    #[test]
    fn holds_numbers_beyond_64_bits() {
        let value = parse("720000000000000000000000000").unwrap();
        assert_eq!(value, Value::Number(Number::Broken(7.2e26)));
        assert_eq!(value.json(), "720000000000000000000000000");
    }

    #[test]
    fn says_where_json_ends_early() {
        let error = parse("[\n{\"Plan\": ").unwrap_err();
        let PlanErrorKind::NotJson { line, message, .. } = error.kind else { panic!("{error}") };
        assert_eq!((line, message.as_str()), (2, "EOF while parsing a value"));
        assert_eq!(parse(" \n").unwrap_err().kind, PlanErrorKind::Empty);
    }

    #[test]
    fn stops_at_hostile_depths() {
        let pool = rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build().unwrap();
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        pool.install(|| {
            assert!(parse(&nested(DEPTH_MAX)).is_ok());
            assert_eq!(parse(&nested(50_000)).unwrap_err().kind, PlanErrorKind::TooDeep);
        });
    }
}
