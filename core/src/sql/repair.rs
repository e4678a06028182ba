//! Texts that `pg_stat_statements` makes and the server then refuses.
//!
//! It puts `$n` where a constant stood, and in `INTERVAL '1 day'` and `EXTRACT(year FROM …)`
//! the grammar of the server wants a constant. The grammar of `pg_query` takes both, so the
//! original text still parses and only what is sent has to be changed.

use pg_query::protobuf::Token;

use super::tokens::{Tokens, Word};

/// Types whose name may stand before a constant without a cast, as far as they are common.
const TYPES: &[&str] = &[
    "bigint",
    "bit",
    "bool",
    "boolean",
    "box",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "decimal",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "line",
    "lseg",
    "ltree",
    "macaddr",
    "money",
    "numeric",
    "oid",
    "path",
    "point",
    "polygon",
    "real",
    "regclass",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsvector",
    "uuid",
    "varchar",
    "xml",
];

/// The text as the server takes it; None when nothing had to be changed.
///
/// `INTERVAL $1 DAY` becomes `$1::INTERVAL DAY`, and `EXTRACT($1 FROM x)` becomes
/// `pg_catalog."extract"($1, x)`, which needs Postgres 14.
pub(super) fn repaired(text: &str, tokens: &Tokens<'_>) -> Option<String> {
    let words: Vec<Word<'_>> = tokens.meaningful().collect();
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for (position, word) in words.iter().enumerate() {
        if word.kind != Token::Param {
            continue;
        }
        if let Some(first) = type_before(&words[..position]) {
            let name = text[first.start..word.start].trim_end();
            changes.push((first.start, word.end, format!("{}::{name}", word.text)));
        } else if let Some((call, from)) = extract_around(&words, position) {
            changes.push((call.start, call.end, "pg_catalog.\"extract\"".to_owned()));
            changes.push((from.start, from.end, ",".to_owned()));
        }
    }
    changes.sort();
    let mut rest = 0;
    let mut made = String::with_capacity(text.len());
    for (start, end, replacement) in &changes {
        made.push_str(text.get(rest..*start)?);
        made.push_str(replacement);
        rest = *end;
    }
    made.push_str(text.get(rest..)?);
    (!changes.is_empty()).then_some(made)
}

/// The first word of a type's name that ends the words.
fn type_before<'a>(words: &[Word<'a>]) -> Option<Word<'a>> {
    let mut end = words.len();
    let kind = |at: usize| words.get(at).map(|it| it.text.to_ascii_lowercase());
    if end >= 3 && kind(end - 1)? == "zone" {
        end -= 3;
    }
    if end >= 3 && words[end - 1].kind == Token::Ascii41 {
        end = words[..end].iter().rposition(|it| it.kind == Token::Ascii40)?;
    }
    let first = *words.get(end.checked_sub(1)?)?;
    let before = end.checked_sub(2).and_then(|at| words.get(at)).map(|it| it.kind);
    // `AS date` and `x.date` are names, `::date` is a cast already.
    let is_name = matches!(before, Some(Token::As | Token::Ascii46 | Token::Typecast));
    let is_type = TYPES.binary_search(&first.text.to_ascii_lowercase().as_str()).is_ok();
    (is_type && !is_name).then_some(first)
}

/// The words EXTRACT and FROM of `EXTRACT($n FROM`.
fn extract_around<'a>(words: &[Word<'a>], at: usize) -> Option<(Word<'a>, Word<'a>)> {
    let call = *words.get(at.checked_sub(2)?)?;
    let from = *words.get(at + 1)?;
    let is_extract = call.kind == Token::Extract
        && words[at - 1].kind == Token::Ascii40
        && from.kind == Token::From;
    is_extract.then_some((call, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired_of(text: &str) -> Option<String> {
        repaired(text, &Tokens::of(text).unwrap())
    }

    #[test]
    fn turns_typed_parameters_into_casts() {
        assert!(TYPES.is_sorted());
        for (before, after) in [
            ("SELECT now() - INTERVAL $1", "SELECT now() - $1::INTERVAL"),
            ("SELECT interval $1 day", "SELECT $1::interval day"),
            ("SELECT DATE $1, DATE $2", "SELECT $1::DATE, $2::DATE"),
            ("SELECT timestamp (3) with time zone $1", "SELECT $1::timestamp (3) with time zone"),
            ("SELECT uuid /* x */ $1", "SELECT $1::uuid /* x */"),
            ("SELECT EXTRACT($1 FROM a.t)", "SELECT pg_catalog.\"extract\"($1 , a.t)"),
        ] {
            assert_eq!(repaired_of(before).as_deref(), Some(after));
            assert!(pg_query::parse(after, 0).is_ok(), "{after}");
        }
    }

    #[test]
    fn leaves_everything_else() {
        for text in ["SELECT $1::interval", "SELECT date($1)", "SELECT a FROM t LIMIT $1", "$1"] {
            assert_eq!(repaired_of(text), None);
        }
    }
}
