use crate::plan::{Node, NodeKind, Plan};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An index walked for its order while the filter throws away nearly all of its rows.
    ///
    /// ## What it does
    /// Looks, below a LIMIT and without a sort in between, for an index scan that has a filter but
    /// no index condition, and that discarded at least nine rows in ten, ten thousand or more, in
    /// a tenth of the statement or more.
    /// ## Why it matters
    /// The planner hoped to meet the few rows of the LIMIT soon. The rows asked for lie elsewhere
    /// in that order, so the scan walks through most of the table, page by page and at random.
    /// Such a statement is quick for one value and takes minutes for the next.
    /// ## When it is fine
    /// When the values searched for are common, which the plan then shows.
    /// ## What to do
    /// Build one index on the filtered columns followed by the columns of ORDER BY: it finds and
    /// orders. Until then an expression in ORDER BY (`id + 0`) keeps the planner from the walk.
    /// ## Source
    /// pganalyze looks for the same shape without figures; ten thousand rows are ours.
    "wrong-index-for-order", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let walks = |it: &&Node| matches!(it.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan);
    for node in plan.plan.nodes().filter(walks) {
        let Some(filter) = &node.conditions.filter else { continue };
        if node.conditions.index_condition.is_some()
            || node.conditions.order_by.is_some()
            || !feeds_a_limit(plan.plan, node)
        {
            continue;
        }
        let Some(waste) = plan.waste(node) else { continue };
        let wishes = plan.wishes_on(node);
        let mut facts = waste.facts();
        facts.extend(plan.index_of(node.id));
        facts.push(Fact::Condition(filter.clone()));
        let mut remedies: Vec<Remedy> = wishes.iter().map(|wish| Remedy::Index(*wish)).collect();
        remedies.push(Remedy::Rewrite(
            "Put the filtered columns before those of ORDER BY in one index; until then an \
             expression in ORDER BY, such as id + 0, avoids the walk."
                .to_owned(),
        ));
        found.push(Finding {
            facts,
            wishes,
            remedies,
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}

/// Whether the rows go up to a LIMIT in the order of the index.
fn feeds_a_limit(plan: &Plan, node: &Node) -> bool {
    let mut above = plan.ancestors(node.id);
    let keeps_order = |it: &Node| {
        matches!(
            it.kind,
            NodeKind::NestedLoop
                | NodeKind::Append
                | NodeKind::MergeAppend
                | NodeKind::GatherMerge
                | NodeKind::SubqueryScan
                | NodeKind::Result
                | NodeKind::LockRows
                | NodeKind::IncrementalSort
                | NodeKind::Unique
        )
    };
    above.find(|it| !keeps_order(it)).is_some_and(|it| it.kind == NodeKind::Limit)
}
