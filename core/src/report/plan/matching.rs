//! Which node of one plan is which of another: by shape, light.
//!
//! First the nodes that read one table under one alias, in printed order; then upwards, parents
//! of matched nodes, nearest kind first; then the rest by kind among children of matched
//! parents. What stays is gone or new. Linear but for sorting; no edit distance.

use std::collections::BTreeMap;

use crate::base::NodeId;
use crate::plan::{Node, Plan};

/// Pairs of nodes, sorted by the first plan's.
pub(super) fn pairs(before: &Plan, after: &Plan) -> BTreeMap<NodeId, NodeId> {
    let mut found = Found::default();
    found.join_objects(before, after);
    found.join_parents(before, after);
    found.join(before.root().id, after.root().id);
    found.join_children(before, after);
    found.pairs
}

#[derive(Default)]
struct Found {
    pairs: BTreeMap<NodeId, NodeId>,
    back: BTreeMap<NodeId, NodeId>,
}

impl Found {
    fn join(&mut self, before: NodeId, after: NodeId) -> bool {
        if self.pairs.contains_key(&before) || self.back.contains_key(&after) {
            return false;
        }
        self.pairs.insert(before, after);
        self.back.insert(after, before);
        true
    }

    /// Nodes with a table, by table and alias: the method of reading may have changed.
    fn join_objects(&mut self, before: &Plan, after: &Plan) {
        let mut waiting: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for node in after.nodes().rev() {
            if let Some(key) = object_key(node) {
                waiting.entry(key).or_default().push(node.id);
            }
        }
        for node in before.nodes() {
            let Some(key) = object_key(node) else { continue };
            if let Some(other) = waiting.get_mut(&key).and_then(Vec::pop) {
                self.join(node.id, other);
            }
        }
    }

    /// Parents of matched nodes that do the same kind of thing, from the leaves up.
    fn join_parents(&mut self, before: &Plan, after: &Plan) {
        for node in before.nodes().rev() {
            let Some(other) = self.pairs.get(&node.id).copied() else { continue };
            let Some(parent) = before.parent(node.id) else { continue };
            // Three steps up bridge a Gather, a Hash or a Memoize that came or went.
            let candidate = after.ancestors(other).take(3).find(|it| family(it) == family(parent));
            if let Some(candidate) = candidate {
                self.join(parent.id, candidate.id);
            }
        }
    }

    /// Children of matched parents, by family and order.
    fn join_children(&mut self, before: &Plan, after: &Plan) {
        for node in before.nodes() {
            let Some(other) = self.pairs.get(&node.id).copied() else { continue };
            for child in before.children(node.id) {
                let free = after
                    .children(other)
                    .find(|it| !self.back.contains_key(&it.id) && family(it) == family(child));
                if let Some(free) = free.map(|it| it.id) {
                    self.join(child.id, free);
                }
            }
        }
    }
}

/// A table (or function, or WITH query) under its alias, with the part that the node plays.
fn object_key(node: &Node) -> Option<String> {
    let relation = node.relation.as_ref().map(|it| it.name.as_str());
    let cte = node.cte_name.as_ref().map(crate::base::Name::as_str);
    let function = node.function_name.as_ref().map(crate::base::Name::as_str);
    let name = relation.or(cte).or(function)?;
    let alias = node.qualifier().map_or("", crate::base::Name::as_str);
    // A table that is written to is read below by a scan of the same alias.
    Some(format!("{} {name} {alias}", if node.kind.is_scan() { "reads" } else { "writes" }))
}

/// Kinds that take each other's place.
pub(super) fn family(node: &Node) -> &str {
    match node.kind.name() {
        "Nested Loop" | "Hash Join" | "Merge Join" => "join",
        "Sort" | "Incremental Sort" => "sort",
        "Aggregate" | "Group" | "Unique" => "aggregate",
        "Gather" | "Gather Merge" => "gather",
        "Append" | "Merge Append" => "append",
        "Materialize" | "Memoize" => "keep",
        other => other,
    }
}
