use crate::base::{Pages, QualifiedName, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// A statement that reads, and yet changes pages.
    ///
    /// ## What it does
    /// Looks for plans that neither write nor lock rows, whose scans made a hundred pages dirty or
    /// more, a tenth or more of those they touched; and for those that had to write as many pages
    /// out to find room.
    /// ## Why it matters
    /// The first reader after a bulk write notes on each row that its transaction has ended, and
    /// removes old versions. With checksums on, that is logged too. It pays for what VACUUM would
    /// have done in the background.
    /// ## When it is fine
    /// Once, right after a load.
    /// ## What to do
    /// Run VACUUM after bulk loads and bulk changes, before readers come. Where pages are written
    /// by readers, let the background writer run ahead (bgwriter_lru_maxpages), or enlarge
    /// shared_buffers.
    /// ## Source
    /// heapam_visibility.c (hint bits) and pruneheap.c; bufmgr.c writes a dirty page out before it
    /// gives its buffer away.
    "dirtied-by-select", Severity::Info, Check::Plan(check)
}

/// Pages below which the work is a millisecond.
const PAGES_MIN: Pages = Pages(100);

/// Part of the pages touched below which it is no pattern.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let changes = |it: &Node| matches!(it.kind, NodeKind::ModifyTable | NodeKind::LockRows);
    if !plan.plan.is_analyzed() || plan.plan.nodes().any(changes) {
        return;
    }
    for node in plan.plan.nodes().filter(|it| it.kind.is_scan()) {
        let Some(own) = plan.plan.own_buffers(node.id) else { continue };
        let touched = own.shared_hit.0 + own.shared_read.0;
        let changed = Pages(own.shared_dirtied.0.max(own.shared_written.0));
        let of_touched = Share::of(changed.0 as f64, touched as f64);
        if changed < PAGES_MIN || of_touched.0 < SHARE_MIN.0 {
            continue;
        }
        let (share, _) = plan.share(node.id);
        let relation: Option<QualifiedName> = match plan.subject(node) {
            Subject::PlanNode { relation, .. } => relation,
            _ => None,
        };
        found.push(Finding {
            facts: vec![Fact::Text(format!(
                "{} made dirty and {} written out, of {} touched",
                own.shared_dirtied,
                own.shared_written,
                Pages(touched)
            ))],
            remedies: relation.into_iter().map(Remedy::Vacuum).collect(),
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
