//! The evidence of a finding, as figures with their unit and origin.
//!
//! It refuses to say what a fact means: that is the rule's word, and how it is told the report's.

use crate::base::{Bytes, Millis, Pages, QualifiedName, Rows, Share};

/// One piece of evidence; its unit and origin are in its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// Rows read and rows kept by a scan, over all its loops.
    Kept {
        /// Rows read.
        read: Rows,
        /// Rows kept.
        kept: Rows,
    },
    /// The planner's rows and the real ones, per loop.
    Estimate {
        /// Planned.
        planned: Rows,
        /// Measured.
        actual: Rows,
    },
    /// How often a node ran.
    Loops(f64),
    /// Part of the statement's time, measured.
    TimeShare(Share),
    /// Part of the statement's planner cost, where it was only planned.
    CostShare(Share),
    /// Own time of the node in one execution, measured.
    OwnTime(Millis),
    /// Written to temporary files.
    Spilled(Bytes),
    /// Batches of a hash.
    Batches(u64),
    /// `work_mem` that would have held it, by our model.
    MemoryNeeded(Bytes),
    /// The condition as the plan prints it.
    Condition(String),
    /// The index that the node used.
    UsedIndex(String),
    /// Pages that rows of this number and size fill at most, by our model.
    PagesNeeded(Pages),
    /// Pages of which a bitmap named each row, and pages that it named as a whole.
    BitmapPages {
        /// Row by row.
        exact: u64,
        /// As a whole, for want of memory.
        lossy: u64,
    },
    /// How often an index was searched from its root, and in how many runs of the node.
    Searches {
        /// Searches.
        searches: u64,
        /// Runs.
        loops: f64,
    },
    /// Partitions that were read, and those among them that held no row asked for.
    Partitions {
        /// Read.
        read: u64,
        /// Without a row.
        empty: u64,
    },
    /// What the statement returned.
    Returned {
        /// Rows.
        rows: Rows,
        /// Their size, by the planner's width.
        size: Bytes,
    },
    /// Calls of a parent and a child statement, and rows of the parent.
    CallPattern {
        /// What reports call the parent.
        parent: String,
        /// The parent's calls.
        parent_calls: u64,
        /// Rows the parent returned.
        parent_rows: u64,
        /// The child's calls.
        child_calls: u64,
    },
    /// The child's key column, and what it refers to.
    KeyedBy {
        /// The child's column, `table.column`.
        column: String,
        /// What it refers to.
        refers_to: String,
    },
    /// Rows changed since the last ANALYZE, and rows of the table.
    Changed {
        /// Rows changed.
        changed: u64,
        /// Rows of the table.
        rows: Rows,
    },
    /// No statistics are there for the table, or these columns of it.
    NoStatistics(Vec<String>),
    /// Another index that serves all that this one serves.
    ServedBy(QualifiedName),
    /// Scans of an index, and for how many days the counters have counted.
    Scans {
        /// Scans.
        scans: u64,
        /// Days.
        days: Option<f64>,
    },
    /// Size on disk.
    Size(Bytes),
    /// What was checked and found in order, for people who must decide.
    Checked(String),
    /// A part of the run that stands outside of the plan's tree, such as planning, and the time
    /// of the whole run, both measured.
    Phase {
        /// Its name: `planning`, `compilation`, `serialization`.
        name: &'static str,
        /// Its time.
        time: Millis,
        /// The time of the whole run.
        whole: Millis,
    },
    /// What one trigger took, measured.
    Trigger {
        /// Its name; the constraint's where it upholds one.
        name: String,
        /// The table that it stands on.
        table: String,
        /// How often it was called.
        calls: f64,
        /// Time of all calls.
        time: Millis,
    },
    /// Memory that a hash would have taken, and the `work_mem` that allows it, by our model.
    HashMemoryNeeded {
        /// Memory of the hash.
        memory: Bytes,
        /// `work_mem` that allows it.
        work_mem: Bytes,
        /// The `hash_mem_multiplier` that this is reckoned with.
        multiplier: f64,
    },
    /// Pages of tables and indexes found in the cache, and pages that had to be read.
    Cached {
        /// Found.
        hit: Pages,
        /// Read.
        read: Pages,
    },
    /// Pages that were read or written, and the time that took, measured.
    PageTime {
        /// `read` or `written`.
        done: &'static str,
        /// Pages.
        pages: Pages,
        /// Time of all of them, summed over processes.
        time: Millis,
    },
    /// Write-ahead log of a node or of the whole statement.
    WalMade {
        /// Records.
        records: u64,
        /// Of these, images of whole pages.
        full_page_images: u64,
        /// Size.
        size: Bytes,
    },
    /// So many rows of so many, and what became of them.
    PartOfRows {
        /// What became of them, as in `12 of 40 rows met a conflict`.
        what: &'static str,
        /// Rows that it is true of.
        part: Rows,
        /// All rows.
        whole: Rows,
    },
    /// A setting as the plan ran with it.
    RanWith {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The fixed share of rows that the planner takes where it knows nothing.
    Assumed(Share),
    /// Groups that a node worked through, and the rows in all of them.
    Groups {
        /// Groups.
        groups: u64,
        /// Rows.
        rows: Rows,
    },
    /// Memory that was in use, measured.
    MemoryUsed(Bytes),
    /// Rows of both sides of a join: of the outer one in all, of the inner one for each of them.
    Sides {
        /// Rows of the outer side.
        outer: Rows,
        /// Rows of the inner side, each time.
        inner: Rows,
    },
    /// What a Memoize cache did, over all processes.
    Cache {
        /// Look-ups that it answered.
        hits: u64,
        /// Look-ups that ran the plan below.
        misses: u64,
        /// Entries thrown out for want of memory.
        evictions: u64,
        /// Look-ups whose rows alone did not fit.
        overflows: u64,
    },
    /// Rows that were made once, and how many of them were read in all.
    ReadAgain {
        /// Rows made.
        made: Rows,
        /// Rows read, over all readers and rounds.
        read: Rows,
    },
    /// Parallel workers of a Gather.
    Workers {
        /// Planned.
        planned: u64,
        /// Started.
        launched: u64,
    },
    /// How unevenly processes worked, measured.
    Uneven {
        /// Time of the busiest process.
        busiest: Millis,
        /// Mean time of all processes.
        mean: Millis,
    },
    /// Pages that a node touched, and how often it ran for them.
    Touched {
        /// Pages, from the cache or not.
        pages: Pages,
        /// Pages of the table.
        table: Option<Pages>,
    },
    /// Anything else worth a line.
    Text(String),
}
