//! Whether figures that include those of others can be told apart, and whether ours do it.
//!
//! Each node's figure is what flows through it: its own part and what comes from the nodes whose
//! figures it holds. A figure that was rounded may be anything that rounds to it. Whether
//! times below a Gather can be told apart at all is asked of the mean over its processes; ours
//! are those of one process.

use std::collections::BTreeSet;

use pgsextant::base::NodeId;
use pgsextant::plan::Plan;

use crate::document::Item;

use super::flow::{Network, UNBOUNDED};
use super::tree::{COUNTERS, Leaf, holders, processes, runs_beside};

/// Nanoseconds in a millisecond.
const NANOSECONDS: f64 = 1e6;

/// What rounding to a thousandth of a millisecond hides, in nanoseconds a loop.
const HIDDEN: f64 = 500.0;

/// How far a sum of floating figures may be off, in nanoseconds.
const DUST: i64 = 16;

/// What was found out about one plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The plan's times: no assignment at all can hold, by so many nanoseconds.
    pub times_contradict: Option<i64>,
    /// Our exclusive times are no such assignment, by so many nanoseconds.
    pub own_times_wrong: Option<i64>,
    /// The sum of our exclusive times is not the root's, within one part in a hundred.
    pub time_sum_off: bool,
    /// A time of ours is negative.
    pub negative_time: bool,
    /// Counters for which no assignment holds.
    pub blocks_contradict: Vec<&'static str>,
    /// Counters for which our exclusive blocks are none.
    pub own_blocks_wrong: Vec<&'static str>,
    /// Counters of which the sum of ours is not the root's.
    pub block_sum_off: Vec<&'static str>,
}

impl Verdict {
    /// Whether all is well with the times.
    pub fn times_hold(&self) -> bool {
        self.times_contradict.is_none()
            && self.own_times_wrong.is_none()
            && !self.time_sum_off
            && !self.negative_time
    }

    /// Whether all is well with the blocks.
    pub fn blocks_hold(&self) -> bool {
        self.blocks_contradict.is_empty()
            && self.own_blocks_wrong.is_empty()
            && self.block_sum_off.is_empty()
    }
}

/// Judges one measured plan.
pub(super) fn judge(leaves: &[Leaf<'_>], plan: &Plan) -> Verdict {
    let mut verdict = Verdict::default();
    if leaves[0].item.get("Actual Total Time").is_some() {
        judge_times(leaves, plan, &mut verdict);
    }
    if COUNTERS.iter().any(|key| leaves[0].item.get(key).is_some()) {
        for (position, counter) in COUNTERS.into_iter().enumerate() {
            judge_blocks(leaves, plan, (position, counter), &mut verdict);
        }
    }
    verdict
}

#[expect(clippy::cast_possible_truncation, reason = "plans do not last for 290 years")]
fn whole(figure: f64) -> i64 {
    figure.round() as i64
}

fn judge_times(leaves: &[Leaf<'_>], plan: &Plan, verdict: &mut Verdict) {
    let printed: Vec<(i64, i64)> = leaves
        .iter()
        .map(|leaf| leaf.gather.map_or(1.0, |gather| processes(leaves, gather)))
        .zip(leaves)
        .map(|(shared, leaf)| rounded(time_of(leaf.item), leaf.loops, shared))
        .collect();
    let any = vec![(0, UNBOUNDED / 2); leaves.len()];
    verdict.times_contradict = lacking(leaves, &printed, &any);

    let own: Vec<f64> = (0..leaves.len())
        .map(|at| plan.own_time(NodeId::at(at)).map_or(0.0, |it| it.0 * NANOSECONDS))
        .collect();
    verdict.negative_time = own.iter().any(|it| *it < 0.0);
    let fixed: Vec<(i64, i64)> =
        own.iter().map(|it| ((whole(*it) - DUST).max(0), whole(*it) + DUST)).collect();
    // Time below a Gather is that of one of its processes: that of any one will do.
    let tried = clocks(leaves).into_iter().map(|clock| lacking(leaves, &clock, &fixed));
    verdict.own_times_wrong = tried.min_by_key(|it| it.unwrap_or(0)).flatten();
    let beside = plan.time_beside_root().map_or(0.0, |it| it.0 * NANOSECONDS);
    let (sum, root) = (own.iter().sum::<f64>() - beside, time_of(leaves[0].item));
    verdict.time_sum_off = (sum - root).abs() > root * 0.01 + HIDDEN;
}

/// The time of one loop, in nanoseconds.
fn time_of(item: &Item) -> f64 {
    item.number("Actual Total Time").unwrap_or(0.0) * NANOSECONDS
}

/// What the time of so many loops may have been before it was rounded, for one of `shared`
/// processes.
fn rounded(time: f64, loops: f64, shared: f64) -> (i64, i64) {
    let (low, high) = ((time - HIDDEN) * loops / shared, (time + HIDDEN) * loops / shared);
    ((whole(low) - DUST).max(0), whole(high) + DUST)
}

/// The times of all nodes, for each choice of one process for every Gather.
fn clocks(leaves: &[Leaf<'_>]) -> Vec<Vec<(i64, i64)>> {
    /// More choices than any plan of the corpus has.
    const CHOICES_MAX: usize = 729;
    let own = |leaf: &Leaf<'_>| rounded(time_of(leaf.item), leaf.loops, 1.0);
    let mut found: Vec<Vec<(i64, i64)>> = vec![leaves.iter().map(own).collect()];
    let gathers: BTreeSet<usize> = leaves.iter().filter_map(|it| it.gather).collect();
    for gather in gathers {
        let mut more = Vec::new();
        for clock in &found {
            for process in processes_of(leaves, gather) {
                let mut clock = clock.clone();
                for (at, leaf) in leaves.iter().enumerate() {
                    if leaf.gather == Some(gather) {
                        clock[at] = in_process(leaf, process);
                    }
                }
                more.push(clock);
            }
        }
        more.truncate(CHOICES_MAX);
        found = more;
    }
    found
}

/// One of the processes that run what a Gather collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    Leader,
    Worker(i64),
    /// Nothing is said of single processes.
    Any,
}

fn processes_of(leaves: &[Leaf<'_>], gather: usize) -> Vec<Process> {
    let below = leaves.iter().filter(|it| it.gather == Some(gather));
    let numbers: BTreeSet<i64> = below.flat_map(|it| workers(it).map(|(it, _)| it)).collect();
    if numbers.is_empty() && leaves[gather].item.number("Workers Launched") > Some(0.0) {
        return vec![Process::Any];
    }
    std::iter::once(Process::Leader).chain(numbers.into_iter().map(Process::Worker)).collect()
}

/// What workers say of their own time.
fn workers<'a>(leaf: &Leaf<'a>) -> impl Iterator<Item = (i64, &'a Item)> {
    let timed = leaf.item.all("Workers").filter(|it| it.get("Actual Total Time").is_some());
    timed.map(|it| (whole(it.number("Worker Number").unwrap_or(-1.0)), it))
}

/// A node's time in one process; the leader's is what the workers leave.
fn in_process(leaf: &Leaf<'_>, process: Process) -> (i64, i64) {
    let loops = |it: &Item| it.number("Actual Loops").unwrap_or(0.0);
    let all = rounded(time_of(leaf.item), leaf.loops, 1.0);
    match process {
        Process::Any => (0, all.1),
        Process::Worker(number) => {
            let own = workers(leaf).find(|(it, _)| *it == number);
            own.map_or((0, DUST), |(_, it)| rounded(time_of(it), loops(it), 1.0))
        }
        Process::Leader => workers(leaf).fold(all, |(low, high), (_, it)| {
            let less = rounded(time_of(it), loops(it), 1.0);
            ((low - less.1).max(0), (high - less.0).max(0))
        }),
    }
}

/// Why printed times may contradict each other.
pub(super) fn cause(leaves: &[Leaf<'_>]) -> String {
    let time = |at: usize| rounded(time_of(leaves[at].item), leaves[at].loops, 1.0);
    let late = (0..leaves.len()).filter(|at| leaves[*at].is_lazy()).find(|at| {
        let held: i64 = holders(leaves, *at).into_iter().map(|it| time(it).1).sum();
        !runs_beside(leaves, *at) && time(*at).0 > held
    });
    match late {
        Some(at) => format!(
            "{} took longer than its readers: the server adds the time of its end to it alone",
            leaves[at].item.text("Subplan Name")
        ),
        None => "children took longer than their parent".to_owned(),
    }
}

fn judge_blocks(
    leaves: &[Leaf<'_>],
    plan: &Plan,
    (position, counter): (usize, &'static str),
    verdict: &mut Verdict,
) {
    let of = |leaf: &Leaf<'_>| whole(leaf.item.number(counter).unwrap_or(0.0));
    let printed: Vec<(i64, i64)> = leaves.iter().map(|it| (of(it), of(it))).collect();
    if printed.iter().all(|it| *it == (0, 0)) {
        return;
    }
    let any = vec![(0, UNBOUNDED / 2); leaves.len()];
    if lacking(leaves, &printed, &any).is_some() {
        verdict.blocks_contradict.push(counter);
    }
    let own: Vec<i64> =
        (0..leaves.len()).map(|at| own_blocks(plan, NodeId::at(at), position)).collect();
    let fixed: Vec<(i64, i64)> = own.iter().map(|it| (*it, *it)).collect();
    if lacking(leaves, &printed, &fixed).is_some() {
        verdict.own_blocks_wrong.push(counter);
    }
    let sum: i64 = own.iter().sum();
    let beside: i64 =
        (0..leaves.len()).filter(|at| runs_beside(leaves, *at)).map(|at| of(&leaves[at])).sum();
    let root = of(&leaves[0]);
    if sum < root || sum > root + beside {
        verdict.block_sum_off.push(counter);
    }
}

fn own_blocks(plan: &Plan, id: NodeId, position: usize) -> i64 {
    let Some(own) = plan.own_buffers(id) else { return 0 };
    let pages = [
        own.shared_hit,
        own.shared_read,
        own.shared_dirtied,
        own.shared_written,
        own.local_hit,
        own.local_read,
        own.local_dirtied,
        own.local_written,
        own.temp_read,
        own.temp_written,
    ];
    i64::try_from(pages[position].0).unwrap_or(i64::MAX)
}

/// How much cannot be shared out within the bounds; none when all can.
fn lacking(leaves: &[Leaf<'_>], through: &[(i64, i64)], own: &[(i64, i64)]) -> Option<i64> {
    let (source, sink) = (2 * leaves.len(), 2 * leaves.len() + 1);
    let (entry, exit) = (|at: usize| 2 * at, |at: usize| 2 * at + 1);
    let mut network = Network::new(sink + 1);
    for (at, leaf) in leaves.iter().enumerate() {
        network.arc(source, entry(at), own[at]);
        network.arc(entry(at), exit(at), through[at]);
        match leaf.parent {
            Some(_) if leaf.is_lazy() => {
                for holder in holders(leaves, at) {
                    network.arc(exit(at), entry(holder), (0, UNBOUNDED / 2));
                }
                if runs_beside(leaves, at) {
                    network.arc(exit(at), sink, (0, UNBOUNDED / 2));
                }
            }
            Some(parent) => network.arc(exit(at), entry(parent), (0, UNBOUNDED / 2)),
            None => network.arc(exit(at), sink, (0, UNBOUNDED / 2)),
        }
    }
    Some(network.missing(source, sink)).filter(|it| *it > 0)
}
