//! Where every node stands: worked out once, so that walks over deep and wide plans stay cheap.

use std::collections::BTreeMap;

use crate::base::NodeId;

use super::kind::{NodeKind, Relationship};
use super::node::Node;

/// The places of all nodes, by position.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shape {
    /// The last node of the subtree in printed order.
    last: Vec<NodeId>,
    /// How deep it stands; the root at zero.
    depth: Vec<usize>,
    /// The Gather whose processes run it.
    gather: Vec<Option<NodeId>>,
    /// The top nodes of WITH queries by name, in printed order.
    ctes: BTreeMap<String, Vec<NodeId>>,
}

/// What the top node of a WITH query is called.
pub(super) const CTE: &str = "CTE ";

impl Shape {
    /// Works out the places of nodes in printed order, parents first.
    pub fn of(nodes: &[Node]) -> Self {
        let mut shape = Self {
            last: nodes.iter().map(|node| node.id).collect(),
            depth: vec![0; nodes.len()],
            gather: vec![None; nodes.len()],
            ctes: BTreeMap::new(),
        };
        for node in nodes {
            let Some(parent) = node.parent else { continue };
            let position = node.id.position();
            shape.depth[position] = shape.depth[parent.position()] + 1;
            shape.gather[position] = shape.gather_of(node, &nodes[parent.position()], nodes);
            if let Some(name) = node.subplan_name.as_deref().and_then(|it| it.strip_prefix(CTE)) {
                shape.ctes.entry(name.to_owned()).or_default().push(node.id);
            }
        }
        for node in nodes.iter().rev() {
            let Some(parent) = node.parent else { continue };
            let last = shape.last[node.id.position()];
            let of_parent = &mut shape.last[parent.position()];
            *of_parent = (*of_parent).max(last);
        }
        shape
    }

    /// The Gather whose processes run a node: the parent's, or the parent itself.
    ///
    /// An `InitPlan` is run by the leader alone before workers start (source: the comment on
    /// `ExecInitGather` and `ExecParallelInitializeDSM`, `execParallel.c`), unless its own figures
    /// show workers.
    fn gather_of(&self, node: &Node, parent: &Node, nodes: &[Node]) -> Option<NodeId> {
        let above = self.gather[parent.id.position()];
        let gather = if parent.kind.is_gather() { Some(parent.id) } else { above };
        if node.relationship != Relationship::InitPlan {
            return gather;
        }
        let told = |node: &Node| node.workers.iter().any(|it| it.measured.is_some());
        let gather_tells = gather.is_some_and(|it| {
            nodes[it.position()].children.iter().any(|child| told(&nodes[child.position()]))
        });
        let alone = parent.kind.is_gather() || (gather_tells && !told(node));
        if alone { gather.and_then(|it| self.gather[it.position()]) } else { gather }
    }

    /// The last node of a subtree in printed order.
    pub fn last_of(&self, id: NodeId) -> NodeId {
        self.last[id.position()]
    }

    /// How deep a node stands.
    pub fn depth(&self, id: NodeId) -> usize {
        self.depth[id.position()]
    }

    /// The Gather whose processes run a node.
    pub fn gather(&self, id: NodeId) -> Option<NodeId> {
        self.gather[id.position()]
    }

    /// The top node of the WITH query of this name that a reader means: that of the nearest level
    /// above it.
    pub fn cte(&self, name: &str, reader: NodeId, nodes: &[Node]) -> Option<NodeId> {
        let holds = |level: NodeId| (level..=self.last_of(level)).contains(&reader);
        let named = self.ctes.get(name)?.iter().copied();
        named
            .filter(|producer| !holds(*producer))
            .filter_map(|it| Some((nodes[it.position()].parent?, it)))
            .filter(|(level, _)| holds(*level))
            .max_by_key(|(level, it)| (*level, std::cmp::Reverse(*it)))
            .map(|(_, it)| it)
    }
}

/// Whether a node reads a WITH query by name.
pub(super) fn reads_cte(node: &Node) -> bool {
    node.kind == NodeKind::CteScan && node.cte_name.is_some()
}
