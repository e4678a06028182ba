//! The way in: one text to one statement.

use super::error::{SqlError, SqlErrorKind};
use super::statement::Statement;

/// Reads exactly one statement.
pub fn parse(text: &str) -> Result<Statement, SqlError> {
    let parsed = pg_query::parse(text, 0)
        .map_err(|error| SqlError { at: None, kind: SqlErrorKind::Syntax(error.to_string()) })?;
    let _ = parsed;
    Err(SqlError { at: None, kind: SqlErrorKind::Empty })
}
