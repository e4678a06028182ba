//! Whether two readings of one plan say the same, but for what TEXT leaves unsaid.
//!
//! The one place that knows what the encodings of a plan may differ in. Refuses to judge: it
//! names each difference, by node.

use crate::base::Millis;

use super::figures::{Buffers, HashAggregateUse, IoTime, Wal};
use super::kind::{NodeKind, Relationship};
use super::node::{Node, Worker};
use super::tree::{Plan, Trigger};

/// Where two readings come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executions {
    /// One execution, printed twice: everything must agree.
    One,
    /// Two executions of one statement, so times, and what the planner took, may differ.
    Two,
}

/// What two plans differ in, one of them read from TEXT; empty when they say the same.
///
/// TEXT says nothing of: counters, flags and lists that are zero, false or empty; the name of a
/// constraint's trigger, and its table where there is one only (both without VERBOSE); whether
/// an inner side is not unique; whether an index is walked in no order or forward; whether a
/// Function Scan's name is that of its function where both are alike; how the children of a
/// ModifyTable hang there.
pub fn differences(one: &Plan, other: &Plan, executions: Executions) -> Vec<String> {
    let mut found = Vec::new();
    if one.nodes().len() != other.nodes().len() {
        return vec![format!("{} nodes, {} nodes", one.nodes().len(), other.nodes().len())];
    }
    for (left, right) in one.nodes().zip(other.nodes()) {
        let at = format!("node {}", left.id.position());
        let names = (left.function_name.clone(), right.function_name.clone());
        let [left, right] = [left, right].map(|node| {
            let mut node = said(one, node, executions);
            if names.0.is_none() || names.1.is_none() {
                node.function_name.take_if(|name| Some(&*name) == node.alias.as_ref());
            }
            node
        });
        compare(&at, &format!("{left:#?}"), &format!("{right:#?}"), &mut found);
    }
    let [left, right] = [beside(one, other, executions), beside(other, one, executions)];
    compare("beside", &left, &right, &mut found);
    found
}

/// The lines in which two long forms differ.
fn compare(at: &str, left: &str, right: &str, found: &mut Vec<String>) {
    if left == right {
        return;
    }
    let only = |of: &str, not: &str| {
        let lines: Vec<&str> = not.lines().collect();
        of.lines().filter(|it| !lines.contains(it)).map(str::trim).collect::<Vec<_>>().join(" ")
    };
    found.push(format!("{at}: {} | {}", only(left, right), only(right, left)));
}

/// A node with nothing that TEXT leaves unsaid.
fn said(plan: &Plan, node: &Node, executions: Executions) -> Node {
    let mut node = node.clone();
    let parent = plan.parent(node.id).map(|parent| &parent.kind);
    let modifies = parent == Some(&NodeKind::ModifyTable);
    if modifies && node.relationship == Relationship::Member {
        node.relationship = Relationship::Outer;
    }
    if parent == Some(&NodeKind::CustomScan) && matches!(node.relationship, Relationship::Other(_))
    {
        node.relationship = Relationship::Other("child".to_owned());
    }
    node.inner_unique.take_if(|unique| !*unique);
    if node.scan_direction.as_deref() == Some("NoMovement") {
        node.scan_direction = Some("Forward".to_owned());
    }
    node.buffers.take_if(|buffers| *buffers == Buffers::default());
    node.io.take_if(|io| *io == IoTime::default());
    node.wal.take_if(|wal| *wal == Wal::default());
    node.hash_aggregate.take_if(|it| *it == HashAggregateUse::default());
    node.subplans_removed.take_if(|count| *count == 0);
    let removed = &mut node.removed;
    for rows in [
        &mut removed.by_filter,
        &mut removed.by_join_filter,
        &mut removed.by_recheck,
        &mut removed.by_conflict_filter,
    ] {
        rows.take_if(|rows| rows.0 <= 0.0);
    }
    node.access.exact_heap_blocks.take_if(|pages| *pages == 0);
    node.access.lossy_heap_blocks.take_if(|pages| *pages == 0);
    if let Some(measured) = node.measured.as_mut().filter(|_| executions == Executions::Two) {
        (measured.startup, measured.total) = (None, None);
    }
    if executions == Executions::Two {
        node.io = None;
        node.extra.remove("JIT");
    }
    node.extra.retain(|key, value| key != "Async Capable" || value == "true");
    // Only TEXT names the result of a subplan of Citus.
    node.extra.remove("Result Identifier");
    node.workers = node.workers.iter().filter_map(|it| worker(it, executions)).collect();
    node
}

/// A worker with nothing that TEXT leaves unsaid; none where nothing is left.
fn worker(worker: &Worker, executions: Executions) -> Option<Worker> {
    let mut worker = worker.clone();
    worker.buffers.take_if(|buffers| *buffers == Buffers::default());
    if let Some(measured) = worker.measured.as_mut().filter(|_| executions == Executions::Two) {
        (measured.startup, measured.total) = (None, None);
    }
    let is_zero = |key: &str, value: &str| {
        let counted = ["Blocks", "I/O", "WAL"].iter().any(|it| key.contains(it));
        counted && ["0", "0.0"].contains(&value)
    };
    let is_time = |key: &str| key.contains("I/O ") || key == "JIT";
    worker.extra.retain(|key, value| {
        !is_zero(key, value) && (executions == Executions::One || !is_time(key))
    });
    let is_empty = worker.measured.is_none()
        && worker.buffers.is_none()
        && worker.sort.is_none()
        && worker.hash_aggregate.is_none()
        && worker.memoize.is_none()
        && worker.extra.is_empty();
    (!is_empty).then_some(worker)
}

/// What stands beside the tree, in its long form, with nothing that TEXT leaves unsaid.
fn beside(plan: &Plan, other: &Plan, executions: Executions) -> String {
    let time = |time: Option<Millis>| match executions {
        Executions::One => time,
        Executions::Two => time.map(|_| Millis(0.0)),
    };
    let triggers: Vec<Trigger> = plan
        .triggers
        .iter()
        .zip(&other.triggers)
        .map(|(trigger, other)| Trigger {
            name: trigger.constraint.as_ref().unwrap_or(&trigger.name).clone(),
            constraint: trigger.constraint.clone(),
            relation: trigger.relation.clone().filter(|_| other.relation.is_some()),
            time: time(trigger.time),
            calls: trigger.calls,
        })
        .collect();
    let mut jit = plan.jit.clone();
    let mut serialization = plan.serialization.clone();
    if let Some(serialization) = &mut serialization {
        serialization.time = time(serialization.time);
        serialization.io.take_if(|io| *io == IoTime::default());
        serialization.buffers.take_if(|buffers| *buffers == Buffers::default());
    }
    if let Some(jit) = &mut jit {
        jit.total = time(jit.total);
        let parts = jit.parts.iter();
        jit.parts = parts.filter_map(|it| Some((it.0.clone(), time(Some(*it.1))?))).collect();
    }
    let is_one = executions == Executions::One;
    let planner = is_one.then_some(plan.planner_memory);
    let buffers = plan.planning_buffers.filter(|it| is_one && *it != Buffers::default());
    let io = plan.planning_io.filter(|it| is_one && *it != IoTime::default());
    format!(
        "{:#?}",
        (
            (time(plan.planning), buffers, io, planner),
            (time(plan.execution), &plan.settings, plan.query_identifier),
            (&plan.query_text, &plan.query_parameters, plan.triggers.len(), triggers),
            (jit, serialization, &plan.extra),
        )
    )
}
