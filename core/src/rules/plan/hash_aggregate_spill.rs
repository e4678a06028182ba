use crate::base::{Bytes, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, memory};

rule! {
    /// A hashed aggregation whose groups did not fit into memory.
    ///
    /// ## What it does
    /// Looks for a hashed aggregation that wrote temporary files, by the leader or by a worker, of
    /// one megabyte or more in all, and names the memory that all groups would have taken.
    /// ## Why it matters
    /// Rows of the groups that did not fit are written out, read again and hashed again, perhaps
    /// more than once.
    /// ## When it is fine
    /// Rare reports.
    /// ## What to do
    /// Group fewer rows: aggregate before joining, or filter first. Or give this role the work_mem
    /// that the finding names, or a larger hash_mem_multiplier, which leaves sorts as they are.
    /// ## Source
    /// nodeAgg.c: the table fills up to work_mem times hash_mem_multiplier (1 up to 14, 2 from
    /// 15); rows of groups that came later go to files. Own runs on 13, 15 and 18: with the amount
    /// named nothing was written.
    "hash-aggregate-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(aggregate) = node.hash_aggregate else { continue };
        let spilled = node.disk_use();
        if spilled < SPILLED_MIN {
            continue;
        }
        let (share, share_fact) = plan.share(node.id);
        let below = plan.plan.subtree(node.id).find(|it| it.relation.is_some()).unwrap_or(node);
        let mut facts = vec![
            Fact::Spilled(spilled),
            Fact::Batches(aggregate.batches),
            share_fact,
            Fact::Condition(format!("group by {}", node.keys.group.join(", "))),
        ];
        facts.extend(memory::of_hash_aggregate(plan, node).map(memory::HashMemory::fact));
        found.push(Finding {
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            facts,
            remedies: vec![Remedy::Rewrite(
                "Group fewer rows, or set work_mem for this role alone.".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(below), share)
        });
    }
}
