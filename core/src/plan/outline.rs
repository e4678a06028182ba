//! The indented text form of a plan: its debug face, its snapshot, and what `plan` prints.
//!
//! One line a node: what it is, rows expected/returned for one loop, cost, wall time and
//! buffers with the node's own part. Conditions and what went wrong stand below. The same plan
//! gives the same text; every figure is one of `Plan`'s, none is made here.

use std::fmt::Write as _;

use super::figures::{Buffers, HashAggregateUse, MemoizeUse, SortUse};
use super::node::{Node, Worker};
use super::tree::Plan;

/// The plan as indented text, each line ended by a newline.
pub fn outline(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for node in plan.nodes() {
        let depth = plan.depth(node.id);
        lines.push("  ".repeat(depth) + &[title(node), figures(plan, node)].concat());
        let below = "  ".repeat(depth + 2);
        lines.extend(details(plan, node).into_iter().map(|detail| below.clone() + &detail));
    }
    lines.extend(around(plan));
    lines.iter().map(|line| one_line(line) + "\n").collect()
}

/// What the node is: `InitPlan 1: Parallel Index Scan on orders o using orders_pkey`.
fn title(node: &Node) -> String {
    let mut text = String::new();
    if let Some(name) = &node.subplan_name {
        let _ = write!(text, "{name}: ");
    }
    let words = [
        node.parallel_aware.then_some("Parallel"),
        node.partial_mode.as_deref().filter(|mode| *mode != "Simple"),
        node.strategy.as_deref().filter(|strategy| *strategy != "Plain"),
        node.join_type.as_deref().filter(|join_type| *join_type != "Inner"),
        node.operation.as_deref(),
        Some(node.kind.name()),
    ];
    text.push_str(&words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let on = node.relation.as_ref().map(|it| &it.name);
    let name = on.or(node.cte_name.as_ref()).or(node.function_name.as_ref());
    if let Some(name) = name {
        let _ = write!(text, " on {}", name.as_str());
    }
    if let Some(alias) = node.qualifier().filter(|alias| Some(*alias) != name) {
        let _ = write!(text, " {}", alias.as_str());
    }
    if let Some(index) = &node.index {
        let _ = write!(text, " using {}", index.as_str());
    }
    if node.scan_direction.as_deref() == Some("Backward") {
        text.push_str(" backward");
    }
    text
}

/// What was expected and measured, each part with two spaces before it.
fn figures(plan: &Plan, node: &Node) -> String {
    let mut parts = Vec::new();
    let expected = node.estimate.map(|it| it.rows.to_string());
    let returned = node.measured.filter(|it| it.loops > 0.0).map(|it| it.rows.to_string());
    if expected.is_some() || returned.is_some() {
        let unknown = || "?".to_owned();
        let expected = expected.unwrap_or_else(unknown);
        let returned = if plan.is_analyzed() {
            format!("/{}", returned.unwrap_or_else(unknown))
        } else {
            String::new()
        };
        parts.push(format!("rows {expected}{returned}"));
    }
    if let Some(measured) = node.measured.filter(|it| it.loops > 1.0) {
        let processes = plan.processes(node.id);
        let shared = if processes > 1.0 { format!(" in {processes}") } else { String::new() };
        parts.push(format!("loops {}{shared}", measured.loops));
    }
    if let Some(estimate) = node.estimate {
        parts.push(format!("cost {}..{}", estimate.startup, estimate.total));
    }
    if node.disabled {
        parts.push("disabled".to_owned());
    }
    if node.is_never_executed() {
        parts.push("never executed".to_owned());
    } else if let (Some(wall), Some(own)) = (plan.wall_time(node.id), plan.own_time(node.id)) {
        parts.push(format!("time {wall} (own {own})"));
    }
    if let Some((all, own)) = node.buffers.zip(plan.own_buffers(node.id)) {
        parts.extend(buffers(all, own));
    }
    parts.iter().flat_map(|part| ["  ", part]).collect()
}

fn buffers(all: Buffers, own: Buffers) -> Option<String> {
    let counts = |it: Buffers| (it.touched().0 - it.temp_read.0, it.temp_read.0, it.temp_written.0);
    let ((pages, read, written), own) = (counts(all), counts(own));
    let temp = format!("  temp read {read} (own {}), written {written} (own {})", own.1, own.2);
    let temp = if read + written > 0 { temp } else { String::new() };
    (pages + read + written > 0).then(|| format!("buffers {pages} (own {}){temp}", own.0))
}

/// What stands below a node: conditions, keys, rows removed, memory, workers.
fn details(plan: &Plan, node: &Node) -> Vec<String> {
    let mut lines: Vec<String> =
        node.conditions.each().map(|(key, text)| format!("{key}: {text}")).collect();
    for (key, keys) in [
        ("Sort Key", &node.keys.sort),
        ("Presorted Key", &node.keys.presorted),
        ("Group Key", &node.keys.group),
    ] {
        if !keys.is_empty() {
            lines.push(format!("{key}: {}", keys.join(", ")));
        }
    }
    lines.extend(counters(node));
    if let Some(sort) = &node.sort {
        lines.push(sort_line(sort));
    }
    if let Some(it) = &node.hash {
        let (batches, planned) = (it.batches, it.original_batches);
        lines.push(format!("hash: {batches} batches ({planned} planned), {}", it.peak_memory));
    }
    lines.extend(node.hash_aggregate.as_ref().map(hash_aggregate_line));
    lines.extend(node.memoize.as_ref().map(memoize_line));
    if let Some(storage) = &node.storage {
        lines.push(format!("storage: {} {}", storage.place.name(), storage.space));
    }
    lines.extend(node.workers.iter().flat_map(worker_lines));
    let fewer = node.estimate.zip(node.measured).is_some_and(|(it, got)| got.rows < it.rows);
    if fewer && !node.is_never_executed() && plan.may_stop_early(node.id) {
        lines.push("may have been stopped early".to_owned());
    }
    lines
}

/// The counters that are there and not zero, by their names.
fn counters(node: &Node) -> Vec<String> {
    let (removed, access) = (&node.removed, &node.access);
    let rows = |key: &str, rows: Option<crate::base::Rows>| {
        rows.filter(|it| it.0 > 0.0).map(|it| format!("{key}: {it}"))
    };
    let count =
        |key: &str, count: Option<u64>| count.filter(|it| *it > 0).map(|it| format!("{key}: {it}"));
    let modify = node.modify.as_ref();
    let gather = node.gather.map(|it| {
        let launched = it.workers_launched.map_or("?".to_owned(), |it| it.to_string());
        format!("workers: {} planned, {launched} launched", it.workers_planned)
    });
    [
        rows("removed by filter", removed.by_filter),
        rows("removed by join filter", removed.by_join_filter),
        rows("removed by recheck", removed.by_recheck),
        rows("removed by conflict filter", removed.by_conflict_filter),
        count("heap fetches", access.heap_fetches),
        count("exact heap blocks", access.exact_heap_blocks),
        count("lossy heap blocks", access.lossy_heap_blocks),
        count("index searches", access.index_searches),
        gather,
        count("subplans removed", node.subplans_removed),
        count("conflicting", modify.and_then(|it| it.conflicting)),
        count("inserted", modify.and_then(|it| it.inserted)),
        count("updated", modify.and_then(|it| it.updated)),
        count("deleted", modify.and_then(|it| it.deleted)),
        count("skipped", modify.and_then(|it| it.skipped)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn worker_lines(worker: &Worker) -> Vec<String> {
    let measured = worker.measured.map(|it| {
        let time = it.total.map(|total| format!("  time {total}")).unwrap_or_default();
        format!("rows {}  loops {}{time}", it.rows, it.loops)
    });
    let sort = worker.sort.as_ref().map(sort_line);
    let hash = worker.hash_aggregate.as_ref().map(hash_aggregate_line);
    let memoize = worker.memoize.as_ref().map(memoize_line);
    [measured, sort, hash, memoize]
        .into_iter()
        .flatten()
        .map(|line| format!("worker {}: {line}", worker.number))
        .collect()
}

fn sort_line(it: &SortUse) -> String {
    format!("sort: {}, {} {}", it.method, it.place.name(), it.space)
}

fn hash_aggregate_line(it: &HashAggregateUse) -> String {
    let (batches, planned) = (it.batches, it.planned_partitions);
    format!(
        "hash: {batches} batches ({planned} partitions planned), memory {}, disk {}",
        it.peak_memory, it.disk
    )
}

fn memoize_line(it: &MemoizeUse) -> String {
    format!(
        "cache: {} hits, {} misses, {} evictions, {} overflows, {}",
        it.hits, it.misses, it.evictions, it.overflows, it.peak_memory
    )
}

/// What EXPLAIN says outside of the tree.
fn around(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(planning) = plan.planning {
        let pages = plan.planning_buffers.map_or(0, |it| it.touched().0);
        let buffers = if pages > 0 { format!("  buffers {pages}") } else { String::new() };
        let memory = plan.planner_memory.map(|it| format!("  memory {}", it.used));
        lines.push(format!("planning {planning}{buffers}{}", memory.unwrap_or_default()));
    }
    for it in &plan.triggers {
        let table = it.relation.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
        let constraint = it.constraint.as_ref().filter(|constraint| **constraint != it.name);
        let constraint = constraint.map(|it| format!(" for {it}")).unwrap_or_default();
        let time = it.time.map(|time| format!("  time {time}")).unwrap_or_default();
        lines.push(format!("trigger {}{table}{constraint}  calls {}{time}", it.name, it.calls));
    }
    if let Some(it) = &plan.jit {
        let time = it.total.map(|total| format!("  time {total}")).unwrap_or_default();
        lines.push(format!("compilation  functions {}{time}", it.functions));
    }
    if let Some(it) = &plan.serialization {
        let time = it.time.map(|time| format!("  time {time}")).unwrap_or_default();
        lines.push(format!("serialization  {} {}{time}", it.volume, it.format));
    }
    let settings = plan.settings.iter().map(|(name, value)| format!("setting {name} = {value}"));
    lines.extend(settings);
    lines.extend(plan.execution.map(|execution| format!("execution {execution}")));
    lines
}

/// Line breaks and other control characters inside of literals are escaped.
fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|it| {
            let escaped = it.is_control().then(|| it.escape_default());
            let plain = (!it.is_control()).then_some(it);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}
