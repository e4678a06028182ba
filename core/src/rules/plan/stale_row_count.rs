use crate::rules::estimate::{Cause, misestimates};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// A table that has far more or fewer rows than the planner believes.
    ///
    /// ## What it does
    /// Looks for scans without any condition whose rows were misestimated by ten times or more:
    /// there is nothing to be estimated but the number of rows.
    /// ## Why it matters
    /// Every estimate about the table starts from this number, so all of them are wrong.
    /// ## When it is fine
    /// While a table is being filled; the next autovacuum analyzes it.
    /// ## What to do
    /// Run ANALYZE. Do so at the end of every bulk load and after filling a temporary table,
    /// which autovacuum never sees.
    /// ## Source
    /// plancat.c multiplies the rows per page of the last ANALYZE or VACUUM by the pages that the
    /// file has now; a table that was never analyzed counts as ten pages at least.
    "stale-row-count", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan).into_iter().filter(|it| it.cause == Cause::RowCount) {
        let Subject::PlanNode { relation: Some(relation), .. } = plan.subject(wrong.node) else {
            continue;
        };
        let mut facts = wrong.facts();
        facts.push(Fact::Text("the scan has no condition".to_owned()));
        found.push(Finding {
            severity: wrong.severity,
            facts,
            remedies: vec![Remedy::Analyze(relation)],
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}
