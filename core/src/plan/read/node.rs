//! One plan node out of its JSON object.

use std::collections::BTreeMap;

use crate::base::{Name, NodeId};
use crate::plan::kind::{NodeKind, Relationship};
use crate::plan::node::{
    Access, Conditions, GatherUse, Keys, ModifyUse, Node, RelationName, Removed, Worker,
};

use super::error::PlanErrorKind;
use super::fields::{Fields, Taken};
use super::figures;

/// Keys that are known and stay in `extra`: too rare for a field of their own.
pub(super) const KEPT_AS_THEY_ARE: &[&str] = &[
    "Async Capable",
    "Batch Size",
    "Cache Mode",
    "Command",
    "Custom Plan Provider",
    "Foreign Delete",
    "Foreign Insert",
    "Foreign Update",
    "Full-sort Groups",
    "Function Call",
    "Grouping Sets",
    "JIT",
    "Params Evaluated",
    "Partition Count",
    "Pre-sorted Groups",
    "Relations",
    "Remote SQL",
    "Repeatable Seed",
    "Sampling Method",
    "Sampling Parameters",
    "Schema",
    "Table Function Call",
    "Table Function Name",
    "Target Tables",
    "Tuplestore Name",
    "Unread",
    "Window",
];

/// Where a node stands in its tree.
pub(super) struct Place {
    pub id: NodeId,
    pub parent: Option<NodeId>,
    /// Its position among its parent's children.
    pub position: usize,
}

/// Reads a node; its children were taken before, and are entered when they are read.
pub(super) fn node(mut from: Fields, place: &Place) -> Taken<Node> {
    let from = &mut from;
    let kind = from.text("Node Type")?.ok_or(PlanErrorKind::Missing { key: "Node Type" })?;
    let relation = relation(from)?;
    Ok(Node {
        id: place.id,
        parent: place.parent,
        children: Vec::new(),
        kind: NodeKind::from_name(&kind),
        relationship: relationship(from, place)?,
        subplan_name: from.text("Subplan Name")?,
        alias: from.name("Alias")?,
        relation,
        index: from.name("Index Name")?,
        cte_name: from.name("CTE Name")?,
        function_name: from.name("Function Name")?,
        join_type: from.text("Join Type")?,
        strategy: from.text("Strategy")?,
        partial_mode: from.text("Partial Mode")?,
        operation: from.text("Operation")?,
        scan_direction: from.text("Scan Direction")?,
        parallel_aware: from.flag("Parallel Aware")?.unwrap_or(false),
        disabled: from.flag("Disabled")?.unwrap_or(false),
        inner_unique: from.flag("Inner Unique")?,
        estimate: figures::estimate(from)?,
        measured: figures::measured(from)?,
        buffers: figures::buffers(from)?,
        io: figures::io(from)?,
        wal: figures::wal(from)?,
        conditions: conditions(from)?,
        removed: removed(from)?,
        keys: Keys {
            sort: from.texts("Sort Key")?,
            presorted: from.texts("Presorted Key")?,
            group: from.texts("Group Key")?,
        },
        output: from.texts("Output")?,
        sort: figures::sort(from)?,
        hash: figures::hash(from)?,
        hash_aggregate: figures::hash_aggregate(from)?,
        memoize: figures::memoize(from)?,
        storage: figures::storage(from)?,
        access: access(from)?,
        gather: gather(from)?,
        subplans_removed: from.count("Subplans Removed")?,
        modify: modify(from)?,
        workers: workers(from)?,
        extra: std::mem::take(from).rest(),
    })
}

fn relation(from: &mut Fields) -> Taken<Option<RelationName>> {
    let Some(name) = from.name("Relation Name")? else { return Ok(None) };
    let schema = from.name("Schema")?;
    Ok(Some(RelationName { schema, name, alias: from.name("Alias")? }))
}

/// The relationship; where a tool dropped the key, by the position.
fn relationship(from: &mut Fields, place: &Place) -> Taken<Relationship> {
    let named = from.text("Parent Relationship")?.map(|name| Relationship::from_name(&name));
    Ok(match (place.parent, named, place.position) {
        (None, _, _) => Relationship::Root,
        (_, Some(named), _) => named,
        (_, None, 0) => Relationship::Outer,
        (_, None, 1) => Relationship::Inner,
        (_, None, _) => Relationship::Member,
    })
}

fn access(from: &mut Fields) -> Taken<Access> {
    Ok(Access {
        heap_fetches: from.count("Heap Fetches")?,
        exact_heap_blocks: from.count("Exact Heap Blocks")?,
        lossy_heap_blocks: from.count("Lossy Heap Blocks")?,
        index_searches: from.count("Index Searches")?,
    })
}

fn conditions(from: &mut Fields) -> Taken<Conditions> {
    Ok(Conditions {
        filter: from.text("Filter")?,
        index_condition: from.text("Index Cond")?,
        recheck_condition: from.text("Recheck Cond")?,
        hash_condition: from.text("Hash Cond")?,
        merge_condition: from.text("Merge Cond")?,
        join_filter: from.text("Join Filter")?,
        one_time_filter: from.text("One-Time Filter")?,
        tid_condition: from.text("TID Cond")?,
        run_condition: from.text("Run Condition")?,
        order_by: from.text("Order By")?,
        cache_key: from.text("Cache Key")?,
    })
}

fn removed(from: &mut Fields) -> Taken<Removed> {
    Ok(Removed {
        by_filter: from.rows("Rows Removed by Filter")?,
        by_join_filter: from.rows("Rows Removed by Join Filter")?,
        by_recheck: from.rows("Rows Removed by Index Recheck")?,
        by_conflict_filter: from.rows("Rows Removed by Conflict Filter")?,
    })
}

fn gather(from: &mut Fields) -> Taken<Option<GatherUse>> {
    let Some(workers_planned) = from.count("Workers Planned")? else { return Ok(None) };
    let workers_launched = from.count("Workers Launched")?;
    let single_copy = from.flag("Single Copy")?.unwrap_or(false);
    Ok(Some(GatherUse { workers_planned, workers_launched, single_copy }))
}

fn modify(from: &mut Fields) -> Taken<Option<ModifyUse>> {
    let found = ModifyUse {
        conflict_resolution: from.text("Conflict Resolution")?,
        conflict_arbiters: from.texts("Conflict Arbiter Indexes")?.into_iter().map(Name).collect(),
        conflict_filter: from.text("Conflict Filter")?,
        conflicting: from.count("Conflicting Tuples")?,
        inserted: from.count("Tuples Inserted")?,
        updated: from.count("Tuples Updated")?,
        deleted: from.count("Tuples Deleted")?,
        skipped: from.count("Tuples Skipped")?,
    };
    Ok((found != ModifyUse::default()).then_some(found))
}

/// Workers; servers up to 12 write the list twice, one with times and one with sorts.
fn workers(from: &mut Fields) -> Taken<Vec<Worker>> {
    let mut by_number: BTreeMap<u64, Fields> = BTreeMap::new();
    for mut worker in from.objects("Workers")? {
        let number = worker.count("Worker Number")?.unwrap_or(by_number.len() as u64);
        let merged = match by_number.remove(&number) {
            Some(before) => before.merged(worker),
            None => worker,
        };
        by_number.insert(number, merged);
    }
    by_number.into_iter().map(|(number, from)| worker(number, from)).collect()
}

fn worker(number: u64, mut from: Fields) -> Taken<Worker> {
    Ok(Worker {
        number,
        measured: figures::measured(&mut from)?,
        buffers: figures::buffers(&mut from)?,
        sort: figures::sort(&mut from)?,
        hash_aggregate: figures::hash_aggregate(&mut from)?,
        memoize: figures::memoize(&mut from)?,
        io: figures::io(&mut from)?,
        wal: figures::wal(&mut from)?,
        access: access(&mut from)?,
        extra: from.rest(),
    })
}
