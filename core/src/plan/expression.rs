//! What stands around a column in a condition: a function, a cast, an operator, an OR.
//!
//! Works on words, as `condition` does, and like it refuses to be a grammar: what it cannot tell
//! for sure it leaves out.

use std::collections::BTreeSet;
use std::ops::Range;

use super::condition::Reader;
use super::word::Word;

/// A column that is compared with a value only after something was done to it: an index on the
/// column alone cannot find such rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrappedColumn {
    /// The column, unquoted.
    pub column: String,
    /// What was done to it.
    pub by: Wrapping,
    /// The side of the comparison that holds the column, as it was printed.
    pub expression: String,
    /// The comparison, `=`, `>=`, `~~`.
    pub operator: String,
    /// What it is compared with, as it was printed.
    pub operand: String,
}

/// What was done to a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapping {
    /// A function of this name.
    Function(String),
    /// A cast to this type.
    Cast(String),
    /// An operator, such as `+` or `->>`.
    Operator(String),
}

/// Casts that leave the value as it is: an index on the column still serves. (Source:
/// `pg_cast.castmethod = 'b'` for the types that applications use; the server prints such a cast
/// around every `varchar` column.)
const HARMLESS: [&str; 6] = ["text", "varchar", "bpchar", "inet", "regclass", "oid"];

/// Comparisons that an index could answer.
const COMPARISONS: [&str; 9] = ["=", "<", ">", "<=", ">=", "~~", "~~*", "~", "~*"];

/// The columns of a condition's top-level AND terms that are compared with a value only after
/// something was done to them.
pub fn wrapped_columns(condition: &str) -> Vec<WrappedColumn> {
    let reader = Reader::of(condition);
    terms(&reader).into_iter().filter_map(|term| wrapped(&reader, &term)).collect()
}

/// The arms of an OR that is all of a term; none when there is no OR.
pub fn or_arms(term: &str) -> Vec<String> {
    let reader = Reader::of(term);
    let whole = reader.bare(0..reader.tokens.len());
    let arms = reader.split(&whole, "OR");
    if arms.len() < 2 {
        return Vec::new();
    }
    arms.into_iter().map(|arm| reader.slice(reader.bare(arm))).collect()
}

/// The tables or aliases that the columns of a text are written with: `o` of `o.id`.
pub fn qualifiers(text: &str) -> BTreeSet<String> {
    let reader = Reader::of(text);
    let whole = 0..reader.tokens.len();
    columns(&reader, &whole).into_iter().filter_map(|it| it.0).collect()
}

/// The top-level AND terms.
fn terms(reader: &Reader<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let whole = 0..reader.tokens.len();
    let mut waiting = Vec::from([whole]);
    while let Some(part) = waiting.pop() {
        let part = reader.bare(part);
        let arms = reader.split(&part, "AND");
        if arms.len() > 1 {
            waiting.extend(arms.into_iter().rev());
        } else if !part.is_empty() {
            found.push(part);
        }
    }
    found
}

/// One comparison of a wrapped column with something that holds no column.
fn wrapped(reader: &Reader<'_>, term: &Range<usize>) -> Option<WrappedColumn> {
    let key = |at| matches!(reader.word(at), Some(Word::Key("OR" | "NOT" | "IS")));
    if reader.top(term).any(key) {
        return None;
    }
    let (at, operator) = reader.top(term).find_map(|at| match reader.word(at) {
        Some(Word::Operator(sign)) if COMPARISONS.contains(sign) => Some((at, *sign)),
        _ => None,
    })?;
    let (left, right) = (term.start..at, at + 1..term.end);
    let sides = if columns(reader, &right).is_empty() { (left, right) } else { (right, left) };
    let (side, value) = (reader.bare(sides.0), sides.1);
    let names = columns(reader, &side);
    let (_, column) = names.first()?;
    let tables: BTreeSet<&Option<String>> = names.iter().map(|it| &it.0).collect();
    if !columns(reader, &value).is_empty() || tables.len() > 1 || asks_a_subplan(reader, term) {
        return None;
    }
    Some(WrappedColumn {
        column: column.clone(),
        by: wrapping(reader, &side)?,
        expression: reader.slice(side),
        operator: operator.to_owned(),
        operand: reader.slice(value),
    })
}

fn asks_a_subplan(reader: &Reader<'_>, term: &Range<usize>) -> bool {
    term.clone().any(|at| matches!(reader.word(at), Some(Word::Key("SubPlan"))))
}

/// What was done to the column of a side; none when it stands bare, casts that change nothing
/// aside.
fn wrapping(reader: &Reader<'_>, side: &Range<usize>) -> Option<Wrapping> {
    if reader.column(side.clone()).is_some_and(|(_, next)| next == side.end) {
        return casts(reader, side).map(Wrapping::Cast);
    }
    let operator = reader.top(side).find_map(|at| match reader.word(at) {
        Some(Word::Operator(sign)) => Some(Wrapping::Operator((*sign).to_owned())),
        _ => None,
    });
    operator.or_else(|| {
        let inner = reader.bare(side.start..side.end);
        let first = skip_open(reader, inner);
        match (reader.word(first.start)?, reader.word(first.start + 1)) {
            (Word::Name(name), Some(Word::Open)) => Some(Wrapping::Function(name.to_string())),
            (Word::Key(name), Some(Word::Open)) => Some(Wrapping::Function(name.to_lowercase())),
            _ => None,
        }
    })
}

/// Without the opening brackets in front, as in `(lower(name))::text`.
fn skip_open(reader: &Reader<'_>, part: Range<usize>) -> Range<usize> {
    let mut start = part.start;
    while start < part.end && reader.word(start) == Some(&Word::Open) {
        start += 1;
    }
    start..part.end
}

/// The type of the first cast that changes the value.
fn casts(reader: &Reader<'_>, side: &Range<usize>) -> Option<String> {
    let mut casts = side.clone().filter(|at| reader.word(*at) == Some(&Word::Cast));
    casts.find_map(|at| {
        let end = reader.after_casts(at, side.end);
        let name = reader.slice(at + 1..end);
        let name = name.split("::").next().unwrap_or_default().to_owned();
        let plain = name.starts_with("character") || HARMLESS.contains(&name.as_str());
        (!plain).then_some(name)
    })
}

/// The columns that a part names, each with its qualifier: names that are no function, type,
/// key word of the server's, or value of a subquery.
fn columns(reader: &Reader<'_>, part: &Range<usize>) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let mut at = part.start;
    while at < part.end {
        match reader.word(at) {
            Some(Word::Cast) => {
                at = reader.after_casts(at, part.end).max(at + 1);
                continue;
            }
            Some(Word::Name(name)) if !["true", "false", "null"].contains(&name.as_ref()) => {
                let value = at > part.start && reader.word(at - 1) == Some(&Word::Dot);
                let next = reader.word(at + 1).filter(|_| at + 1 < part.end);
                if next == Some(&Word::Dot) && at + 2 < part.end {
                    if let (Some(Word::Name(column)), false) =
                        (reader.word(at + 2), reader.word(at + 3) == Some(&Word::Open))
                    {
                        found.push((Some(name.to_string()), column.to_string()));
                    }
                    at += 3;
                    continue;
                }
                let field = at >= part.start + 2 && reader.is_key(at - 2, "EXTRACT");
                if next != Some(&Word::Open) && !value && !field {
                    found.push((None, name.to_string()));
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(condition: &str) -> Vec<String> {
        wrapped_columns(condition)
            .into_iter()
            .map(|it| format!("{} {:?} {} {}", it.column, it.by, it.operator, it.operand))
            .collect()
    }

    #[test]
    fn tells_what_was_done_to_a_column() {
        for (condition, said) in [
            ("(lower(email) = 'x'::text)", "email Function(\"lower\") = 'x'::text"),
            ("(lower((o.email)::text) = 'x'::text)", "email Function(\"lower\") = 'x'::text"),
            ("((at)::date = '2026-01-01'::date)", "at Cast(\"date\") = '2026-01-01'::date"),
            ("((a + 1) > 5)", "a Operator(\"+\") > 5"),
            ("(5 < (a + 1))", "a Operator(\"+\") < 5"),
            ("((body ->> 'k'::text) = 'v'::text)", "body Operator(\"->>\") = 'v'::text"),
            ("(EXTRACT(year FROM at) = '2026'::numeric)", "at Function(\"extract\")"),
            ("(date_trunc('day'::text, at) >= now())", "at Function(\"date_trunc\") >= now()"),
            ("((id)::numeric = 5.0)", "id Cast(\"numeric\") = 5.0"),
            ("((abs(a))::numeric = $1)", "a Function(\"abs\") = $1"),
            ("(upper(a) = ANY ('{A,B}'::text[]))", "a Function(\"upper\") = ANY"),
            ("((b = 1) AND (abs(a) = 2))", "a Function(\"abs\") = 2"),
        ] {
            let found = told(condition);
            assert!(found.len() == 1 && found[0].starts_with(said), "{condition}: {found:?}");
        }
    }

    #[test]
    fn is_silent_where_the_column_stands_bare() {
        for condition in [
            "(email = lower('X'::text))",
            "((status)::text = 'new'::text)",
            "((c COLLATE \"C\") > 'a'::text)",
            "(a = (b + 1))",
            "(lower(a.x) = lower(b.y))",
            "(lower(a) IS NULL)",
            "((lower(a) = 'x'::text) OR (b = 1))",
            "(a > (InitPlan 1).col1)",
            "(at >= (now() - '1 day'::interval))",
            "(abs(a) = (SubPlan 1))",
            "is_open(status)",
            "((code)::character varying(5) = 'x'::text)",
        ] {
            assert_eq!(told(condition), [] as [String; 0], "{condition}");
        }
    }

    #[test]
    fn takes_an_or_apart() {
        assert_eq!(or_arms("((a.x = 1) OR (b.y = 2))"), ["a.x = 1", "b.y = 2"]);
        assert_eq!(or_arms("((a = 1) AND ((b = 2) OR (c = 3)))"), [] as [String; 0]);
        let names: Vec<String> =
            qualifiers("((a.x = lower(b.y)) AND (c = 'd.e'::text))").into_iter().collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn stands_any_text() {
        let whole =
            "((EXTRACT(year FROM a.b) = ANY ('{1}'::int[])) OR (x ->> 'y' = (z)::date)) é\")(";
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            wrapped_columns(&whole[..end]);
            or_arms(&whole[..end]);
            qualifiers(&whole[..end]);
        }
    }
}
