use crate::base::{Rows, Share};
use crate::plan::{Node, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A join without a condition: each row of one side meets each row of the other.
    ///
    /// ## What it does
    /// Looks for a join whose sides no condition connects, neither at the join nor inside the
    /// inner side, where both sides have at least two rows, at least a thousand pairs come out,
    /// and the join with its inner side is at least a tenth of the statement. It looks through
    /// Materialize and Memoize. Of several such joins above each other it speaks of the topmost.
    /// ## Why it matters
    /// The rows are the product of both sides. All that stands above, a sort or a DISTINCT,
    /// works on the product. Mostly a condition was forgotten, and the result is wrong as well.
    /// ## When it is fine
    /// A side of one row; sides that are held to the same constant; a grid that is wanted, such
    /// as all days times all shops.
    /// ## What to do
    /// Add the condition that joins the two; or write CROSS JOIN, so that readers see that it is
    /// meant.
    /// ## Source
    /// A thousand rows is where ExplainSQL begins; pgexplain demands more than one row on both
    /// sides.
    "cartesian-product", Severity::Warn, Check::Plan(check)
}

/// Pairs below which the product costs nothing.
const PAIRS_MIN: Rows = Rows(1_000.0);

/// A side of fewer rows multiplies nothing.
const SIDE_MIN: Rows = Rows(2.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes() {
        if !plan.plan.joins_everything(join.id) || is_said_above(plan, join) {
            continue;
        }
        let Some((outer, inner)) = sides(plan, join) else { continue };
        let Some(pairs) = rows(plan, join) else { continue };
        let smaller = outer.0.min(inner.0);
        if smaller < SIDE_MIN.0 || pairs < PAIRS_MIN {
            continue;
        }
        let inner_side = plan.plan.child(join.id, &Relationship::Inner);
        let branch = inner_side.into_iter().flat_map(|it| plan.plan.subtree(it.id));
        let (share, share_fact) = plan.share_of(branch.chain([join]));
        if share < SHARE_MIN {
            continue;
        }
        let names = |side| {
            let top = plan.plan.child(join.id, &side)?;
            plan.plan.subtree(top.id).find_map(Node::qualifier).map(|it| it.as_str().to_owned())
        };
        let both = names(Relationship::Outer).zip(names(Relationship::Inner));
        let what = both.map_or_else(
            || "the two sides".to_owned(),
            |(outer, inner)| format!("{outer} and {inner}"),
        );
        found.push(Finding {
            facts: vec![Fact::Sides { outer, inner }, share_fact],
            remedies: vec![Remedy::Rewrite(format!(
                "Add the condition that joins {what}; write CROSS JOIN where all pairs are wanted."
            ))],
            ..plan.finding(&RULE, plan.subject(join), share)
        });
    }
}

/// Whether a join above lacks its condition too, or the planner may have counted on a LIMIT to
/// stop this one: only ANALYZE tells how much of it ran.
fn is_said_above(plan: &PlanOf<'_>, join: &Node) -> bool {
    let planned_only = !plan.plan.is_analyzed() && plan.plan.may_stop_early(join.id);
    planned_only || plan.plan.ancestors(join.id).any(|it| plan.plan.joins_everything(it.id))
}

/// Rows of the outer side in one round of the join, and of the inner one for each of them.
fn sides(plan: &PlanOf<'_>, join: &Node) -> Option<(Rows, Rows)> {
    let outer = plan.plan.child(join.id, &Relationship::Outer)?;
    let inner = plan.plan.child(join.id, &Relationship::Inner)?;
    rows(plan, outer).zip(rows(plan, inner))
}

/// Rows of one round; the planner's where the plan did not run.
fn rows(plan: &PlanOf<'_>, node: &Node) -> Option<Rows> {
    if plan.plan.is_analyzed() {
        return node.measured.filter(|it| it.loops > 0.0).map(|it| it.rows);
    }
    node.estimate.map(|it| it.rows)
}
