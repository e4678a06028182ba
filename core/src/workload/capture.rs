//! A capture: one database and its workload as one finished value.
//!
//! Everything above reads this and nothing else, so a live run, a recorded run and a test cannot
//! differ. Its form on disk is `workload::wire`'s business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Millis, Name, Note, stable_id};
use crate::catalog::{Catalog, Role, Server, Setting};

/// One recorded world. A section that is not there is empty, and says so in `gaps`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// "Now" for everything that is computed from it, in ISO form with a zone.
    pub captured_at: String,
    /// What was done to values from the user's rows.
    pub privacy: Privacy,
    /// The node that was read.
    pub server: Server,
    /// Settings with their scope, by name and scope.
    pub settings: Vec<Setting>,
    /// Roles, by name.
    pub roles: Vec<Role>,
    /// What the workload reaches.
    pub catalog: Catalog,
    /// The recorded statements, dearest first, ties by key.
    pub statements: Vec<RecordedStatement>,
    /// Plans that were made or met while reading, by statement and set.
    pub plans: Vec<RecordedPlan>,
    /// What could not be looked at, and why.
    pub gaps: Vec<Note>,
    /// Sections and lines that this version does not know, by file, kept as they were.
    pub unknown: BTreeMap<String, Vec<String>>,
}

/// How values from rows are treated in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Kept as they are.
    Values,
    /// No value of a row is kept.
    None,
}

/// One entry of pg_stat_statements, counters under their newest names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedStatement {
    /// `queryid`, where there is one.
    pub queryid: Option<i64>,
    /// The role that ran it.
    pub role: Name,
    /// It was not called from inside a function.
    pub toplevel: bool,
    /// The text as recorded, usually normalized.
    pub text: String,
    /// What it did.
    pub counters: Counters,
}

/// The counters of one entry since the reset.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Executions.
    pub calls: u64,
    /// Rows returned or changed, over all executions.
    pub rows: u64,
    /// `total_exec_time`.
    pub total: Millis,
    /// `mean_exec_time`.
    pub mean: Millis,
    /// `min_exec_time`.
    pub min: Millis,
    /// `max_exec_time`.
    pub max: Millis,
    /// `stddev_exec_time`.
    pub deviation: Millis,
    /// `total_plan_time`; zero when `track_planning` is off.
    pub planning: Millis,
    /// `shared_blks_hit`.
    pub shared_hit: u64,
    /// `shared_blks_read`.
    pub shared_read: u64,
    /// `temp_blks_written`.
    pub temp_written: u64,
    /// `shared_blk_read_time` (`blk_read_time` before 17).
    pub read_time: Millis,
    /// `wal_bytes`.
    pub wal_bytes: u64,
}

/// One EXPLAIN document, with what was bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedPlan {
    /// `RecordedStatement::key` of the statement.
    pub statement: String,
    /// The bound values in order, `None` for NULL.
    pub values: Vec<Option<String>>,
    /// It was run, not only planned.
    pub analyzed: bool,
    /// The document, EXPLAIN (FORMAT JSON).
    pub document: serde_json::Value,
}

/// What pg_stat_statements shows in place of a text of another role (source:
/// `pg_stat_statements.c`).
const HIDDEN_TEXT: &str = "<insufficient privilege>";

impl RecordedStatement {
    /// The role that recorded it may not see its text.
    pub fn is_hidden(&self) -> bool {
        self.text == HIDDEN_TEXT
    }

    /// The stable name of this entry: made of who ran what, never of its position.
    pub fn key(&self) -> String {
        stable_id(&[self.role.as_str(), if self.toplevel { "top" } else { "nested" }, &self.text])
    }
}

impl Capture {
    /// The same capture with its lists in their order: settings by name and scope, roles by
    /// name, statements dearest first with ties by key, plans by statement.
    pub fn in_order(mut self) -> Self {
        self.settings.sort_by(|a, b| (&a.name, &a.scope).cmp(&(&b.name, &b.scope)));
        self.roles.sort();
        self.statements.sort_by_cached_key(|it| (it.key(), it.queryid));
        self.statements.sort_by(|a, b| b.counters.total.total_cmp(&a.counters.total));
        self.plans.sort_by(|a, b| a.statement.cmp(&b.statement));
        self
    }
}
