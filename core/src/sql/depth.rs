//! How deep a text's tree will be, from its tokens alone.
//!
//! The C parser keeps its own stack on the heap, but what follows (writing the tree out,
//! decoding it, walking it, dropping it) recurses once a level and has no guard of its own.

use pg_query::protobuf::Token;

use super::tokens::{Tokens, Word};

/// One bracket, or one CASE, that is still open.
#[derive(Debug, Default)]
struct Level {
    is_case: bool,
    /// Brackets that are open up to here.
    brackets: usize,
    /// The deepest thing inside a bracket of the current item.
    inner: usize,
    /// Operators and key words of the current item: each may wrap all that was before it.
    chain: usize,
    /// The deepest item so far.
    item: usize,
    /// JOINs since the last set operation.
    joins: usize,
    /// The deepest arm of a set operation so far.
    arm: usize,
    /// Set operations: each wraps all that was before it.
    sets: usize,
}

impl Level {
    fn end_item(&mut self) {
        self.item = self.item.max(self.inner + self.chain);
        self.inner = 0;
        self.chain = 0;
    }

    fn end_arm(&mut self) {
        self.end_item();
        self.arm = self.arm.max(self.item + self.joins);
        self.item = 0;
        self.joins = 0;
    }

    fn depth(mut self) -> usize {
        self.end_arm();
        self.arm + self.sets + 1
    }
}

/// An upper bound of the depth of a text's tree.
///
/// Sound because every level of the grammar costs a bracket or a token that is neither a name
/// nor a constant, and because commas, AND, OR and the arms of CASE make lists, not depth.
pub(super) fn depth(tokens: &Tokens<'_>) -> usize {
    let mut open = vec![Level::default()];
    let mut before = Token::Nul;
    for word in tokens.meaningful() {
        // After a dot or AS any key word is a mere name.
        if !matches!(before, Token::Ascii46 | Token::As) || is_bracket(word.kind) {
            step(word, &mut open);
        }
        before = word.kind;
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map_or(0, Level::depth)
}

fn is_bracket(kind: Token) -> bool {
    matches!(kind, Token::Ascii40 | Token::Ascii41 | Token::Ascii91 | Token::Ascii93)
}

/// Names, constants and dots add no level.
fn is_leaf(kind: Token) -> bool {
    matches!(
        kind,
        Token::Ident
            | Token::Uident
            | Token::Param
            | Token::Ascii46
            | Token::Sconst
            | Token::Usconst
            | Token::Iconst
            | Token::Fconst
            | Token::Bconst
            | Token::Xconst
    )
}

/// Commas, AND, OR and the words of CASE make lists; past the reserved words that begin a clause
/// no expression goes on.
fn is_separator(kind: Token) -> bool {
    matches!(
        kind,
        Token::Ascii44
            | Token::And
            | Token::Or
            | Token::When
            | Token::Then
            | Token::Else
            | Token::Select
            | Token::Where
            | Token::Having
            | Token::Order
            | Token::Limit
            | Token::Offset
            | Token::On
            | Token::Returning
    )
}

fn step(word: Word<'_>, open: &mut Vec<Level>) {
    match word.kind {
        Token::Ascii40 | Token::Ascii91 => {
            let brackets = open.last().map_or(0, |it| it.brackets) + 1;
            open.push(Level { brackets, ..Level::default() });
        }
        Token::Case => {
            let brackets = open.last().map_or(0, |it| it.brackets);
            open.push(Level { is_case: true, brackets, ..Level::default() });
        }
        Token::Ascii41 | Token::Ascii93 => close_bracket(open),
        // Anywhere else it is a label: `SELECT 1 end`.
        Token::EndP if open.last().is_some_and(|it| it.is_case) => close(open),
        kind => {
            let Some(level) = open.last_mut() else { return };
            match kind {
                kind if is_separator(kind) => level.end_item(),
                Token::Join => {
                    level.end_item();
                    level.joins += 1;
                }
                Token::Union | Token::Intersect | Token::Except => {
                    level.end_arm();
                    level.sets += 1;
                }
                kind if is_leaf(kind) => {}
                _ => level.chain += 1,
            }
        }
    }
}

/// Closes the innermost bracket, and with it each CASE inside that was but a label. Nothing when
/// no bracket is open: the grammar will refuse the text.
fn close_bracket(open: &mut Vec<Level>) {
    if open.last().is_none_or(|it| it.brackets == 0) {
        return;
    }
    while open.last().is_some_and(|it| it.is_case) {
        close(open);
    }
    close(open);
}

fn close(open: &mut Vec<Level>) {
    let depth = open.pop().map_or(0, Level::depth);
    if let Some(level) = open.last_mut() {
        level.inner = level.inner.max(depth);
    }
}
