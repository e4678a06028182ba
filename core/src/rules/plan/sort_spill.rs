use crate::base::{Bytes, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, memory};

rule! {
    /// A sort that did not fit into memory.
    ///
    /// ## What it does
    /// Looks for a sort that wrote temporary files, by the leader or by a worker, of one megabyte
    /// or more in all, and names the work_mem that its largest process would have needed.
    /// ## Why it matters
    /// The rows are written, read again and merged. On a busy server the temporary files also
    /// push other pages out of the operating system's cache.
    /// ## When it is fine
    /// Rare reports, and index builds.
    /// ## What to do
    /// Sort fewer rows, or narrower ones; build an index in the order asked for; or give this one
    /// role or transaction the work_mem that the finding names. Raise it for the whole server
    /// only after multiplying it by sorts, workers and sessions.
    /// ## Source
    /// tuplesort.c: a row takes a chunk and a slot of 24 bytes in memory, two to three times what
    /// it takes in the file. Own runs on 13, 15 and 18 with rows of 8 to 400 bytes: with the
    /// amount named nothing was written.
    "sort-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::Sort) {
        let spilled = node.disk_use();
        if spilled < SPILLED_MIN {
            continue;
        }
        let (share, share_fact) = plan.share(node.id);
        let below = plan.plan.subtree(node.id).find(|it| it.relation.is_some());
        let mut facts = vec![
            Fact::Spilled(spilled),
            share_fact,
            Fact::Condition(format!("sort by {}", node.keys.sort.join(", "))),
        ];
        facts.extend(memory::of_sort(plan.plan, node).map(Fact::MemoryNeeded));
        found.push(Finding {
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            facts,
            wishes: below.map_or_else(Vec::new, |it| plan.wishes_on(it)),
            remedies: vec![Remedy::Rewrite(
                "Sort fewer or narrower rows, or set work_mem for this role alone.".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(below.unwrap_or(node)), share)
        });
    }
}
