use crate::base::{Millis, Share};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A write that spent its time neither reading nor computing: it probably waited for a lock.
    ///
    /// ## What it does
    /// Looks for a node that locks or writes rows whose own time is half of the run or more, fifty
    /// milliseconds or more, and more than ten milliseconds for each row and each page that it
    /// touched by itself, after its triggers are taken off.
    /// ## Why it matters
    /// Another transaction held the row. No index and no rewrite makes the waiting shorter.
    /// ## When it is fine
    /// Once in a while.
    /// ## What to do
    /// End the other transaction sooner: log_lock_waits names it, and so does pg_blocking_pids()
    /// while it lasts. Lock rows in one order; use SKIP LOCKED for queues; set lock_timeout.
    /// ## Source
    /// Locking or writing a row takes microseconds and a page read from a slow disk about ten
    /// milliseconds; what is above both is waiting, or a slow function in a CHECK or a policy.
    "row-lock-waits", Severity::Warn, Check::Plan(check)
}

/// Part of the run below which waiting is not what made it slow.
const SHARE_MIN: Share = Share::percent(50.0);

/// Time below which a wait is nothing to speak of.
const TIME_MIN: Millis = Millis(50.0);

/// Time that a row or a page explains by itself.
const EXPLAINED: Millis = Millis(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let locks = |it: &&Node| matches!(it.kind, NodeKind::LockRows | NodeKind::ModifyTable);
    for node in plan.plan.nodes().filter(locks) {
        let Some(own) = plan.plan.own_time(node.id) else { continue };
        let triggers: Millis = plan.plan.triggers.iter().filter_map(|it| it.time).sum();
        let time = Millis(own.0 - triggers.0);
        let pages = plan
            .plan
            .own_buffers(node.id)
            .map(|it| it.shared_read.0 + it.local_read.0 + it.shared_written.0);
        let (Some(rows), Some(pages)) = (rows(plan, node), pages) else { continue };
        let share = plan.share_of_run(time);
        let explained = (rows + pages as f64) * EXPLAINED.0;
        if time.0 < TIME_MIN.0 || share.0 < SHARE_MIN.0 || time.0 <= explained {
            continue;
        }
        found.push(Finding {
            confidence: Confidence::Medium,
            facts: vec![
                Fact::OwnTime(time),
                Fact::TimeShare(share),
                Fact::Text(format!("for {rows:.0} rows and {pages} pages read or written")),
            ],
            remedies: vec![Remedy::Rewrite(
                "Find who held the rows with log_lock_waits or pg_blocking_pids(), and end that \
                 transaction sooner."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Rows that came to the node.
fn rows(plan: &PlanOf<'_>, node: &Node) -> Option<f64> {
    let given = [Relationship::Outer, Relationship::Member];
    let inputs = plan.plan.children(node.id).filter(|it| given.contains(&it.relationship));
    inputs.map(|it| plan.plan.total_rows(it.id).map(|it| it.0)).sum()
}
