//! Why there is no demo.

use std::path::PathBuf;

use crate::io::throwaway::ThrowawayError;

/// A demo that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of the world could not be read.
    #[error("could not read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the world makes no sense.
    #[error("{file}, line {line}: {why}")]
    Line {
        /// The file's name.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The server refused.
    #[error("could not {doing}: {why}")]
    Server {
        /// What was being done.
        doing: String,
        /// The server's own words where it has any.
        why: String,
    },
    /// There is no server.
    #[error("{0}")]
    Throwaway(#[from] ThrowawayError),
    /// There are no binaries.
    #[error("{0}")]
    NoBinaries(String),
}

impl DemoError {
    /// What the client library reports.
    pub(super) fn server(doing: impl Into<String>, error: &tokio_postgres::Error) -> Self {
        let why = match error.as_db_error() {
            Some(said) => said.message().to_owned(),
            None => error.to_string(),
        };
        Self::Server { doing: doing.into(), why }
    }
}
