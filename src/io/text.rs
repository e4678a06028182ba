//! Values as text: binding them, and reading the arrays that the server prints.
//!
//! Values always travel as text with the type left to the server, so that what is bound is what
//! a statement would have got; nothing is ever spliced into SQL.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

/// One value to bind as text, `None` for NULL; the server infers its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextValue(pub Option<String>);

impl TextValue {
    /// A value that is not NULL.
    pub fn of(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }
}

impl ToSql for TextValue {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Writes a one-dimensional array as the server reads it, every element quoted.
pub fn write_array<'a>(elements: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = elements
        .into_iter()
        .map(|it| format!("\"{}\"", it.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}

/// Where an array's text stops making sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an array at byte {at}: {expected} expected")]
pub struct ArrayError {
    /// The byte.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

/// Reads the text of an array: `{a,"b c",NULL}`; an explicit bound (`[0:1]={…}`) is skipped.
///
/// Nested arrays come back as their own text, since the element of a statistics array over an
/// array column is itself an array.
pub fn read_array(text: &str) -> Result<Vec<Option<String>>, ArrayError> {
    let start = if text.starts_with('[') { text.find("={").map_or(0, |at| at + 1) } else { 0 };
    let inside = text[start..].strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let Some(inside) = inside else {
        return Err(ArrayError { at: start, expected: "{…}" });
    };
    if inside.is_empty() {
        return Ok(Vec::new());
    }
    let mut elements = Vec::new();
    let mut rest = inside;
    loop {
        let (element, length) = read_element(rest)
            .map_err(|error| ArrayError { at: text.len() - 1 - rest.len() + error.at, ..error })?;
        elements.push(element);
        rest = &rest[length..];
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None if rest.is_empty() => return Ok(elements),
            None => {
                return Err(ArrayError { at: text.len() - 1 - rest.len(), expected: "comma" });
            }
        }
    }
}

/// One element and the bytes it takes.
fn read_element(text: &str) -> Result<(Option<String>, usize), ArrayError> {
    match text.as_bytes().first() {
        Some(b'"') => read_quoted(text),
        Some(b'{') => read_nested(text),
        _ => Ok(read_bare(text)),
    }
}

/// A quoted element, with its escapes undone.
fn read_quoted(text: &str) -> Result<(Option<String>, usize), ArrayError> {
    let mut value = String::new();
    let mut signs = text.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Ok((Some(value), at + 1)),
            '\\' => value.extend(signs.next().map(|(_, escaped)| escaped)),
            _ => value.push(sign),
        }
    }
    Err(ArrayError { at: text.len(), expected: "closing quote" })
}

/// A nested array, kept as text.
fn read_nested(text: &str) -> Result<(Option<String>, usize), ArrayError> {
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => drop(signs.next()),
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted && depth == 1 => return Ok((Some(text[..=at].to_owned()), at + 1)),
            '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    Err(ArrayError { at: text.len(), expected: "closing brace" })
}

/// An element without quotes; a bare NULL is no value.
fn read_bare(text: &str) -> (Option<String>, usize) {
    let mut value = String::new();
    let mut signs = text.char_indices();
    let mut length = text.len();
    while let Some((at, sign)) = signs.next() {
        match sign {
            ',' => {
                length = at;
                break;
            }
            '\\' => value.extend(signs.next().map(|(_, escaped)| escaped)),
            _ => value.push(sign),
        }
    }
    let null = text[..length].eq_ignore_ascii_case("null");
    ((!null).then_some(value), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|it| Some((*it).to_owned())).collect()
    }

    #[test]
    fn reads_what_the_server_prints() {
        assert_eq!(read_array("{}"), Ok(vec![]));
        assert_eq!(read_array("{1,2,3}"), Ok(some(&["1", "2", "3"])));
        assert_eq!(
            read_array(r#"{"a,b","say \"x\"",c\\d}"#),
            Ok(some(&["a,b", "say \"x\"", "c\\d"]))
        );
        assert_eq!(
            read_array(r#"{NULL,"NULL",""}"#),
            Ok(vec![None, Some("NULL".to_owned()), Some(String::new()),])
        );
        assert_eq!(read_array(r#"{{1,2},{"}",3}}"#), Ok(some(&["{1,2}", r#"{"}",3}"#])));
        assert_eq!(read_array("[0:1]={a,b}"), Ok(some(&["a", "b"])));
        assert_eq!(read_array("{ä,\"ö ü\"}"), Ok(some(&["ä", "ö ü"])));
    }

    #[test]
    fn says_where_it_is_broken() {
        assert!(read_array("1,2").is_err());
        assert!(read_array("{\"a}").is_err());
        assert!(read_array("{{1,2}").is_err());
        assert!(read_array("{\"a\"b}").is_err());
    }

    #[test]
    fn writes_what_it_reads() {
        let words = ["a", "", "NULL", "x,y", "\"", "\\", "{}"];
        assert_eq!(read_array(&write_array(words)), Ok(some(&words)));
    }
}
