use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Rows that are joined or computed first and thrown away afterwards.
    ///
    /// ## What it does
    /// Looks for a filter on a join, subquery or window (not on a table, a WITH query or a group)
    /// that threw away at least nine rows in ten, a thousand or more, where the node with all below
    /// it is at least a tenth of the statement.
    /// ## Why it matters
    /// Everything below worked for rows that nobody wants. A filter that stands at the table costs
    /// next to nothing, and may use an index.
    /// ## When it is fine
    /// When the filter needs what the join or the window computes, as `row_number() = 1` does over
    /// few rows a group.
    /// ## What to do
    /// Move the condition to the table that it speaks of: a `coalesce` over an outer join, a
    /// volatile function, or a window in a subquery keep the planner from doing so. For the newest
    /// row of each group use DISTINCT ON, or a LATERAL subquery with LIMIT 1 and an index.
    /// ## Source
    /// pgMustard speaks of rows discarded late, without figures. The figures are those of
    /// `selective-seq-scan`.
    "late-filter", Severity::Warn, Check::Plan(check)
}

/// Part of the rows that the filter keeps, above which the work was not in vain.
const KEPT_SHARE_MAX: Share = Share::percent(10.0);

/// Rows removed below which the wait is a fraction of a millisecond.
const REMOVED_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| works_on_rows(it)) {
        let Some(filter) = &node.conditions.filter else { continue };
        let (Some(removed), Some(kept), Some(measured)) =
            (node.removed.by_filter, plan.plan.total_rows(node.id), node.measured)
        else {
            continue;
        };
        let removed = removed * measured.loops;
        let made = kept + removed;
        let (share, share_fact) = plan.share_of_subtree(node);
        if removed.0 < REMOVED_MIN.0 || kept.0 > made.0 * KEPT_SHARE_MAX.0 || share.0 < SHARE_MIN.0
        {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows { what: "rows were thrown away here", part: removed, whole: made },
                share_fact,
                Fact::Condition(filter.clone()),
            ],
            remedies: vec![Remedy::Rewrite(cure(node).to_owned())],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Whether the node works on rows of others; groups are left out, since HAVING needs them whole.
fn works_on_rows(node: &Node) -> bool {
    node.kind.is_join()
        || matches!(node.kind, NodeKind::SubqueryScan | NodeKind::WindowAgg | NodeKind::Result)
}

fn cure(node: &Node) -> &'static str {
    if node.kind.is_join() {
        "Move the condition to the table that it speaks of, free of functions over both sides."
    } else {
        "Move the condition into the subquery, below its window, DISTINCT or LIMIT; for the first \
         row of each group use DISTINCT ON or a LATERAL subquery with LIMIT 1."
    }
}
