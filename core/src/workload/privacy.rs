//! A capture without values from rows: what `--privacy none` writes.
//!
//! Dropped: sample values of statistics (their shape goes with them), constants in statement
//! texts, plan conditions and index predicates, bound values, comments. Kept: names, counts,
//! costs. A doubt: a name can be a secret as well, and stays.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use crate::catalog::{Catalog, CatalogParts, Index, KeyTerm, Table};
use crate::workload::{Capture, Privacy, RecordedPlan, RecordedStatement};

/// Keys of a plan whose texts are names or words of the server, never values.
const NAMES: [&str; 26] = [
    "Alias",
    "CTE Name",
    "Command",
    "Conflict Arbiter Indexes",
    "Conflict Resolution",
    "Constraint Name",
    "Format",
    "Function Name",
    "Index Name",
    "Join Type",
    "Node Type",
    "Operation",
    "Parent Relationship",
    "Partial Mode",
    "Relation",
    "Relation Name",
    "Scan Direction",
    "Schema",
    "Settings",
    "Sort Method",
    "Sort Space Type",
    "Storage",
    "Strategy",
    "Subplan Name",
    "Trigger Name",
    "Tuplestore Name",
];

impl Capture {
    /// The same capture without any value of a row. Statements whose texts become equal stay
    /// apart. Runs on the current rayon pool.
    pub fn without_values(self) -> Self {
        let before: Vec<String> = self.statements.iter().map(RecordedStatement::key).collect();
        let statements: Vec<RecordedStatement> = self
            .statements
            .into_par_iter()
            .map(|it| RecordedStatement { text: text_without_values(&it.text), ..it })
            .collect();
        let after = statements.iter().map(RecordedStatement::key);
        let keys: BTreeMap<String, String> = before.into_iter().zip(after).collect();
        let plans = self.plans.into_iter().filter_map(|it| {
            let statement = keys.get(&it.statement)?.clone();
            let document = document_without_values(it.document);
            Some(RecordedPlan { statement, values: Vec::new(), document, ..it })
        });
        let parts = self.catalog.parts();
        let catalog = Catalog::new(CatalogParts {
            tables: parts.tables.into_iter().map(table_without_values).collect(),
            indexes: parts.indexes.into_iter().map(index_without_values).collect(),
            ..parts
        });
        let plans = plans.collect();
        // What is not understood cannot be cleaned.
        let unknown = BTreeMap::new();
        Self { privacy: Privacy::None, statements, plans, catalog, unknown, ..self }.in_order()
    }
}

fn table_without_values(mut table: Table) -> Table {
    for column in &mut table.columns {
        if let Some(statistics) = &mut column.statistics {
            statistics.common.clear();
            statistics.histogram.clear();
        }
    }
    table
}

fn index_without_values(mut index: Index) -> Index {
    index.predicate = index.predicate.map(|it| masked(&it));
    index.definition = index.definition.map(|it| masked(&it));
    for key in &mut index.keys {
        if let KeyTerm::Expression(text) = &mut key.term {
            *text = masked(text);
        }
    }
    index
}

/// A statement with `$n` for constants and without comments; one that the grammar refuses is
/// masked letter by letter.
fn text_without_values(text: &str) -> String {
    match pg_query::normalize(text) {
        Ok(normalized) => without_comments(&normalized),
        Err(_) => masked(&without_comments(text)),
    }
}

fn document_without_values(document: Value) -> Value {
    match document {
        Value::Object(parts) => Value::Object(
            parts
                .into_iter()
                .filter(|(key, _)| key != "Query Parameters")
                .map(|(key, value)| {
                    let is_name = NAMES.contains(&key.as_str());
                    let value = if is_name { value } else { document_without_values(value) };
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(members) => {
            Value::Array(members.into_iter().map(document_without_values).collect())
        }
        Value::String(text) => Value::String(masked(&without_comments(&text))),
        other => other,
    }
}

/// The end of a quoted part that begins with its quote, a doubled quote inside it left in.
fn quoted(text: &str, escapes: Escapes) -> usize {
    let quote = text.as_bytes()[0];
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((position, byte)) = bytes.next() {
        if byte == b'\\' && escapes == Escapes::Yes {
            bytes.next();
        } else if byte == quote && bytes.next_if(|it| it.1 == quote).is_none() {
            return position + 1;
        }
    }
    text.len()
}

/// Whether a backslash in a quoted part takes the next letter with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Yes,
    No,
}

impl Escapes {
    /// What a quote means after this much text: `E'…'` has escapes, when the letter stands alone.
    fn after(out: &str) -> Self {
        let mut before = out.chars().rev();
        let marked = before.next().is_some_and(|it| matches!(it, 'e' | 'E'));
        let alone = before.next().is_none_or(|it| !(it.is_alphanumeric() || it == '_'));
        if marked && alone { Self::Yes } else { Self::No }
    }
}

/// The end of `$tag$ … $tag$`; None when no such thing begins here.
fn dollar_quoted(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('$')?;
    let tag = inside.find('$')?;
    let fits = inside[..tag].chars().all(|it| it.is_alphanumeric() || it == '_')
        && !inside.starts_with(|it: char| it.is_ascii_digit());
    let delimiter = &text[..tag + 2];
    fits.then(|| {
        let rest = &text[delimiter.len()..];
        rest.find(delimiter).map_or(text.len(), |it| 2 * delimiter.len() + it)
    })
}

/// A text with `'?'` for strings and `0` for numbers. `SubPlan 2` and its kin keep theirs.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let length = quoted(rest, Escapes::after(&out));
                out.push_str("'?'");
                length
            }
            '"' => {
                let length = quoted(rest, Escapes::No);
                out.push_str(&rest[..length]);
                length
            }
            '$' if dollar_quoted(rest).is_some() => {
                out.push_str("'?'");
                dollar_quoted(rest).unwrap_or(rest.len())
            }
            first if first.is_alphabetic() || matches!(first, '_' | '$') => {
                let word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$');
                let length = rest.find(|it| !word(it)).unwrap_or(rest.len());
                out.push_str(&rest[..length]);
                length
            }
            first if first.is_ascii_digit() => {
                let number = |it: char| it.is_ascii_alphanumeric() || it == '.';
                let length = rest.find(|it| !number(it)).unwrap_or(rest.len());
                let counted = ["SubPlan ", "InitPlan "].iter().any(|it| out.ends_with(it));
                out.push_str(if counted { &rest[..length] } else { "0" });
                length
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// A text without `-- …` and `/* … */`, those in quotes left alone.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest, Escapes::after(&out)),
            '"' => quoted(rest, Escapes::No),
            '$' => dollar_quoted(rest).unwrap_or(1),
            '-' if rest.starts_with("--") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = &rest[comment_end(rest)..];
                out.push(' ');
                continue;
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.trim().to_owned()
}

/// The end of a comment, those inside it counted.
fn comment_end(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return at + 2,
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_strings_and_numbers_but_no_names() {
        let text = r#"((a.status1 = 'it''s'::text) AND (b > 42.5e3) AND ("x'1" = E'\'' ))"#;
        let expected = r#"((a.status1 = '?'::text) AND (b > 0) AND ("x'1" = E'?' ))"#;
        assert_eq!(masked(text), expected);
        assert_eq!(masked("(hashed SubPlan 2)"), "(hashed SubPlan 2)");
        assert_eq!(masked("name = $$secret$$ and id = $1"), "name = '?' and id = $1");
        assert_eq!(masked("cut 'off"), "cut '?'");
    }

    #[test]
    fn drops_comments_of_both_kinds() {
        let text = "/* a /* b */ c */ select '/* no */' -- why\nfrom t";
        assert_eq!(without_comments(text), "select '/* no */' \nfrom t");
        assert_eq!(without_comments("select 1 /* open"), "select 1");
    }

    #[test]
    fn replaces_constants_in_statements() {
        assert_eq!(text_without_values("select 1 where a = 'x' -- me"), "select $1 where a = $2");
        assert_eq!(text_without_values("selec 'x' 12"), "selec '?' 0");
    }
}
