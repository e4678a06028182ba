//! What a run wants to say besides its results: what was skipped, unknown, or could not be seen.

use serde::{Deserialize, Serialize};

/// One remark, always with a subject, a reason, and where there is one a remedy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// What kind of remark.
    pub code: NoteCode,
    /// What it is about: a statement's tag or id, a relation, a file, a setting.
    pub subject: String,
    /// What happened, in lower case, without a full stop.
    pub message: String,
    /// What the reader can do, as a sentence or a command; empty when there is nothing.
    pub remedy: String,
}

impl Note {
    /// A remark without a remedy.
    pub fn new(code: NoteCode, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, subject: subject.into(), message: message.into(), remedy: String::new() }
    }

    /// The same remark with what to do about it.
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }
}

/// The list of all remarks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteCode {
    /// A text that the grammar refuses.
    Unparsed,
    /// A parameter whose type could not be found.
    Untyped,
    /// A name that fits several objects, or none.
    AmbiguousNames,
    /// A statement that may not even be planned on the user's server.
    Unsafe,
    /// A statement that the server refused to plan.
    Unplanned,
    /// A statement that is planned but not run, and why.
    NotExecuted,
    /// Something that this role may not see.
    Privilege,
    /// Statistics, counters or sizes that are missing.
    Missing,
    /// An extension or a setting that is not there.
    Absent,
    /// A key, node, setting or kind that this version does not know; kept as it was.
    Unknown,
    /// Damaged or cut-off input, of which the sound part was kept.
    Damaged,
    /// A limit of ours that ended something early.
    Limit,
    /// Something that timed out or was cancelled on the server.
    Cancelled,
    /// How a figure was made when it was not made in the best way.
    Method,
}

impl std::fmt::Display for NoteCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Unparsed => "unparsed",
            Self::Untyped => "untyped",
            Self::AmbiguousNames => "ambiguous-names",
            Self::Unsafe => "unsafe",
            Self::Unplanned => "unplanned",
            Self::NotExecuted => "not-executed",
            Self::Privilege => "privilege",
            Self::Missing => "missing",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::Damaged => "damaged",
            Self::Limit => "limit",
            Self::Cancelled => "cancelled",
            Self::Method => "method",
        })
    }
}
