//! The entries of one object, taken one by one, so that what is left over is known.
//!
//! A key that is there with a value of the wrong type is an error; `null` is as good as absent.

use std::collections::BTreeMap;
use std::mem;

use crate::base::{Bytes, Millis, Name, Pages, Rows};

use super::error::PlanErrorKind;
use super::key::{Key, sign};
use super::value::{Number, Value};

/// What a taken key gives.
pub(super) type Taken<T> = Result<T, PlanErrorKind>;

/// The entries of one object that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Fields {
    entries: Vec<(Key, Value)>,
    /// By position the sign of the key; zero when the entry was taken.
    signs: Vec<u16>,
    /// The bits of all signs: most keys that are looked for are not there, and told by this.
    bits: u128,
}

/// The bit of a sign.
fn bit(sign: u16) -> u128 {
    1 << (sign % 128)
}

impl Fields {
    pub fn new(entries: Vec<(Key, Value)>) -> Self {
        let signs: Vec<u16> = entries.iter().map(|(name, _)| sign(name)).collect();
        let bits = signs.iter().fold(0, |bits, sign| bits | bit(*sign));
        Self { entries, signs, bits }
    }

    /// Where a key stands first among what was not taken.
    fn position(&self, key: &str) -> Option<usize> {
        let wanted = sign(key);
        if self.bits & bit(wanted) == 0 {
            return None;
        }
        let mut from = 0;
        loop {
            let at = from + self.signs[from..].iter().position(|sign| *sign == wanted)?;
            if self.entries[at].0 == key {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// The entries that were not taken, in their order.
    fn left(self) -> impl Iterator<Item = (Key, Value)> {
        let entries = self.entries.into_iter().zip(self.signs);
        entries.filter(|(_, sign)| *sign != 0).map(|(entry, _)| entry)
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The first value of a key.
    fn take(&mut self, key: &str) -> Option<Value> {
        let position = self.position(key)?;
        self.signs[position] = 0;
        let value = mem::replace(&mut self.entries[position].1, Value::Null);
        (!value.is_null()).then_some(value)
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

    /// A counter; what no counter can be is brought to the nearest that it can: nothing below
    /// zero, and nothing above `COUNT_MAX`.
    pub fn count(&mut self, key: &str) -> Taken<Option<u64>> {
        Ok(self.number(key)?.map(nearest_count))
    }

    pub fn pages(&mut self, key: &str) -> Taken<Option<Pages>> {
        Ok(self.count(key)?.map(Pages))
    }

    /// A size that the server writes in kB.
    pub fn kilobytes(&mut self, key: &str) -> Taken<Option<Bytes>> {
        Ok(self.count(key)?.map(|size| Bytes(size.saturating_mul(1024).min(COUNT_MAX))))
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
        let mut found = Vec::new();
        while let Some(position) = self.position(key) {
            self.signs[position] = 0;
            let value = mem::replace(&mut self.entries[position].1, Value::Null);
            if value.is_null() {
                continue;
            }
            for value in value.into_list().map_err(|other| wrong(key, &other))? {
                found.push(Self::new(value.into_entries().map_err(|other| wrong(key, &other))?));
            }
        }
        Ok(found)
    }

    /// All entries with values of one type each: settings, options.
    pub fn each(self) -> impl Iterator<Item = (String, Value)> {
        self.left().map(|(key, value)| (key.into_owned(), value))
    }

    /// These entries and then those of another object of the same thing.
    pub fn merged(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.signs.extend(other.signs);
        self.bits |= other.bits;
        self
    }

    /// What was not taken, as compact JSON; a repeated key gets a number behind it.
    pub fn rest(self) -> BTreeMap<String, String> {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        let mut rest = BTreeMap::new();
        for (key, value) in self.left() {
            let count = counts.entry(key.clone()).or_default();
            *count += 1;
            let numbered = (*count..).map(|number| match number {
                1 => key.to_string(),
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

/// Pages, bytes and rows beyond which no statement counts: 256 TiB, or 2 EiB in pages. Sums over
/// the nodes of a plan, and sizes made of pages, then keep within 64 bits.
const COUNT_MAX: u64 = 1 << 48;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and no counter is negative"
)]
fn nearest_count(number: Number) -> u64 {
    let count = match number {
        Number::Whole(number) => u64::try_from(number.max(0)).unwrap_or(COUNT_MAX),
        Number::Broken(number) => number.round() as u64,
    };
    count.min(COUNT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_what_stands_twice() {
        let text = |text: &str| Value::Text(text.to_owned());
        let entries = vec![("a".into(), text("x")), ("a".into(), text("y"))];
        let rest = Fields::new(entries).rest();
        assert_eq!(rest["a"], "\"x\"");
        assert_eq!(rest["a #2"], "\"y\"");
    }
}
