use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, is_index_scan};

rule! {
    /// An index scan that fetches rows only to throw most of them away.
    ///
    /// ## What it does
    /// Looks for an index scan, or a bitmap scan, whose filter removed at least nine rows in ten of
    /// those it fetched, a thousand or more from 16 pages or more, where that is at least a tenth
    /// of the statement.
    /// ## Why it matters
    /// Every row that the filter removes was fetched from the table first, often from a page of
    /// its own. An index that holds the filtered column too would not have fetched it.
    /// ## When it is fine
    /// When the extra column changes so often that indexing it costs more than the fetches do.
    /// ## What to do
    /// Extend the index by the filtered column, or build the one that the advice names.
    /// ## Source
    /// `ExplainSQL` draws the line at nine in ten too, from a hundred rows on.
    "filtered-index-scan", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| is_index_scan(&it.kind)) {
        let Some(filter) = &node.conditions.filter else { continue };
        let removed = node.removed.by_filter.is_some_and(|it| it.0 > 0.0);
        let Some(waste) = plan.waste(node).filter(|_| removed) else { continue };
        let wishes = plan.wishes_on(node);
        let mut facts = waste.facts();
        facts.push(Fact::Condition(filter.clone()));
        facts.extend(plan.index_of(node.id));
        found.push(Finding {
            facts,
            remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
            wishes,
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}
