//! Where the time went by kind of node, by table, and by index: three short tables.

use std::collections::BTreeMap;

use crate::base::Millis;
use crate::plan::{Node, NodeKind, Plan};
use crate::report::plan::measure::{Basis, Measure};
use crate::report::plan::words::{count, percent, time};
use crate::report::{Align, Extent, Part, Run, Table, TableColumn, Tone};

/// Rows of each table that a first screen has room for.
const ROWS_FIRST: usize = 5;

/// One line of a summary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sum {
    /// Of what.
    pub name: String,
    /// How many nodes.
    pub nodes: usize,
    /// Their own parts together: milliseconds or cost.
    pub own: f64,
    /// Blocks that they themselves touched.
    pub blocks: Option<u64>,
    /// Rows that they returned, over all loops.
    pub rows: Option<f64>,
}

/// The three sums: what each is called, and its lines, the heaviest first.
pub(super) fn sums(plan: &Plan, measure: &Measure) -> [(&'static str, Vec<Sum>); 3] {
    let kind = |node: &Node| Some(node.kind.name().to_owned());
    let table = |node: &Node| {
        let relation = node.relation.as_ref()?;
        Some(match &relation.schema {
            Some(schema) if schema.as_str() != "public" => {
                format!("{}.{}", schema.as_str(), relation.name.as_str())
            }
            _ => relation.name.as_str().to_owned(),
        })
    };
    let index = |node: &Node| node.index.as_ref().map(|it| it.as_str().to_owned());
    [
        ("node kind", sum(plan, measure, kind)),
        ("table", sum(plan, measure, table)),
        ("index", sum(plan, measure, index)),
    ]
}

fn sum(plan: &Plan, measure: &Measure, name: impl Fn(&Node) -> Option<String>) -> Vec<Sum> {
    let mut found: BTreeMap<String, Sum> = BTreeMap::new();
    for node in plan.nodes() {
        let Some(name) = name(node) else { continue };
        let empty = Sum { name: name.clone(), nodes: 0, own: 0.0, blocks: None, rows: None };
        let line = found.entry(name).or_insert(empty);
        line.nodes += 1;
        line.own += measure.own(node.id);
        let blocks = plan.own_buffers(node.id).map(|it| it.touched().0);
        line.blocks = line.blocks.into_iter().chain(blocks).reduce(u64::saturating_add);
        // Bitmaps return no rows, and writers only what RETURNING asks for.
        let counts = !matches!(node.kind, NodeKind::BitmapIndexScan | NodeKind::ModifyTable);
        let rows = plan.total_rows(node.id).filter(|_| counts).map(|it| it.0);
        line.rows = line.rows.into_iter().chain(rows).reduce(|sum, next| sum + next);
    }
    let mut lines: Vec<Sum> = found.into_values().collect();
    lines.sort_by(|a, b| b.own.total_cmp(&a.own).then_with(|| a.name.cmp(&b.name)));
    lines
}

/// The sums as tables; of one node there is nothing to sum.
pub(super) fn summary(plan: &Plan, measure: &Measure, extent: Extent) -> Vec<Part> {
    if measure.basis == Basis::Nothing || plan.nodes().len() < 2 {
        return Vec::new();
    }
    let sums = sums(plan, measure).into_iter().filter(|(_, lines)| !lines.is_empty());
    let tables = sums.map(|(what, lines)| Part::Table(table(what, &lines, measure, extent)));
    tables.collect()
}

fn table(what: &str, lines: &[Sum], measure: &Measure, extent: Extent) -> Table {
    let column =
        |heading: &str, align| TableColumn { heading: heading.to_owned(), align, flexible: false };
    let by_time = measure.basis == Basis::Time;
    let blocks = lines.iter().any(|it| it.blocks.is_some());
    let mut columns = vec![
        column(if by_time { "share" } else { "of cost" }, Align::Right),
        column(if by_time { "own time" } else { "own cost" }, Align::Right),
    ];
    if blocks {
        columns.push(column("blocks", Align::Right));
    }
    columns.push(column("nodes", Align::Right));
    columns.push(column(what, Align::Left));
    let rows = lines.iter().take(extent.at_most(ROWS_FIRST)).map(|line| {
        let own = if by_time { time(Millis(line.own)) } else { count(line.own) };
        let mut cells = vec![Run::plain(percent(measure.share_of(line.own))), Run::plain(own)];
        if blocks {
            cells.push(Run::plain(count(line.blocks.unwrap_or(0) as f64)));
        }
        cells.push(Run::new(line.nodes.to_string(), Tone::Dim));
        cells.push(Run::new(line.name.clone(), Tone::Name));
        cells
    });
    Table { rows: rows.collect(), columns }
}
