//! Who pays for whom: the node whose figures hold those of another one.
//!
//! Mostly the parent. A WITH query is held by the scans that pull it, an `InitPlan` by the node
//! that first needs its value, wherever the two are printed. (Sources: `nodeCtescan.c` and
//! `nodeSubplan.c` run them inside the node that asks.)

use std::collections::{BTreeMap, BTreeSet};

use crate::base::NodeId;

use super::clock::Clocked;
use super::kind::Relationship;
use super::node::Node;
use super::tree::Plan;

/// For each node those that pay for it, and an order in which payers stand before payees.
pub(super) struct Charges {
    /// By position, the payers: one for most nodes, each reader for a WITH query, none for
    /// the root and for WITH queries that nobody reads.
    pub payers: Vec<Vec<NodeId>>,
    /// All nodes, payers and parents first.
    pub order: Vec<NodeId>,
}

impl Charges {
    /// Finds who pays for whom. A plan written by hand may hold a circle; then everybody is
    /// paid for by the parent.
    pub fn of(plan: &Plan, clocked: Option<&[Clocked]>) -> Self {
        let mut payers: Vec<Vec<NodeId>> =
            plan.nodes().map(|node| node.parent.into_iter().collect()).collect();
        let users = Users::of(plan);
        for node in plan.nodes().filter(|node| node.relationship == Relationship::InitPlan) {
            payers[node.id.position()] = if plan.is_cte(node.id) {
                Vec::new()
            } else {
                let search = Search { plan, clocked, users: &users };
                search.first_user(node).into_iter().collect()
            };
        }
        for node in plan.nodes() {
            if let Some(producer) = plan.cte_producer(node.id) {
                payers[producer.id.position()].push(node.id);
            }
        }
        if let Some(order) = payers_first(plan, &payers) {
            return Self { payers, order };
        }
        let payers = plan.nodes().map(|node| node.parent.into_iter().collect()).collect();
        Self { payers, order: plan.nodes().map(|node| node.id).collect() }
    }
}

/// An order in which each node follows its parent and its payers; none in a circle.
fn payers_first(plan: &Plan, payers: &[Vec<NodeId>]) -> Option<Vec<NodeId>> {
    let mut waits_for = vec![0_usize; payers.len()];
    let mut awaited_by: Vec<Vec<NodeId>> = vec![Vec::new(); payers.len()];
    for node in plan.nodes() {
        for before in payers[node.id.position()].iter().copied().chain(node.parent) {
            waits_for[node.id.position()] += 1;
            awaited_by[before.position()].push(node.id);
        }
    }
    let mut order = vec![plan.root().id];
    let mut next = 0;
    while let Some(done) = order.get(next).copied() {
        next += 1;
        for waiting in &awaited_by[done.position()] {
            waits_for[waiting.position()] -= 1;
            if waits_for[waiting.position()] == 0 {
                order.push(*waiting);
            }
        }
    }
    (order.len() == payers.len()).then_some(order)
}

/// The nodes that name each value of an `InitPlan`, in printed order.
struct Users(BTreeMap<String, Vec<NodeId>>);

impl Users {
    fn of(plan: &Plan) -> Self {
        let mut found: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for node in plan.nodes() {
            let conditions = node.conditions.each().map(|(_, text)| text);
            let lists = node.output.iter().chain(&node.keys.sort).chain(&node.keys.group);
            let named: BTreeSet<&str> =
                conditions.chain(lists.map(String::as_str)).flat_map(values_in).collect();
            for value in named {
                found.entry(value.to_owned()).or_default().push(node.id);
            }
        }
        Self(found)
    }
}

/// The values that a text names: `$0` up to 16, `(InitPlan 1)` from 17.
fn values_in(text: &str) -> impl Iterator<Item = &str> {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len())
    };
    let old = text.match_indices('$').map(move |(at, _)| &text[at..digits(at + 1)]);
    let new = text
        .match_indices("(InitPlan ")
        .filter_map(|(at, _)| Some(&text[at..=at + text[at..].find(')')?]));
    old.chain(new)
}

/// The texts by which conditions name the value of an `InitPlan`.
fn values_of(init: &Node) -> Vec<String> {
    let name = init.subplan_name.as_deref().unwrap_or_default();
    match name.split_once(" (returns ") {
        Some((_, values)) => values.trim_end_matches(')').split(',').map(str::to_owned).collect(),
        None if name.is_empty() => Vec::new(),
        None => vec![format!("({name})")],
    }
}

/// What the search for the first user of an `InitPlan` looks at.
struct Search<'a> {
    plan: &'a Plan,
    clocked: Option<&'a [Clocked]>,
    users: &'a Users,
}

/// Nodes that are looked at for one `InitPlan` that nobody names: a plan of many thousand nodes
/// would take minutes else, and the first that can hold it is near the top.
const SEARCH_MAX: usize = 1_000;

impl Search<'_> {
    /// The node that first needed the value of this `InitPlan`: below its parent, or the parent.
    ///
    /// Of the nodes that name the value the deepest whose own figures can hold the `InitPlan`;
    /// where none names it (only VERBOSE prints the columns handed up) the first that can.
    fn first_user(&self, init: &Node) -> Option<NodeId> {
        let plan = self.plan;
        let top = init.parent?;
        let (last, own_last) = (plan.last_of(top), plan.last_of(init.id));
        let outside = |id: &NodeId| !(init.id..=own_last).contains(id);
        let ran = |id: &NodeId| !plan.node(*id).is_never_executed();
        let named: BTreeSet<NodeId> = values_of(init)
            .iter()
            .filter_map(|value| self.users.0.get(value))
            .flat_map(|users| {
                let from = users.partition_point(|it| *it < top);
                users[from..].iter().take_while(|it| **it <= last).take(SEARCH_MAX)
            })
            .copied()
            .filter(outside)
            .filter(ran)
            .map(|id| leader_of(plan, id, top))
            .collect();
        let mut users: Vec<NodeId> = named.into_iter().collect();
        users.sort_by_key(|id| (usize::MAX - plan.depth(*id), *id));
        let holds = |id: &NodeId| self.can_hold(*id, init.id);
        let below = || plan.subtree(top).map(|node| node.id).filter(outside).filter(ran);
        users
            .iter()
            .copied()
            .find(holds)
            .or_else(|| below().take(SEARCH_MAX).find(holds))
            .or_else(|| users.first().copied())
            .or(Some(top))
    }

    /// Whether the node's figures, less those of its plain children, have room for the `InitPlan`.
    ///
    /// Judged by buffers, which are exact, and by time as far as its rounding lets.
    fn can_hold(&self, id: NodeId, init: NodeId) -> bool {
        let plan = self.plan;
        let pages = |id: NodeId| plan.node(id).buffers.map_or(0, |it| it.touched().0);
        let children = plain_children(plan, id).map(pages).fold(0, u64::saturating_add);
        let pages_fit = pages(id) >= children.saturating_add(pages(init));
        let Some(clocked) = self.clocked else { return pages_fit };
        let clock = |id: NodeId| clocked[id.position()];
        let children =
            plain_children(plan, id).map(|it| clock(it).low).fold(0, u64::saturating_add);
        pages_fit && clock(id).high >= children.saturating_add(clock(init).low)
    }
}

/// Values that workers need are computed by the leader, at the Gather, before they start.
fn leader_of(plan: &Plan, user: NodeId, top: NodeId) -> NodeId {
    plan.gather_above(user).filter(|gather| gather.id >= top).map_or(user, |gather| gather.id)
}

/// The children whose figures the parent's hold for sure.
fn plain_children(plan: &Plan, id: NodeId) -> impl Iterator<Item = NodeId> {
    plan.children(id)
        .filter(|child| child.relationship != Relationship::InitPlan)
        .map(|child| child.id)
}
