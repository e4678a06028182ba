use crate::base::Share;
use crate::plan::Relationship;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// NOT IN over a subquery that is searched from its start for each row.
    ///
    /// ## What it does
    /// Looks for a subquery behind NOT IN (or <> ALL) that the planner did not turn into a hash
    /// table, that ran ten times or more, and that is at least a tenth of the statement.
    /// ## Why it matters
    /// NOT IN must answer null where the subquery returns a null, so it cannot become an anti-join.
    /// Where the planner expects the rows not to fit into work_mem it does not hash them either,
    /// and each outer row reads them one by one: the work is the product of both sides.
    /// ## When it is fine
    /// When the subquery has a handful of rows.
    /// ## What to do
    /// Write NOT EXISTS (SELECT … WHERE inner = outer), which becomes an anti-join. It differs only
    /// where the compared columns may be null; then add IS NOT NULL, or check what is meant. Until
    /// then more work_mem for this statement lets the planner hash.
    /// ## Source
    /// subplan_is_hashable in subselect.c: the rows must be expected to fit into work_mem times
    /// hash_mem_multiplier. convert_ANY_sublink_to_join takes IN, but not NOT IN, up to version 18.
    "not-in-subplan", Severity::Error, Check::Plan(check)
}

/// Runs below which the product costs nothing.
const RUNS_MIN: f64 = 10.0;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

/// Part of the statement from which on this is the statement's fault.
const SHARE_GRAVE: Share = Share::percent(50.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for top in plan.plan.nodes().filter(|it| it.relationship == Relationship::SubPlan) {
        let name = top.subplan_name.as_deref().unwrap_or_default();
        let uses = plan.plan.uses_of_subplan(top.id);
        let Some(condition) = uses.iter().find(|text| is_not_in(text, name)) else { continue };
        let Some(runs) = runs(plan, top.id) else { continue };
        let (share, share_fact) =
            plan.share_of(plan.plan.subtree(top.id).chain(plan.plan.parent(top.id)));
        if plan.plan.is_hashed_subplan(top.id) || runs < RUNS_MIN || share < SHARE_MIN {
            continue;
        }
        let scan = plan.reader_below(top.id).unwrap_or(top);
        let timed = matches!(share_fact, Fact::TimeShare(_));
        let grave = timed && share >= SHARE_GRAVE;
        let ordinary = plan.finding(&RULE, plan.subject(scan), share);
        found.push(Finding {
            severity: if grave { Severity::Error } else { ordinary.severity.min(Severity::Warn) },
            facts: vec![Fact::Loops(runs), share_fact, Fact::Condition((*condition).to_owned())],
            remedies: vec![Remedy::Rewrite(
                "Write NOT EXISTS instead of NOT IN; mind columns that may be null.".to_owned(),
            )],
            ..ordinary
        });
    }
}

/// How often the outer node asked; by the planner's rows when it was only planned.
fn runs(plan: &PlanOf<'_>, top: crate::base::NodeId) -> Option<f64> {
    if plan.plan.is_analyzed() {
        return plan.plan.node(top).measured.map(|it| it.loops);
    }
    Some(plan.plan.parent(top)?.estimate?.rows.0)
}

/// `(NOT (SubPlan 1))` up to 16, `(NOT (ANY (x = (SubPlan 1).col1)))` and `(ALL (x <> …))` from
/// 17 on. NOT EXISTS is printed with its own word.
fn is_not_in(text: &str, name: &str) -> bool {
    let plain = format!("(NOT ({name}))");
    let value = format!("({name})");
    let compared = text.find(&value).is_some_and(|at| {
        let before = &text[..at];
        let any = before.rfind("(ANY (").filter(|start| !before[*start..].contains(" AND "));
        let all = before.rfind("(ALL (").filter(|start| !before[*start..].contains(" AND "));
        any.is_some_and(|start| before[..start].ends_with("NOT "))
            || all.is_some_and(|start| before[start..].contains(" <> "))
    });
    text.contains(&plain) || compared
}
