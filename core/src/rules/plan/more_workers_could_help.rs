use crate::base::{Millis, Pages, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A long parallel scan of a table large enough for more workers than it was given.
    ///
    /// ## What it does
    /// Looks for a parallel sequential scan that is at least half of the statement and two hundred
    /// milliseconds, whose workers all started, and whose table is so large that the planner by its
    /// own formula would have taken more, had max_parallel_workers_per_gather let it.
    /// ## Why it matters
    /// The work of a scan is split evenly; each further process takes its part of the time away, as
    /// long as there are processors and the disk keeps up.
    /// ## When it is fine
    /// On a server that is busy with many short statements: the workers would be missing there.
    /// ## What to do
    /// Raise max_parallel_workers_per_gather for this role or statement; for one table, its
    /// parallel_workers.
    /// ## Source
    /// compute_parallel_worker in allpaths.c: one worker from min_parallel_table_scan_size (8 MB)
    /// on and one more for each threefold size.
    "more-workers-could-help", Severity::Info, Check::Plan(check)
}

/// Part of the statement that the scan is.
const SHARE_MIN: Share = Share::percent(50.0);

/// Time of the scan below which starting more workers eats what they save: one takes some ms.
const TIME_MIN: Millis = Millis(200.0);

/// `min_parallel_table_scan_size`'s default in pages: 8 MB.
const FIRST_WORKER: Pages = Pages(1024);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(gather) = node.gather else { continue };
        let planned = gather.workers_planned;
        let parallel = |it: &&Node| it.kind == NodeKind::SeqScan && it.parallel_aware;
        let scans: Vec<&Node> = plan.plan.subtree(node.id).filter(parallel).collect();
        let [scan] = scans.as_slice() else { continue };
        let Some(touched) = plan.plan.own_buffers(scan.id).map(crate::plan::Buffers::touched)
        else {
            continue;
        };
        let wanted = workers_for(touched);
        let (share, share_fact) = plan.share(scan.id);
        let time = plan.plan.own_time(scan.id).unwrap_or_default();
        let bound = plan.ran_with("min_parallel_table_scan_size").is_none();
        if !bound
            || gather.workers_launched != Some(planned)
            || wanted <= planned
            || share < SHARE_MIN
            || time < TIME_MIN
            || plan.plan.may_stop_early(scan.id)
        {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::Workers { planned, launched: planned },
                Fact::Touched { pages: touched, table: None },
                Fact::OwnTime(time),
                share_fact,
            ],
            remedies: vec![Remedy::Setting(
                "max_parallel_workers_per_gather".to_owned(),
                format!("{wanted} for this role or statement"),
            )],
            ..plan.finding(&RULE, plan.subject(scan), share)
        });
    }
}

/// Workers that the planner would take for a table of so many pages.
fn workers_for(pages: Pages) -> u64 {
    let mut workers = 0;
    let mut threshold = FIRST_WORKER.0;
    while pages.0 >= threshold {
        workers += 1;
        threshold = threshold.saturating_mul(3);
    }
    workers
}
