use crate::base::{Bytes, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// The rows of a WITH query, or of a recursion, went through temporary files.
    ///
    /// ## What it does
    /// Looks for a CTE Scan or a Recursive Union that wrote a megabyte or more to temporary files
    /// by itself, and is at least a twentieth of the statement.
    /// ## Why it matters
    /// All rows of a kept WITH query are stored before and while they are read; what work_mem does
    /// not hold is written, and read once more by each reader.
    /// ## When it is fine
    /// In rare reports.
    /// ## What to do
    /// Keep fewer or narrower rows: name the columns, filter inside. Write AS NOT MATERIALIZED
    /// where it is read once. Or give this one role or transaction the work_mem that the finding
    /// names.
    /// ## Source
    /// tuplestore.c keeps rows in memory up to work_mem, then writes all of them.
    "cte-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Part of the statement from which on the spill can be noticed.
const SHARE_MIN: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let keeps = [NodeKind::CteScan, NodeKind::RecursiveUnion];
    for node in plan.plan.nodes().filter(|it| keeps.contains(&it.kind)) {
        let Some(spilled) = plan.kept_on_disk(node).filter(|it| *it >= SPILLED_MIN) else {
            continue;
        };
        let (share, share_fact) = plan.share(node.id);
        if share < SHARE_MIN || !pays_most(plan, node) {
            continue;
        }
        let needed = crate::rules::kept::memory_needed(spilled);
        found.push(Finding {
            facts: vec![Fact::Spilled(spilled), share_fact, Fact::MemoryNeeded(needed)],
            remedies: vec![Remedy::Rewrite(format!(
                "Keep fewer or narrower rows, write AS NOT MATERIALIZED, or set work_mem to \
                 {needed} for this role alone."
            ))],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Whether no other reader of the same WITH query took longer: all of them read one store.
fn pays_most(plan: &PlanOf<'_>, node: &Node) -> bool {
    let Some(producer) = plan.plan.cte_producer(node.id) else { return true };
    let weight = |it: &Node| plan.share(it.id).0;
    let own = weight(node);
    plan.plan.cte_readers(producer.id).all(|other| {
        let theirs = weight(other);
        theirs < own || (theirs <= own && node.id <= other.id)
    })
}
