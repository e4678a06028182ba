//! Why a text is not a statement.

use thiserror::Error;

/// A text that is not one statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct SqlError {
    /// The byte at which reading failed, where it is known.
    pub at: Option<usize>,
    /// What is wrong.
    pub kind: SqlErrorKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SqlErrorKind {
    /// Nothing but blanks and comments.
    #[error("the text holds no statement")]
    Empty,
    /// More than one statement.
    #[error("the text holds {0} statements")]
    Several(usize),
    /// The grammar refuses it.
    #[error("{0}")]
    Syntax(String),
    /// Nested deeper than can be read safely.
    #[error("the text is nested {0} levels deep")]
    TooDeep(usize),
    /// Ends in the middle: a literal, a comment or a clause is not finished.
    #[error("the text is cut off")]
    Truncated,
    /// Holds a zero byte.
    #[error("the text holds a zero byte")]
    ZeroByte,
}
