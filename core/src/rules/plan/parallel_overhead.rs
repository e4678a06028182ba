use crate::base::{Millis, Share};
use crate::plan::Relationship;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Parallel workers whose start took longer than their work.
    ///
    /// ## What it does
    /// Looks for a Gather that started workers, took at least half of the statement and a
    /// millisecond by itself, and longer by itself than all processes together worked below it.
    /// ## Why it matters
    /// Starting a process, attaching it to the shared memory and handing rows over costs
    /// milliseconds. For a statement of a few milliseconds a serial plan is faster, and the
    /// workers are missing elsewhere.
    /// ## When it is fine
    /// In a large analysis, where it is a few milliseconds of minutes.
    /// ## What to do
    /// Put parallel_setup_cost, parallel_tuple_cost and min_parallel_table_scan_size back to their
    /// defaults where they were lowered; debug_parallel_query and parallel_workers of the table
    /// off. Where many rows are handed over, filter or aggregate below the Gather.
    /// ## Source
    /// parallel_setup_cost is 1000 by default (costsize.c); on our machine starting two workers
    /// took 3 to 10 ms.
    "parallel-overhead", Severity::Warn, Check::Plan(check)
}

/// Part of the statement that the Gather itself took.
const SHARE_MIN: Share = Share::percent(50.0);

/// Time of the Gather itself below which nobody would notice.
const TIME_MIN: Millis = Millis(1.0);

/// Settings that make parallel plans look cheap.
const SETTINGS: [&str; 6] = [
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "min_parallel_table_scan_size",
    "min_parallel_index_scan_size",
    "debug_parallel_query",
    "force_parallel_mode",
];

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(gather) = node.gather else { continue };
        let Some(launched) = gather.workers_launched.filter(|it| *it > 0) else { continue };
        let Some(own) = plan.plan.own_time(node.id) else { continue };
        let top = plan.plan.child(node.id, &Relationship::Outer);
        let Some(work) = top.and_then(|it| it.measured) else { continue };
        // Time × loops is that of all processes together, not the time that passed.
        let worked = Millis(work.total.unwrap_or_default().0 * work.loops);
        let (share, share_fact) = plan.share(node.id);
        if own < TIME_MIN || own <= worked || share < SHARE_MIN {
            continue;
        }
        let workers = Fact::Workers { planned: gather.workers_planned, launched };
        let mut facts = vec![
            Fact::OwnTime(own),
            Fact::Text(format!("all processes together worked {worked} below it (measured)")),
            share_fact,
            workers,
        ];
        let lowered: Vec<(&'static str, &str)> =
            SETTINGS.into_iter().filter_map(|name| Some((name, plan.ran_with(name)?))).collect();
        facts.extend(
            lowered.iter().map(|(name, value)| Fact::RanWith { name, value: (*value).to_owned() }),
        );
        let cure = match lowered.first() {
            Some((name, _)) => format!("Put {name} back to its default."),
            None => "Let fewer rows pass the Gather: filter or aggregate below it; or set \
                     max_parallel_workers_per_gather to 0 for this statement."
                .to_owned(),
        };
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(cure)],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
