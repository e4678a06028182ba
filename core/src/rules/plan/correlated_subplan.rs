use crate::base::Share;
use crate::plan::{Node, Plan, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A subquery that runs once per row of the query around it.
    ///
    /// ## What it does
    /// Looks for a SubPlan that ran at least ten times, about once per row that its parent
    /// looked at, and is at least a tenth of the statement. Hashed and cached ones ran once.
    /// ## Why it matters
    /// It is an N+1 inside one statement: the join methods that work on sets are out of reach.
    /// ## When it is fine
    /// When few rows come out around it, and an index makes each run a single descent.
    /// ## What to do
    /// Index the correlated column, which makes each run cheap; or write it as a join on the
    /// grouped subquery, or as a LATERAL join, which lets the planner choose.
    "correlated-subplan", Severity::Warn, Check::Plan(check)
}

/// Runs below which it costs no more than a join would: the rows of the shortest page of a list.
/// pgexplain asks for 1,000; but 12 runs that each read a whole table were 99 % of one of our
/// demo's statements, and the share test below keeps cheap ones out.
const RUNS_MIN: f64 = 10.0;

/// Runs per row looked at, above which it is correlated: a cached one lies far below.
const RUNS_PER_ROW_MIN: f64 = 0.5;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for top in plan.plan.nodes().filter(|it| it.relationship == Relationship::SubPlan) {
        let Some(runs) = runs(plan.plan, top) else { continue };
        let share = subtree_share(plan, top);
        if runs < RUNS_MIN || share.0 < SHARE_MIN.0 {
            continue;
        }
        let scan = plan.plan.subtree(top.id).find(|it| it.relation.is_some()).unwrap_or(top);
        let wishes = plan.wishes_on(scan);
        let mut facts = vec![Fact::Loops(runs)];
        facts.push(if plan.plan.is_analyzed() {
            Fact::TimeShare(share)
        } else {
            Fact::CostShare(share)
        });
        facts.extend(scan.conditions.each().next().map(|(_, it)| Fact::Condition(it.to_owned())));
        found.push(Finding {
            rule: RULE.name,
            severity: RULE.severity,
            confidence: plan.confidence(),
            subject: plan.subject(scan),
            facts,
            remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
            wishes,
            weight: plan.weight(share),
        });
    }
}

/// How often it ran when it is correlated; by the planner's rows of the parent when only planned.
fn runs(plan: &Plan, top: &Node) -> Option<f64> {
    if plan.is_cte(top.id) || plan.is_hashed_subplan(top.id) {
        return None;
    }
    // Up to 13 two ways stand side by side, and only a run tells which was taken.
    let uses = plan.uses_of_subplan(top.id);
    if top.measured.is_none() && uses.iter().any(|it| it.contains("alternatives: ")) {
        return None;
    }
    match top.measured {
        Some(measured) => {
            // A parent that prints the subquery's value looks at each of its rows once.
            let per_row = plan.runs_per_row_of(top.id).unwrap_or(1.0);
            (per_row >= RUNS_PER_ROW_MIN).then_some(measured.loops)
        }
        None => Some(plan.parent(top.id)?.estimate?.rows.0),
    }
}

/// The subquery's part of the statement, with all below it.
fn subtree_share(plan: &PlanOf<'_>, top: &Node) -> Share {
    let own: f64 = plan.plan.subtree(top.id).map(|node| plan.share(node.id).0.0).sum();
    if plan.plan.is_analyzed() {
        return Share(own.min(1.0));
    }
    let runs = runs(plan.plan, top).unwrap_or(1.0).max(1.0);
    Share((own * runs).min(1.0))
}
