//! Why there is no throwaway server.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A step that failed, the reason, and what the reader can do. Travels from the guard to the
/// owner as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{doing}: {why}")]
pub struct ThrowawayError {
    /// What was being done, as in "starting PostgreSQL 15".
    pub doing: String,
    /// What went wrong, in lower case, without a full stop.
    pub why: String,
    /// What the reader can do; empty when there is nothing.
    pub remedy: String,
}

impl ThrowawayError {
    /// An error without a remedy.
    #[expect(clippy::needless_pass_by_value, reason = "reasons are made for this call")]
    pub fn new(doing: impl Into<String>, why: impl ToString) -> Self {
        Self { doing: doing.into(), why: why.to_string(), remedy: String::new() }
    }

    /// What a database connection has to say; the server's own words where it is the server's.
    pub fn of_database(doing: impl Into<String>, error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) => Self::new(doing, said.message()),
            None => Self::new(doing, error),
        }
    }

    /// The same error with what to do about it.
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }
}
