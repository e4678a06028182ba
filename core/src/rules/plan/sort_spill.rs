use crate::base::{Bytes, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A sort that did not fit into memory.
    ///
    /// ## What it does
    /// Looks for a sort that wrote temporary files, by the leader or by a worker, of one megabyte
    /// or more in all.
    /// ## Why it matters
    /// The rows are written, read again and merged. On a busy server the temporary files also
    /// push other pages out of the operating system's cache.
    /// ## When it is fine
    /// Rare reports, and index builds.
    /// ## What to do
    /// Sort fewer rows, or narrower ones; build an index in the order asked for; or give this one
    /// role or transaction the work_mem that the finding names. Raise it for the whole server
    /// only after multiplying it by sorts, workers and sessions.
    "sort-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Sorted rows take about so many times more room in memory than in a temporary file: each row
/// carries a palloc header, a tuple header and a 24-byte slot. Our own measurement on 13 to 18
/// lies between 1.9 and 3.1 for rows of 40 to 200 bytes.
const MEMORY_PER_DISK: f64 = 3.0;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let sorts = |it: &&Node| matches!(it.kind, NodeKind::Sort | NodeKind::IncrementalSort);
    for node in plan.plan.nodes().filter(sorts) {
        let spilled = node.disk_use();
        if spilled < SPILLED_MIN {
            continue;
        }
        let (share, share_fact) = plan.share(node.id);
        let needed = memory_needed(spilled);
        let below = plan.plan.subtree(node.id).find(|it| it.relation.is_some());
        let wishes = below.map_or_else(Vec::new, |it| plan.wishes_on(it));
        found.push(Finding {
            rule: RULE.name,
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            confidence: plan.confidence(),
            subject: plan.subject(below.unwrap_or(node)),
            facts: vec![
                Fact::Spilled(spilled),
                share_fact,
                Fact::Condition(format!("sort by {}", node.keys.sort.join(", "))),
                Fact::MemoryNeeded(needed),
            ],
            remedies: vec![Remedy::Rewrite(
                "Sort fewer or narrower rows, or set work_mem for this role alone.".to_owned(),
            )],
            wishes,
            weight: plan.weight(share),
        });
    }
}

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

/// The memory that would have held it, rounded up to whole megabytes.
fn memory_needed(spilled: Bytes) -> Bytes {
    const MEGABYTE: u64 = 1 << 20;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of temporary files are far below 2^53 and never negative"
    )]
    let bytes = (spilled.0 as f64 * MEMORY_PER_DISK) as u64;
    Bytes(bytes.div_ceil(MEGABYTE) * MEGABYTE)
}
