use crate::base::{Millis, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Pages that take long to read: the storage is slow, or busy.
    ///
    /// ## What it does
    /// Looks for plans that read a hundred pages or more in half a millisecond or more each, on
    /// average (track_io_timing), where reading is a tenth of the run or more.
    /// ## Why it matters
    /// No plan is fast on storage that is not; and the planner's random_page_cost assumes some
    /// speed.
    /// ## When it is fine
    /// During backups, and on spinning disks.
    /// ## What to do
    /// Compare with pg_stat_io (from 16) and the latency of the volume; look for a throttled or
    /// bursting volume. Until then read fewer pages.
    /// ## Source
    /// A page takes 0.002 to 0.02 ms from the operating system's cache, about 0.1 ms from a local
    /// SSD, 0.3 to 1 ms from a network volume as vendors promise, 5 to 10 ms from a spinning disk.
    "slow-io", Severity::Warn, Check::Plan(check)
}

/// Pages below which one slow read makes the average.
const PAGES_MIN: u64 = 100;

/// Time of one page that a healthy SSD stays far below.
const PAGE_MIN: Millis = Millis(0.5);

/// Part of the run below which the storage is not what made it slow.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let root = plan.plan.root();
    let (Some(io), Some(buffers)) = (root.io, root.buffers) else { return };
    let pages = buffers.shared_read;
    let share = plan.share_of_run(Millis(io.shared_read.0 / plan.processes_at_most()));
    let each = io.shared_read.0 / (pages.0.max(1) as f64);
    if pages.0 < PAGES_MIN || each < PAGE_MIN.0 || share.0 < SHARE_MIN.0 {
        return;
    }
    found.push(Finding {
        facts: vec![
            Fact::PageTime { done: "read", pages, time: io.shared_read },
            Fact::TimeShare(share),
        ],
        remedies: vec![Remedy::Rewrite(
            "Compare with the latency of the volume and with pg_stat_io; it may be throttled."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), share)
    });
}
