//! The plan as a tree with its figures, and below it what took time beside the tree.
//!
//! Narrow terminals lose the weaker columns, never a node; conditions stand below their node
//! where there is room, or all of them on demand.

use std::collections::BTreeMap;

use crate::base::{Millis, NodeId};
use crate::plan::{Direction, Node, Plan};
use crate::report::plan::details::details;
use crate::report::plan::measure::{Basis, BesideKind, Measure};
use crate::report::plan::shown::Shown;
use crate::report::plan::words::{count, label, percent, time};
use crate::report::tree_text::heat_tone;
use crate::report::{Align, Extent, Piece, Run, Tone, Tree, TreeColumn, TreeRow};

/// Columns of a terminal from which on conditions have room below their node.
const DETAILS_FROM: usize = 120;
/// How many times an estimate is off before it is marked, and marked as bad: the planner's own
/// guesses are seldom better than ten; beyond a hundred other plans would have won.
const OFF_WARN: f64 = 10.0;
const OFF_BAD: f64 = 100.0;

/// The least time that is told in milliseconds with two digits.
const SEEN_MS: f64 = 0.005;

/// A finding's letter at a node.
pub(super) struct Mark {
    /// The node.
    pub node: NodeId,
    /// The letter, coloured by severity.
    pub run: Run,
}

/// Builds the tree.
pub(super) fn tree(plan: &Plan, measure: &Measure, marks: &[Mark], extent: Extent) -> Tree {
    let columns = columns(plan, measure);
    let mut by_node: BTreeMap<NodeId, Vec<&Mark>> = BTreeMap::new();
    for mark in marks {
        by_node.entry(mark.node).or_default().push(mark);
    }
    let mut rows = Vec::new();
    let shown = Shown::of(plan, measure, marks, extent);
    for (id, depth) in &shown.nodes {
        let node = plan.node(*id);
        let marks = by_node.get(&node.id).into_iter().flatten().map(|it| it.run.clone());
        rows.push(TreeRow {
            depth: *depth,
            heat: Some(measure.share(node.id)),
            cells: columns.iter().map(|it| cell(plan, measure, node, it.kind)).collect(),
            label: label(node),
            marks: marks.collect(),
            details: details(plan, node),
        });
    }
    rows.extend((shown.left_out > 0).then(|| left_out_row(measure, &columns, &shown)));
    rows.extend(beside_rows(plan, measure, &columns));
    Tree {
        columns: columns.into_iter().map(|it| it.column).collect(),
        heading: "node".to_owned(),
        rows,
        details_from: if extent == Extent::All { 0 } else { DETAILS_FROM },
    }
}

/// What the nodes of a huge plan took that are not shown.
fn left_out_row(measure: &Measure, columns: &[Column], shown: &Shown) -> TreeRow {
    let share = measure.share_of(shown.left_out_own);
    let cells = columns.iter().map(|it| match it.kind {
        Figure::Share => Run::new(percent(share), heat_tone(share)),
        Figure::Own => Run::plain(time(Millis(shown.left_out_own))),
        _ => Run::plain(""),
    });
    let text = format!("{} lighter nodes are left out: --all shows them", shown.left_out);
    TreeRow {
        depth: 0,
        heat: Some(share),
        cells: cells.collect(),
        label: vec![Piece::fixed(text, Tone::Dim)],
        marks: Vec::new(),
        details: Vec::new(),
    }
}

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Share,
    Own,
    Total,
    Rows,
    Loops,
    Blocks,
    Cost,
    Number,
}

struct Column {
    kind: Figure,
    column: TreeColumn,
}

fn columns(plan: &Plan, measure: &Measure) -> Vec<Column> {
    let column = |kind, heading: &str, from| Column {
        kind,
        column: TreeColumn { heading: heading.to_owned(), align: Align::Right, from },
    };
    let analyzed = plan.is_analyzed();
    let mut columns = Vec::new();
    match measure.basis {
        Basis::Time => {
            columns.push(column(Figure::Share, "share", 0));
            columns.push(column(Figure::Own, "own time", 60));
            columns.push(column(Figure::Total, "total", 110));
        }
        Basis::Cost => {
            columns.push(column(Figure::Share, "of cost", 0));
            columns.push(column(Figure::Cost, "total cost", 70));
        }
        Basis::Nothing => {}
    }
    let heading = if analyzed { "rows→real" } else { "rows est" };
    columns.push(column(Figure::Rows, heading, 50));
    if analyzed {
        columns.push(column(Figure::Loops, "loops", 72));
        columns.push(column(Figure::Blocks, "blocks", 76));
    }
    if measure.basis == Basis::Time {
        columns.push(column(Figure::Cost, "total cost", 140));
    }
    columns.push(column(Figure::Number, "#", 1));
    columns
}

fn cell(plan: &Plan, measure: &Measure, node: &Node, figure: Figure) -> Run {
    let share = measure.share(node.id);
    let is_idle = node.is_never_executed();
    match figure {
        Figure::Share if is_idle => Run::new("–", Tone::Dim),
        Figure::Share => Run::new(percent(share), heat_tone(share)),
        Figure::Own if is_idle => Run::new("never run", Tone::Dim),
        Figure::Own => Run::plain(own_time(plan, node.id)),
        Figure::Total if is_idle => Run::plain(""),
        Figure::Total => Run::new(plan.wall_time(node.id).map(time).unwrap_or_default(), Tone::Dim),
        Figure::Rows => rows(plan, node),
        Figure::Loops => loops(node),
        Figure::Blocks => {
            let own = plan.own_buffers(node.id).map_or(0, |it| it.touched().0);
            if own == 0 { Run::new("", Tone::Dim) } else { Run::plain(count(own as f64)) }
        }
        Figure::Cost => {
            Run::new(node.estimate.map(|it| count(it.total.0)).unwrap_or_default(), Tone::Dim)
        }
        Figure::Number => Run::new((node.id.position() + 1).to_string(), Tone::Dim),
    }
}

/// The node's own time; where it is lost in rounding, what it is less than. EXPLAIN rounds the
/// time of one loop to a microsecond, so 0.000 ms in 5,000 loops may be 2.5 ms.
fn own_time(plan: &Plan, id: NodeId) -> String {
    let own = plan.own_time(id).unwrap_or_default();
    match plan.own_time_interval(id) {
        Some(range) if own.0 <= 0.0 && range.high.0 >= SEEN_MS => {
            let high = range.high.0;
            let digits = if high < 0.095 { 2 } else { usize::from(high < 9.95) };
            format!("<{high:.digits$} ms")
        }
        _ => time(own),
    }
}

/// Rows expected and real, for one loop, so that they can be compared.
fn rows(plan: &Plan, node: &Node) -> Run {
    let expected = node.estimate.map_or_else(|| "?".to_owned(), |it| count(it.rows.0));
    if !plan.is_analyzed() {
        return Run::plain(expected);
    }
    let real = node.measured.filter(|it| it.loops > 0.0);
    let real = real.map_or_else(|| "–".to_owned(), |it| count(it.rows.0));
    let error = plan.row_error(node.id).filter(|it| it.direction != Direction::Exact);
    let tone = match error.map(|it| it.factor) {
        Some(factor) if factor >= OFF_BAD => Tone::Bad,
        Some(factor) if factor >= OFF_WARN => Tone::Warn,
        _ => Tone::Plain,
    };
    Run::new(format!("{expected}→{real}"), tone)
}

fn loops(node: &Node) -> Run {
    let loops = node.measured.map_or(0.0, |it| it.loops);
    if loops < 1.5 {
        return Run::new("", Tone::Dim);
    }
    Run::plain(format!("×{}", count(loops)))
}

/// What took time beside the tree, and the whole.
fn beside_rows(plan: &Plan, measure: &Measure, columns: &[Column]) -> Vec<TreeRow> {
    if measure.basis != Basis::Time {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for entry in &measure.beside {
        let share = measure.share_of(entry.time.0);
        let cells = columns.iter().map(|it| match it.kind {
            Figure::Share if entry.is_inside => Run::new("inside", Tone::Dim),
            Figure::Share => Run::new(percent(share), heat_tone(share)),
            Figure::Own => Run::plain(time(entry.time)),
            Figure::Blocks => beside_blocks(plan, &entry.kind),
            _ => Run::plain(""),
        });
        rows.push(TreeRow {
            depth: 0,
            heat: (!entry.is_inside).then_some(share),
            cells: cells.collect(),
            label: beside_label(plan, &entry.kind),
            marks: Vec::new(),
            details: Vec::new(),
        });
    }
    let cells = columns.iter().map(|it| match it.kind {
        Figure::Share => Run::plain("100 %"),
        Figure::Own => Run::new(time(Millis(measure.whole)), Tone::Strong),
        _ => Run::plain(""),
    });
    rows.push(TreeRow {
        depth: 0,
        heat: None,
        cells: cells.collect(),
        label: vec![Piece::fixed("the whole", Tone::Strong)],
        marks: Vec::new(),
        details: Vec::new(),
    });
    rows
}

fn beside_blocks(plan: &Plan, kind: &BesideKind) -> Run {
    let blocks = match kind {
        BesideKind::Planning => plan.planning_buffers,
        BesideKind::Serialization => plan.serialization.as_ref().and_then(|it| it.buffers),
        BesideKind::Trigger(_) | BesideKind::Compilation | BesideKind::Rest => None,
    };
    let blocks = blocks.map_or(0, |it| it.touched().0);
    Run::plain(if blocks > 0 { count(blocks as f64) } else { String::new() })
}

pub(super) fn beside_label(plan: &Plan, kind: &BesideKind) -> Vec<Piece> {
    let plain = |text: &str| Piece::fixed(text, Tone::Plain);
    match kind {
        BesideKind::Planning => vec![plain("planning")],
        BesideKind::Serialization => vec![plain("serialization of the result")],
        BesideKind::Rest => vec![plain("start and end of the executor")],
        BesideKind::Compilation => {
            let functions = plan.jit.as_ref().map_or(0, |it| it.functions);
            vec![plain(&format!("compilation (JIT) of {functions} functions"))]
        }
        BesideKind::Trigger(position) => {
            let trigger = &plan.triggers[*position];
            let mut pieces = vec![plain("trigger ")];
            let name = trigger.constraint.as_ref().unwrap_or(&trigger.name);
            pieces.push(Piece::name(name.as_str()));
            if let Some(table) = &trigger.relation {
                pieces.push(plain(" on "));
                pieces.push(Piece::name(table.as_str()));
            }
            pieces.push(plain(&format!(" ×{}", count(trigger.calls))));
            pieces
        }
    }
}
