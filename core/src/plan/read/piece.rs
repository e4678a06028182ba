//! What a reader of one encoding found in one document, and where it had to stop.

use super::detect::Encoding;
use super::error::{PlanError, PlanErrorKind};
use super::value::Value;

/// The values of one document.
#[derive(Debug)]
pub(super) struct Piece {
    /// In printed order; the last one is cut off where reading stopped.
    pub values: Vec<Value>,
    /// How much of the text was read, in bytes.
    pub end: usize,
    /// Where and why reading stopped before its time.
    pub stop: Option<Stop>,
    pub encoding: Encoding,
}

/// Where and why reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    /// Counted from one.
    pub line: usize,
    /// Counted from one, in bytes.
    pub column: usize,
    /// In lower case, without a full stop.
    pub message: String,
}

impl Stop {
    /// At this byte of the text.
    pub fn at(text: &str, at: usize, message: &str) -> Self {
        let before = &text.as_bytes()[..at.min(text.len())];
        let line = before.split(|it| *it == b'\n').count();
        let column = before.iter().rev().take_while(|it| **it != b'\n').count() + 1;
        Self { line, column, message: message.to_owned() }
    }
}

impl Piece {
    /// The values of a document that must be whole.
    pub fn whole(self) -> Result<Vec<Value>, PlanError> {
        let Some(Stop { line, column, message }) = self.stop else { return Ok(self.values) };
        let encoding = self.encoding.name();
        let kind = PlanErrorKind::Malformed { encoding, line, column, message };
        Err(PlanError { at: "$".to_owned(), kind })
    }
}
