//! One entry of a server's log, with everything a form may say of it.
//!
//! What a form lacks is absent here, never guessed. An entry owns its text: the reader keeps
//! nothing of it.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::{Bytes, Millis};
use crate::log::tags::tags;

/// One entry: a message with its detail, hint, context and statement joined to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The line of the input on which it begins, counted from one.
    pub line: u64,
    /// When it was written, as it was written; empty when the form does not say.
    pub time: String,
    /// Who wrote it.
    pub session: Session,
    /// How bad it is.
    pub severity: Severity,
    /// The five characters of SQLSTATE, absent for `00000`; stderr has them only with `%e` or
    /// verbose messages.
    pub sqlstate: Option<String>,
    /// What it says.
    pub event: Event,
    /// Where in the statement an error was found, in characters, counted from one.
    pub position: Option<u32>,
    /// The values of `$1`, `$2` …, without their quotes; `None` is NULL. A value that the
    /// server cut (`log_parameter_max_length`) ends in three dots, as it was written.
    pub parameters: Vec<Option<String>>,
    /// The statement that was running, where the entry names it beside its message.
    pub statement: Option<String>,
    /// DETAIL, as written.
    pub detail: Option<String>,
    /// HINT, as written.
    pub hint: Option<String>,
    /// CONTEXT, as written: the functions that a nested statement was called from.
    pub context: Option<String>,
}

/// Who wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// The process id (`%p`).
    pub process: Option<u32>,
    /// The session id (`%c`): start time and process id in hexadecimal.
    pub id: Option<String>,
    /// The virtual transaction (`%v`), `backend/local`.
    ///
    /// Absent when the local id is zero. Outside a transaction block the line of a duration is
    /// written after the transaction has ended and says `N/0`, so zero tells nothing of which
    /// lines belong together.
    pub virtual_transaction: Option<String>,
    /// The transaction id (`%x`); absent when none was assigned.
    pub transaction: Option<u64>,
    /// The role (`%u`).
    pub user: Option<String>,
    /// The database (`%d`).
    pub database: Option<String>,
    /// The application's name (`%a`).
    pub application: Option<String>,
    /// The client's address without its port; `[local]` for a socket.
    pub host: Option<String>,
    /// The backend's type (`%b`): `client backend`, `checkpointer` …
    pub backend: Option<String>,
    /// The query id (`%Q`, from 14 on); absent when it was not computed.
    pub query_id: Option<i64>,
}

/// How bad a message is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// DEBUG1 to DEBUG5.
    Debug,
    /// INFO.
    Info,
    /// NOTICE.
    Notice,
    /// WARNING.
    Warning,
    /// LOG: for those who run the server, statements and durations among them.
    Log,
    /// ERROR: the statement failed.
    Error,
    /// FATAL: the session ended.
    Fatal,
    /// PANIC: the server stopped.
    Panic,
    /// A word of another language, as written.
    Localised(String),
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// How long one phase of a statement took.
    Duration {
        /// The time of this phase alone.
        time: Millis,
        /// Which phase. Count executions by `Statement` and `Execute` alone: one execution by
        /// the extended protocol may come with a line for `Parse` and one for `Bind`.
        phase: Phase,
        /// The prepared statement's name; absent when unnamed.
        name: Option<String>,
        /// The text; absent with `log_duration`, when only the time is written.
        statement: Option<String>,
    },
    /// A plan that `auto_explain` wrote.
    Plan {
        /// The execution's time.
        time: Millis,
        /// The plan as written, in any format of EXPLAIN. In TEXT without the query's text,
        /// which stands in front and has no end mark of its own.
        document: String,
        /// The query's text, where the document says it.
        query: Option<String>,
    },
    /// A statement that begins (`log_statement`).
    Statement {
        /// `Statement` for the simple protocol, `Execute` or `Fetch` for the extended one.
        phase: Phase,
        /// The prepared statement's name; absent when unnamed.
        name: Option<String>,
        /// The text.
        text: String,
    },
    /// A temporary file was removed (`log_temp_files`).
    TempFile {
        /// Its size.
        bytes: Bytes,
    },
    /// A wait for a lock of more than `deadlock_timeout` (`log_lock_waits`).
    LockWait {
        /// The time so far.
        waited: Millis,
        /// Whether it is over.
        state: LockState,
        /// The lock and its object, as written: `ShareLock on transaction 1234`.
        lock: String,
    },
    /// The statement was cancelled: by its user, by a timeout, by recovery.
    Cancelled {
        /// The message.
        message: String,
    },
    /// The statement, the session or the server failed.
    Failed {
        /// The message.
        message: String,
    },
    /// Everything else.
    Other {
        /// The message.
        message: String,
    },
}

/// A phase of a statement's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// All of it: the simple protocol.
    Statement,
    /// Parsing a prepared statement.
    Parse,
    /// Binding values, which plans.
    Bind,
    /// Executing.
    Execute,
    /// Executing again, for more rows of a portal.
    Fetch,
}

/// Whether a wait for a lock is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockState {
    /// It still waits, or waits to see whether a deadlock goes away.
    Waiting,
    /// It has the lock.
    Acquired,
    /// It gave up: a deadlock, or a lock that was refused.
    Failed,
}

impl Entry {
    /// The text of the statement that this entry is about, wherever the entry has it.
    pub fn text(&self) -> Option<&str> {
        let own = match &self.event {
            Event::Duration { statement, .. } => statement.as_deref(),
            Event::Plan { query, .. } => query.as_deref(),
            Event::Statement { text, .. } => Some(text.as_str()),
            _ => None,
        };
        own.or(self.statement.as_deref())
    }

    /// What the comments of the statement's text say, by key: sqlcommenter's, marginalia's,
    /// `traceparent` among them.
    pub fn tags(&self) -> BTreeMap<String, String> {
        self.text().map(tags).unwrap_or_default()
    }
}

impl Phase {
    /// Whether a line of this phase stands for one execution (parsing and binding are parts of
    /// one, fetching goes on with one).
    pub fn is_execution(self) -> bool {
        matches!(self, Self::Statement | Self::Execute)
    }
}

impl Severity {
    /// The severity of a word, `LOG` or `DEBUG2`; any other word is one of another language.
    pub fn of(word: &str) -> Self {
        match word {
            "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Self::Debug,
            "INFO" => Self::Info,
            "NOTICE" => Self::Notice,
            "WARNING" => Self::Warning,
            "LOG" => Self::Log,
            "ERROR" => Self::Error,
            "FATAL" => Self::Fatal,
            "PANIC" => Self::Panic,
            other => Self::Localised(other.to_owned()),
        }
    }

    /// Something failed.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Error | Self::Fatal | Self::Panic)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Log => "LOG",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Panic => "PANIC",
            Self::Localised(word) => word,
        })
    }
}
