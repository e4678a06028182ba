//! Whether somebody above a node may have stopped it before its last row.
//!
//! Then fewer rows than expected are no misestimate. When in doubt the answer is yes: a
//! silent rule is better than a false one.

use crate::base::NodeId;

use super::charge::Charges;
use super::kind::{NodeKind, Relationship};
use super::node::Node;
use super::tree::Plan;

impl Plan {
    /// Whether a Limit, a join that needs only a first match, or a subquery that needs only a
    /// first row may have stopped this node early.
    pub fn may_stop_early(&self, id: NodeId) -> bool {
        self.account(id).may_stop_early
    }

    /// By position, whether a node may have been stopped early; parents and payers come first.
    pub(super) fn early_stops(&self, charges: &Charges) -> Vec<bool> {
        let mut stops = vec![false; self.nodes().len()];
        for id in &charges.order {
            let node = self.node(*id);
            stops[id.position()] = match self.parent(*id) {
                None => false,
                Some(_) if self.is_cte(*id) => {
                    let readers = &charges.payers[id.position()];
                    let mut ran = readers.iter().filter(|it| !self.never_executed(**it));
                    !self.writes(*id) && ran.all(|reader| stops[reader.position()])
                }
                Some(parent) => match self.pull(parent, node) {
                    Pull::Some => true,
                    Pull::All => false,
                    Pull::AsAsked => stops[parent.id.position()],
                },
            };
        }
        stops
    }

    /// Whether this is a WITH query that writes: one that runs to its end, read or not.
    pub(super) fn writes(&self, id: NodeId) -> bool {
        self.is_cte(id) && self.subtree(id).any(|node| node.kind == NodeKind::ModifyTable)
    }

    /// How much of `child` the node `parent` reads.
    fn pull(&self, parent: &Node, child: &Node) -> Pull {
        match child.relationship {
            Relationship::InitPlan => return Pull::Some,
            Relationship::SubPlan => return pull_of_subplan(parent, child),
            _ => {}
        }
        let first_match = parent.inner_unique == Some(true)
            || parent.join_type.as_deref().is_some_and(|it| it == "Semi" || it == "Anti");
        let inner = child.relationship == Relationship::Inner;
        match parent.kind {
            NodeKind::Limit | NodeKind::MergeJoin => Pull::Some,
            NodeKind::NestedLoop if inner && first_match => Pull::Some,
            // Only its last loop can be cut short.
            NodeKind::NestedLoop if inner && child.measured.is_some_and(|it| it.loops >= MANY) => {
                Pull::All
            }
            NodeKind::HashJoin if inner => Pull::All,
            NodeKind::HashJoin if self.is_inner_empty(parent) => Pull::Some,
            NodeKind::Sort
            | NodeKind::Hash
            | NodeKind::BitmapHeapScan
            | NodeKind::BitmapAnd
            | NodeKind::BitmapOr => Pull::All,
            NodeKind::Aggregate | NodeKind::SetOp => match parent.strategy.as_deref() {
                Some("Plain" | "Hashed" | "Mixed") => Pull::All,
                _ => Pull::AsAsked,
            },
            _ => Pull::AsAsked,
        }
    }

    /// Whether a hash join found its hash table empty, and so gave up its outer side.
    fn is_inner_empty(&self, join: &Node) -> bool {
        self.child(join.id, &Relationship::Inner)
            .and_then(|inner| inner.measured)
            .is_some_and(|it| it.loops > 0.0 && it.rows.0 <= it.rounding.0)
    }
}

/// Loops among which one that was cut short no longer matters.
const MANY: f64 = 10.0;

/// How much of its child a node reads.
enum Pull {
    /// To its last row.
    All,
    /// Perhaps only a part.
    Some,
    /// As much as its own parent asks for.
    AsAsked,
}

/// A hashed subquery is read whole, EXISTS and ANY only to the first match.
fn pull_of_subplan(parent: &Node, child: &Node) -> Pull {
    let name = child.subplan_name.as_deref().unwrap_or_default();
    let hashed = format!("hashed {name}");
    let mut texts = parent
        .conditions
        .each()
        .map(|(_, text)| text)
        .chain(parent.output.iter().map(String::as_str));
    if !name.is_empty() && texts.any(|text| text.contains(&hashed)) {
        Pull::All
    } else {
        Pull::Some
    }
}
