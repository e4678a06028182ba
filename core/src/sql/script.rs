//! A script taken apart into its statements, without reading them.
//!
//! Splits at semicolons outside of literals, comments and parentheses. Refuses nothing that the
//! scanner can read: a statement that the grammar would refuse is handed on as it is.

use crate::sql::{SqlError, SqlErrorKind};

use super::tokens::{Tokens, Word};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptStatement<'a> {
    /// The statement from its first word, without its semicolon.
    pub text: &'a str,
    /// Its line in the script, from 1.
    pub line: usize,
    /// The comments between it and the statement before, each with its marks.
    pub comments: Vec<&'a str>,
    /// A semicolon ends it.
    pub closed: bool,
}

/// The statements of a script in order; empty ones are left out.
pub fn script(text: &str) -> Result<Vec<ScriptStatement<'_>>, SqlError> {
    let failed = |message| SqlError { at: None, kind: SqlErrorKind::Syntax(message) };
    let tokens = Tokens::of(text).map_err(failed)?;
    let mut statements = Vec::new();
    let mut piece = Piece::default();
    for word in tokens.words() {
        if word.is_comment() {
            if piece.start.is_none() {
                piece.comments.push(word.text);
            }
        } else if word.text == ";" && piece.depth == 0 {
            statements.extend(piece.statement(text, Some(word)));
            piece = Piece::default();
        } else {
            piece = piece.with(word);
        }
    }
    statements.extend(piece.statement(text, None));
    Ok(statements)
}

/// A statement that is being collected.
#[derive(Debug, Default)]
struct Piece<'a> {
    start: Option<usize>,
    end: usize,
    depth: usize,
    comments: Vec<&'a str>,
}

impl<'a> Piece<'a> {
    fn with(self, word: Word<'a>) -> Self {
        let depth = match word.text {
            "(" | "[" => self.depth + 1,
            ")" | "]" => self.depth.saturating_sub(1),
            _ => self.depth,
        };
        Self { start: self.start.or(Some(word.start)), end: word.end, depth, ..self }
    }

    fn statement(self, text: &'a str, end: Option<Word<'a>>) -> Option<ScriptStatement<'a>> {
        let start = self.start?;
        Some(ScriptStatement {
            text: text.get(start..self.end)?,
            line: 1 + text.get(..start)?.matches('\n').count(),
            comments: self.comments,
            closed: end.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_outside_of_literals_comments_and_parentheses() {
        let text = "-- one; two\nselect ';', $$ ; $$; ;\n\n/* a;b */\nselect (1); -- end\n";
        let found = script(text).unwrap();
        let texts: Vec<&str> = found.iter().map(|it| it.text).collect();
        assert_eq!(texts, ["select ';', $$ ; $$", "select (1)"]);
        assert_eq!(found[0].comments, ["-- one; two"]);
        assert_eq!((found[0].line, found[1].line), (2, 5));
        assert!(found.iter().all(|it| it.closed));
    }

    #[test]
    fn says_what_is_not_closed() {
        assert!(!script("select 1").unwrap()[0].closed);
        assert!(script("select 'abc").is_err());
        assert_eq!(script("  -- nothing\n").unwrap(), []);
    }
}
