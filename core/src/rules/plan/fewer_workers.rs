use crate::base::{Millis, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Fewer parallel workers started than were planned.
    ///
    /// ## What it does
    /// Looks for a Gather that got fewer workers than planned, and that is with all below it at
    /// least a tenth of the statement and ten milliseconds.
    /// ## Why it matters
    /// The plan was chosen for that many processes. With fewer it takes longer, often longer than
    /// the serial plan that was turned down; and it differs from run to run with the load.
    /// ## When it is fine
    /// In a busy hour, when other statements had the workers.
    /// ## What to do
    /// Workers of all sessions share max_parallel_workers, which itself is part of
    /// max_worker_processes: raise them up to the processors there are, or lower
    /// max_parallel_workers_per_gather so that fewer are planned. None at all start where the
    /// client fetches by portions.
    /// ## Source
    /// Documentation, sections 15.2 and 19.4.6; LaunchParallelWorkers in parallel.c.
    "fewer-workers", Severity::Warn, Check::Plan(check)
}

/// Time below which workers would have come too late anyway: they start in some milliseconds.
const TIME_MIN: Millis = Millis(10.0);

/// Part of the statement below which nobody would notice the missing workers.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(gather) = node.gather else { continue };
        let (Some(launched), false) = (gather.workers_launched, node.is_never_executed()) else {
            continue;
        };
        let planned = gather.workers_planned;
        let (share, share_fact) = plan.share_of_branch(node.id);
        let time = plan.plan.wall_time(node.id).unwrap_or(TIME_MIN);
        if launched >= planned || time < TIME_MIN || share < SHARE_MIN {
            continue;
        }
        let mut facts = vec![Fact::Workers { planned, launched }, share_fact];
        facts.extend(LIMITS.into_iter().filter_map(|name| {
            let value = plan.ran_with(name)?.to_owned();
            Some(Fact::RanWith { name, value })
        }));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(format!(
                "Raise max_parallel_workers (and max_worker_processes) up to the processors there \
                 are, or plan fewer than {planned} workers."
            ))],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Settings that bound how many workers start.
const LIMITS: [&str; 2] = ["max_parallel_workers", "max_worker_processes"];
