use crate::base::{Bytes, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A hash that went through temporary files for want of memory.
    ///
    /// ## What it does
    /// Looks for the hash table of a join that ended in more than one batch, and for a hashed
    /// aggregation that wrote to disk.
    /// ## Why it matters
    /// All but one batch are written out and read again, on both sides of the join.
    /// ## When it is fine
    /// Rare reports; and joins so large that no sensible work_mem would hold them.
    /// ## What to do
    /// Hash fewer or narrower rows; or give this role the work_mem that the finding names. From
    /// 15 on a hash may use hash_mem_multiplier (2 by default) times work_mem.
    "hash-batches", Severity::Warn, Check::Plan(check)
}

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some((batches, memory, disk)) = spill(node) else { continue };
        // The join above pays for the batches, not the node that only fills the table.
        let paying = match node.kind {
            NodeKind::Hash => plan.plan.parent(node.id).unwrap_or(node),
            _ => node,
        };
        let (share, share_fact) = plan.share(paying.id);
        let below = plan.plan.subtree(node.id).find(|it| it.relation.is_some()).unwrap_or(node);
        let mut facts = vec![Fact::Batches(batches), share_fact];
        if disk.0 > 0 {
            facts.push(Fact::Spilled(disk));
        }
        facts.push(Fact::MemoryNeeded(Bytes(memory.0.saturating_mul(batches))));
        found.push(Finding {
            rule: RULE.name,
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            confidence: plan.confidence(),
            subject: plan.subject(below),
            facts,
            wishes: Vec::new(),
            remedies: vec![Remedy::Rewrite(
                "Hash fewer or narrower rows, or set work_mem for this role alone.".to_owned(),
            )],
            weight: plan.weight(share),
        });
    }
}

/// Batches, memory of one batch, and bytes on disk where the server says them.
fn spill(node: &crate::plan::Node) -> Option<(u64, Bytes, Bytes)> {
    if let Some(hash) = node.hash.filter(|it| it.batches > 1) {
        return Some((hash.batches, hash.peak_memory, Bytes(0)));
    }
    let aggregate = node.hash_aggregate?;
    let disk = node.disk_use();
    (disk.0 > 0).then_some((aggregate.batches.max(2), aggregate.peak_memory, disk))
}
