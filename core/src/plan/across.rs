//! Walks across several nodes that more than one rule asks for.
//!
//! Refuses to judge and to account: `account` shares time and pages out, rules judge.

use std::collections::BTreeSet;

use crate::base::NodeId;

use super::condition::{ConditionTerm, condition_columns};
use super::figures::MemoizeUse;
use super::kind::{NodeKind, Relationship};
use super::node::Node;
use super::tree::Plan;

impl Plan {
    /// Whether this is the top of a SubPlan that is built once as a hash table and then only
    /// looked up.
    pub fn is_hashed_subplan(&self, id: NodeId) -> bool {
        let Some(name) = self.node(id).subplan_name.as_deref() else { return false };
        self.parent(id).is_some_and(|parent| {
            parent.texts().any(|text| mentions(text, &format!("hashed {name}")))
        })
    }

    /// The conditions and columns of the parent that name the value of this SubPlan or
    /// `InitPlan`, as they are printed.
    pub fn uses_of_subplan(&self, id: NodeId) -> Vec<&str> {
        let Some(name) = self.node(id).subplan_name.as_deref() else { return Vec::new() };
        let Some(parent) = self.parent(id) else { return Vec::new() };
        // Up to 16 an InitPlan is named by the parameter that takes its value.
        let parameter = name.split_once(" (returns ").map(|(_, rest)| rest.trim_end_matches(')'));
        let wanted = parameter.unwrap_or(name);
        let nodes = match self.node(id).relationship {
            Relationship::SubPlan => self.subtree(parent.id).take(1).collect::<Vec<_>>(),
            _ => self.subtree(parent.id).collect(),
        };
        nodes.into_iter().flat_map(Node::texts).filter(|text| mentions(text, wanted)).collect()
    }

    /// Whether no condition joins the two sides of this join: each outer row meets each inner
    /// one.
    ///
    /// The sides of a semi- or anti-join are never said to meet so. Nor are those of a join
    /// whose inner side names the outer one in any way, or compares with something that is
    /// neither a constant nor its own; and none where both sides are held to one value, since
    /// then a condition `a.x = b.x` was there and the planner put the value in its place.
    pub fn joins_everything(&self, id: NodeId) -> bool {
        let join = self.node(id);
        let free = match join.kind {
            NodeKind::NestedLoop => true,
            NodeKind::MergeJoin => join.conditions.merge_condition.is_none(),
            _ => false,
        };
        let first_match =
            join.join_type.as_deref().is_some_and(|it| it.contains("Semi") || it.contains("Anti"));
        if !free || first_match || join.conditions.join_filter.is_some() {
            return false;
        }
        let outer = self.child(id, &Relationship::Outer);
        let inner = self.child(id, &Relationship::Inner);
        let (Some(outer), Some(inner)) = (outer, inner) else { return false };
        let names = self.names_below(outer.id);
        let asked: Vec<&str> = self.subtree(inner.id).flat_map(Node::texts).collect();
        let bound = asked.iter().any(|text| names.iter().any(|name| qualifies(text, name)));
        !bound && !self.compares_with_unknown(inner.id) && !self.share_a_value(outer.id, inner.id)
    }

    /// What conditions write before the dot for the rows of this node and those below.
    fn names_below(&self, id: NodeId) -> BTreeSet<&str> {
        let named = self.subtree(id).filter_map(|node| node.qualifier());
        named.map(crate::base::Name::as_str).collect()
    }

    /// Whether a scan below compares a column with an expression that may come from outside:
    /// an aggregate of the outer side is printed without any name.
    fn compares_with_unknown(&self, id: NodeId) -> bool {
        self.subtree(id)
            .filter(|node| node.kind.is_scan())
            .filter_map(|node| node.conditions.index_condition.as_deref())
            .flat_map(condition_columns)
            .any(|term| match term {
                ConditionTerm::Column(it) => {
                    it.operand.contains('(')
                        && !it.operand.contains('\'')
                        && !it.operand.contains("InitPlan")
                }
                ConditionTerm::Opaque(_) => true,
            })
    }

    /// Whether both sides are held to one value: `a.x = 5` on this, `b.x = 5` on that.
    fn share_a_value(&self, outer: NodeId, inner: NodeId) -> bool {
        let values = |id| -> BTreeSet<String> {
            self.subtree(id)
                .flat_map(|node| node.conditions.each())
                .flat_map(|(_, text)| condition_columns(text))
                .filter_map(|term| match term {
                    ConditionTerm::Column(it) if it.operator == "=" => Some(it.operand),
                    _ => None,
                })
                .collect()
        };
        let outer = values(outer);
        values(inner).iter().any(|value| outer.contains(value))
    }

    /// The node that really runs anew below the inner side of a join: what keeps rows without a
    /// choice of its own is passed.
    pub fn below_caches(&self, id: NodeId) -> &Node {
        let mut node = self.node(id);
        while matches!(node.kind, NodeKind::Memoize | NodeKind::Materialize) {
            let Some(child) = self.children(node.id).next() else { return node };
            node = child;
        }
        node
    }

    /// What a Memoize did, summed over the leader and its workers; counts only, the memory is
    /// that of the process that took most.
    pub fn cache_use(&self, id: NodeId) -> Option<MemoizeUse> {
        let node = self.node(id);
        let workers = node.workers.iter().filter_map(|it| it.memoize);
        node.memoize.into_iter().chain(workers).reduce(|sum, more| MemoizeUse {
            hits: sum.hits.saturating_add(more.hits),
            misses: sum.misses.saturating_add(more.misses),
            evictions: sum.evictions.saturating_add(more.evictions),
            overflows: sum.overflows.saturating_add(more.overflows),
            peak_memory: sum.peak_memory.max(more.peak_memory),
        })
    }
}

impl Node {
    /// All expressions that the node prints: conditions, keys, columns, the call of a function.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let call =
            self.extra.get("Function Call").or_else(|| self.extra.get("Table Function Call"));
        let conditions = self.conditions.each().map(|(_, text)| text);
        let lists = self.output.iter().chain(&self.keys.sort).chain(&self.keys.group);
        conditions.chain(lists.chain(call).map(String::as_str))
    }
}

/// Whether the text holds this name of a subquery, and not that of one with a longer number.
fn mentions(text: &str, name: &str) -> bool {
    let digit = |rest: &str| rest.starts_with(|next: char| next.is_ascii_digit());
    text.match_indices(name).any(|(at, _)| !digit(&text[at + name.len()..]))
}

/// Whether the text holds a column of this name: `name.` as a word of its own, in quotes or not.
fn qualifies(text: &str, name: &str) -> bool {
    let quoted = format!("\"{}\".", name.replace('"', "\"\""));
    let plain = format!("{name}.");
    let word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$' | '"' | '.');
    text.contains(&quoted)
        || text
            .match_indices(&plain)
            .any(|(at, _)| !text[..at].chars().next_back().is_some_and(word))
}
