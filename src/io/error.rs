//! What a server refuses, sorted by what the reader can do about it.
//!
//! Every error names what was being done and carries one sentence of remedy. It refuses to
//! carry a password: texts come from the server or from us, never from a DSN.

use crate::base::{Note, NoteCode};

/// Something the server, or the way to it, refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not {doing}: {message}")]
pub struct ServerError {
    /// What was being done, fit for "could not …".
    pub doing: String,
    /// The five characters of SQLSTATE, where the server answered at all.
    pub sqlstate: Option<String>,
    /// What the reader can do something about.
    pub kind: ServerErrorKind,
    /// The server's message, in its own words.
    pub message: String,
    /// What to do, as a sentence; empty when there is nothing.
    pub remedy: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerErrorKind {
    /// Nobody answered.
    Unreachable,
    /// The server does not believe who we are.
    Authentication,
    /// The role may not.
    Privilege,
    /// A database, relation, function or column that is not there.
    Missing,
    /// A time limit, or a cancel request.
    Timeout,
    /// A lock that was not free in time.
    Locked,
    /// Replay on a standby removed what was being read.
    Conflict,
    /// The connection ended.
    Gone,
    /// The server, or this program, cannot do it.
    Unsupported,
    /// Everything else.
    Other,
}

impl ServerErrorKind {
    /// The kind of a SQLSTATE (source: `src/backend/utils/errcodes.txt`).
    pub fn of_sqlstate(state: &str) -> Self {
        match state {
            "28P01" | "28000" => Self::Authentication,
            "42501" => Self::Privilege,
            "3D000" | "42P01" | "42883" | "42703" | "42704" | "3F000" => Self::Missing,
            "57014" => Self::Timeout,
            "55P03" | "40P01" => Self::Locked,
            "40001" => Self::Conflict,
            "57P01" | "57P02" | "57P05" | "25P03" => Self::Gone,
            "57P03" | "53300" => Self::Unreachable,
            "0A000" | "55000" => Self::Unsupported,
            _ if state.starts_with("08") => Self::Gone,
            _ => Self::Other,
        }
    }

    /// What can be done about it in general.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => "Check that the server runs and listens there.",
            Self::Authentication => {
                "Check user and password: PGPASSWORD, ~/.pgpass (mode 0600), and the server's \
                 pg_hba.conf."
            }
            Self::Privilege => {
                "Grant pg_monitor and, from 14 on, pg_read_all_data to this role, or use another."
            }
            Self::Missing => "Check the name, and that it is in this database.",
            Self::Timeout => "Allow more time, or try again when the server is less busy.",
            Self::Locked => "Try again when the lock is released; pg_locks shows who holds it.",
            Self::Conflict => {
                "Try again; on a standby hot_standby_feedback or a longer \
                 max_standby_streaming_delay makes it rarer."
            }
            Self::Gone => "Connect again; the server's log says why it ended the connection.",
            Self::Unsupported | Self::Other => "",
        }
    }

    /// The code of a note about it.
    pub fn note_code(self) -> NoteCode {
        match self {
            Self::Privilege | Self::Authentication => NoteCode::Privilege,
            Self::Missing | Self::Unsupported => NoteCode::Absent,
            Self::Timeout | Self::Conflict | Self::Gone | Self::Unreachable => NoteCode::Cancelled,
            Self::Locked => NoteCode::Missing,
            Self::Other => NoteCode::Unplanned,
        }
    }
}

impl ServerError {
    /// An error of our own making.
    pub fn new(kind: ServerErrorKind, doing: &str, message: impl Into<String>) -> Self {
        Self {
            doing: doing.to_owned(),
            sqlstate: None,
            kind,
            message: message.into(),
            remedy: kind.remedy().to_owned(),
        }
    }

    /// The same error with a better remedy.
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }

    /// What the client library reports, sorted.
    pub fn of(doing: &str, error: &tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            let state = server.code().code();
            let found = Self::new(ServerErrorKind::of_sqlstate(state), doing, server.message());
            let detail = server.hint().filter(|_| found.remedy.is_empty()).unwrap_or_default();
            let remedy = if detail.is_empty() { found.remedy } else { detail.to_owned() };
            return Self { sqlstate: Some(state.to_owned()), remedy, ..found };
        }
        let kind = kind_without_answer(error);
        Self::new(kind, doing, whole_story(error))
    }

    /// The remark that stands for this error in a run that goes on.
    pub fn note(&self, subject: &str) -> Note {
        Note::new(self.kind.note_code(), subject, self.to_string()).with_remedy(&self.remedy)
    }
}

/// Sorts errors that came before or instead of an answer.
fn kind_without_answer(error: &tokio_postgres::Error) -> ServerErrorKind {
    if error.is_closed() {
        return ServerErrorKind::Gone;
    }
    let story = whole_story(error);
    if story.contains("password missing") || story.contains("authentication") {
        return ServerErrorKind::Authentication;
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::ConnectionReset
                | std::io::ErrorKind::BrokenPipe
                | std::io::ErrorKind::UnexpectedEof => ServerErrorKind::Gone,
                _ => ServerErrorKind::Unreachable,
            };
        }
        source = inner.source();
    }
    if story.contains("connect") { ServerErrorKind::Unreachable } else { ServerErrorKind::Other }
}

/// The error with everything that caused it, in one line.
fn whole_story(error: &tokio_postgres::Error) -> String {
    let mut story = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let next = inner.to_string();
        if !story.contains(&next) {
            story.push_str(": ");
            story.push_str(&next);
        }
        source = inner.source();
    }
    story
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_sqlstates() {
        for (state, kind) in [
            ("28P01", ServerErrorKind::Authentication),
            ("42501", ServerErrorKind::Privilege),
            ("3D000", ServerErrorKind::Missing),
            ("57014", ServerErrorKind::Timeout),
            ("55P03", ServerErrorKind::Locked),
            ("40001", ServerErrorKind::Conflict),
            ("08006", ServerErrorKind::Gone),
            ("22012", ServerErrorKind::Other),
        ] {
            assert_eq!(ServerErrorKind::of_sqlstate(state), kind, "{state}");
        }
    }

    #[test]
    fn says_what_it_could_not_do() {
        let error = ServerError::new(ServerErrorKind::Locked, "read the sizes", "lock timeout");
        assert_eq!(error.to_string(), "could not read the sizes: lock timeout");
        assert!(!error.remedy.is_empty());
    }
}
