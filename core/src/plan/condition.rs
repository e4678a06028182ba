//! What a condition of a plan asks of single columns.
//!
//! Reads only the plain kind, `(alias.column op value)` with casts, between top-level ANDs, as
//! `ruleutils.c` deparses it: fully in brackets, key words in capitals. It is no grammar; all
//! else is passed on as it was printed, and nothing is refused.

use std::ops::Range;

use super::word::{Token, Word, tokens};

/// One AND term of a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionTerm {
    /// A column compared with something.
    Column(ColumnCondition),
    /// Anything else, as it was printed.
    Opaque(String),
}

/// A column compared with something: `(o.status)::text = 'new'::text`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnCondition {
    /// The table or alias before the dot, unquoted.
    pub qualifier: Option<String>,
    /// The column, unquoted.
    pub column: String,
    /// `=`, `<`, `~~`, `= ANY`, `IS NULL`, `IS NOT NULL`; a comparison with the column on its
    /// right is turned round. A bare boolean column reads as `= true`.
    pub operator: String,
    /// What it is compared with, as it was printed; empty for IS NULL and its kin.
    pub operand: String,
    /// Whether a NOT stands before it.
    pub negated: bool,
}

/// Takes a condition apart at its top-level ANDs.
pub fn condition_columns(text: &str) -> Vec<ConditionTerm> {
    let reader = Reader::of(text);
    let mut found = Vec::new();
    let whole = 0..reader.tokens.len();
    let mut waiting = Vec::from([whole]);
    while let Some(part) = waiting.pop() {
        let part = reader.bare(part);
        let arms = reader.split(&part, "AND");
        if arms.len() > 1 {
            waiting.extend(arms.into_iter().rev());
        } else if !part.is_empty() {
            found.push(reader.term(part));
        }
    }
    found
}

/// A column alone, `o.id`, casts and brackets aside: its qualifier and its name, unquoted.
pub fn plain_column(text: &str) -> Option<(Option<String>, String)> {
    if let Some((qualifier, column)) = bare_column(text) {
        return Some((qualifier.map(str::to_owned), column.to_owned()));
    }
    let reader = Reader::of(text);
    let whole = reader.bare(0..reader.tokens.len());
    let (Column { qualifier, column }, next) = reader.column(whole.clone())?;
    (next == whole.end).then_some((qualifier, column))
}

/// A column that is written without brackets, casts, quotes and letters beyond ASCII: most are.
fn bare_column(text: &str) -> Option<(Option<&str>, &str)> {
    let is_name = |name: &str| {
        let letters = name.as_bytes();
        let is_letter = |it: &u8| it.is_ascii_lowercase() || it.is_ascii_digit() || *it == b'_';
        letters.first().is_some_and(|it| !it.is_ascii_digit())
            && letters.iter().all(is_letter)
            && !NO_NAMES.contains(&name)
    };
    let (qualifier, column) = match text.split_once('.') {
        Some((qualifier, column)) => (Some(qualifier), column),
        None => (None, text),
    };
    (is_name(column) && qualifier.is_none_or(is_name)).then_some((qualifier, column))
}

/// Words in lower case that are values and no names.
const NO_NAMES: [&str; 3] = ["true", "false", "null"];

/// A condition and its words.
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    /// By position, the partner of a bracket; its own position for all else.
    pub(super) partners: Vec<usize>,
}

/// A column reference.
pub(super) struct Column {
    pub(super) qualifier: Option<String>,
    pub(super) column: String,
}

impl<'a> Reader<'a> {
    /// The words of a text.
    pub(super) fn of(text: &'a str) -> Self {
        let tokens = tokens(text);
        Self { text, partners: partners(&tokens), tokens }
    }
}

impl<'a> Reader<'a> {
    /// A term, as a column's condition where it is one.
    fn term(&self, part: Range<usize>) -> ConditionTerm {
        let not = self.is_key(part.start, "NOT");
        let body = if not { self.bare(part.start + 1..part.end) } else { part.clone() };
        let found = self.column_left(body.clone()).or_else(|| self.column_right(body));
        found.map_or_else(
            || ConditionTerm::Opaque(self.slice(part)),
            |it| ConditionTerm::Column(ColumnCondition { negated: not, ..it }),
        )
    }

    /// `column op …`
    fn column_left(&self, part: Range<usize>) -> Option<ColumnCondition> {
        if self.split(&part, "OR").len() > 1 || self.split(&part, "AND").len() > 1 {
            return None;
        }
        let (column, next) = self.column(part.clone())?;
        let (operator, operand) = match self.word(next).filter(|_| next < part.end) {
            None => ("=".to_owned(), "true".to_owned()),
            Some(Word::Key(key)) if *key == "IS" => self.is_test(next..part.end),
            Some(Word::Operator(sign)) => match self.word(next + 1).filter(|_| next + 1 < part.end)
            {
                None => return None,
                Some(Word::Key(key)) if matches!(*key, "ANY" | "ALL") => {
                    let list = self.bare(next + 2..part.end);
                    (format!("{sign} {key}"), self.slice(list))
                }
                Some(_) => ((*sign).to_owned(), self.slice(next + 1..part.end)),
            },
            Some(_) => return None,
        };
        Some(made(column, operator, operand))
    }

    /// `value op column`, turned round.
    fn column_right(&self, part: Range<usize>) -> Option<ColumnCondition> {
        let (at, sign) = self.top(&part).find_map(|at| match self.word(at) {
            Some(Word::Operator(sign)) => Some((at, *sign)),
            _ => None,
        })?;
        let turned = match sign {
            "=" | "<>" => sign,
            "<" => ">",
            ">" => "<",
            "<=" => ">=",
            ">=" => "<=",
            _ => return None,
        };
        let (column, next) = self.column(at + 1..part.end)?;
        (next == part.end && at > part.start)
            .then(|| made(column, turned.to_owned(), self.slice(part.start..at)))
    }

    /// A column with its casts at the start of a part, and where it ends.
    pub(super) fn column(&self, part: Range<usize>) -> Option<(Column, usize)> {
        let (mut first, mut last) = (part.start, part.end);
        let mut behind = None;
        while first < last && self.word(first) == Some(&Word::Open) {
            let partner = self.partners[first];
            // Inside of the outermost brackets the column must be all there is.
            if behind.is_some() && self.after_casts(partner + 1, last) != last {
                return None;
            }
            behind.get_or_insert(partner + 1);
            (first, last) = (first + 1, partner);
        }
        let name = self.name(first, last)?;
        let qualified = self.word(first + 1) == Some(&Word::Dot) && first + 2 < last;
        let (column, next) = if qualified {
            let column = self.name(first + 2, last)?;
            (Column { qualifier: Some(name), column }, first + 3)
        } else {
            (Column { qualifier: None, column: name }, first + 1)
        };
        let next = self.after_casts(next, last);
        match behind {
            None => Some((column, next)),
            Some(_) if next != last => None,
            Some(behind) => Some((column, self.after_casts(behind, part.end))),
        }
    }

    /// The name at a position; `true`, `false` and `null` are none.
    fn name(&self, at: usize, end: usize) -> Option<String> {
        match self.word(at).filter(|_| at < end)? {
            Word::Name(name) if !NO_NAMES.contains(&name.as_ref()) => Some(name.to_string()),
            _ => None,
        }
    }

    /// Behind `::type` and `COLLATE name`, however many.
    pub(super) fn after_casts(&self, start: usize, end: usize) -> usize {
        let mut at = start;
        while at < end {
            let cast = self.word(at) == Some(&Word::Cast);
            if !cast && !self.is_key(at, "COLLATE") {
                break;
            }
            at += 1;
            while at < end && matches!(self.word(at), Some(Word::Name(_) | Word::Dot)) {
                at += 1;
            }
            if cast && at < end && self.word(at) == Some(&Word::Open) {
                at = self.partners[at] + 1; // numeric(10,2)
                while at < end && matches!(self.word(at), Some(Word::Name(_))) {
                    at += 1; // timestamp(3) without time zone
                }
            }
            while at < end && self.word(at) == Some(&Word::Other) {
                at += 1; // []
            }
        }
        at.min(end)
    }

    /// `IS NOT NULL`, `IS TRUE`, `IS DISTINCT FROM x`: the operator and its operand.
    fn is_test(&self, part: Range<usize>) -> (String, String) {
        let from = part.clone().find(|at| self.is_key(*at, "FROM"));
        let operand = from.map_or(part.end, |from| from + 1);
        (self.slice(part.start..operand), self.slice(operand..part.end))
    }

    /// A part without the brackets around all of it.
    pub(super) fn bare(&self, part: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = part;
        while start + 1 < end
            && self.word(start) == Some(&Word::Open)
            && self.partners[start] + 1 == end
        {
            (start, end) = (start + 1, end - 1);
        }
        start..end
    }

    /// The parts between a key word outside of all brackets.
    pub(super) fn split(&self, part: &Range<usize>, key: &str) -> Vec<Range<usize>> {
        let mut start = part.start;
        let mut found = Vec::new();
        for at in self.top(part).filter(|at| self.is_key(*at, key)) {
            found.push(start..at);
            start = at + 1;
        }
        found.push(start..part.end);
        found
    }

    /// The positions of a part that are not inside of brackets.
    pub(super) fn top(&self, part: &Range<usize>) -> impl Iterator<Item = usize> {
        let end = part.end;
        let first = (part.start < end).then_some(part.start);
        std::iter::successors(first, move |at| {
            Some(self.partners[*at].max(*at) + 1).filter(|next| *next < end)
        })
    }

    pub(super) fn word(&self, at: usize) -> Option<&Word<'a>> {
        self.tokens.get(at).map(|token| &token.word)
    }

    pub(super) fn is_key(&self, at: usize, key: &str) -> bool {
        matches!(self.word(at), Some(Word::Key(word)) if *word == key)
    }

    pub(super) fn slice(&self, part: Range<usize>) -> String {
        if part.is_empty() {
            return String::new();
        }
        self.text[self.tokens[part.start].start..self.tokens[part.end - 1].end].to_owned()
    }
}

fn made(column: Column, operator: String, operand: String) -> ColumnCondition {
    let Column { qualifier, column } = column;
    ColumnCondition { qualifier, column, operator, operand, negated: false }
}

/// By position, the partner of each bracket; a bracket without one is its own.
fn partners(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut partners: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.word {
            Word::Open => open.push(at),
            Word::Close => {
                if let Some(partner) = open.pop() {
                    partners[partner] = at;
                    partners[at] = partner;
                }
            }
            _ => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terms as `[not] qualifier|column|operator|operand`, opaque ones as `?text`.
    fn read(text: &str) -> Vec<String> {
        condition_columns(text)
            .into_iter()
            .map(|term| match term {
                ConditionTerm::Opaque(text) => format!("?{text}"),
                ConditionTerm::Column(it) => format!(
                    "{}{}|{}|{}|{}",
                    if it.negated { "not " } else { "" },
                    it.qualifier.unwrap_or_default(),
                    it.column,
                    it.operator,
                    it.operand
                ),
            })
            .collect()
    }

    #[test]
    fn reads_plain_comparisons() {
        for (text, terms) in [
            ("(id > 5)", vec!["|id|>|5"]),
            ("(i.id = $1)", vec!["i|id|=|$1"]),
            ("((a = 5) AND (t.b < 'x'::text))", vec!["|a|=|5", "t|b|<|'x'::text"]),
            ("((o.status)::text = 'new'::text)", vec!["o|status|=|'new'::text"]),
            ("((price)::numeric(10,2) >= 1.5)", vec!["|price|>=|1.5"]),
            ("(((at)::timestamp without time zone)::date = 'd'::date)", vec!["|at|=|'d'::date"]),
            ("(id = ANY ('{1,2}'::integer[]))", vec!["|id|= ANY|'{1,2}'::integer[]"]),
            ("((name)::text ~~ 'a%'::text)", vec!["|name|~~|'a%'::text"]),
            ("(p.item_id = i.id)", vec!["p|item_id|=|i.id"]),
            ("(b > (InitPlan 1).col1)", vec!["|b|>|(InitPlan 1).col1"]),
            ("((c COLLATE \"C\") > 'a'::text)", vec!["|c|>|'a'::text"]),
        ] {
            assert_eq!(read(text), terms, "{text}");
        }
    }

    #[test]
    fn reads_tests_and_negations() {
        for (text, terms) in [
            ("(deleted_at IS NULL)", vec!["|deleted_at|IS NULL|"]),
            ("(d.at IS NOT NULL)", vec!["d|at|IS NOT NULL|"]),
            ("(a IS DISTINCT FROM 3)", vec!["|a|IS DISTINCT FROM|3"]),
            ("flag", vec!["|flag|=|true"]),
            ("(NOT i.flag)", vec!["not i|flag|=|true"]),
            ("((NOT (a = 1)) AND flag)", vec!["not |a|=|1", "|flag|=|true"]),
            (
                "(\"Order\".\"User \"\"x\"\"\" = 'it''s'::text)",
                vec!["Order|User \"x\"|=|'it''s'::text"],
            ),
            ("(c = E'a\\'b AND c')", vec!["|c|=|E'a\\'b AND c'"]),
        ] {
            assert_eq!(read(text), terms, "{text}");
        }
    }

    #[test]
    fn reads_columns_that_stand_alone() {
        let column = |text| plain_column(text).map(|(of, it)| format!("{of:?} {it}"));
        assert_eq!(column("o.id").as_deref(), Some("Some(\"o\") id"));
        assert_eq!(column("((status)::text)").as_deref(), Some("None status"));
        for text in ["lower(name)", "(a + 1)", "1", "'x'::text", "count(*)", "(a = b)", ""] {
            assert_eq!(column(text), None, "{text}");
        }
    }

    #[test]
    fn turns_comparisons_round() {
        assert_eq!(read("(5 < id)"), ["|id|>|5"]);
        assert_eq!(read("($0 = (x.id)::bigint)"), ["x|id|=|$0"]);
        assert_eq!(read("('a'::text ~~ b)"), ["?'a'::text ~~ b"]);
    }

    #[test]
    fn passes_on_what_it_does_not_read() {
        for text in [
            "(lower(c) = 'x'::text)",
            "((a = 1) OR (b = 2))",
            "((a + 1) > 5)",
            "(NOT (hashed SubPlan 1))",
            "(ANY (x = (hashed SubPlan 1).col1))",
            "(ROW(a, b) > ROW(1, 2))",
            "((composite).part = 1)",
            "true",
            "(CURRENT_DATE = '2020-01-01'::date)",
            "(NOT ((a = 1) AND (b = 2)))",
        ] {
            let terms = read(text);
            assert!(terms.len() == 1 && terms[0].starts_with('?'), "{text}: {terms:?}");
        }
    }

    #[test]
    fn stands_any_text() {
        let whole = "((\"a b\".c)::text = ANY ('{x,''y'}'::text[]) AND (NOT (d IS NULL)) é\")(";
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            condition_columns(&whole[..end]);
        }
        for text in ["", "AND", "(AND)", ")(", "((((", "= ANY", "a =", "NOT", "a.", "a::"] {
            condition_columns(text);
        }
        let brackets = "(".repeat(50_000) + "a" + &")".repeat(50_000);
        assert_eq!(read(&brackets), ["|a|=|true"]);
    }
}
