//! Parts of a plan that hang together, and what they are of the whole.
//!
//! Refuses to judge: the rules do. The figures are the plan's, this only adds them up.

use crate::base::{Millis, NodeId, Share};
use crate::plan::Node;
use crate::rules::{Fact, PlanOf};

impl PlanOf<'_> {
    /// The part of the statement that these nodes are: of its time where it ran, else of its
    /// planner cost. Never more than all of it: what a LIMIT does not pay for is no part.
    pub fn share_of<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> (Share, Fact) {
        let sum: f64 = nodes.into_iter().map(|node| self.share(node.id).0.0).sum();
        let share = Share(sum.min(1.0));
        let (_, kind) = self.share(self.plan.root().id);
        match kind {
            Fact::TimeShare(_) => (share, Fact::TimeShare(share)),
            _ => (share, Fact::CostShare(share)),
        }
    }

    /// The part of the statement that the node is with all below it.
    pub fn share_of_branch(&self, id: NodeId) -> (Share, Fact) {
        self.share_of(self.plan.subtree(id))
    }

    /// Own time of these nodes; none without ANALYZE or under TIMING OFF.
    pub fn time_of<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Option<Millis> {
        nodes.into_iter().map(|node| self.plan.own_time(node.id)).sum()
    }

    /// The node at or below this one that reads a table: the first in printed order.
    pub fn reader_below(&self, id: NodeId) -> Option<&Node> {
        self.plan.subtree(id).find(|it| it.relation.is_some())
    }
}
