//! How long every node ran, as one clock on the wall would see it, and how exact that is.
//!
//! Outside of a Gather that is time × loops. Below one, several processes ran at once, and the
//! statement waited for the slowest: where the workers' own figures are printed (VERBOSE), every
//! node counts with its time in that process, so that times below a Gather add up as they did
//! there. Where they are not, the mean over processes stands for it, and the interval reaches
//! from nothing to the sum over all of them.

use std::collections::BTreeMap;

use crate::base::NodeId;

use super::figures::Measured;
use super::kind::Relationship;
use super::node::Node;
use super::tree::Plan;

/// Nanoseconds in a millisecond.
pub(super) const NANOSECONDS: f64 = 1e6;

/// EXPLAIN prints three digits of a millisecond, so each loop's time is off by half of the last.
const ROUNDING: f64 = 500.0;

/// A time in nanoseconds with what rounding and unknown processes leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Clocked {
    /// The likeliest time.
    pub value: u64,
    /// The least possible.
    pub low: u64,
    /// The most possible.
    pub high: u64,
    /// Half of the interval that rounding alone leaves open.
    pub slack: u64,
}

/// The process of a Gather that took longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slowest {
    Leader,
    Worker(u64),
}

/// How long every node ran, by position; `None` for a plan without times.
pub(super) fn clocked(plan: &Plan) -> Option<Vec<Clocked>> {
    plan.root().measured.and_then(|it| it.total)?;
    let mut slowest: BTreeMap<NodeId, Option<Slowest>> = BTreeMap::new();
    let times = plan.nodes().map(|node| {
        let Some(measured) = node.measured else { return Clocked::default() };
        let Some(gather) = plan.gather_above(node.id) else { return exact(part(&measured)) };
        let slowest = *slowest.entry(gather.id).or_insert_with(|| slowest_of(plan, gather));
        match slowest {
            Some(process) => exact(in_process(node, &measured, process)),
            None => mean(plan, node, &measured),
        }
    });
    Some(times.collect())
}

/// Time and rounding of a node's figures, in nanoseconds.
fn part(measured: &Measured) -> (f64, f64) {
    let total = measured.total.map_or(0.0, |it| it.0 * NANOSECONDS);
    (total * measured.loops, ROUNDING * measured.loops)
}

fn exact((value, slack): (f64, f64)) -> Clocked {
    Clocked {
        value: whole(value),
        low: whole(value - slack),
        high: whole(value + slack),
        slack: whole(slack),
    }
}

/// A node's time in one process; the leader's is what the workers leave.
fn in_process(node: &Node, all: &Measured, process: Slowest) -> (f64, f64) {
    let mut of_workers = node.workers.iter().filter_map(|it| Some((it.number, it.measured?)));
    match process {
        Slowest::Worker(number) => {
            of_workers.find(|(it, _)| *it == number).map_or((0.0, 0.0), |(_, it)| part(&it))
        }
        Slowest::Leader => of_workers.fold(part(all), |(value, slack), (_, worker)| {
            let (less, rounding) = part(&worker);
            ((value - less).max(0.0), slack + rounding)
        }),
    }
}

/// The mean over the processes that may have run the node.
fn mean(plan: &Plan, node: &Node, measured: &Measured) -> Clocked {
    let (total, slack) = part(measured);
    let processes = plan.processes(node.id);
    Clocked {
        value: whole(total / processes),
        low: 0,
        high: whole(total + slack),
        slack: whole(slack / processes),
    }
}

/// The process that took longest below a Gather, where the workers' own times are printed.
fn slowest_of(plan: &Plan, gather: &Node) -> Option<Slowest> {
    let top = plan.child(gather.id, &Relationship::Outer)?;
    let all = top.measured?;
    let by_worker: Vec<(u64, Measured)> =
        top.workers.iter().filter_map(|it| Some((it.number, it.measured?))).collect();
    let (worker, time) = by_worker
        .iter()
        .map(|(number, measured)| (*number, part(measured).0))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    let (leader, _) = in_process(top, &all, Slowest::Leader);
    Some(if leader >= time { Slowest::Leader } else { Slowest::Worker(worker) })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates: nothing below zero, and what a time beyond 500 years deserves"
)]
pub(super) fn whole(figure: f64) -> u64 {
    figure.round() as u64
}
