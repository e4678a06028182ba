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

/// Levels up to which a text is read on the caller's own stack.
const SHALLOW_MAX: usize = 40;

/// Levels up to which a text is read at all.
const DEEP_MAX: usize = 4_000;

/// The stack on which deep texts are read.
const STACK_BYTES: usize = 256 << 20;

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
            .expect("one thread can be started, its stack is only address space")
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
        (Tree::Message(message, _), None) => Some((*message).to_owned()),
        _ => None,
    };
    let words: Vec<&str> = tokens.meaningful().map(|it| it.text).collect();
    Ok(Statement {
        kind: query.map_or(Kind::Utility, Query::kind),
        fingerprint,
        identity: stable_id(&words),
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
