use crate::base::Rows;
use crate::plan::{NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An OFFSET that makes the server produce many rows only to skip them.
    ///
    /// ## What it does
    /// Looks for a LIMIT below which ten thousand rows more were made than it handed up, and at
    /// least ten times as many.
    /// ## Why it matters
    /// OFFSET is not a position: the rows before it are found, joined and sorted like all others.
    /// The last page of a list takes as long as the whole list, and rows that come or go between
    /// two pages are shown twice or never.
    /// ## When it is fine
    /// A handful of pages that people look at.
    /// ## What to do
    /// Remember the sort key of the last row shown and ask for rows behind it:
    /// `WHERE (created, id) < (…, …) ORDER BY created DESC, id DESC LIMIT 20`, with an index on
    /// both columns.
    /// ## Source
    /// pgexplain draws the line at ten thousand rows too; pganalyze does not say where.
    "large-offset", Severity::Warn, Check::Plan(check)
}

/// Rows skipped below which the wait is a few milliseconds.
const SKIPPED_MIN: Rows = Rows(10_000.0);

/// Rows made for each one handed up, below which the skipping is not the better part.
const FACTOR_MIN: f64 = 10.0;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for limit in plan.plan.nodes().filter(|it| it.kind == NodeKind::Limit) {
        let Some(below) = plan.plan.child(limit.id, &Relationship::Outer) else { continue };
        let rows = (plan.plan.total_rows(below.id), plan.plan.total_rows(limit.id));
        let (Some(made), Some(kept)) = rows else { continue };
        let skipped = made - kept;
        if skipped.0 < SKIPPED_MIN.0 || made.0 < kept.0 * FACTOR_MIN {
            continue;
        }
        let (share, share_fact) = plan.share_of_subtree(limit);
        let scan = plan.plan.subtree(limit.id).find(|it| it.relation.is_some());
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows { what: "rows made were skipped", part: skipped, whole: made },
                share_fact,
            ],
            wishes: scan.map_or_else(Vec::new, |it| plan.wishes_on(it)),
            remedies: vec![Remedy::Rewrite(
                "Ask for rows behind the sort key of the last row shown, instead of an OFFSET."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(limit), share)
        });
    }
}
