//! Stand-ins for everything in a plan that is the user's: names, values, texts.
//!
//! Works on what was read before it becomes a plan, so every face of the plan, and the document
//! itself, is free of them. The same word gets the same stand-in everywhere, so joins, aliases
//! and repeated values stay recognisable; what the server or SQL brings along stays as it is.
//! It is total and errs on the safe side: a word that is not known to be the server's is replaced.

use std::collections::BTreeMap;

use super::value::{Number, Value};
use super::vocabulary::{
    KEPT_TEXTS, goes_on, is_built_in, is_kept_schema, is_kept_setting, is_of_sql, is_reserved,
    is_special_word, is_type,
};
use crate::plan::word::{Token, Word, tokens};

/// Stand-ins by what they stand for.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

/// Replaces all that is the user's in these values.
pub(super) fn anonymize(values: &mut [Value]) {
    let mut found = StandIns::default();
    // First the names that stand under keys of their own, so that an expression knows them.
    each_text(values, |key, text| found.meet(key, text));
    each_text(values, |key, text| {
        if !is_statement(key) {
            *text = found.replaced(key, text);
        }
    });
    // A statement last: its words are told from SQL's by what the plan named.
    each_text(values, |key, text| {
        if is_statement(key) {
            *text = found.statement(text);
        }
    });
    without_identity(values);
}

/// Visits every text with the key that it stands under.
fn each_text(values: &mut [Value], mut visit: impl FnMut(&str, &mut String)) {
    let mut open: Vec<(String, &mut Value)> =
        values.iter_mut().rev().map(|value| (String::new(), value)).collect();
    while let Some((key, value)) = open.pop() {
        match value {
            Value::Text(text) => visit(&key, text),
            Value::List(members) => {
                open.extend(members.iter_mut().rev().map(|it| (key.clone(), it)));
            }
            Value::Object(entries) => {
                let settings = key == "Settings";
                let entries = entries.iter_mut().rev().map(|(name, value)| {
                    let key = if settings { format!("setting {name}") } else { name.to_string() };
                    (key, value)
                });
                open.extend(entries);
            }
            Value::Null | Value::Flag(_) | Value::Number(_) => {}
        }
    }
}

/// The identifier of a statement names it to whoever has the same statement.
fn without_identity(values: &mut [Value]) {
    let mut open: Vec<&mut Value> = values.iter_mut().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::List(members) => open.extend(members.iter_mut()),
            Value::Object(entries) => {
                for (key, value) in entries {
                    if key == "Query Identifier" {
                        *value = Value::Number(Number::Whole(1));
                    }
                    open.push(value);
                }
            }
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
}

fn is_statement(key: &str) -> bool {
    matches!(key, "Query Text" | "Remote SQL" | "Query")
}

/// The word that stand-ins of a key's names begin with; none where the text is an expression.
fn sort_of_name(key: &str) -> Option<&'static str> {
    Some(match key {
        "Relation Name" | "Relation" => "table",
        "Schema" => "schema",
        "Alias" => "alias",
        "Index Name" | "Conflict Arbiter Indexes" => "index",
        "CTE Name" => "cte",
        "Function Name" | "Table Function Name" => "function",
        "Tuplestore Name" => "transition",
        "Trigger Name" => "trigger",
        "Constraint Name" => "constraint",
        _ => return None,
    })
}

impl StandIns {
    /// Remembers a name that stands under a key of its own.
    fn meet(&mut self, key: &str, text: &str) {
        if let Some(sort) = sort_of_name(key) {
            self.name(text, sort);
        } else if let Some(name) = subplan_name(key, text) {
            self.name(name, "cte");
        }
    }

    /// The stand-in of a text under this key.
    fn replaced(&mut self, key: &str, text: &str) -> String {
        if KEPT_TEXTS.contains(&key) {
            return text.to_owned();
        }
        if let Some(setting) = key.strip_prefix("setting ") {
            return self.setting(setting, text);
        }
        if let Some(sort) = sort_of_name(key) {
            return self.name(text, sort);
        }
        if let Some(name) = subplan_name(key, text) {
            return text.replace(name, &self.name(name, "cte"));
        }
        self.expression(text)
    }

    /// The stand-in of a name; names of the server's own stay.
    fn name(&mut self, name: &str, sort: &'static str) -> String {
        let is_kept = match sort {
            "schema" => is_kept_schema(name),
            "function" => is_built_in(name),
            "trigger" => name.starts_with("RI_ConstraintTrigger_"),
            _ => name.starts_with("pg_") || name.starts_with("*VALUES*"),
        };
        if is_kept || name.is_empty() {
            return name.to_owned();
        }
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        // The server names a table's second appearance `orders_1`: so does its stand-in.
        let base = name.rsplit_once('_').filter(|(_, digits)| is_number(digits));
        let again = base.and_then(|(base, digits)| {
            self.names.get(base).map(|known| format!("{known}_{digits}"))
        });
        let stand_in = again.unwrap_or_else(|| format!("{sort}_{}", self.next(sort)));
        self.names.insert(name.to_owned(), stand_in.clone());
        stand_in
    }

    fn next(&mut self, sort: &'static str) -> usize {
        let count = self.counts.entry(sort).or_default();
        *count += 1;
        *count
    }

    /// What a setting was set to; only places and roles are the user's.
    fn setting(&mut self, setting: &str, value: &str) -> String {
        let is_plain = value.chars().next().is_none_or(|it| it.is_ascii_digit() || it == '-');
        if is_plain || is_kept_setting(value) {
            return value.to_owned();
        }
        if setting != "search_path" {
            return self.value(value);
        }
        let schemas = value.split(',').map(|it| it.trim().trim_matches('"'));
        schemas.map(|it| self.name(it, "schema")).collect::<Vec<_>>().join(", ")
    }

    /// An expression with its names and constants replaced.
    fn expression(&mut self, text: &str) -> String {
        let words = tokens(text);
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (position, token) in words.iter().enumerate() {
            out.push_str(&text[end..token.start]);
            let written = &text[token.start..token.end];
            match &token.word {
                Word::Name(name) => out.push_str(&self.word(name, written, &words, position)),
                Word::Constant => out.push_str(&self.constant(written, &words, position)),
                _ => out.push_str(written),
            }
            end = token.end;
        }
        out.push_str(&text[end..]);
        out
    }

    /// A word in lower case or in quotes: a name, unless SQL or the server brings it along.
    fn word(&mut self, name: &str, written: &str, words: &[Token<'_>], position: usize) -> String {
        let before = position.checked_sub(1).map(|it| &words[it].word);
        let after = words.get(position + 1).map(|it| &it.word);
        let is_quoted = written.starts_with('"');
        if !is_quoted && (is_special_word(name) || is_type_word(name, before)) {
            return written.to_owned();
        }
        let is_call = after == Some(&Word::Open);
        if is_call && !is_quoted && is_built_in(name) && before != Some(&Word::Dot) {
            return written.to_owned();
        }
        let sort = match (is_call, before, after) {
            (_, _, Some(Word::Dot)) if self.names.contains_key(name) => "alias",
            (_, _, Some(Word::Dot)) if is_kept_schema(name) => return written.to_owned(),
            (_, _, Some(Word::Dot)) => "alias",
            (true, ..) => "function",
            (_, Some(Word::Cast), _) => "type",
            _ => "column",
        };
        self.name(name, sort)
    }

    /// A constant: a text keeps the shape that rules look at, a number becomes another.
    fn constant(&mut self, written: &str, words: &[Token<'_>], position: usize) -> String {
        if let Some(rest) = written.strip_prefix('$') {
            let is_parameter = is_number(rest);
            return if is_parameter { written.to_owned() } else { self.value(written) };
        }
        let Some(quote) = written.find('\'') else {
            return if is_structural(written, words, position) {
                written.to_owned()
            } else {
                self.number(written)
            };
        };
        let inner = written[quote + 1..].strip_suffix('\'').unwrap_or(&written[quote + 1..]);
        format!("'{}'", self.text(inner))
    }

    /// A text: members of an array one by one, wildcards at its ends kept.
    fn text(&mut self, inner: &str) -> String {
        if let Some(members) = inner.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            let members = members.split(',').map(|it| self.text(it.trim_matches('"')));
            return format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        }
        let is_wild = |letter: char| letter == '%';
        let core = inner.trim_matches(is_wild);
        let start = if inner.starts_with('%') { "%" } else { "" };
        let end = if inner.ends_with('%') && inner.len() > 1 { "%" } else { "" };
        if core.is_empty() {
            return inner.to_owned();
        }
        format!("{start}{}{end}", self.value(core))
    }

    fn value(&mut self, value: &str) -> String {
        if let Some(known) = self.values.get(value) {
            return known.clone();
        }
        let stand_in = format!("value_{}", self.next("value"));
        self.values.insert(value.to_owned(), stand_in.clone());
        stand_in
    }

    /// Numbers that no plan holds by chance; nought and one say nothing of anybody.
    fn number(&mut self, written: &str) -> String {
        const FIRST: usize = 900_000;
        if matches!(written, "0" | "1") {
            return written.to_owned();
        }
        if let Some(known) = self.values.get(written) {
            return known.clone();
        }
        let stand_in = (FIRST + self.next("number")).to_string();
        self.values.insert(written.to_owned(), stand_in.clone());
        stand_in
    }

    /// A statement: without comments, words that are no SQL replaced.
    fn statement(&mut self, text: &str) -> String {
        let text = without_comments(text);
        let words = tokens(&text);
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (position, token) in words.iter().enumerate() {
            out.push_str(&text[end..token.start]);
            let written = &text[token.start..token.end];
            match &token.word {
                Word::Name(_) | Word::Key(_) => {
                    let name: &str = match &token.word {
                        Word::Name(name) => name,
                        _ => written,
                    };
                    let folded = name.to_lowercase();
                    let name = if written.starts_with('"') { name } else { &folded };
                    let is_sql =
                        is_reserved(name) || is_of_sql(name) && !self.names.contains_key(name);
                    if !written.starts_with('"') && is_sql {
                        out.push_str(written);
                    } else {
                        out.push_str(&self.word(name, name, &words, position));
                    }
                }
                Word::Constant => out.push_str(&self.constant(written, &[], 0)),
                _ => out.push_str(written),
            }
            end = token.end;
        }
        out.push_str(&text[end..]);
        out
    }
}

/// Comments go: they say who and where.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |it| it + 2)
        } else if first == '\'' || first == '"' {
            let length = rest[1..].find(first).map_or(rest.len(), |it| it + 2);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skipped..];
    }
    out.trim().to_owned()
}

/// The user's part of `CTE recent`; `InitPlan 1 (returns $0)` has none.
fn subplan_name<'a>(key: &str, text: &'a str) -> Option<&'a str> {
    if key != "Subplan Name" {
        return None;
    }
    text.strip_prefix("CTE ")
}

/// A word of a type's name behind `::`, or going on with one: `timestamp without time zone`.
fn is_type_word(name: &str, before: Option<&Word>) -> bool {
    before == Some(&Word::Cast) && is_type(name)
        || matches!(before, Some(Word::Name(first)) if goes_on(first, name))
}

/// A number that counts something of the plan: `SubPlan 1`, `numeric(10,2)`.
fn is_structural(written: &str, words: &[Token<'_>], position: usize) -> bool {
    let before = |steps: usize| position.checked_sub(steps).map(|it| &words[it].word);
    let counts = matches!(before(1), Some(Word::Key(key)) if key.ends_with("Plan"));
    let is_modifier = is_number(written)
        && matches!(before(1), Some(Word::Open | Word::Other))
        && (2..=4).any(|steps| matches!(before(steps), Some(Word::Name(name)) if is_type(name)));
    counts || is_modifier
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Identity, read_document};
    use crate::testing::recorded_plans;

    fn expression(text: &str) -> String {
        StandIns::default().expression(text)
    }

    #[test]
    fn keeps_the_structure_of_an_expression() {
        let pairs = [
            (
                "((o.status = 'paid'::text) AND (o.total > '12.50'::numeric(10,2)))",
                "((alias_1.column_1 = 'value_1'::text) AND (alias_1.column_2 > \
                 'value_2'::numeric(10,2)))",
            ),
            ("(lower(name) ~~ '%smith%'::text)", "(lower(column_1) ~~ '%value_1%'::text)"),
            (
                "(state = ANY ('{open,paid,open}'::shop.state[]))",
                "(column_1 = ANY ('{value_1,value_2,value_1}'::alias_1.column_1[]))",
            ),
            ("(a = $1) OR (hashed SubPlan 2)", "(column_1 = $1) OR (hashed SubPlan 2)"),
            ("my_secret(x, 42, 1)", "function_1(column_1, 900001, 1)"),
            (
                "((at)::timestamp without time zone > now())",
                "((column_1)::timestamp without time zone > now())",
            ),
            ("\"Secret Name\" DESC NULLS LAST", "column_1 DESC NULLS LAST"),
        ];
        for (before, after) in pairs {
            assert_eq!(expression(before), after);
        }
    }

    #[test]
    fn leaves_no_comment_and_no_name_in_a_statement() {
        let mut found = StandIns::default();
        found.meet("Relation Name", "orders");
        let text = "/* shop:list */ SELECT o.Secret FROM orders o WHERE o.note = 'x''y' -- why\n";
        assert_eq!(
            found.statement(text),
            "SELECT alias_1.column_1 FROM table_1 alias_1 WHERE alias_1.column_2 = 'value_1'"
        );
        let hidden = found.statement("select $$pass$$, $1");
        assert_eq!(hidden, "select 'value_2', $1".replace("'value_2'", "value_2"));
    }

    /// The names and constants of a document that are the user's, by another road: the columns of
    /// the tables that the plans were recorded on.
    #[test]
    fn no_word_of_the_recorded_plans_survives() {
        let words = [
            "item",
            "part",
            "child",
            "parent",
            "event",
            "item_a",
            "item_pkey",
            "part_item",
            "weight",
            "event_2022",
            "child_parent_id_fkey",
        ];
        let mut seen = 0;
        for (name, text) in recorded_plans() {
            let shown = read_document(&text, Identity::Shown);
            let Ok((shown, _)) = shown else { continue };
            let (hidden, document) = read_document(&text, Identity::Hidden).unwrap();
            for word in words {
                let is_letter = |it: char| it.is_alphanumeric() || it == '_';
                let left = document.split(|it| !is_letter(it)).any(|it| it == word);
                assert!(!left, "{name}: {word} in {document}");
                seen += usize::from(text.contains(word));
            }
            let kinds = |plans: &[crate::plan::Plan]| -> Vec<String> {
                let nodes = plans.iter().flat_map(crate::plan::Plan::nodes);
                nodes.map(|it| it.kind.name().to_owned()).collect()
            };
            assert_eq!(kinds(&shown.plans), kinds(&hidden.plans), "{name}");
        }
        assert!(seen > 60, "{seen}");
    }
}
