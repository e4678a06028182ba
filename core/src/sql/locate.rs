//! Where in a text the parser stopped: its library gives the message without the place.

use super::depth::depth;
use super::error::{SqlError, SqlErrorKind};
use super::tokens::Tokens;

/// Tokens of the offending text that are tried; a text that repeats it more often goes without
/// a place.
const ATTEMPTS_MAX: usize = 12;

/// Longest text in which the place is searched, since each attempt reads it again.
const SEARCHED_BYTES_MAX: usize = 20_000;

/// What the parser's own guards say: of its stack, of its output, of its state stack.
const TOO_DEEP: &[&str] = &["stack depth limit", "nested too deeply", "memory exhausted"];

/// The error for a message of the parser or, without tokens, of the scanner.
pub(super) fn located(text: &str, message: &str, tokens: Option<&Tokens<'_>>) -> SqlError {
    let plain = plain(message);
    if TOO_DEEP.iter().any(|it| plain.contains(it)) {
        return SqlError { at: None, kind: SqlErrorKind::TooDeep(tokens.map_or(0, depth)) };
    }
    if plain.starts_with("unterminated") || plain.ends_with("at end of input") {
        return SqlError { at: Some(text.len()), kind: SqlErrorKind::Truncated };
    }
    let at = tokens.and_then(|it| place(text, plain, it));
    SqlError { at, kind: SqlErrorKind::Syntax(plain.to_owned()) }
}

/// A message without the words that `pg_query` puts before it.
fn plain(message: &str) -> &str {
    ["Invalid statement: ", "Error scanning: "]
        .iter()
        .find_map(|it| message.strip_prefix(it))
        .unwrap_or(message)
}

/// The first token of the offending text at which a text cut off after it fails the same way.
/// Before it the text is merely unfinished: the grammar reads from the left with one token of
/// foresight.
fn place(text: &str, message: &str, tokens: &Tokens<'_>) -> Option<usize> {
    let near = message.split_once("at or near \"")?.1.strip_suffix('"')?;
    if text.len() > SEARCHED_BYTES_MAX {
        return None;
    }
    tokens
        .meaningful()
        .filter(|it| it.text.starts_with(near))
        .take(ATTEMPTS_MAX)
        .find(|it| {
            let cut = text.get(..it.end).unwrap_or(text);
            pg_query::parse(cut, 0).is_err_and(|error| plain(&error.to_string()) == message)
        })
        .map(|it| it.start)
}
