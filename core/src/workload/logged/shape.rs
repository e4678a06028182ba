//! Which statement a logged text is: its family, found by parsing as few texts as possible.
//!
//! A log repeats the same texts with other constants. Texts are reduced to their words without
//! constants first, and only a new shape is parsed.

use std::collections::BTreeMap;

use crate::base::stable_id;
use crate::sql::family_fingerprint;

/// Shapes remembered; when there are more, all are forgotten and parsed again as they come.
const SHAPES_MAX: usize = 20_000;

/// Shapes with the keys of their families.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    keys: BTreeMap<u64, String>,
}

impl Shapes {
    /// The key of a text, and false when the text was new and does not parse.
    pub(super) fn key(&mut self, text: &str) -> (String, bool) {
        let shape = shape(text);
        let sum = sum(&shape);
        if let Some(known) = self.keys.get(&sum) {
            return (known.clone(), true);
        }
        let family = family_fingerprint(text).ok();
        let parsed = family.is_some();
        let key = family.unwrap_or_else(|| stable_id(&["unparsed", &shape]));
        if self.keys.len() >= SHAPES_MAX {
            self.keys.clear();
        }
        self.keys.insert(sum, key.clone());
        (key, parsed)
    }
}

/// FNV-1a of 64 bits: with 20,000 shapes two meet with a chance of 1e-11.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The text with every quoted constant and number as `?`, white space as one blank, and without
/// block comments. Coarser than the grammar only where the family is as well; a text that this
/// reads wrongly (an escaped quote) is only parsed more often.
fn shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(1 << 10));
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = out.ends_with(|it: char| it.is_alphanumeric() || "_$".contains(it));
        let (token, length) = match first {
            '\'' => ("?", rest[1..].find('\'').map_or(rest.len(), |it| it + 2)),
            '/' if rest.starts_with("/*") => (" ", rest.find("*/").map_or(rest.len(), |it| it + 2)),
            it if it.is_whitespace() => (" ", it.len_utf8()),
            it if it.is_ascii_digit() && !in_word => {
                let end = rest.find(|it: char| !(it.is_ascii_digit() || it == '.'));
                ("?", end.unwrap_or(rest.len()))
            }
            it => (&rest[..it.len_utf8()], it.len_utf8()),
        };
        if token != " " || !out.ends_with(' ') {
            out.push_str(token);
        }
        rest = &rest[length..];
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reduces_constants_and_comments() {
        assert_eq!(shape("SELECT  1.5, 'it''s', a1 /* x */ FROM t2 "), "SELECT ?, ??, a1 FROM t2");
        assert_eq!(shape("WHERE a = $1 AND b='"), "WHERE a = $1 AND b=?");
    }

    #[test]
    fn families_share_a_key() {
        let mut shapes = Shapes::default();
        let one = shapes.key("SELECT * FROM a WHERE b = 1 /*x='1'*/");
        assert_eq!(one, shapes.key("SELECT * FROM a WHERE b = $1"));
        assert_eq!(one, shapes.key("SELECT * FROM a WHERE b = 7 /*x='2'*/"));
        assert!(one.1);
        assert_ne!(one.0, shapes.key("SELECT * FROM a WHERE b > 1").0);
        assert!(!shapes.key("SELEKT 1").1);
        assert_eq!(shapes.key("SELEKT 1").0, shapes.key("SELEKT  2").0);
    }
}
