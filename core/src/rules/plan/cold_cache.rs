use crate::base::{Millis, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A run that mostly waited for pages to be read: its times are those of a cold cache.
    ///
    /// ## What it does
    /// Looks for plans in which reading took half of the run or more (track_io_timing), over at
    /// least a hundred pages. Reading times of workers run side by side, so that their sum is
    /// divided by the processes.
    /// ## Why it matters
    /// The next run may take a tenth of the time. Plans compared with each other, one cold and one
    /// warm, show the cache and not the plan.
    /// ## When it is fine
    /// When production finds its pages just as cold; then reading fewer pages is the cure.
    /// ## What to do
    /// Run it a second time and judge that run.
    /// ## Source
    /// ExplainSQL draws the line at the same half.
    "cold-cache", Severity::Info, Check::Plan(check)
}

/// Part of the run from which on reading is what the times show.
const SHARE_MIN: Share = Share::percent(50.0);

/// Pages below which the reading is over in a millisecond.
const PAGES_MIN: u64 = 100;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let root = plan.plan.root();
    let (Some(io), Some(buffers)) = (root.io, root.buffers) else { return };
    let processes = plan.processes_at_most();
    let time = Millis(io.shared_read.0 / processes);
    let share = plan.share_of_run(time);
    if buffers.shared_read.0 < PAGES_MIN || share.0 < SHARE_MIN.0 {
        return;
    }
    found.push(Finding {
        facts: vec![
            Fact::PageTime { done: "read", pages: buffers.shared_read, time: io.shared_read },
            Fact::TimeShare(share),
            Fact::Cached { hit: buffers.shared_hit, read: buffers.shared_read },
        ],
        remedies: vec![Remedy::Rewrite(
            "Run it a second time and judge that run; if it stays as slow, read fewer pages."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), share)
    });
}
