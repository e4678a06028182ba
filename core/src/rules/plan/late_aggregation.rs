use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A join that multiplies rows, and a grouping above it that takes them together again.
    ///
    /// ## What it does
    /// Looks for a GROUP BY or DISTINCT right above a join that returned at least three times the
    /// rows of its larger side, of which the grouping left a tenth or less; of ten thousand rows or
    /// more, with both together at least a fifth of the statement.
    /// ## Why it matters
    /// Rows that belong to one group are joined one by one. Where two tables with many rows a key
    /// are joined to a third, sums are also wrong: each row is counted once for each partner.
    /// ## When it is fine
    /// When the grouping needs columns of both sides of each pair.
    /// ## What to do
    /// Group one side by its join column first, and join the groups; where DISTINCT only removes
    /// the doubles that the join made, write EXISTS instead of the join.
    /// ## Source
    /// The planner groups before a join only from version 19 on (eager aggregation), and never for
    /// DISTINCT.
    "late-aggregation", Severity::Warn, Check::Plan(check)
}

/// How many times the larger side's rows the join returned.
const FAN_OUT_MIN: f64 = 3.0;

/// Part of the joined rows that the grouping leaves.
const LEFT_MAX: Share = Share::percent(10.0);

/// Joined rows below which nobody would notice the cure.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(20.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for grouping in plan.plan.nodes().filter(|it| groups(it)) {
        let Some((path, join)) = join_below(plan, grouping) else { continue };
        let total = |node: &Node| plan.plan.total_rows(node.id);
        let (Some(joined), Some(left)) = (total(join), total(grouping)) else { continue };
        let Some(larger) = larger_side(plan, join) else { continue };
        let (share, share_fact) = plan.share_of(path.into_iter().chain([grouping, join]));
        let fan_out = joined.0 / larger.0.max(1.0);
        if plan.plan.joins_everything(join.id)
            || plan.plan.may_stop_early(join.id)
            || fan_out < FAN_OUT_MIN
            || joined < ROWS_MIN
            || Share::of(left.0, joined.0) > LEFT_MAX
            || share < SHARE_MIN
        {
            continue;
        }
        let mut facts = vec![
            Fact::PartOfRows { what: "are left by the grouping", part: left, whole: joined },
            Fact::Text(format!("the join made {fan_out:.0} rows of each of its larger side")),
            share_fact,
        ];
        if !grouping.keys.group.is_empty() {
            let keys = grouping.keys.group.join(", ");
            facts.push(Fact::Condition(format!("grouped by {keys}")));
        }
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(
                "Group one side by its join column before the join; for DISTINCT write EXISTS \
                 instead of the join."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(grouping), share)
        });
    }
}

/// Whether the node takes rows together by keys.
fn groups(node: &Node) -> bool {
    match node.kind {
        NodeKind::Aggregate => !node.keys.group.is_empty(),
        NodeKind::Group | NodeKind::Unique => true,
        _ => false,
    }
}

/// The join below a grouping, and the nodes between that pass all rows on.
fn join_below<'a>(plan: &PlanOf<'a>, grouping: &'a Node) -> Option<(Vec<&'a Node>, &'a Node)> {
    let mut path = Vec::new();
    let mut node = plan.plan.child(grouping.id, &Relationship::Outer)?;
    while matches!(node.kind, NodeKind::Sort | NodeKind::IncrementalSort) {
        path.push(node);
        node = plan.plan.child(node.id, &Relationship::Outer)?;
    }
    node.kind.is_join().then_some((path, node))
}

/// Rows of the side of a join that has more.
///
/// The inner side of a nested loop counts the rows of all its rounds, which are pairs: only kept
/// rows tell how many there are. That of a merge join counts rows again that it goes back to.
fn larger_side(plan: &PlanOf<'_>, join: &Node) -> Option<Rows> {
    let outer = plan.plan.child(join.id, &Relationship::Outer)?;
    let inner = plan.plan.child(join.id, &Relationship::Inner)?;
    let made = match (&join.kind, &inner.kind) {
        (NodeKind::NestedLoop, NodeKind::Materialize)
        | (NodeKind::MergeJoin, NodeKind::Materialize | NodeKind::Sort) => {
            plan.plan.children(inner.id).next()
        }
        (NodeKind::NestedLoop, _) => None,
        _ => Some(inner),
    };
    let inner = made.and_then(|it| plan.plan.total_rows(it.id)).unwrap_or_default();
    Some(Rows(plan.plan.total_rows(outer.id)?.0.max(inner.0)))
}
