use crate::base::{Bytes, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Rows kept for reading again did not fit into memory.
    ///
    /// ## What it does
    /// Looks for a Materialize node that wrote a megabyte or more to temporary files, and is at
    /// least a twentieth of the statement.
    /// ## Why it matters
    /// The inner side of a nested loop or merge join is kept so that it need not be made again.
    /// From a file each round reads all of it from the operating system once more.
    /// ## When it is fine
    /// When it is read once, which the finding's rounds show.
    /// ## What to do
    /// Keep fewer or narrower rows; give the join an equality, so that a hash join can do it; or
    /// give this one role or transaction the work_mem that the finding names.
    /// ## Source
    /// tuplestore.c keeps rows in memory up to work_mem, then writes all of them.
    "materialize-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Part of the statement from which on the spill can be noticed.
const SHARE_MIN: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::Materialize) {
        let Some(spilled) = plan.kept_on_disk(node).filter(|it| *it >= SPILLED_MIN) else {
            continue;
        };
        let (share, share_fact) = plan.share(node.id);
        if share < SHARE_MIN {
            continue;
        }
        let needed = crate::rules::kept::memory_needed(spilled);
        let rounds = node.measured.map_or(0.0, |it| it.loops);
        found.push(Finding {
            facts: vec![
                Fact::Spilled(spilled),
                Fact::Loops(rounds),
                share_fact,
                Fact::MemoryNeeded(needed),
            ],
            remedies: vec![Remedy::Rewrite(format!(
                "Keep fewer or narrower rows, join by an equality, or set work_mem to {needed} \
                 for this role alone."
            ))],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
