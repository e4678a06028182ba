//! What an index costs those who write, and what could go wrong with it.

use crate::catalog::{Table, TableKind};
use crate::indexes::Candidate;
use crate::sql::Action;

use super::advice::WritePrice;
use super::advisor::Record;
use super::board::Set;
use super::ending::{Ending, Part};
use super::estimate;
use super::ground::{Line, Write};

/// Counters younger than a day say nothing about a day.
const DAYS_MIN: f64 = 1.0;

/// What writers would pay, by the table's counters and the recorded statements.
///
/// Every insert writes an entry. An update writes one unless it is HOT, and it is HOT no longer
/// when it sets a column of the index. Counters are those of the node that was read.
pub(super) fn write_price(
    candidate: &Candidate,
    lines: &[Line],
    record: &Record,
) -> Option<WritePrice> {
    let table = record.catalog.table(candidate.table);
    let activity = table.activity?;
    let setting = rows_set(candidate, table, lines);
    let at_risk = (setting > 0).then(|| setting.min(activity.hot_updated));
    let written = activity.inserted
        + activity.updated.saturating_sub(activity.hot_updated)
        + at_risk.unwrap_or(0);
    let days = record.days.filter(|it| *it >= DAYS_MIN);
    Some(WritePrice {
        entries_per_day: days.map(|it| written as f64 / it),
        hot_at_risk: at_risk.filter(|it| *it > 0),
        bytes: candidate.size.bytes.high,
    })
}

/// Rows that recorded UPDATEs changed in a column of the index.
fn rows_set(candidate: &Candidate, table: &Table, lines: &[Line]) -> u64 {
    let definition = &candidate.definition;
    let touches = |write: &&Write| {
        write.action == Action::Update
            && write.table == table.name.name
            && write.schema.as_ref().is_none_or(|it| *it == table.name.schema)
            && write
                .columns
                .iter()
                .any(|it| definition.columns().chain(&definition.include).any(|key| key == it))
    };
    lines.iter().filter(|it| it.writes.iter().any(|write| touches(&write))).map(|it| it.rows).sum()
}

/// Index rises below this share of cost are noise.
const RISE_SHARE_MIN: f64 = 0.01;

/// What could go wrong, one sentence each.
pub(super) fn risks(ending: &Ending<'_>, candidate: &Candidate, parts: &[Part<'_>]) -> Vec<String> {
    let mut found = table_risks(candidate, ending.record);
    let lines = &ending.search.ground.lines;
    let price = write_price(candidate, lines, ending.record);
    if let Some(hot) = price.and_then(|it| it.hot_at_risk) {
        found.push(format!(
            "Recorded statements update its columns: {hot} updates of the recorded window would \
             no longer be HOT."
        ));
    }
    for part in parts {
        if let Some(doubt) = part.line.doubts.get(&candidate.table) {
            found.push(format!(
                "The row estimate of statement {} on this table was off ({}), so its gain is \
                 less sure.",
                part.line.label,
                estimate::words(doubt, None)
            ));
        }
    }
    let chosen = ending.chosen();
    for line in lines.iter().filter(|it| it.verdict.is_none()) {
        if !ending.search.used(line, &chosen).contains(&candidate.id) {
            continue;
        }
        let before = ending.search.reading(line, &Set::new());
        let after = ending.search.reading(line, &chosen);
        let (Some(before), Some(after)) = (before, after) else { continue };
        if after.cost.0 > before.cost.0 * (1.0 + RISE_SHARE_MIN) {
            found.push(format!(
                "Statement {} gets slightly dearer: cost {} to {}.",
                line.label, before.cost, after.cost
            ));
        }
    }
    found
}

fn table_risks(candidate: &Candidate, record: &Record) -> Vec<String> {
    let table = record.catalog.table(candidate.table);
    let mut found = Vec::new();
    if table.kind == TableKind::Partitioned {
        found.push(
            "The table is partitioned: its parent refuses CREATE INDEX CONCURRENTLY, so each \
             partition gets its index first and is then attached."
                .to_owned(),
        );
    }
    // The time of the last ANALYZE is lost with the counters (crash, restore, copy); the
    // statistics that it made are not.
    let seen = table.columns.iter().any(|it| it.statistics.is_some());
    if table.analyzed == Some(false) && !seen {
        found.push(
            "The table has never been analyzed, so the planner guesses: run ANALYZE and ask \
             again."
                .to_owned(),
        );
    }
    found
}

/// The same for advice without any pricing.
pub(super) fn unpriced_risks(
    candidate: &Candidate,
    lines: &[Line],
    record: &Record,
) -> Vec<String> {
    let mut found = table_risks(candidate, record);
    if let Some(hot) = write_price(candidate, lines, record).and_then(|it| it.hot_at_risk) {
        found.push(format!(
            "Recorded statements update its columns: {hot} updates of the recorded window would \
             no longer be HOT."
        ));
    }
    found.push("Nothing priced it: whether the planner would use it is not known.".to_owned());
    found
}
