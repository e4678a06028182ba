use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A sequential scan that throws most of the table away.
    ///
    /// ## What it does
    /// Looks for a `Seq Scan` whose filter kept at most one row in ten of those it read, of a
    /// thousand rows or more on 16 pages or more, where the scan is at least a tenth of the
    /// statement. Where a LIMIT or a semi-join may have stopped it, ten thousand rows must have
    /// been read in vain before it is spoken of.
    /// ## Why it matters
    /// Every page is read to keep a few rows; the time grows with the table, not with the answer.
    /// ## When it is fine
    /// Small tables, reports that run at night, and scans that a LIMIT ends early.
    /// ## What to do
    /// Build the index that the advice names, or accept the scan and decline the advice.
    /// ## Source
    /// A look-up is about four pages at `random_page_cost` 4 (`costsize.c`): as much as a scan
    /// of 16.
    "selective-seq-scan", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::SeqScan) {
        let Some(filter) = &node.conditions.filter else { continue };
        let Some(waste) = plan.waste(node) else { continue };
        let wishes = plan.wishes_on(node);
        let mut facts = waste.facts();
        facts.push(Fact::Condition(filter.clone()));
        found.push(Finding {
            facts,
            remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
            wishes,
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}
