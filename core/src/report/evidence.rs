//! Facts for programs: one object a fact, told apart by `kind`, every number under a name that
//! ends in its unit.
//!
//! The names here are a promise of `findings/1` and `advice/1`; those of `rules::Fact` are not.
//! It refuses to leave a fact out: a new one does not build until it has a name here.

use serde::Serialize;

use crate::base::{Bytes, Millis, Origin, Rows, Share};
use crate::report::finding::fact;
use crate::rules::Fact;

/// A fact with its sentence.
#[derive(Serialize)]
pub(super) struct FactJson<'a> {
    #[serde(flatten)]
    evidence: Evidence<'a>,
    text: String,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Evidence<'a> {
    Kept { read_rows: Rows, kept_rows: Rows },
    Estimate { planned_rows: Rows, actual_rows: Rows },
    Loops { loops_count: f64 },
    TimeShare { time_share: Share, origin: Origin },
    CostShare { cost_share: Share, origin: Origin },
    OwnTime { own_ms: Millis, origin: Origin },
    Spilled { spilled_bytes: Bytes },
    Batches { batches_count: u64 },
    MemoryNeeded { needed_bytes: Bytes, origin: Origin },
    Condition { condition: &'a str },
    UsedIndex { index: &'a str },
    CallPattern { parent: &'a str, parent_calls: u64, parent_rows: u64, child_calls: u64 },
    KeyedBy { column: &'a str, refers_to: &'a str },
    Changed { changed_rows: u64, table_rows: Rows },
    NoStatistics { columns: &'a [String] },
    ServedBy { index: String },
    Scans { scans_count: u64, counter_days: Option<f64> },
    Size { size_bytes: Bytes },
    Checked { checked: &'a str },
    Text {},
}

/// One fact for programs.
pub(super) fn fact_json(it: &Fact) -> FactJson<'_> {
    FactJson { evidence: evidence(it), text: fact(it) }
}

fn evidence(fact: &Fact) -> Evidence<'_> {
    match fact {
        Fact::Kept { read, kept } => Evidence::Kept { read_rows: *read, kept_rows: *kept },
        Fact::Estimate { planned, actual } => {
            Evidence::Estimate { planned_rows: *planned, actual_rows: *actual }
        }
        Fact::Loops(loops) => Evidence::Loops { loops_count: *loops },
        Fact::TimeShare(share) => {
            Evidence::TimeShare { time_share: *share, origin: Origin::Measured }
        }
        Fact::CostShare(share) => {
            Evidence::CostShare { cost_share: *share, origin: Origin::Planner }
        }
        Fact::OwnTime(time) => Evidence::OwnTime { own_ms: *time, origin: Origin::Measured },
        Fact::Spilled(bytes) => Evidence::Spilled { spilled_bytes: *bytes },
        Fact::Batches(batches) => Evidence::Batches { batches_count: *batches },
        Fact::MemoryNeeded(bytes) => {
            Evidence::MemoryNeeded { needed_bytes: *bytes, origin: Origin::Model }
        }
        Fact::Condition(condition) => Evidence::Condition { condition },
        Fact::UsedIndex(index) => Evidence::UsedIndex { index },
        Fact::CallPattern { parent, parent_calls, parent_rows, child_calls } => {
            Evidence::CallPattern {
                parent,
                parent_calls: *parent_calls,
                parent_rows: *parent_rows,
                child_calls: *child_calls,
            }
        }
        Fact::KeyedBy { column, refers_to } => Evidence::KeyedBy { column, refers_to },
        Fact::Changed { changed, rows } => {
            Evidence::Changed { changed_rows: *changed, table_rows: *rows }
        }
        Fact::NoStatistics(columns) => Evidence::NoStatistics { columns },
        Fact::ServedBy(index) => Evidence::ServedBy { index: index.plain() },
        Fact::Scans { scans, days } => Evidence::Scans { scans_count: *scans, counter_days: *days },
        Fact::Size(bytes) => Evidence::Size { size_bytes: *bytes },
        Fact::Checked(checked) => Evidence::Checked { checked },
        Fact::Text(_) => Evidence::Text {},
    }
}
