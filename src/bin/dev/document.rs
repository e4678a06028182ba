//! A JSON document as it stands: keys in order and as often as they come, numbers as text.
//!
//! Written for the test tools apart from the library's own reader, so that one checks the other.
//! Refuses what servers never write, such as text after the document.

use anyhow::{Context as _, bail};

/// One value of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number, digit by digit.
    Number(String),
    /// A text without its quotes.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(Vec<(String, Self)>),
}

impl Item {
    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries of an object; none of anything else.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The lists of all entries of this name, as one.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &Self> {
        self.entries().iter().filter(move |(name, _)| name == key).flat_map(|(_, it)| it.items())
    }

    /// A text, or a number or flag as it is written.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Null | Self::List(_) | Self::Map(_) => String::new(),
        }
    }

    /// The text of a key; empty where there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key).map(Self::word).unwrap_or_default()
    }

    /// The number of a key.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.word().parse().ok()
    }

    /// Whether a key holds `true`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Self::Flag(true))
    }
}

/// Reads a JSON text.
pub(crate) fn parse(text: &str) -> anyhow::Result<Item> {
    let mut reader = Reader { text, at: 0 };
    let item = reader.item()?;
    reader.skip();
    anyhow::ensure!(reader.at == text.len(), "more text after the document");
    Ok(item)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, mark: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    fn item(&mut self) -> anyhow::Result<Item> {
        if self.eat("{") {
            let entry = |it: &mut Self| {
                let Item::Text(key) = it.item()? else { bail!("a key at {} is no text", it.at) };
                anyhow::ensure!(it.eat(":"), "no colon at {}", it.at);
                Ok((key, it.item()?))
            };
            return Ok(Item::Map(self.sequence("}", entry)?));
        }
        if self.eat("[") {
            return Ok(Item::List(self.sequence("]", Self::item)?));
        }
        if self.rest().starts_with('"') {
            return self.string();
        }
        for (word, item) in
            [("null", Item::Null), ("true", Item::Flag(true)), ("false", Item::Flag(false))]
        {
            if self.eat(word) {
                return Ok(item);
            }
        }
        let digits = |it: char| it.is_ascii_digit() || "+-.eE".contains(it);
        let number: String = self.rest().chars().take_while(|it| digits(*it)).collect();
        anyhow::ensure!(!number.is_empty(), "nothing known at {}", self.at);
        self.at += number.len();
        Ok(Item::Number(number))
    }

    fn sequence<T>(
        &mut self,
        end: &str,
        read: impl Fn(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        let mut found = Vec::new();
        if self.eat(end) {
            return Ok(found);
        }
        loop {
            self.skip();
            found.push(read(self)?);
            if self.eat(end) {
                return Ok(found);
            }
            anyhow::ensure!(self.eat(","), "no comma at {}", self.at);
        }
    }

    fn string(&mut self) -> anyhow::Result<Item> {
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find(|(_, it)| {
            let ends = *it == '"' && !escaped;
            escaped = *it == '\\' && !escaped;
            ends
        });
        let (end, _) = end.context("a text does not end")?;
        let text = serde_json::from_str(&self.rest()[..=end])?;
        self.at += end + 1;
        Ok(Item::Text(text))
    }
}
