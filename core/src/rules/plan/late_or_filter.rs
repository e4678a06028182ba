use std::collections::BTreeSet;

use crate::base::{Rows, Share};
use crate::plan::{ConditionTerm, Node, condition_columns, or_arms, qualifiers};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An OR across tables that can only be tested after they were joined.
    ///
    /// ## What it does
    /// Looks for a join whose filter holds an OR with arms that touch different tables, and that
    /// threw away at least nine rows in ten, a thousand or more, where the join with all below it
    /// is at least a tenth of the statement.
    /// ## Why it matters
    /// Neither arm can be tested by itself, so neither table can be searched by an index: all
    /// pairs are made first. Each arm alone might find its few rows at once.
    /// ## When it is fine
    /// When most pairs pass.
    /// ## What to do
    /// Write one SELECT for each arm and unite them. UNION drops rows that both find, and also rows
    /// that were equal before; where that matters use UNION ALL with `AND NOT (first arm)` in the
    /// second. A condition in the second arm that may be NULL needs `IS NOT TRUE`.
    /// ## Source
    /// pganalyze reports the shape without figures; the figures are those of
    /// `selective-seq-scan`.
    "late-or-filter", Severity::Warn, Check::Plan(check)
}

/// Part of the joined rows that the filter keeps, above which the join was not in vain.
const KEPT_SHARE_MAX: Share = Share::percent(10.0);

/// Rows removed below which the wait is a fraction of a millisecond.
const REMOVED_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind.is_join()) {
        let (Some(term), Some(kept), Some(measured)) =
            (split_or(join), plan.plan.total_rows(join.id), join.measured)
        else {
            continue;
        };
        let removed = [join.removed.by_join_filter, join.removed.by_filter];
        let removed = removed.into_iter().flatten().sum::<Rows>() * measured.loops;
        let made = kept + removed;
        let (share, share_fact) = plan.share_of_subtree(join);
        if removed.0 < REMOVED_MIN.0 || kept.0 > made.0 * KEPT_SHARE_MAX.0 || share.0 < SHARE_MIN.0
        {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows {
                    what: "joined rows were thrown away",
                    part: removed,
                    whole: made,
                },
                share_fact,
                Fact::Condition(term),
            ],
            remedies: vec![Remedy::Rewrite(
                "Write one SELECT for each arm of the OR and unite them; mind rows that both find."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(join), share)
        });
    }
}

/// The OR of a join's filter that has an arm on one table alone and an arm on another.
fn split_or(join: &Node) -> Option<String> {
    let filters = [&join.conditions.join_filter, &join.conditions.filter];
    filters.into_iter().flatten().flat_map(|text| condition_columns(text)).find_map(|term| {
        let ConditionTerm::Opaque(text) = term else { return None };
        let arms: Vec<BTreeSet<String>> = or_arms(&text).iter().map(|it| qualifiers(it)).collect();
        let alone: BTreeSet<&BTreeSet<String>> = arms.iter().filter(|it| it.len() == 1).collect();
        (alone.len() > 1).then_some(text)
    })
}
