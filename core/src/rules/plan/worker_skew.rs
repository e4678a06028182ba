use crate::base::{Millis, Share};
use crate::plan::{Node, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Parallel workers that wait for one of them.
    ///
    /// ## What it does
    /// Compares the processes below a Gather: the busiest must have worked at least twice as long
    /// as the others on average, and what even work would have saved must be at least a fifth of
    /// the statement and a tenth of a second. Times of single workers are printed with VERBOSE
    /// only.
    /// ## Why it matters
    /// A parallel step ends with its last process. Workers that are done early are held and idle.
    /// ## When it is fine
    /// In short runs, where one process is done before the others have started.
    /// ## What to do
    /// Under a Parallel Append one partition is mostly much larger than the rest: make it
    /// splittable (a parallel scan of it, parallel_workers of its table) or split it. Under a
    /// parallel join mostly one value is much more common than the others. Under a parallel scan
    /// the costly rows lie together.
    /// ## Source
    /// Twice the others is our own choice: below it, what could be saved is less than the noise of
    /// starting workers.
    "worker-skew", Severity::Warn, Check::Plan(check)
}

/// How many times longer than the others the busiest process worked.
const SKEW_MIN: f64 = 2.0;

/// Part of the statement that even work would have saved.
const WAIT_SHARE_MIN: Share = Share::percent(20.0);

/// Less than this is the start of workers: on a machine whose processors were all busy, parallel
/// scans of 50 ms showed up to 50 ms of it, and one of 200 ms showed 100.
const WAIT_MIN: Millis = Millis(100.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for gather in plan.plan.nodes().filter(|it| it.gather.is_some()) {
        let Some(top) = plan.plan.child(gather.id, &Relationship::Outer) else { continue };
        let times = times(top);
        if times.len() < 2 {
            continue;
        }
        let busiest = times.iter().copied().fold(0.0, f64::max);
        let sum: f64 = times.iter().sum();
        let mean = sum / times.len() as f64;
        let others = (sum - busiest) / (times.len() - 1) as f64;
        let wait = Millis(busiest - mean);
        let all = plan.plan.wall_time(plan.plan.root().id).map_or(0.0, |it| it.0);
        let share = Share::of(wait.0, all);
        if busiest < others * SKEW_MIN || wait < WAIT_MIN || share < WAIT_SHARE_MIN {
            continue;
        }
        let scan = plan.reader_below(gather.id).unwrap_or(gather);
        found.push(Finding {
            facts: vec![
                Fact::Uneven { busiest: Millis(busiest), mean: Millis(mean) },
                Fact::TimeShare(share),
            ],
            remedies: vec![Remedy::Rewrite(format!(
                "Find what gave one process most of the work: below {} a partition or a value \
                 that is much larger than the others.",
                shared(plan, top).kind
            ))],
            ..plan.finding(&RULE, plan.subject(scan), share)
        });
    }
}

/// The node that deals the work out: the first below that is no aggregate or sort.
fn shared<'a>(plan: &PlanOf<'a>, top: &'a Node) -> &'a Node {
    let deals = |it: &&Node| it.parallel_aware || it.kind.is_join() || it.kind.is_scan();
    plan.plan.subtree(top.id).find(deals).unwrap_or(top)
}

/// Milliseconds that each process spent in the node, the leader's last where it took part.
fn times(top: &Node) -> Vec<f64> {
    let spent = |it: crate::plan::Measured| it.total.map(|total| total.0 * it.loops);
    let workers = top.workers.iter().filter_map(|it| it.measured);
    let mut times: Vec<f64> = workers.clone().filter_map(spent).collect();
    let loops: f64 = workers.map(|it| it.loops).sum();
    if let Some(all) = top.measured.filter(|it| it.loops - loops > 0.5).and_then(spent) {
        times.push((all - times.iter().sum::<f64>()).max(0.0));
    }
    times
}
