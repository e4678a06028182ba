//! The way in: one text to one statement.

use std::sync::OnceLock;

use pg_query::NodeEnum;
use pg_query::protobuf::ParseResult;

use crate::base::stable_id;

use super::depth::depth;
use super::error::{SqlError, SqlErrorKind};
use super::locate::located;
use super::names::{Names, names};
use super::outline::{Outline, Query, outline};
use super::parameter::{ParameterContext, ParameterUse};
use super::repair::repaired;
use super::statement::{Kind, Statement};
use super::tag::tag;
use super::tokens::Tokens;
use super::tree::Tree;

/// Levels up to which a text is read on the caller's own stack. In an unoptimized build a thread
/// of 2 MB overflowed at 42 levels of CASE (measured); half of that leaves room for the caller.
const SHALLOW_MAX: usize = 20;

/// Levels up to which a text is read at all. `libpg_query` refuses what would overflow its own
/// stack, at 700 (unoptimized) to 14,000 levels of operators; but it takes time that grows with
/// the square of the depth to write an expression back: 0.3 s at 2,000 levels, 1.2 s at 4,000
/// (measured).
const DEEP_MAX: usize = 2_000;

/// The stack on which deep texts are read. Nothing that `libpg_query` lets through overflowed
/// it, at any depth, in either build (measured for 24 constructs up to 50,000 levels).
const STACK_BYTES: usize = 64 << 20;

/// Reads exactly one statement.
///
/// Safe on any stack: a text that may be nested deeply is read on a thread of its own.
pub fn parse(text: &str) -> Result<Statement, SqlError> {
    guarded(text, |tokens| read(text, tokens))
}

/// Runs what reads a text where the stack suffices for its depth.
pub(super) fn guarded<T, F>(text: &str, reader: F) -> Result<T, SqlError>
where
    T: Send,
    F: FnOnce(&Tokens<'_>) -> Result<T, SqlError> + Send,
{
    if let Some(at) = text.find('\0') {
        return Err(SqlError { at: Some(at), kind: SqlErrorKind::ZeroByte });
    }
    let tokens = Tokens::of(text).map_err(|message| located(text, &message, None))?;
    match depth(&tokens) {
        levels if levels > DEEP_MAX => {
            Err(SqlError { at: None, kind: SqlErrorKind::TooDeep(levels) })
        }
        levels if levels > SHALLOW_MAX => deep_pool().install(|| reader(&tokens)),
        _ => reader(&tokens),
    }
}

fn deep_pool() -> &'static rayon::ThreadPool {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .stack_size(STACK_BYTES)
            .thread_name(|_| "pgsextant-deep-sql".to_owned())
            .build()
            .expect("one thread can be started: its stack is only address space")
    })
}

fn read(text: &str, tokens: &Tokens<'_>) -> Result<Statement, SqlError> {
    let parsed = pg_query::parse(text, 0)
        .map_err(|error| located(text, &error.to_string(), Some(tokens)))?;
    let fingerprint = fingerprint(text, identity_options())?;
    let node = only_statement(&parsed.protobuf)?;
    let tree = Tree::of(node);
    let names = names(&tree);
    let query = Query::of(node);
    let mut outline = query.map(outline).unwrap_or_default();
    let utility_name = match (&tree, query) {
        (Tree::Message(message, _), None) => Some(utility_words(message)),
        _ => None,
    };
    Ok(Statement {
        kind: query.map_or(Kind::Utility, Query::kind),
        fingerprint,
        identity: identity(tokens),
        tag: tag(tokens),
        blocks: outline.finished(),
        parameter_uses: parameter_uses(&mut outline, &names),
        targets: outline.targets,
        parameters: names.parameters.last().copied().unwrap_or(0),
        functions: names.functions,
        operators: names.operators,
        types: names.types,
        relations: names.relations,
        collations: names.collations,
        attributes: names.attributes,
        locking: names.locking,
        into: names.into,
        writes_in_cte: names.writes_in_cte,
        literals_with_backslash: tokens.has_plain_backslash(),
        utility_name,
        repaired_text: repaired(text, tokens),
        gaps: outline.gaps,
    })
}

/// Commands whose node is not called after them; `VacuumStmt` is ANALYZE, too.
const UTILITY_WORDS: [(&str, &str); 15] = [
    ("AlterEnumStmt", "ALTER TYPE"),
    ("ClosePortalStmt", "CLOSE"),
    ("CompositeTypeStmt", "CREATE TYPE"),
    ("CreateEnumStmt", "CREATE TYPE"),
    ("CreateSeqStmt", "CREATE SEQUENCE"),
    ("CreateStmt", "CREATE TABLE"),
    ("CreateTrigStmt", "CREATE TRIGGER"),
    ("CreatedbStmt", "CREATE DATABASE"),
    ("IndexStmt", "CREATE INDEX"),
    ("RuleStmt", "CREATE RULE"),
    ("TransactionStmt", "transaction control"),
    ("VacuumStmt", "VACUUM or ANALYZE"),
    ("VariableSetStmt", "SET"),
    ("VariableShowStmt", "SHOW"),
    ("ViewStmt", "CREATE VIEW"),
];

/// A utility statement as people call it: `CreateExtensionStmt` is CREATE EXTENSION.
fn utility_words(node: &str) -> String {
    if let Some((_, words)) = UTILITY_WORDS.iter().find(|(name, _)| *name == node) {
        return (*words).to_owned();
    }
    let mut words = String::new();
    for letter in node.trim_end_matches("Stmt").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_uppercase());
    }
    words
}

/// The id of a text's tokens. Bare words count in lower case, as the server reads them.
fn identity(tokens: &Tokens<'_>) -> String {
    let words: Vec<String> = tokens.meaningful().map(|it| folded(it.text)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    stable_id(&words)
}

/// A bare word in lower case; anything in quotes, prefixed ones too, as it is.
fn folded(word: &str) -> String {
    let starts_bare = word.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if starts_bare && !word.contains(['\'', '"']) {
        word.to_ascii_lowercase()
    } else {
        word.to_owned()
    }
}

fn only_statement(parsed: &ParseResult) -> Result<&NodeEnum, SqlError> {
    let kind = match parsed.stmts.as_slice() {
        [only] => match only.stmt.as_ref().and_then(|it| it.node.as_ref()) {
            Some(node) => return Ok(node),
            None => SqlErrorKind::Empty,
        },
        [] => SqlErrorKind::Empty,
        several => SqlErrorKind::Several(several.len()),
    };
    Err(SqlError { at: None, kind })
}

/// Tables and schemas count in full, aliases do not.
fn identity_options() -> pg_query::FingerprintOptions {
    pg_query::FingerprintOptions::RANGEVAR_PG17_COMPAT | pg_query::FingerprintOptions::FULL_RELNAME
}

/// A fingerprint of a text that parses.
pub(super) fn fingerprint(
    text: &str,
    options: pg_query::FingerprintOptions,
) -> Result<String, SqlError> {
    let made = pg_query::fingerprint(text, 0, options);
    made.map(|it| it.hex).map_err(|error| located(text, &error.to_string(), None))
}

/// Every place of a parameter that the outline knows, and one for each parameter that it does
/// not know: in utility statements, and in corners of the grammar.
fn parameter_uses(outline: &mut Outline, names: &Names) -> Vec<ParameterUse> {
    let mut uses = std::mem::take(&mut outline.uses);
    for number in &names.parameters {
        if uses.iter().all(|it| it.number != *number) {
            uses.push(ParameterUse { number: *number, context: ParameterContext::Other });
        }
    }
    uses.sort_by_key(|it| it.number);
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<Kind, SqlErrorKind> {
        parse(text).map(|it| it.kind).map_err(|it| it.kind)
    }

    fn repeated(start: &str, middle: &str, end: &str, times: usize) -> String {
        format!("SELECT {}1{}{end}", start.repeat(times), middle.repeat(times))
    }

    /// Test threads have 2 MB.
    #[test]
    fn reads_deep_texts_on_a_small_stack() {
        let joins: Vec<String> =
            (0..400).map(|it| format!(" JOIN t{it} ON t{it}.a = t.a")).collect();
        let statement = parse(&format!("SELECT 1 FROM t{}", joins.concat())).unwrap();
        assert_eq!(statement.blocks[0].relations.len(), 401);
        assert_eq!(statement.blocks[0].predicates.len(), 400);
        for text in [
            repeated("", " || a", "", 400),
            repeated("f(", ")", "", 400),
            repeated("", " UNION SELECT 1", "", 400),
            repeated("NOT ", "", " FROM t", 400),
            repeated("ARRAY[", "]", "", 300),
            repeated("CASE WHEN a THEN ", " END", "", 200),
            repeated("(SELECT ", ")", "", 150),
        ] {
            assert_eq!(outcome(&text), Ok(Kind::Select), "{text:.60}");
        }
    }

    #[test]
    fn reads_deep_texts_within_another_pool() {
        let pool = rayon::ThreadPoolBuilder::new().stack_size(64 << 20).num_threads(2).build();
        let texts = vec![repeated("", " + 1", "", 400); 16];
        let read = || {
            use rayon::prelude::*;
            texts.par_iter().map(|it| outcome(it)).collect::<Vec<_>>()
        };
        assert_eq!(pool.unwrap().install(read), vec![Ok(Kind::Select); 16]);
    }

    #[test]
    fn reads_long_texts() {
        let list = "12345, ".repeat(30_000);
        let text = format!("SELECT 1 FROM t WHERE a IN ({list} 1)");
        assert_eq!(outcome(&text), Ok(Kind::Select));
        let arms = " OR (a = 1 AND b > 2)".repeat(10_000);
        assert_eq!(outcome(&format!("SELECT 1 FROM t WHERE c{arms}")), Ok(Kind::Select));
    }

    #[test]
    fn refuses_hostile_depth() {
        for text in [
            repeated("(", ")", "", 50_000),
            repeated("f(", ")", "", 50_000),
            repeated("", " + 1", "", 50_000),
            repeated("", "::text", "", 50_000),
            repeated("NOT ", "", "", 50_000),
            repeated("- ", "", "", 50_000),
            repeated("ARRAY[", "]", "", 50_000),
            repeated("", " JOIN t ON true", "", 50_000),
            repeated("", " UNION SELECT 1", "", 50_000),
            repeated("(SELECT ", ")", "", 50_000),
            repeated("CASE WHEN (SELECT 1 end) THEN ", " END", "", 50_000),
            repeated("(((", "", "", 50_000),
        ] {
            assert!(matches!(outcome(&text), Err(SqlErrorKind::TooDeep(_))), "{text:.60}");
        }
    }

    #[test]
    fn does_not_count_lists_as_depth() {
        let arms = "WHEN a = 1 THEN b + 2 ".repeat(3_000);
        let ands = " AND a = 1 OR b = 2".repeat(3_000);
        let text =
            format!("SELECT CASE {arms} END, {} 1 FROM t WHERE c{ands}", "a + 1, ".repeat(3_000));
        assert_eq!(outcome(&text), Ok(Kind::Select));
    }

    #[test]
    fn says_where_it_stopped() {
        let error = parse("SELECT 1\0").unwrap_err();
        assert_eq!((error.at, error.kind), (Some(8), SqlErrorKind::ZeroByte));
        assert_eq!(outcome(" \t\n\u{b} "), Err(SqlErrorKind::Empty));
        assert_eq!(outcome("SELECT \"unfinished"), Err(SqlErrorKind::Truncated));
        assert_eq!(outcome("SELECT $$unfinished"), Err(SqlErrorKind::Truncated));
        assert_eq!(parse("SELECT é, FROM").unwrap_err().at, Some(11));
    }

    #[test]
    fn tells_statements_apart() {
        let read = |text: &str| parse(text).unwrap();
        let one = read("SELECT a FROM t x WHERE b = 1");
        let other = read("select a  from t y where b = 2 -- note");
        assert_eq!(one.fingerprint, other.fingerprint);
        assert_ne!(one.identity, other.identity);
        assert_ne!(one.fingerprint, read("SELECT a FROM u x WHERE b = 1").fingerprint);
        assert_ne!(one.fingerprint, read("SELECT a FROM s.t x WHERE b = 1").fingerprint);
        assert_eq!(other.identity, read("SELECT a FROM t y WHERE b = 2").identity);
        assert_ne!(read("SELECT E'A'").identity, read("SELECT E'a'").identity);
        assert_ne!(one.identity, read("SELECT \"A\" FROM t x WHERE b = 1").identity);
    }
}
