//! Who pays for whom: the node whose figures hold those of another one.
//!
//! Mostly the parent. A WITH query is held by the scans that pull it, an `InitPlan` by the node
//! that first needs its value, wherever the two are printed. (Sources: `nodeCtescan.c` and
//! `nodeSubplan.c` run them inside the node that asks.)

use crate::base::NodeId;

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
    pub fn of(plan: &Plan) -> Self {
        let mut payers: Vec<Vec<NodeId>> =
            plan.nodes().map(|node| node.parent.into_iter().collect()).collect();
        for node in plan.nodes().filter(|node| node.relationship == Relationship::InitPlan) {
            payers[node.id.position()] = if plan.is_cte(node.id) {
                Vec::new()
            } else {
                first_user(plan, node).into_iter().collect()
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

/// The node that first needed the value of this `InitPlan`: below its parent, or the parent.
///
/// Of the nodes that name the value the deepest whose own figures can hold the `InitPlan`;
/// where none names it (only VERBOSE prints the columns handed up) the first that can.
fn first_user(plan: &Plan, init: &Node) -> Option<NodeId> {
    let top = init.parent?;
    let own = plan.subtree(init.id).map(|node| node.id).collect::<Vec<_>>();
    let outside = |node: &&Node| own.binary_search(&node.id).is_err() && !node.is_never_executed();
    let values = values_of(init);
    let mut users: Vec<NodeId> = plan
        .subtree(top)
        .filter(outside)
        .filter(|node| values.iter().any(|value| mentions(node, value)))
        .map(|node| leader_of(plan, node.id, top))
        .collect();
    users.sort_by_key(|id| (usize::MAX - plan.depth(*id), *id));
    let holds = |id: &NodeId| can_hold(plan, *id, init.id);
    users
        .iter()
        .copied()
        .find(holds)
        .or_else(|| plan.subtree(top).filter(outside).map(|node| node.id).find(holds))
        .or_else(|| users.first().copied())
        .or(Some(top))
}

/// The texts by which conditions name the value: `$0` up to 16, `(InitPlan 1)` from 17.
fn values_of(init: &Node) -> Vec<String> {
    let name = init.subplan_name.as_deref().unwrap_or_default();
    match name.split_once(" (returns ") {
        Some((_, values)) => values.trim_end_matches(')').split(',').map(str::to_owned).collect(),
        None if name.is_empty() => Vec::new(),
        None => vec![format!("({name})")],
    }
}

/// Whether a condition, key or column of the node names the value.
fn mentions(node: &Node, value: &str) -> bool {
    let conditions = node.conditions.each().map(|(_, text)| text);
    let lists = node.output.iter().chain(&node.keys.sort).chain(&node.keys.group);
    let digit = |rest: &str| rest.starts_with(|next: char| next.is_ascii_digit());
    conditions
        .chain(lists.map(String::as_str))
        .any(|text| text.match_indices(value).any(|(at, _)| !digit(&text[at + value.len()..])))
}

/// Values that workers need are computed by the leader, at the Gather, before they start.
fn leader_of(plan: &Plan, user: NodeId, top: NodeId) -> NodeId {
    plan.gather_above(user).filter(|gather| gather.id >= top).map_or(user, |gather| gather.id)
}

/// Whether the node's figures, less those of its plain children, have room for the `InitPlan`.
///
/// Judged by buffers, which are exact; by time, with a tenth of slack, where there are none.
fn can_hold(plan: &Plan, id: NodeId, init: NodeId) -> bool {
    let pages = |id: NodeId| plan.node(id).buffers.map_or(0, |it| it.touched().0);
    let wanted = pages(init);
    if wanted > 0 {
        return pages(id) >= plain_children(plan, id).map(pages).sum::<u64>() + wanted;
    }
    const SLACK: f64 = 0.9;
    let time = |id: NodeId| plan.wall_time(id).map_or(0.0, |it| it.0);
    time(id) - plain_children(plan, id).map(time).sum::<f64>() >= time(init) * SLACK
}

/// The children whose figures the parent's hold for sure.
fn plain_children(plan: &Plan, id: NodeId) -> impl Iterator<Item = NodeId> {
    plan.children(id)
        .filter(|child| child.relationship != Relationship::InitPlan)
        .map(|child| child.id)
}
