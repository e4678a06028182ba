//! What became of every statement, and what was considered and given up.

use std::collections::BTreeMap;

use crate::advise::{Fate, StatementFate};
use crate::base::Share;
use crate::indexes::Refusal;
use crate::report::advise::{AdviseReport, Extent, excerpt, more_line};
use crate::report::{Align, Part, Run, Table, TableColumn, Tone};
use crate::workload::Case;

/// Refusals that a first screen has room for.
const REFUSALS_FIRST: usize = 6;
/// Characters of a statement's text beside its fate.
const EXCERPT: usize = 70;
/// Statements that a first screen has room for.
const FATES_FIRST: usize = 8;

/// The name of a fate, as JSON and reports print it.
pub fn fate_name(fate: Fate) -> String {
    word(&fate)
}

/// A unit variant's serialized name: one spelling for text and JSON.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Statements by fate, with shares that add to 100.0 %.
pub fn fate_parts(report: &AdviseReport<'_>) -> Vec<Part> {
    let fates = &report.advice.fates;
    let mut groups: BTreeMap<Fate, (usize, f64)> = BTreeMap::new();
    for fate in fates {
        let group = groups.entry(fate.fate).or_default();
        group.0 += 1;
        group.1 += fate.share.0;
    }
    let shares: Vec<f64> = groups.values().map(|(_, share)| *share).collect();
    let rows = groups.iter().zip(tenths_to_hundred(&shares)).map(|((fate, (count, _)), tenths)| {
        vec![
            Run::new(fate_name(*fate), Tone::Name),
            Run::plain(count.to_string()),
            Run::plain(format!("{}.{} %", tenths / 10, tenths % 10)),
        ]
    });
    let mut parts = vec![
        Part::Heading { level: 1, text: format!("statements: {}", fates.len()) },
        Part::Table(Table {
            columns: vec![
                column("fate", Align::Left, false),
                column("statements", Align::Right, false),
                column("of recorded time", Align::Right, false),
            ],
            rows: rows.collect(),
        }),
    ];
    parts.push(Part::Gap);
    parts.push(Part::Table(single_fates(report)));
    let more = fates.len().saturating_sub(report.extent.at_most(FATES_FIRST));
    if more > 0 {
        parts.push(more_line(more, "statements"));
    }
    parts
}

fn single_fates(report: &AdviseReport<'_>) -> Table {
    let mut sorted: Vec<&StatementFate> = report.advice.fates.iter().collect();
    sorted.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.statement.cmp(&b.statement)));
    let rows = sorted.into_iter().take(report.extent.at_most(FATES_FIRST)).map(|fate| {
        vec![
            Run::new(fate.label.clone(), Tone::Name),
            Run::plain(fate.share.to_string()),
            Run::plain(fate_name(fate.fate)),
            Run::new(why(fate, &report.cases[fate.statement.position()]), Tone::Dim),
        ]
    });
    Table {
        columns: vec![
            column("statement", Align::Left, false),
            column("of time", Align::Right, false),
            column("fate", Align::Left, false),
            column("why", Align::Left, true),
        ],
        rows: rows.collect(),
    }
}

/// The reason, and the words of the statement.
fn why(fate: &StatementFate, case: &Case) -> String {
    match excerpt(case, EXCERPT) {
        Some(text) => format!("{}: {text}", fate.reason),
        None => fate.reason.clone(),
    }
}

fn column(heading: &str, align: Align, flexible: bool) -> TableColumn {
    TableColumn { heading: heading.to_owned(), align, flexible }
}

/// Shares as tenths of a percent that add to exactly 1000 (largest remainders round up, ties to
/// the first); all zero when there is nothing to share.
pub fn tenths_to_hundred(shares: &[f64]) -> Vec<u32> {
    const WHOLE: u32 = 1000;
    let total: f64 = shares.iter().sum();
    if total <= 0.0 {
        return vec![0; shares.len()];
    }
    let exact: Vec<f64> = shares.iter().map(|it| it / total * f64::from(WHOLE)).collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    let mut tenths: Vec<u32> = exact.iter().map(|it| it.floor() as u32).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()).then(a.cmp(b)));
    let missing = WHOLE.saturating_sub(tenths.iter().sum());
    for position in order.into_iter().take(missing as usize) {
        tenths[position] += 1;
    }
    tenths
}

/// What was considered and given up, by reason.
pub fn refusal_parts(refusals: &[Refusal], extent: Extent) -> Vec<Part> {
    if refusals.is_empty() {
        return Vec::new();
    }
    let shown = refusals.len().min(extent.at_most(REFUSALS_FIRST));
    let items = refusals[..shown].iter().map(|refusal| {
        vec![
            Run::new(refusal.subject.clone(), Tone::Name),
            Run::plain(format!(" {}: ", word(&refusal.reason))),
            Run::plain(refusal.detail.clone()),
        ]
    });
    let mut parts = vec![
        Part::Heading { level: 1, text: format!("considered and not advised: {}", refusals.len()) },
        Part::Items(items.collect()),
    ];
    if refusals.len() > shown {
        parts.push(more_line(refusals.len() - shown, "refusals"));
    }
    parts
}

/// The share of recorded time with a fate.
pub fn share_with(fates: &[StatementFate], fate: Fate) -> Share {
    Share(fates.iter().filter(|it| it.fate == fate).map(|it| it.share.0).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_to_a_hundred() {
        assert_eq!(tenths_to_hundred(&[1.0, 1.0, 1.0]), [334, 333, 333]);
        assert_eq!(tenths_to_hundred(&[0.0, 5.0]), [0, 1000]);
        assert_eq!(tenths_to_hundred(&[]), Vec::<u32>::new());
        assert_eq!(tenths_to_hundred(&[0.0]), [0]);
    }
}
