//! Facts for programs: one object a fact, told apart by `kind`, every number under a name that
//! ends in its unit.
//!
//! The names here are a promise of `plan/1` and `advice/1`; those of `rules::Fact` are not.
//! It refuses to leave a fact out: a new one does not build until it has a name here.

use serde::Serialize;

use crate::base::{Bytes, Millis, Origin, Pages, Rows, Share};
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
    PagesNeeded { needed_pages: Pages, origin: Origin },
    BitmapPages { exact_pages: u64, lossy_pages: u64 },
    Searches { searches_count: u64, loops_count: f64 },
    Partitions { read_partitions_count: u64, empty_partitions_count: u64 },
    Returned { returned_rows: Rows, returned_bytes: Bytes },
    CallPattern { parent: &'a str, parent_calls: u64, parent_rows: u64, child_calls: u64 },
    KeyedBy { column: &'a str, refers_to: &'a str },
    Changed { changed_rows: u64, table_rows: Rows },
    NoStatistics { columns: &'a [String] },
    ServedBy { index: String },
    Scans { scans_count: u64, counter_days: Option<f64> },
    Size { size_bytes: Bytes },
    Checked { checked: &'a str },
    Phase { phase: &'a str, phase_ms: Millis, whole_ms: Millis, origin: Origin },
    Trigger { trigger: &'a str, table: &'a str, calls_count: f64, time_ms: Millis },
    HashMemoryNeeded { memory_bytes: Bytes, needed_bytes: Bytes, multiplier: f64, origin: Origin },
    Cached { hit_pages: Pages, read_pages: Pages },
    PageTime { done: &'a str, done_pages: Pages, time_ms: Millis, origin: Origin },
    WalMade { records_count: u64, full_page_images_count: u64, wal_bytes: Bytes },
    PartOfRows { what: &'a str, part_rows: Rows, whole_rows: Rows },
    RanWith { setting: &'a str, value: &'a str },
    Assumed { assumed_share: Share, origin: Origin },
    Groups { groups_count: u64, group_rows: Rows },
    MemoryUsed { used_bytes: Bytes, origin: Origin },
    Sides { outer_rows: Rows, inner_rows: Rows },
    Cache { hits_count: u64, misses_count: u64, evictions_count: u64, overflows_count: u64 },
    ReadAgain { made_rows: Rows, read_rows: Rows },
    Workers { planned_count: u64, launched_count: u64 },
    Uneven { busiest_ms: Millis, mean_ms: Millis, origin: Origin },
    Touched { touched_pages: Pages, table_pages: Option<Pages> },
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
        Fact::PagesNeeded(_)
        | Fact::BitmapPages { .. }
        | Fact::Searches { .. }
        | Fact::Partitions { .. }
        | Fact::Returned { .. } => scan_evidence(fact),
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
        Fact::Phase { .. }
        | Fact::Trigger { .. }
        | Fact::HashMemoryNeeded { .. }
        | Fact::Cached { .. }
        | Fact::PageTime { .. }
        | Fact::WalMade { .. }
        | Fact::PartOfRows { .. }
        | Fact::RanWith { .. }
        | Fact::Assumed(_)
        | Fact::Groups { .. }
        | Fact::MemoryUsed(_) => plan_evidence(fact),
        Fact::Sides { .. }
        | Fact::Cache { .. }
        | Fact::ReadAgain { .. }
        | Fact::Workers { .. }
        | Fact::Uneven { .. }
        | Fact::Touched { .. } => join_evidence(fact),
        Fact::Text(_) => Evidence::Text {},
    }
}

/// The same for facts of joins, of rows kept for reading again, and of parallel work.
fn join_evidence(fact: &Fact) -> Evidence<'_> {
    match *fact {
        Fact::Sides { outer, inner } => Evidence::Sides { outer_rows: outer, inner_rows: inner },
        Fact::Cache { hits, misses, evictions, overflows } => Evidence::Cache {
            hits_count: hits,
            misses_count: misses,
            evictions_count: evictions,
            overflows_count: overflows,
        },
        Fact::ReadAgain { made, read } => Evidence::ReadAgain { made_rows: made, read_rows: read },
        Fact::Workers { planned, launched } => {
            Evidence::Workers { planned_count: planned, launched_count: launched }
        }
        Fact::Uneven { busiest, mean } => {
            Evidence::Uneven { busiest_ms: busiest, mean_ms: mean, origin: Origin::Measured }
        }
        Fact::Touched { pages, table } => {
            Evidence::Touched { touched_pages: pages, table_pages: table }
        }
        _ => Evidence::Text {},
    }
}

/// The same for facts of a plan beyond its nodes' rows and times.
fn plan_evidence(fact: &Fact) -> Evidence<'_> {
    match fact {
        Fact::Phase { name, time, whole } => Evidence::Phase {
            phase: name,
            phase_ms: *time,
            whole_ms: *whole,
            origin: Origin::Measured,
        },
        Fact::Trigger { name, table, calls, time } => {
            Evidence::Trigger { trigger: name, table, calls_count: *calls, time_ms: *time }
        }
        Fact::HashMemoryNeeded { memory, work_mem, multiplier } => Evidence::HashMemoryNeeded {
            memory_bytes: *memory,
            needed_bytes: *work_mem,
            multiplier: *multiplier,
            origin: Origin::Model,
        },
        Fact::Cached { hit, read } => Evidence::Cached { hit_pages: *hit, read_pages: *read },
        Fact::PageTime { done, pages, time } => Evidence::PageTime {
            done,
            done_pages: *pages,
            time_ms: *time,
            origin: Origin::Measured,
        },
        Fact::WalMade { records, full_page_images, size } => Evidence::WalMade {
            records_count: *records,
            full_page_images_count: *full_page_images,
            wal_bytes: *size,
        },
        Fact::PartOfRows { what, part, whole } => {
            Evidence::PartOfRows { what, part_rows: *part, whole_rows: *whole }
        }
        Fact::RanWith { name, value } => Evidence::RanWith { setting: name, value },
        Fact::Assumed(share) => {
            Evidence::Assumed { assumed_share: *share, origin: Origin::Planner }
        }
        Fact::Groups { groups, rows } => {
            Evidence::Groups { groups_count: *groups, group_rows: *rows }
        }
        Fact::MemoryUsed(bytes) => {
            Evidence::MemoryUsed { used_bytes: *bytes, origin: Origin::Measured }
        }
        _ => Evidence::Text {},
    }
}

/// Evidence of scans.
fn scan_evidence(fact: &Fact) -> Evidence<'_> {
    match fact {
        Fact::PagesNeeded(pages) => {
            Evidence::PagesNeeded { needed_pages: *pages, origin: Origin::Model }
        }
        Fact::BitmapPages { exact, lossy } => {
            Evidence::BitmapPages { exact_pages: *exact, lossy_pages: *lossy }
        }
        Fact::Searches { searches, loops } => {
            Evidence::Searches { searches_count: *searches, loops_count: *loops }
        }
        Fact::Partitions { read, empty } => {
            Evidence::Partitions { read_partitions_count: *read, empty_partitions_count: *empty }
        }
        Fact::Returned { rows, size } => {
            Evidence::Returned { returned_rows: *rows, returned_bytes: *size }
        }
        _ => Evidence::Text {},
    }
}
