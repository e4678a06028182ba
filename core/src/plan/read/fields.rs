//! The entries of one object, taken one by one, so that what is left over is known.
//!
//! A key that is there with a value of the wrong type is an error; `null` is as good as absent.

use std::collections::BTreeMap;

use crate::base::{Bytes, Millis, Name, Pages, Rows};

use super::error::PlanErrorKind;
use super::value::{Number, Value};

/// What a taken key gives.
pub(super) type Taken<T> = Result<T, PlanErrorKind>;

/// The entries of one object that were not taken yet.
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
        let value = self.take(key).map(Value::into_text).transpose();
        value.map_err(|other| wrong(key, &other))
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
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        let values = value.into_list().unwrap_or_else(|alone| vec![alone]);
        let texts = values.into_iter().map(Value::into_text);
        texts.map(|text| text.map_err(|other| wrong(key, &other))).collect()
    }

    /// An object.
    pub fn object(&mut self, key: &str) -> Taken<Option<Self>> {
        let value = self.take(key).map(Value::into_entries).transpose();
        Ok(value.map_err(|other| wrong(key, &other))?.map(Self::new))
    }

    /// The objects of all lists under a key, which may stand more than once.
    pub fn objects(&mut self, key: &str) -> Taken<Vec<Self>> {
        let is_ours = |(name, _): &mut (String, Value)| name == key;
        let mut found = Vec::new();
        for (_, value) in self.entries.extract_if(.., is_ours).filter(|it| it.1 != Value::Null) {
            for value in value.into_list().map_err(|other| wrong(key, &other))? {
                found.push(Self::new(value.into_entries().map_err(|other| wrong(key, &other))?));
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
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut rest = BTreeMap::new();
        for (key, value) in self.entries {
            let count = counts.entry(key.clone()).or_default();
            *count += 1;
            let numbered = (*count..).map(|number| match number {
                1 => key.clone(),
                number => format!("{key} #{number}"),
            });
            let mut free = numbered.filter(|it| !rest.contains_key(it));
            rest.insert(free.next().expect("numbers do not end"), value.json());
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
