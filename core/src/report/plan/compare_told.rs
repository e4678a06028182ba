//! A comparison of two plans in words and tables.

use crate::base::{Millis, Note};
use crate::report::finding::finding_runs;
use crate::report::plan::JudgedPlan;
use crate::report::plan::compare::{Both, Change, Comparison, WORSE, times};
use crate::report::plan::words::{count, kind, object, time};
use crate::report::{Align, Document, Extent, Part, Run, Table, TableColumn, Tone, note_runs};

/// Two plans of what should be one statement.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonReport<'a> {
    /// Where the first came from.
    pub before_source: &'a str,
    /// The first.
    pub before: &'a JudgedPlan,
    /// Where the second came from.
    pub after_source: &'a str,
    /// The second.
    pub after: &'a JudgedPlan,
    /// Remarks of the reader.
    pub notes: &'a [Note],
    /// How much to list.
    pub extent: Extent,
}

/// Changes and nodes that a first screen has room for.
const LINES_FIRST: usize = 8;

/// Builds the document.
pub fn comparison_document(report: &ComparisonReport<'_>) -> Document {
    let comparison = Comparison::of(report.before, report.after);
    let mut parts = vec![
        Part::Paragraph(vec![Run::plain(comparison.verdict())]),
        Part::Table(totals(&comparison)),
    ];
    let first = report.extent.at_most(LINES_FIRST);
    if !comparison.changes.is_empty() {
        let heading = format!("changes of shape: {}", comparison.changes.len());
        parts.push(Part::Heading { level: 1, text: heading });
        let items = comparison.changes.iter().take(first).map(|it| vec![change_run(it)]);
        parts.push(Part::Items(items.collect()));
        parts.extend(more(comparison.changes.len(), first, "changes"));
    }
    for (findings, heading) in
        [(&comparison.new, "new findings"), (&comparison.gone, "findings that are gone")]
    {
        if !findings.is_empty() {
            let heading = format!("{heading}: {}", findings.len());
            parts.push(Part::Heading { level: 1, text: heading });
            let items = findings.iter().take(first).map(|it| finding_runs(it));
            parts.push(Part::Items(items.collect()));
        }
    }
    if !comparison.nodes.is_empty() {
        parts.push(Part::Heading { level: 1, text: "node by node".to_owned() });
        parts.push(Part::Table(node_table(report, &comparison, first)));
        parts.extend(more(comparison.nodes.len(), first, "nodes"));
    }
    if !report.notes.is_empty() {
        parts.push(Part::Heading { level: 1, text: "remarks".to_owned() });
        parts.push(Part::Items(report.notes.iter().map(note_runs).collect()));
    }
    let title = format!("plan {} against {}", report.before_source, report.after_source);
    Document { title, parts }
}

fn more(all: usize, shown: usize, what: &str) -> Option<Part> {
    let left = all.saturating_sub(shown);
    (left > 0).then(|| crate::report::advise::more_line(left, what))
}

fn change_run(change: &Change) -> Run {
    let number = |it: Option<usize>| it.map_or_else(|| "–".to_owned(), |it| it.to_string());
    let (before, after) = (number(change.before_node), number(change.after_node));
    Run::plain(format!("{} (node {before}→{after})", change.text))
}

fn column(heading: &str, align: Align) -> TableColumn {
    TableColumn { heading: heading.to_owned(), align, flexible: false }
}

fn totals(comparison: &Comparison<'_>) -> Table {
    type Shown = fn(f64) -> String;
    let lines: [(&str, Option<Both>, Shown); 4] = [
        ("time, measured", comparison.time, millis),
        ("cost, planner", comparison.cost, count),
        ("blocks, measured", comparison.blocks, count),
        ("rows, measured", comparison.rows, count),
    ];
    let rows = lines.into_iter().filter_map(|(name, both, show)| {
        let both = both?;
        let mut cells =
            vec![Run::plain(name), Run::plain(show(both.before)), Run::plain(show(both.after))];
        cells.push(ratio_run(both));
        Some(cells)
    });
    Table {
        rows: rows.collect(),
        columns: vec![
            column("", Align::Left),
            column("before", Align::Right),
            column("after", Align::Right),
            column("times", Align::Right),
        ],
    }
}

fn millis(value: f64) -> String {
    time(Millis(value))
}

fn ratio_run(both: Both) -> Run {
    let Some(ratio) = both.ratio() else { return Run::new("–", Tone::Dim) };
    let tone = match ratio {
        ratio if ratio >= WORSE => Tone::Bad,
        ratio if ratio <= 1.0 / WORSE => Tone::Good,
        _ => Tone::Dim,
    };
    let text = if ratio < 0.95 { format!("{ratio:.2}") } else { times(ratio) };
    Run::new(format!("×{text}"), tone)
}

fn node_table(report: &ComparisonReport<'_>, comparison: &Comparison<'_>, first: usize) -> Table {
    let own = if comparison.by_time { "own time" } else { "own cost" };
    let show = |value: f64| {
        if comparison.by_time { time(Millis(value)) } else { count(value) }
    };
    let rows = comparison.nodes.iter().take(first).map(|pair| {
        let after = report.after.plan.node(pair.after);
        let rows = pair
            .rows
            .map_or_else(String::new, |it| format!("{}→{}", count(it.before), count(it.after)));
        let numbers = format!("{}→{}", pair.before.position() + 1, pair.after.position() + 1);
        let name = object(after).map(|it| format!(" {it}")).unwrap_or_default();
        vec![
            Run::plain(show(pair.own.before)),
            Run::plain(show(pair.own.after)),
            ratio_run(pair.own),
            Run::plain(rows),
            Run::new(numbers, Tone::Dim),
            Run::new(format!("{}{name}", kind(after)), Tone::Name),
        ]
    });
    Table {
        rows: rows.collect(),
        columns: vec![
            column(&format!("{own} before"), Align::Right),
            column("after", Align::Right),
            column("times", Align::Right),
            column("rows", Align::Right),
            column("#", Align::Right),
            column("node", Align::Left),
        ],
    }
}
