//! Two plans side by side: what changed in shape, what became slower, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Millis, NodeId};
use crate::plan::{Node, Plan};
use crate::report::finding::finding_runs;
use crate::report::plan::JudgedPlan;
use crate::report::plan::matching::{family, pairs};
use crate::report::plan::measure::{Basis, Measure};
use crate::report::plan::words::{count, kind, object, time};
use crate::report::{Align, Document, Extent, Part, Run, Table, TableColumn, Tone, note_runs};
use crate::rules::{Finding, Severity};

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
    pub notes: &'a [crate::base::Note],
    /// How much to list.
    pub extent: Extent,
}

/// One change of shape.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Change {
    /// What kind of change.
    pub kind: &'static str,
    /// The node's number in the first plan.
    pub before_node: Option<usize>,
    /// The node's number in the second plan.
    pub after_node: Option<usize>,
    /// In words.
    pub text: String,
}

/// One figure of both plans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Both {
    /// In the first.
    pub before: f64,
    /// In the second.
    pub after: f64,
}

impl Both {
    /// How many times the second is the first.
    pub fn ratio(self) -> Option<f64> {
        (self.before > 0.0).then(|| self.after / self.before)
    }
}

/// Everything that differs.
#[derive(Debug, Clone)]
pub(super) struct Comparison<'a> {
    /// Changes of shape, in the order of the first plan, then of the second.
    pub changes: Vec<Change>,
    /// Planning and execution, in milliseconds.
    pub time: Option<Both>,
    /// The planner's cost.
    pub cost: Option<Both>,
    /// Rows returned.
    pub rows: Option<Both>,
    /// Blocks touched.
    pub blocks: Option<Both>,
    /// Matched nodes, the largest difference of own time (or cost) first.
    pub nodes: Vec<NodePair>,
    /// Findings that the second has and the first had not.
    pub new: Vec<&'a Finding>,
    /// Findings that the first had and the second has not.
    pub gone: Vec<&'a Finding>,
    /// Whether nodes are measured by time in both.
    pub by_time: bool,
}

/// A node in both plans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NodePair {
    /// In the first.
    pub before: NodeId,
    /// In the second.
    pub after: NodeId,
    /// Own time or cost.
    pub own: Both,
    /// Rows returned over all loops, where both were run.
    pub rows: Option<Both>,
}

impl<'a> Comparison<'a> {
    /// Compares.
    pub fn of(before: &'a JudgedPlan, after: &'a JudgedPlan) -> Self {
        let (first, second) = (&before.plan, &after.plan);
        let pairs = pairs(first, second);
        let measures = (Measure::of(first), Measure::of(second));
        let by_time = measures.0.basis == Basis::Time && measures.1.basis == Basis::Time;
        let by_cost = measures.0.basis == Basis::Cost && measures.1.basis == Basis::Cost;
        let rows = |plan: &Plan| plan.total_rows(plan.root().id).map(|it| it.0);
        let cost = |plan: &Plan| plan.root().estimate.map(|it| it.total.0);
        let blocks = |plan: &Plan| plan.root().buffers.map(|it| it.touched().0 as f64);
        let nodes = if by_time || by_cost { node_pairs(before, after, &pairs) } else { Vec::new() };
        Self {
            changes: changes(first, second, &pairs),
            time: by_time.then_some(Both { before: measures.0.whole, after: measures.1.whole }),
            cost: both(cost(first), cost(second)),
            rows: both(rows(first), rows(second)),
            blocks: both(blocks(first), blocks(second)),
            nodes,
            new: missing(&after.findings, &before.findings),
            gone: missing(&before.findings, &after.findings),
            by_time,
        }
    }

    /// What it comes to, in one sentence or two.
    pub fn verdict(&self) -> String {
        let shape = match self.changes.len() {
            0 => "The plans have one shape".to_owned(),
            1 => "One thing changed in shape".to_owned(),
            more => format!("{more} things changed in shape"),
        };
        let (what, both) = match (self.time, self.cost) {
            (Some(time), _) => ("time", time),
            (None, Some(cost)) => ("the planner's cost (no time: not both were run)", cost),
            (None, None) => return format!("{shape}; neither time nor cost can be compared."),
        };
        let figures = if self.time.is_some() {
            format!("{} to {}", Millis(both.before), Millis(both.after))
        } else {
            format!("{} to {}", count(both.before), count(both.after))
        };
        let verdict = match both.ratio() {
            Some(ratio) if ratio >= WORSE => {
                format!("{shape}, and {what} went from {figures}: {} times as much", times(ratio))
            }
            Some(ratio) if ratio <= 1.0 / WORSE => {
                format!(
                    "{shape}, and {what} went from {figures}: {} times less",
                    times(1.0 / ratio)
                )
            }
            _ => format!("{shape}; {what} is about the same, {figures}"),
        };
        format!("{verdict}.{}", self.reason())
    }

    /// The first change of shape, else the first new finding.
    fn reason(&self) -> String {
        let serious = self.new.iter().find(|it| it.severity > Severity::Info);
        match (self.changes.first(), serious) {
            (Some(change), _) => format!(" First of all, {}.", change.text),
            (None, Some(finding)) => format!(" New is {}.", finding.rule),
            (None, None) => String::new(),
        }
    }
}

/// Two runs of one plan differ by a tenth or two for no reason; a quarter is a difference.
const WORSE: f64 = 1.25;

fn times(ratio: f64) -> String {
    if ratio < 9.95 { format!("{ratio:.1}") } else { count(ratio.round()) }
}

fn both(before: Option<f64>, after: Option<f64>) -> Option<Both> {
    Some(Both { before: before?, after: after? })
}

fn node_pairs(
    before: &JudgedPlan,
    after: &JudgedPlan,
    pairs: &BTreeMap<NodeId, NodeId>,
) -> Vec<NodePair> {
    let measures = (Measure::of(&before.plan), Measure::of(&after.plan));
    let rows = |plan: &Plan, id| plan.total_rows(id).map(|it| it.0);
    let mut found: Vec<NodePair> = pairs
        .iter()
        .map(|(first, second)| NodePair {
            before: *first,
            after: *second,
            own: Both { before: measures.0.own(*first), after: measures.1.own(*second) },
            rows: both(rows(&before.plan, *first), rows(&after.plan, *second)),
        })
        .collect();
    let difference = |it: &NodePair| (it.own.after - it.own.before).abs();
    found.sort_by(|a, b| difference(b).total_cmp(&difference(a)).then(a.before.cmp(&b.before)));
    found
}

/// Findings of one plan that the other has not: of the same rule about the same subject's name.
fn missing<'a>(of: &'a [Finding], from: &[Finding]) -> Vec<&'a Finding> {
    let name = |it: &Finding| {
        let place = match &it.subject {
            crate::rules::Subject::PlanNode { relation, .. } => {
                relation.as_ref().map_or_else(String::new, |it| it.plain())
            }
            other => other.key(),
        };
        (it.rule, place)
    };
    let known: BTreeSet<(&str, String)> = from.iter().map(name).collect();
    of.iter().filter(|it| !known.contains(&name(it))).collect()
}

/// Every change of shape.
fn changes(before: &Plan, after: &Plan, pairs: &BTreeMap<NodeId, NodeId>) -> Vec<Change> {
    let mut found: Vec<Change> = pairs
        .iter()
        .filter_map(|(first, second)| changed(before.node(*first), after.node(*second)))
        .collect();
    let number = |node: &Node| Some(node.id.position() + 1);
    let gone = before.nodes().filter(|it| !pairs.contains_key(&it.id));
    found.extend(gone.map(|node| Change {
        kind: "gone",
        before_node: number(node),
        after_node: None,
        text: format!("{} is gone", named(node)),
    }));
    let kept: BTreeSet<NodeId> = pairs.values().copied().collect();
    let new = after.nodes().filter(|it| !kept.contains(&it.id));
    found.extend(new.map(|node| Change {
        kind: "new",
        before_node: None,
        after_node: number(node),
        text: format!("{} is new", named(node)),
    }));
    found
}

/// How one node differs from its match in shape, if it does.
fn changed(before: &Node, after: &Node) -> Option<Change> {
    let name = object(after).or_else(|| object(before));
    let on = name.map(|it| format!("{it} ")).unwrap_or_default();
    let (kinds, index) = ((kind(before), kind(after)), (&before.index, &after.index));
    let (sort, text) = if before.kind != after.kind {
        let sort = if family(before) == "join" { "join_method" } else { "access_method" };
        let through = after.index.as_ref().map(|it| format!(" through {}", it.as_str()));
        let through = through.unwrap_or_default();
        match name {
            Some(name) => {
                let text = format!("{name} is read by {}{through} instead of {}", kinds.1, kinds.0);
                (sort, text)
            }
            None => (sort, format!("{} took the place of {}", kinds.1, kinds.0)),
        }
    } else if index.0 != index.1 {
        let index = |it: &Option<crate::base::Name>| {
            it.as_ref().map_or_else(|| "none".to_owned(), |it| it.as_str().to_owned())
        };
        let (first, second) = (index(&before.index), index(&after.index));
        ("index", format!("{on}is read through {second} instead of {first}"))
    } else if kinds.0 != kinds.1 {
        ("mode", format!("{} became {}", named(before), kinds.1))
    } else {
        return None;
    };
    Some(Change {
        kind: sort,
        before_node: Some(before.id.position() + 1),
        after_node: Some(after.id.position() + 1),
        text,
    })
}

fn named(node: &Node) -> String {
    match object(node) {
        Some(name) => format!("the {} of {name}", kind(node)),
        None => format!("the {}", kind(node)),
    }
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
    let plain = |value: f64| count(value);
    let millis = |value: f64| time(Millis(value));
    let lines: [(&str, Option<Both>, &dyn Fn(f64) -> String); 4] = [
        ("time, measured", comparison.time, &millis),
        ("cost, planner", comparison.cost, &plain),
        ("blocks, measured", comparison.blocks, &plain),
        ("rows, measured", comparison.rows, &plain),
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
