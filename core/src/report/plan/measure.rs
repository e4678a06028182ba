//! What the parts of a plan are measured by: time where it ran with timing, else planner cost.
//!
//! The whole is planning and execution, so that the tree and what stands beside it add up. Own
//! times are the plan's; own costs are a model, made here, and always marked as estimates.

use crate::base::{Millis, NodeId, Share};
use crate::plan::{NodeKind, Plan, Relationship};

/// What shares are shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// Measured time.
    Time,
    /// The planner's cost: the plan was not run, or without timing.
    Cost,
    /// Neither: only the shape is known.
    Nothing,
}

/// A plan with its parts measured.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    /// By what.
    pub basis: Basis,
    /// All of it: milliseconds or cost.
    pub whole: f64,
    /// Each node's own part, by position.
    own: Vec<f64>,
    /// What took time outside of the tree, in the order in which it happened.
    pub beside: Vec<Beside>,
}

/// One thing outside of the tree that took time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    /// What.
    pub kind: BesideKind,
    /// How long.
    pub time: Millis,
    /// Whether it is in the figures of the tree already, and adds nothing to the whole.
    pub is_inside: bool,
}

/// What takes time outside of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BesideKind {
    /// Making the plan.
    Planning,
    /// A trigger, by its position.
    Trigger(usize),
    /// Turning rows into text.
    Serialization,
    /// Just-in-time compilation, which happens inside of nodes, in several processes.
    Compilation,
    /// Starting and ending the executor, and what nothing else explains.
    Rest,
}

impl Measure {
    /// Measures a plan.
    pub fn of(plan: &Plan) -> Self {
        let times: Option<Vec<f64>> =
            plan.nodes().map(|node| plan.own_time(node.id).map(|it| it.0)).collect();
        if let Some(own) = times {
            let tree: f64 = own.iter().sum();
            let beside = beside(plan, tree);
            let outside = beside.iter().filter(|it| !it.is_inside).map(|it| it.time.0);
            return Self { basis: Basis::Time, whole: tree + outside.sum::<f64>(), own, beside };
        }
        let own = own_costs(plan);
        let basis = if own.iter().any(|it| *it > 0.0) { Basis::Cost } else { Basis::Nothing };
        Self { basis, whole: own.iter().sum(), own, beside: beside_of_cost(plan) }
    }

    /// The node's own part: milliseconds or cost.
    pub fn own(&self, id: NodeId) -> f64 {
        self.own[id.position()]
    }

    /// The node's own part of the whole.
    pub fn share(&self, id: NodeId) -> Share {
        self.share_of(self.own(id))
    }

    /// A part of the whole.
    pub fn share_of(&self, part: f64) -> Share {
        Share::of(part, self.whole)
    }
}

/// What took time outside of the tree.
///
/// Execution Time starts before the executor does and ends after the last trigger and the last
/// row is sent (`ExplainOnePlan`); the root's time is that of its own calls. What triggers and
/// serialization do not explain of the difference is the executor's start and end. A trigger
/// that runs BEFORE rows are written is inside the time of the node that writes.
fn beside(plan: &Plan, tree: f64) -> Vec<Beside> {
    let mut found = Vec::new();
    let planning = plan.planning.map(|time| (BesideKind::Planning, time));
    let entry = |(kind, time)| Beside { kind, time, is_inside: false };
    found.extend(planning.map(entry));
    let mut left = plan.execution.map_or(0.0, |it| (it.0 - tree).max(0.0));
    let without_execution = plan.execution.is_none();
    let triggers = plan.triggers.iter().enumerate();
    let triggers = triggers
        .filter_map(|(position, it)| it.time.map(|time| (BesideKind::Trigger(position), time)));
    let serialization = plan.serialization.as_ref().and_then(|it| it.time);
    let serialization = serialization.map(|time| (BesideKind::Serialization, time));
    for (kind, time) in triggers.chain(serialization) {
        // Half a microsecond each way is rounding.
        let is_inside = time.0 > left + 0.001 && !without_execution;
        if !is_inside {
            left = (left - time.0).max(0.0);
        }
        found.push(Beside { kind, time, is_inside });
    }
    if left > 0.0 {
        found.push(Beside { kind: BesideKind::Rest, time: Millis(left), is_inside: false });
    }
    let compilation = plan.jit.as_ref().and_then(|it| it.total);
    let compilation =
        compilation.map(|time| Beside { kind: BesideKind::Compilation, time, is_inside: true });
    found.extend(compilation);
    found
}

/// A plan measured by cost may still say how long planning took; it is no part of the cost.
fn beside_of_cost(plan: &Plan) -> Vec<Beside> {
    let planning = plan.planning.into_iter();
    planning.map(|time| Beside { kind: BesideKind::Planning, time, is_inside: true }).collect()
}

/// Each node's own part of the root's cost.
///
/// A child is granted what it claims of its parent's grant: its total cost, as often as the
/// parent is expected to run it; where children claim more than there is (under a Limit, which
/// pays for a part only) their claims shrink in proportion. So all parts add up to the root's.
fn own_costs(plan: &Plan) -> Vec<f64> {
    let total = |id: NodeId| plan.node(id).estimate.map_or(0.0, |it| it.total.0.max(0.0));
    let mut granted = vec![0.0; plan.nodes().len()];
    let mut own = granted.clone();
    granted[plan.root().id.position()] = total(plan.root().id);
    for node in plan.nodes() {
        let grant = granted[node.id.position()];
        // What the parent was granted less than it claimed, its children are granted less.
        let shrunk = grant / total(node.id).max(grant).max(f64::MIN_POSITIVE);
        let claims: Vec<(NodeId, f64)> = plan
            .children(node.id)
            .map(|child| (child.id, total(child.id) * runs(plan, child.id) * shrunk))
            .collect();
        let claimed: f64 = claims.iter().map(|(_, claim)| claim).sum();
        let scale = if claimed > grant { grant / claimed } else { 1.0 };
        let mut left = grant;
        for (child, claim) in claims {
            let part = if claim.is_finite() { claim * scale } else { 0.0 };
            granted[child.position()] = part;
            left -= part;
        }
        own[node.id.position()] = left.max(0.0);
    }
    own
}

/// How often the planner expects a node to be run by its parent.
fn runs(plan: &Plan, id: NodeId) -> f64 {
    let node = plan.node(id);
    let below_loop = plan.parent(id).is_some_and(|it| it.kind == NodeKind::NestedLoop);
    // What is kept costs little to read again, so it is counted once.
    let is_kept = matches!(node.kind, NodeKind::Materialize | NodeKind::Memoize);
    if !below_loop || node.relationship != Relationship::Inner || is_kept {
        return 1.0;
    }
    let outer = node.parent.and_then(|it| plan.child(it, &Relationship::Outer));
    outer.and_then(|it| it.estimate).map_or(1.0, |it| it.rows.0.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::read_json;
    use crate::testing::{fixtures, text_of};

    fn fixture(name: &str) -> Plan {
        let file = fixtures("plans").join(format!("{name}.json"));
        read_json(&text_of(&file)).unwrap().0.remove(0)
    }

    #[test]
    fn everything_adds_up_to_the_whole() {
        for name in ["nested_loop_18", "delete_cascade_18", "serialized_17", "gather_jit15"] {
            let plan = fixture(name);
            let measure = Measure::of(&plan);
            assert_eq!(measure.basis, Basis::Time, "{name}");
            let stated = plan.planning.unwrap_or_default() + plan.execution.unwrap_or_default();
            let off = (measure.whole - stated.0).abs();
            assert!(off < 0.002 * stated.0.max(1.0), "{name}: {} of {stated}", measure.whole);
        }
    }

    #[test]
    fn shares_the_roots_cost_out_to_the_last_bit() {
        for name in ["estimates_only_17", "nested_loop_18", "limit_stops_early_18"] {
            let plan = fixture(name);
            let own = own_costs(&plan);
            let whole = plan.root().estimate.unwrap().total.0;
            let sum: f64 = own.iter().sum();
            assert!((sum - whole).abs() < 1e-6 * whole, "{name}: {sum} of {whole}");
            assert!(own.iter().all(|it| *it >= 0.0), "{name}: {own:?}");
        }
    }
}
