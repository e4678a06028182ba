//! The entries of one JSON object, taken one by one, so that what is left over is known.
//!
//! A key that is there with a value of the wrong type is an error; `null` is as good as absent.

use std::collections::BTreeMap;

use crate::base::{Bytes, Millis, Name, Pages, Rows};

use super::error::PlanErrorKind;
use super::value::{Number, Value};

/// What a taken key gives.
pub(super) type Taken<T> = Result<T, PlanErrorKind>;

/// The entries of one JSON object that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Fields {
    entries: Vec<(String, Value)>,
}

impl Fields {
    pub fn new(entries: Vec<(String, Value)>) -> Self {
        Self { entries }
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name == key)
    }

    /// The first value of a key.
    fn take(&mut self, key: &str) -> Option<Value> {
        let position = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(position).1).filter(|value| *value != Value::Null)
    }

    pub fn text(&mut self, key: &str) -> Taken<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, &other)),
        }
    }

    pub fn name(&mut self, key: &str) -> Taken<Option<Name>> {
        Ok(self.text(key)?.map(Name))
    }

    pub fn flag(&mut self, key: &str) -> Taken<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong(key, &other)),
        }
    }

    pub fn number(&mut self, key: &str) -> Taken<Option<Number>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(other) => Err(wrong(key, &other)),
        }
    }

    pub fn float(&mut self, key: &str) -> Taken<Option<f64>> {
        Ok(self.number(key)?.map(Number::float))
    }

    pub fn millis(&mut self, key: &str) -> Taken<Option<Millis>> {
        Ok(self.float(key)?.map(Millis))
    }

    pub fn rows(&mut self, key: &str) -> Taken<Option<Rows>> {
        Ok(self.float(key)?.map(Rows))
    }

    /// A counter; what no counter can be is brought to the nearest that it can.
    pub fn count(&mut self, key: &str) -> Taken<Option<u64>> {
        Ok(self.number(key)?.map(nearest_count))
    }

    pub fn pages(&mut self, key: &str) -> Taken<Option<Pages>> {
        Ok(self.count(key)?.map(Pages))
    }

    /// A size that the server writes in kB.
    pub fn kilobytes(&mut self, key: &str) -> Taken<Option<Bytes>> {
        Ok(self.count(key)?.map(|size| Bytes(size.saturating_mul(1024))))
    }

    /// A list of texts; a lone text is a list of one.
    pub fn texts(&mut self, key: &str) -> Taken<Vec<String>> {
        let values = match self.take(key) {
            None => return Ok(Vec::new()),
            Some(Value::List(values)) => values,
            Some(value) => vec![value],
        };
        values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => Ok(text),
                other => Err(wrong(key, &other)),
            })
            .collect()
    }

    /// An object.
    pub fn object(&mut self, key: &str) -> Taken<Option<Self>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(entries)) => Ok(Some(Self::new(entries))),
            Some(other) => Err(wrong(key, &other)),
        }
    }

    /// The objects of all lists under a key, which may stand more than once.
    pub fn objects(&mut self, key: &str) -> Taken<Vec<Self>> {
        let mut found = Vec::new();
        while self.has(key) {
            let values = match self.take(key) {
                None => continue,
                Some(Value::List(values)) => values,
                Some(other) => return Err(wrong(key, &other)),
            };
            for value in values {
                match value {
                    Value::Object(entries) => found.push(Self::new(entries)),
                    other => return Err(wrong(key, &other)),
                }
            }
        }
        Ok(found)
    }

    /// All entries with values of one type each: settings, options.
    pub fn each(self) -> impl Iterator<Item = (String, Value)> {
        self.entries.into_iter()
    }

    /// These entries and then those of another object of the same thing.
    pub fn merged(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    /// What was not taken, as compact JSON; a repeated key gets a number behind it.
    pub fn rest(self) -> BTreeMap<String, String> {
        let mut rest = BTreeMap::new();
        for (key, value) in self.entries {
            let numbered = (2..).map(|number| format!("{key} #{number}"));
            let free =
                std::iter::once(key.clone()).chain(numbered).find(|it| !rest.contains_key(it));
            rest.insert(free.expect("numbers do not end"), value.json());
        }
        rest
    }
}

/// The error for a value of the wrong type.
pub(super) fn wrong(key: &str, value: &Value) -> PlanErrorKind {
    PlanErrorKind::WrongType { key: key.to_owned(), found: value.type_name() }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and no counter is negative"
)]
fn nearest_count(number: Number) -> u64 {
    match number {
        Number::Whole(number) => u64::try_from(number.max(0)).unwrap_or(u64::MAX),
        Number::Broken(number) => number.round() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_what_stands_twice() {
        let text = |text: &str| Value::Text(text.to_owned());
        let entries = vec![("a".to_owned(), text("x")), ("a".to_owned(), text("y"))];
        let rest = Fields::new(entries).rest();
        assert_eq!(rest["a"], "\"x\"");
        assert_eq!(rest["a #2"], "\"y\"");
    }
}
