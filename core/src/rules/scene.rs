//! Everything there is to look at, and what several rules ask of it.
//!
//! Refuses to judge: the rules do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::{Millis, Name, TableId};
use crate::catalog::Catalog;
use crate::plan::{Node, RelationName};
use crate::workload::{Capture, Case, Wish};

/// Everything there is to look at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The capture.
    pub capture: &'a Capture,
    /// Its statements.
    pub cases: &'a [Case],
    /// What they ask for.
    pub wishes: &'a [Wish],
    /// What the user decided.
    pub options: RuleOptions,
}

/// What a user may decide about rules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleOptions {
    /// Days that counters must have counted before an index without a scan is called unused.
    pub unused_days: f64,
}

impl Default for RuleOptions {
    /// A month and some days, so that every monthly report has run once.
    fn default() -> Self {
        Self { unused_days: 35.0 }
    }
}

impl<'a> Scene<'a> {
    /// A scene with the options as they come.
    pub fn new(capture: &'a Capture, cases: &'a [Case], wishes: &'a [Wish]) -> Self {
        Self { capture, cases, wishes, options: RuleOptions::default() }
    }

    /// The catalog of the capture.
    pub fn catalog(&self) -> &'a Catalog {
        &self.capture.catalog
    }

    /// Every table that the workload reads, with the time of the statements that read it.
    pub fn tables_read(&self) -> BTreeMap<TableId, Millis> {
        let mut found: BTreeMap<TableId, Millis> = BTreeMap::new();
        for case in self.cases {
            for table in tables_of(case, self.catalog()) {
                *found.entry(table).or_default() += case.draft.counters.total;
            }
        }
        found
    }

    /// Every index that a plan of the capture reads, by its bare name: plans say no schema.
    pub fn indexes_read(&self) -> BTreeSet<&'a Name> {
        let plans = self.cases.iter().flat_map(|case| &case.plans);
        plans.flat_map(|it| it.plan.nodes()).filter_map(|node| node.index.as_ref()).collect()
    }
}

/// The tables that a statement reads: those in its FROM lists, and those that its plans scan,
/// which look through views and down to partitions.
pub(super) fn tables_of(case: &Case, catalog: &Catalog) -> BTreeSet<TableId> {
    let blocks = case.statement().map_or(&[][..], |it| &it.blocks);
    let named = blocks
        .iter()
        .flat_map(|block| &block.relations)
        .filter_map(|it| it.relation())
        .filter_map(|name| case.draft.resolution.relation(name));
    let nodes = case.plans.iter().flat_map(|it| it.plan.nodes());
    let scanned = nodes.filter(|it| it.kind.is_scan()).filter_map(|it| table_of(it, catalog));
    named.chain(scanned).collect()
}

/// The table that a node reads.
pub(super) fn table_of(node: &Node, catalog: &Catalog) -> Option<TableId> {
    find_table(node.relation.as_ref()?, catalog)
}

/// The table that a plan's name means; without a schema only when one table has the name.
fn find_table(relation: &RelationName, catalog: &Catalog) -> Option<TableId> {
    let tables = catalog.tables_named(&relation.name);
    match &relation.schema {
        Some(schema) => tables.iter().copied().find(|it| catalog.table(*it).name.schema == *schema),
        None => (tables.len() == 1).then(|| tables[0]),
    }
}
