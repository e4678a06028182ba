//! The capture's form on disk, as pure functions between a [`Capture`](crate::workload::Capture)
//! and texts by file name.
//!
//! `capture.json` says what the capture is and what its sections hold; every section is a file of
//! one JSON object a line, in the order of what the line is about. A section that is not there is
//! empty, and a note says so. What this version does not know, down to single keys, is kept in
//! `Capture::unknown` and written back. Refuses to open files: `io::store` does.

mod beyond;
mod line;
mod read;
mod write;

pub use read::read;
pub use write::write;

/// The format that this version writes; it reads no newer one.
pub const FORMAT: u32 = 1;

/// The file that says what a capture is.
const HEAD: &str = "capture.json";
/// Tables, indexes, foreign keys, functions and untrusted objects.
const OBJECTS: &str = "objects.jsonl";
/// Recorded plans.
const PLANS: &str = "plans.jsonl";
/// Sizes and counters of tables and indexes.
const RELATIONS: &str = "relations.jsonl";
/// Roles.
const ROLES: &str = "roles.jsonl";
/// Settings with their scope.
const SETTINGS: &str = "settings.jsonl";
/// Recorded statements.
const STATEMENTS: &str = "statements.jsonl";
/// Statistics of columns.
const STATISTICS: &str = "statistics.jsonl";

/// All sections that this version knows.
const SECTIONS: [&str; 7] = [OBJECTS, PLANS, RELATIONS, ROLES, SETTINGS, STATEMENTS, STATISTICS];

/// What a file's name gets in `Capture::unknown` for the unknown keys of its known lines.
const KEYS_OF: &str = "+keys";

/// A capture that cannot be read at all: without its head nothing else has a meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct WireError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Why, in lower case, without a full stop.
    pub why: String,
}
