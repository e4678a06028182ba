//! The nodes of `plan/1`: each with its figures, and what rounding leaves open of them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{Millis, NodeId, Origin, Range, Share};
use crate::plan::{Node, Plan};
use crate::report::plan::found::Ranked;
use crate::report::plan::json::{measured_by, number, rounded};
use crate::report::plan::measure::{Basis, Measure};
use crate::report::plan::words::kind;

/// A node; parents stand before their children.
#[derive(Serialize)]
pub(super) struct NodeJson<'a> {
    number: usize,
    parent: Option<usize>,
    depth: usize,
    kind: &'a str,
    name: String,
    relationship: &'a str,
    subplan: Option<&'a str>,
    schema: Option<&'a str>,
    relation: Option<&'a str>,
    alias: Option<&'a str>,
    index: Option<&'a str>,
    own_share: ShareJson,
    own_ms: Option<Figure>,
    total_ms: Option<Figure>,
    estimated_rows: Option<f64>,
    actual_rows: Option<f64>,
    total_rows: Option<f64>,
    loops_count: Option<f64>,
    processes_count: Option<f64>,
    row_error_factor: Option<f64>,
    cost_startup: Option<f64>,
    cost_total: Option<f64>,
    width_bytes: Option<u64>,
    own_pages: Option<BlocksJson>,
    own_io: Option<WaitsJson>,
    own_wal: Option<WalJson>,
    conditions: Vec<ConditionJson<'a>>,
    findings: Vec<String>,
}

/// A figure with its origin and what the server's rounding leaves open.
#[derive(Serialize)]
struct Figure {
    value: f64,
    low: f64,
    high: f64,
    origin: Origin,
}

#[derive(Serialize)]
struct ShareJson {
    value: f64,
    of: &'static str,
    origin: Origin,
}

/// Blocks that the node itself touched: exact counts of the server.
#[derive(Serialize)]
struct BlocksJson {
    shared_hit_pages: u64,
    shared_read_pages: u64,
    shared_dirtied_pages: u64,
    shared_written_pages: u64,
    local_hit_pages: u64,
    local_read_pages: u64,
    temp_read_pages: u64,
    temp_written_pages: u64,
    origin: Origin,
}

#[derive(Serialize)]
struct ConditionJson<'a> {
    key: &'a str,
    text: &'a str,
}

/// Time in reading and writing blocks, a sum over processes.
#[derive(Serialize)]
struct WaitsJson {
    shared_read_ms: f64,
    shared_write_ms: f64,
    local_read_ms: f64,
    local_write_ms: f64,
    temp_read_ms: f64,
    temp_write_ms: f64,
    origin: Origin,
}

/// Write-ahead log that the node itself wrote.
#[derive(Serialize)]
struct WalJson {
    records_count: u64,
    full_page_images_count: u64,
    wal_bytes: u64,
    buffers_full_count: u64,
    origin: Origin,
}

/// All nodes of a plan.
pub(super) fn nodes<'a>(
    plan: &'a Plan,
    measure: &Measure,
    ranked: &[Ranked<'_>],
) -> Vec<NodeJson<'a>> {
    let mut letters: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
    for (id, it) in ranked.iter().filter_map(|it| Some((it.node()?, it))) {
        letters.entry(id).or_default().push(it.letter.clone());
    }
    let mut depths: Vec<usize> = Vec::new();
    plan.nodes()
        .map(|node| {
            let depth = node.parent.map_or(0, |parent| depths[parent.position()] + 1);
            depths.push(depth);
            let findings = letters.remove(&node.id).unwrap_or_default();
            NodeJson { depth, findings, ..node_json(plan, measure, node) }
        })
        .collect()
}

fn node_json<'a>(plan: &'a Plan, measure: &Measure, node: &'a Node) -> NodeJson<'a> {
    let relation = node.relation.as_ref();
    let name = |name: &'a crate::base::Name| name.as_str();
    NodeJson {
        number: number(node.id),
        parent: node.parent.map(number),
        depth: 0,
        kind: node.kind.name(),
        name: kind(node),
        relationship: node.relationship.name(),
        subplan: node.subplan_name.as_deref(),
        schema: relation.and_then(|it| it.schema.as_ref()).map(name),
        relation: relation.map(|it| it.name.as_str()),
        alias: node.qualifier().map(name),
        index: node.index.as_ref().map(name),
        own_share: share(measure, measure.share(node.id)),
        own_ms: own(plan, measure, node),
        total_ms: total(plan, node),
        estimated_rows: node.estimate.map(|it| it.rows.0),
        actual_rows: node.measured.map(|it| it.rows.0),
        total_rows: plan.total_rows(node.id).map(|it| it.0),
        loops_count: node.measured.map(|it| it.loops),
        processes_count: node.measured.map(|_| plan.processes(node.id)),
        row_error_factor: plan.row_error(node.id).map(|it| rounded(it.factor)),
        cost_startup: node.estimate.map(|it| it.startup.0),
        cost_total: node.estimate.map(|it| it.total.0),
        width_bytes: node.estimate.map(|it| it.width.0),
        own_pages: blocks(plan, node.id),
        own_io: waits(plan, node.id),
        own_wal: wal(plan, node.id),
        conditions: node.conditions.each().map(|(key, text)| ConditionJson { key, text }).collect(),
        findings: Vec::new(),
    }
}

fn share(measure: &Measure, share: Share) -> ShareJson {
    let origin = if measure.basis == Basis::Time { Origin::Measured } else { Origin::Planner };
    ShareJson { value: rounded(share.0), of: measured_by(measure.basis), origin }
}

fn own(plan: &Plan, measure: &Measure, node: &Node) -> Option<Figure> {
    let value = plan.own_time(node.id).filter(|_| measure.basis == Basis::Time)?;
    let between = plan.own_time_interval(node.id).unwrap_or(Range { low: value, high: value });
    Some(figure(value, between))
}

/// Half a microsecond each way, for each loop: what EXPLAIN's three digits leave open.
const ROUNDING_MS: f64 = 0.0005;

fn total(plan: &Plan, node: &Node) -> Option<Figure> {
    let value = plan.wall_time(node.id)?;
    let loops = node.measured.map_or(0.0, |it| it.loops) / plan.processes(node.id);
    let open = ROUNDING_MS * loops;
    let between = Range { low: Millis((value.0 - open).max(0.0)), high: Millis(value.0 + open) };
    Some(figure(value, between))
}

fn figure(value: Millis, between: Range<Millis>) -> Figure {
    Figure {
        value: rounded(value.0),
        low: rounded(between.low.0),
        high: rounded(between.high.0),
        origin: Origin::Measured,
    }
}

fn blocks(plan: &Plan, id: NodeId) -> Option<BlocksJson> {
    plan.own_buffers(id).map(|it| BlocksJson {
        shared_hit_pages: it.shared_hit.0,
        shared_read_pages: it.shared_read.0,
        shared_dirtied_pages: it.shared_dirtied.0,
        shared_written_pages: it.shared_written.0,
        local_hit_pages: it.local_hit.0,
        local_read_pages: it.local_read.0,
        temp_read_pages: it.temp_read.0,
        temp_written_pages: it.temp_written.0,
        origin: Origin::Measured,
    })
}

fn waits(plan: &Plan, id: NodeId) -> Option<WaitsJson> {
    plan.own_io(id).map(|it| WaitsJson {
        shared_read_ms: rounded(it.shared_read.0),
        shared_write_ms: rounded(it.shared_write.0),
        local_read_ms: rounded(it.local_read.0),
        local_write_ms: rounded(it.local_write.0),
        temp_read_ms: rounded(it.temp_read.0),
        temp_write_ms: rounded(it.temp_write.0),
        origin: Origin::Measured,
    })
}

fn wal(plan: &Plan, id: NodeId) -> Option<WalJson> {
    plan.own_wal(id).map(|it| WalJson {
        records_count: it.records,
        full_page_images_count: it.full_page_images,
        wal_bytes: it.bytes.0,
        buffers_full_count: it.buffers_full,
        origin: Origin::Measured,
    })
}
