use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A merge join that reads the same inner rows many times: both sides have duplicates.
    ///
    /// ## What it does
    /// Looks for a merge join whose sorted or kept inner side handed out at least three times the
    /// rows that it has, ten thousand or more, and which is at least a tenth of the statement. An
    /// index as inner side does not show how many rows it has, and is passed over.
    /// ## Why it matters
    /// For each outer row of an equal key the join goes back to the first inner row of that key:
    /// the work, and mostly the result, is the product of the duplicates.
    /// ## When it is fine
    /// When all these pairs are wanted.
    /// ## What to do
    /// Look for a missing column in the join's condition. Else take duplicates together on one side
    /// before the join; or, where only a match matters, write EXISTS.
    /// ## Source
    /// nodeMergejoin.c marks the first inner row of a key and restores to it; EXPLAIN counts each
    /// row again.
    "merge-join-rewinds", Severity::Warn, Check::Plan(check)
}

/// How many times its rows the inner side handed out.
const TIMES_MIN: f64 = 3.0;

/// Rows handed out below which nobody would notice the cure.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind == NodeKind::MergeJoin) {
        let Some(inner) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        let Some(made) = made(plan, inner) else { continue };
        let Some(read) = plan.plan.total_rows(inner.id) else { continue };
        let (share, share_fact) = plan.share_of([join, inner]);
        if read < ROWS_MIN || read.0 < made.0.max(1.0) * TIMES_MIN || share < SHARE_MIN {
            continue;
        }
        let mut facts = vec![Fact::ReadAgain { made, read }, share_fact];
        facts.extend(join.conditions.merge_condition.clone().map(Fact::Condition));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(
                "Look for a missing column in the join's condition, or take the duplicates of one \
                 side together before the join."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(join), share)
        });
    }
}

/// Rows that the inner side has: those that came into its sort or its store.
fn made(plan: &PlanOf<'_>, inner: &Node) -> Option<Rows> {
    let keeps = [NodeKind::Sort, NodeKind::Materialize, NodeKind::IncrementalSort];
    if !keeps.contains(&inner.kind) {
        return None;
    }
    let child = plan.plan.children(inner.id).next()?;
    // A store above a sort: the sort is read once, and its rows are right.
    plan.plan.total_rows(child.id)
}
