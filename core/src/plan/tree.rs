//! A whole plan: its nodes in printed order, and what EXPLAIN says outside of the tree.
//!
//! Complete when made; there is no setter. Nodes stand parents first, so a subtree is one run
//! of neighbours.

use std::collections::BTreeMap;

use crate::base::{Bytes, Millis, NodeId};

use super::account::{Account, accounts};
use super::figures::{Buffers, IoTime};
use super::kind::Relationship;
use super::node::Node;
use super::shape::{CTE, Shape, reads_cte};

/// One plan of one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Time that the planner took.
    pub planning: Option<Millis>,
    /// Buffers that the planner touched.
    pub planning_buffers: Option<Buffers>,
    /// Time of the planner's reading.
    pub planning_io: Option<IoTime>,
    /// Memory that the planner took (MEMORY, from version 17).
    pub planner_memory: Option<Memory>,
    /// Time of execution, with triggers, without serialization.
    pub execution: Option<Millis>,
    /// Settings that differ from their defaults (SETTINGS, from version 12).
    pub settings: BTreeMap<String, String>,
    /// The identifier that `pg_stat_statements` knows the statement by (from version 14).
    pub query_identifier: Option<i64>,
    /// The statement, where `auto_explain` wrote it along.
    pub query_text: Option<String>,
    /// Its parameters, where `auto_explain` wrote them along (from version 16).
    pub query_parameters: Option<String>,
    /// Triggers that fired.
    pub triggers: Vec<Trigger>,
    /// What just-in-time compilation took.
    pub jit: Option<Jit>,
    /// What turning rows into text took (SERIALIZE, from version 17).
    pub serialization: Option<Serialization>,
    /// All other keys beside the tree, as compact JSON.
    pub extra: BTreeMap<String, String>,
    nodes: Vec<Node>,
    shape: Shape,
    accounts: Vec<Account>,
}

/// One trigger of a plan: outside of the tree, and not seldom most of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The trigger's name.
    pub name: String,
    /// The constraint it upholds.
    pub constraint: Option<String>,
    /// Its table.
    pub relation: Option<String>,
    /// Time of all calls; absent under TIMING OFF.
    pub time: Option<Millis>,
    /// How often it was called.
    pub calls: f64,
}

/// What just-in-time compilation took, summed over leader and workers: it can exceed the time
/// that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Jit {
    /// Functions compiled.
    pub functions: u64,
    /// Time of it all; absent without ANALYZE.
    pub total: Option<Millis>,
    /// The parts of that time by the server's names: `Generation`, `Inlining`, `Optimization`,
    /// `Emission`.
    pub parts: BTreeMap<String, Millis>,
    /// What was switched on: `Inlining`, `Optimization`, `Expressions`, `Deforming`.
    pub options: BTreeMap<String, bool>,
}

/// Memory of the planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// In use.
    pub used: Bytes,
    /// Taken from the system.
    pub allocated: Bytes,
}

/// What turning the result into its wire form took.
#[derive(Debug, Clone, PartialEq)]
pub struct Serialization {
    /// Time; absent under TIMING OFF.
    pub time: Option<Millis>,
    /// Volume of the output.
    pub volume: Bytes,
    /// `text` or `binary`.
    pub format: String,
    /// Buffers touched for it: detoasting.
    pub buffers: Option<Buffers>,
    /// Time of its reading.
    pub io: Option<IoTime>,
}

/// What EXPLAIN says outside of the tree: the public fields of a `Plan`, while one is made.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    pub planning: Option<Millis>,
    pub planning_buffers: Option<Buffers>,
    pub planning_io: Option<IoTime>,
    pub planner_memory: Option<Memory>,
    pub execution: Option<Millis>,
    pub settings: BTreeMap<String, String>,
    pub query_identifier: Option<i64>,
    pub query_text: Option<String>,
    pub query_parameters: Option<String>,
    pub triggers: Vec<Trigger>,
    pub jit: Option<Jit>,
    pub serialization: Option<Serialization>,
    pub extra: BTreeMap<String, String>,
}

impl Plan {
    /// A plan of nodes in printed order, the root first.
    pub(super) fn new(mut nodes: Vec<Node>, around: Surroundings) -> Self {
        assert!(!nodes.is_empty(), "a plan has a root");
        // They were pushed one by one, and a plan of many thousand nodes lives long.
        nodes.shrink_to_fit();
        let bare = Self {
            planning: around.planning,
            planning_buffers: around.planning_buffers,
            planning_io: around.planning_io,
            planner_memory: around.planner_memory,
            execution: around.execution,
            settings: around.settings,
            query_identifier: around.query_identifier,
            query_text: around.query_text,
            query_parameters: around.query_parameters,
            triggers: around.triggers,
            jit: around.jit,
            serialization: around.serialization,
            extra: around.extra,
            shape: Shape::of(&nodes),
            nodes,
            accounts: Vec::new(),
        };
        Self { accounts: accounts(&bare), ..bare }
    }

    /// The top node.
    pub fn root(&self) -> &Node {
        &self.nodes[0]
    }

    /// The node of this id.
    ///
    /// # Panics
    /// When the id is of another plan.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.position()]
    }

    /// All nodes in printed order: parents first.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator {
        self.nodes.iter()
    }

    /// The node and all below it, in printed order.
    pub fn subtree(&self, id: NodeId) -> impl DoubleEndedIterator<Item = &Node> {
        self.nodes[id.position()..=self.last_of(id).position()].iter()
    }

    /// The last node of a subtree in printed order.
    pub(super) fn last_of(&self, id: NodeId) -> NodeId {
        self.shape.last_of(id)
    }

    /// The nodes printed under this one.
    pub fn children(&self, id: NodeId) -> impl DoubleEndedIterator<Item = &Node> {
        self.node(id).children.iter().map(|child| self.node(*child))
    }

    /// The child of this relationship: an outer or inner side.
    pub fn child(&self, id: NodeId, relationship: &Relationship) -> Option<&Node> {
        self.children(id).find(|child| child.relationship == *relationship)
    }

    /// The node that this one is printed under.
    pub fn parent(&self, id: NodeId) -> Option<&Node> {
        self.node(id).parent.map(|parent| self.node(parent))
    }

    /// All nodes above this one, the nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.parent(id), |node| self.parent(node.id))
    }

    /// How deep the node stands; the root at zero.
    pub fn depth(&self, id: NodeId) -> usize {
        self.shape.depth(id)
    }

    /// For a CTE Scan, the top node of the WITH query that it reads.
    ///
    /// The nearest level above that has one of this name; names of outer levels are hidden.
    pub fn cte_producer(&self, id: NodeId) -> Option<&Node> {
        let node = self.node(id);
        let name = node.cte_name.as_ref().filter(|_| reads_cte(node))?;
        self.shape.cte(name.as_str(), id, &self.nodes).map(|it| self.node(it))
    }

    /// The CTE Scans that read the WITH query with this top node.
    pub fn cte_readers(&self, producer: NodeId) -> impl Iterator<Item = &Node> {
        let of_a_cte = self.is_cte(producer);
        self.nodes().filter(move |node| {
            of_a_cte && self.cte_producer(node.id).is_some_and(|found| found.id == producer)
        })
    }

    /// Whether this is the top node of a WITH query.
    pub fn is_cte(&self, id: NodeId) -> bool {
        self.node(id).subplan_name.as_deref().is_some_and(|name| name.starts_with(CTE))
    }

    /// Whether the plan was run: ANALYZE.
    pub fn is_analyzed(&self) -> bool {
        self.root().measured.is_some()
    }

    /// Whether the node runs in parallel workers.
    pub fn inside_gather(&self, id: NodeId) -> bool {
        self.gather_above(id).is_some()
    }

    /// The Gather that collects what this node makes; none for what the leader runs alone.
    pub fn gather_above(&self, id: NodeId) -> Option<&Node> {
        self.shape.gather(id).map(|it| self.node(it))
    }

    /// What was worked out for a node when the plan was made.
    pub(super) fn account(&self, id: NodeId) -> &Account {
        &self.accounts[id.position()]
    }
}
