use crate::base::Share;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, memory};

rule! {
    /// The hash table of a join that went through temporary files for want of memory.
    ///
    /// ## What it does
    /// Looks for the hash table of a join that ended in more than one batch, and names the memory
    /// that one batch would have taken.
    /// ## Why it matters
    /// All but one batch are written out and read again, on both sides of the join.
    /// ## When it is fine
    /// Rare reports; and joins so large that no sensible work_mem would hold them.
    /// ## What to do
    /// Hash fewer or narrower rows; or give this role the work_mem that the finding names, or a
    /// larger hash_mem_multiplier, which leaves sorts as they are.
    /// ## Source
    /// nodeHash.c: a hash may take work_mem times hash_mem_multiplier, which is 1 up to 14 and 2
    /// from 15. Own runs on 13, 15 and 18 with rows of 8 to 400 bytes: with the amount named there
    /// was one batch.
    "hash-batches", Severity::Warn, Check::Plan(check)
}

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(hash) = node.hash.filter(|it| it.batches > 1) else { continue };
        // The join above pays for the batches, not the node that only fills the table.
        let (share, share_fact) =
            plan.share_of([Some(node), plan.plan.parent(node.id)].into_iter().flatten());
        let below = plan.plan.subtree(node.id).find(|it| it.relation.is_some()).unwrap_or(node);
        let mut facts = vec![Fact::Batches(hash.batches), share_fact];
        facts.extend(memory::of_hash(plan, node, hash).map(memory::HashMemory::fact));
        found.push(Finding {
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            facts,
            remedies: vec![Remedy::Rewrite(
                "Hash fewer or narrower rows, or set work_mem for this role alone.".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(below), share)
        });
    }
}
