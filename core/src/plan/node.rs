//! One node of a plan with everything that EXPLAIN said of it.
//!
//! Refuses to compute: totals and own shares are `Plan`'s, in `walk`.

use std::collections::BTreeMap;

use crate::base::{Bytes, Name, NodeId, Rows};

use super::figures::{
    Buffers, Estimate, HashAggregateUse, HashUse, IoTime, Measured, MemoizeUse, Place, SortUse,
    StorageUse, Wal,
};
use super::kind::{NodeKind, Relationship};

/// One node of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its position in printed order.
    pub id: NodeId,
    /// The node it is printed under; none for the root.
    pub parent: Option<NodeId>,
    /// The nodes printed under it, in printed order.
    pub children: Vec<NodeId>,
    /// What it does.
    pub kind: NodeKind,
    /// How it hangs below its parent.
    pub relationship: Relationship,
    /// `CTE name`, `InitPlan 1`, `SubPlan 2`: the name of a subquery's top node.
    pub subplan_name: Option<String>,
    /// The table it reads or writes.
    pub relation: Option<RelationName>,
    /// What the statement calls its rows, where they are of no table: of a function, a subquery.
    pub alias: Option<Name>,
    /// The index it reads.
    pub index: Option<Name>,
    /// The WITH query that a CTE Scan or `WorkTable` Scan reads.
    pub cte_name: Option<Name>,
    /// The function that a Function Scan calls.
    pub function_name: Option<Name>,
    /// `Inner`, `Left`, `Semi`, `Anti`, `Right`, `Full`, `Right Anti`, `Right Semi`.
    pub join_type: Option<String>,
    /// `Plain`, `Sorted`, `Hashed`, `Mixed`: how an Aggregate or `SetOp` works.
    pub strategy: Option<String>,
    /// `Simple`, `Partial`, `Finalize`: the part of an Aggregate.
    pub partial_mode: Option<String>,
    /// `Insert`, `Update`, `Delete`, `Merge`; `Select` on a Foreign Scan.
    pub operation: Option<String>,
    /// `Forward`, `Backward`, `NoMovement`.
    pub scan_direction: Option<String>,
    /// Whether several processes share the work of this node.
    pub parallel_aware: bool,
    /// Whether a setting such as `enable_seqscan` forbade it and there was no other way.
    pub disabled: bool,
    /// Whether each outer row can meet at most one inner row (joins, VERBOSE).
    pub inner_unique: Option<bool>,
    /// What the planner expected; none under COSTS OFF.
    pub estimate: Option<Estimate>,
    /// What ANALYZE saw.
    pub measured: Option<Measured>,
    /// Buffers touched, with the children's.
    pub buffers: Option<Buffers>,
    /// Time of reading and writing, with the children's.
    pub io: Option<IoTime>,
    /// WAL made, with the children's.
    pub wal: Option<Wal>,
    /// What rows had to fulfil.
    pub conditions: Conditions,
    /// What was read for nothing.
    pub removed: Removed,
    /// By what it orders and groups.
    pub keys: Keys,
    /// The columns it hands up (VERBOSE).
    pub output: Vec<String>,
    /// How its sort went, in the leader.
    pub sort: Option<SortUse>,
    /// How its hash table went.
    pub hash: Option<HashUse>,
    /// How its hashed aggregation went, in the leader.
    pub hash_aggregate: Option<HashAggregateUse>,
    /// How its cache did, in the leader.
    pub memoize: Option<MemoizeUse>,
    /// How it kept rows for reading again, from version 18.
    pub storage: Option<StorageUse>,
    /// What an index or bitmap scan met.
    pub access: Access,
    /// What a Gather planned and got.
    pub gather: Option<GatherUse>,
    /// Children that were pruned before the plan ran.
    pub subplans_removed: Option<u64>,
    /// What INSERT … ON CONFLICT and MERGE did.
    pub modify: Option<ModifyUse>,
    /// The workers' own figures (VERBOSE; sorts always).
    pub workers: Vec<Worker>,
    /// All other keys, as compact JSON.
    pub extra: BTreeMap<String, String>,
}

/// A table as a plan names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema (VERBOSE).
    pub schema: Option<Name>,
    /// The table.
    pub name: Name,
    /// What the statement calls it; where it has no alias, the server repeats the name.
    pub alias: Option<Name>,
}

/// The conditions of a node, as the server deparsed them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Tested on each row that came so far.
    pub filter: Option<String>,
    /// What the index was asked.
    pub index_condition: Option<String>,
    /// Tested again where a bitmap or a lossy index cannot be sure.
    pub recheck_condition: Option<String>,
    /// The equalities of a hash join.
    pub hash_condition: Option<String>,
    /// The equalities of a merge join.
    pub merge_condition: Option<String>,
    /// The join's condition beyond its key.
    pub join_filter: Option<String>,
    /// Tested once before anything is read.
    pub one_time_filter: Option<String>,
    /// Physical addresses.
    pub tid_condition: Option<String>,
    /// What stops a window function early, from version 15.
    pub run_condition: Option<String>,
    /// The ordering that an index was asked for (nearest neighbour).
    pub order_by: Option<String>,
    /// The values that a Memoize caches by.
    pub cache_key: Option<String>,
}

impl Conditions {
    /// Those that are there, each with the key that EXPLAIN prints, in a fixed order.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("Index Cond", &self.index_condition),
            ("Recheck Cond", &self.recheck_condition),
            ("Order By", &self.order_by),
            ("TID Cond", &self.tid_condition),
            ("Hash Cond", &self.hash_condition),
            ("Merge Cond", &self.merge_condition),
            ("Join Filter", &self.join_filter),
            ("Cache Key", &self.cache_key),
            ("Run Condition", &self.run_condition),
            ("One-Time Filter", &self.one_time_filter),
            ("Filter", &self.filter),
        ]
        .into_iter()
        .filter_map(|(key, text)| text.as_deref().map(|text| (key, text)))
    }
}

/// Rows read for nothing: averages over loops, rounded to whole rows in every version.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Removed {
    /// By the filter.
    pub by_filter: Option<Rows>,
    /// By the join's filter.
    pub by_join_filter: Option<Rows>,
    /// By the recheck of a bitmap or lossy index.
    pub by_recheck: Option<Rows>,
    /// By the WHERE of ON CONFLICT DO UPDATE.
    pub by_conflict_filter: Option<Rows>,
}

/// By what a node orders and groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// What it sorts by.
    pub sort: Vec<String>,
    /// The prefix of it that came sorted.
    pub presorted: Vec<String>,
    /// What it groups by; the sets of GROUPING SETS stay in `extra`.
    pub group: Vec<String>,
}

/// What an index or bitmap scan met: totals over loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access {
    /// Rows of an index-only scan that had to be looked up in the table.
    pub heap_fetches: Option<u64>,
    /// Pages whose rows the bitmap named one by one.
    pub exact_heap_blocks: Option<u64>,
    /// Pages that the bitmap named as a whole for want of memory.
    pub lossy_heap_blocks: Option<u64>,
    /// Descents of the index, from version 18.
    pub index_searches: Option<u64>,
}

/// What a Gather planned and got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GatherUse {
    /// Workers planned.
    pub workers_planned: u64,
    /// Workers that started, in the last loop; none without ANALYZE.
    pub workers_launched: Option<u64>,
    /// Whether one worker runs all of it.
    pub single_copy: bool,
}

/// What INSERT … ON CONFLICT and MERGE did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModifyUse {
    /// `NOTHING` or `UPDATE`.
    pub conflict_resolution: Option<String>,
    /// The unique indexes that find conflicts.
    pub conflict_arbiters: Vec<Name>,
    /// The WHERE of ON CONFLICT DO UPDATE.
    pub conflict_filter: Option<String>,
    /// Rows that met a conflict.
    pub conflicting: Option<u64>,
    /// Rows inserted.
    pub inserted: Option<u64>,
    /// Rows updated by MERGE.
    pub updated: Option<u64>,
    /// Rows deleted by MERGE.
    pub deleted: Option<u64>,
    /// Rows that MERGE left alone.
    pub skipped: Option<u64>,
}

/// One parallel worker's figures for one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// The worker's number, from zero.
    pub number: u64,
    /// What it measured.
    pub measured: Option<Measured>,
    /// Buffers it touched.
    pub buffers: Option<Buffers>,
    /// How its sort went.
    pub sort: Option<SortUse>,
    /// How its hashed aggregation went.
    pub hash_aggregate: Option<HashAggregateUse>,
    /// How its cache did.
    pub memoize: Option<MemoizeUse>,
    /// Time that it read and wrote.
    pub io: Option<IoTime>,
    /// WAL that it made.
    pub wal: Option<Wal>,
    /// What it met in an index or a bitmap.
    pub access: Access,
    /// All other keys, as compact JSON.
    pub extra: BTreeMap<String, String>,
}

impl Node {
    /// What conditions write before the dot for columns of this scan.
    pub fn qualifier(&self) -> Option<&Name> {
        let relation = self.relation.as_ref();
        self.alias.as_ref().or(relation.map(|it| it.alias.as_ref().unwrap_or(&it.name)))
    }

    /// Whether ANALYZE ran the statement but never this node.
    pub fn is_never_executed(&self) -> bool {
        self.measured.is_some_and(|measured| measured.loops <= 0.0)
    }

    /// Temporary files of its sort and hashed aggregation, summed over leader and workers.
    pub fn disk_use(&self) -> Bytes {
        let sorts = self.sort.iter().chain(self.workers.iter().filter_map(|it| it.sort.as_ref()));
        let hashes = self
            .hash_aggregate
            .iter()
            .chain(self.workers.iter().filter_map(|it| it.hash_aggregate.as_ref()));
        let sorted = sorts.filter(|it| it.place == Place::Disk).map(|it| it.space);
        let total = sorted.chain(hashes.map(|it| it.disk));
        Bytes(total.fold(0, |sum, part| sum.saturating_add(part.0)))
    }
}
