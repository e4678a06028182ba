use crate::base::Share;
use crate::plan::{Node, NodeKind, Plan, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A nested loop that reads a whole table again for each row of its outer side.
    ///
    /// ## What it does
    /// Looks for the inner side of a nested loop that is a sequential scan, ran at least ten
    /// times, and whose loop is at least a tenth of the statement. A scan kept in memory by a
    /// Materialize or Memoize node is read once and does not count.
    /// ## Why it matters
    /// The work is the product of both sides. It grows with the square of the data.
    /// ## When it is fine
    /// When the inner table has a page or two, which this passes over. A loop without any condition
    /// is `cartesian-product`'s.
    /// ## What to do
    /// Build the index on the join column that the advice names; where the loop was chosen because
    /// few outer rows were expected, mend the estimate first.
    "nested-loop-rescan", Severity::Warn, Check::Plan(check)
}

/// Runs below which the product is no larger than a scan or two more.
const LOOPS_MIN: f64 = 10.0;

/// Pages of one run up to which no index would be faster.
const PAGES_MAX: u64 = 2;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind == NodeKind::NestedLoop) {
        let Some(inner) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        let Some(scan) = rescanned(plan.plan, inner) else { continue };
        let Some(loops) = loops(plan.plan, join, scan) else { continue };
        let (_, share_fact) = plan.share(scan.id);
        let (share_of_loop, _) = plan.share_of([scan, join]);
        if loops < LOOPS_MIN
            || share_of_loop < SHARE_MIN
            || is_tiny(plan.plan, scan)
            || plan.plan.joins_everything(join.id)
        {
            continue;
        }
        let wishes = plan.wishes_on(scan);
        let mut facts = vec![Fact::Loops(loops), share_fact];
        let conditions = [&scan.conditions.filter, &join.conditions.join_filter];
        facts.extend(conditions.into_iter().flatten().map(|it| Fact::Condition(it.clone())));
        found.push(Finding {
            rule: RULE.name,
            severity: RULE.severity,
            confidence: plan.confidence(),
            subject: plan.subject(scan),
            facts,
            remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
            wishes,
            weight: plan.weight(share_of_loop),
        });
    }
}

/// The sequential scan that runs anew for each outer row; none where a node keeps its rows.
fn rescanned<'a>(plan: &'a Plan, inner: &'a Node) -> Option<&'a Node> {
    match inner.kind {
        NodeKind::SeqScan => Some(inner),
        NodeKind::SubqueryScan
        | NodeKind::Result
        | NodeKind::Limit
        | NodeKind::Append
        | NodeKind::Sort
        | NodeKind::Unique
        | NodeKind::Aggregate => plan.children(inner.id).find_map(|child| rescanned(plan, child)),
        _ => None,
    }
}

/// Whether one run reads a page or two, by the pages it touched.
fn is_tiny(plan: &Plan, scan: &Node) -> bool {
    let touched = plan.own_buffers(scan.id).map(crate::plan::Buffers::touched);
    let runs = scan.measured.map_or(0.0, |it| it.loops);
    touched.is_some_and(|pages| pages.0 > 0 && pages.0 as f64 <= runs * PAGES_MAX as f64)
}

/// How often it ran, or by the planner's rows of the outer side how often it would.
fn loops(plan: &Plan, join: &Node, scan: &Node) -> Option<f64> {
    if let Some(measured) = scan.measured {
        return Some(measured.loops / plan.processes(scan.id).max(1.0));
    }
    let outer = plan.child(join.id, &Relationship::Outer)?;
    Some(outer.estimate?.rows.0)
}
