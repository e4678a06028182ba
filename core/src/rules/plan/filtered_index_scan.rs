use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An index scan that fetches rows only to throw most of them away.
    ///
    /// ## What it does
    /// Looks for an index scan, or a bitmap scan, that ran and whose filter removed at least nine
    /// rows in ten of those it fetched, a thousand or more, where that is at least a tenth of the
    /// statement.
    /// ## Why it matters
    /// Every row that the filter removes was fetched from the table first, often from a page of
    /// its own. An index that holds the filtered column too would not have fetched it.
    /// ## When it is fine
    /// When the extra column changes so often that indexing it costs more than the fetches do.
    /// ## What to do
    /// Extend the index by the filtered column, or build the one that the advice names.
    "filtered-index-scan", Severity::Warn, Check::Plan(check)
}

/// Part of the fetched rows that the filter keeps, above which the fetches were not in vain.
/// ExplainSQL draws the line at the same place.
const KEPT_SHARE_MAX: Share = Share::percent(10.0);

/// Fetched rows below which the waste is a fraction of a millisecond.
const ROWS_REMOVED_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| fetches_by_index(&it.kind)) {
        judge(plan, node, found);
    }
}

fn fetches_by_index(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan | NodeKind::BitmapHeapScan)
}

fn judge(plan: &PlanOf<'_>, node: &Node, found: &mut Vec<Finding>) {
    let (Some(filter), Some(removed), Some(measured)) =
        (&node.conditions.filter, node.removed.by_filter, node.measured)
    else {
        return;
    };
    let removed = removed * measured.loops;
    let kept = measured.rows * measured.loops;
    let read = kept + removed;
    let (share, share_fact) = plan.share(node.id);
    let wasteful = removed.0 >= ROWS_REMOVED_MIN.0 && kept.0 <= read.0 * KEPT_SHARE_MAX.0;
    if !wasteful || share.0 < SHARE_MIN.0 {
        return;
    }
    let wishes = plan.wishes_on(node);
    let mut facts = vec![Fact::Kept { read, kept }, share_fact, Fact::Condition(filter.clone())];
    facts.extend(index_of(plan, node).map(Fact::UsedIndex));
    found.push(Finding {
        rule: RULE.name,
        severity: RULE.severity,
        confidence: plan.confidence(),
        subject: plan.subject(node),
        facts,
        remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
        wishes,
        weight: plan.weight(share),
    });
}

/// The index that the node reads: its own, or the first below a bitmap.
fn index_of(plan: &PlanOf<'_>, node: &Node) -> Option<String> {
    plan.plan.subtree(node.id).find_map(|it| it.index.as_ref()).map(|it| it.0.clone())
}
