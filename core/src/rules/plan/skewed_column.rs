use crate::rules::estimate::{Cause, equality, misestimates, terms};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// A value that is far more or less common than the statistics of its column tell.
    ///
    /// ## What it does
    /// Looks for scans whose only condition compares one column with a constant by equality, and
    /// whose rows were misestimated by ten times or more.
    /// ## Why it matters
    /// The planner knows the share of the most common values only, a hundred of them by default;
    /// all others are taken to be equally common.
    /// ## When it is fine
    /// When nothing above depends on the number of rows.
    /// ## What to do
    /// Run ANALYZE if the value is new; else raise the statistics target of the column, so that
    /// more values are known, and run ANALYZE. Where the number of different values is wrong, set
    /// n_distinct for the column.
    /// ## Source
    /// eqsel in selfuncs.c; default_statistics_target is 100.
    "skewed-column", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan).into_iter().filter(|it| it.cause == Cause::Value) {
        let Subject::PlanNode { relation: Some(relation), .. } = plan.subject(wrong.node) else {
            continue;
        };
        let terms = terms(wrong.node);
        let Some(column) = terms.iter().find_map(equality) else { continue };
        let mut facts = wrong.facts();
        facts.push(Fact::Text(format!(
            "the statistics of {} do not know how common this value is",
            column.column
        )));
        found.push(Finding {
            severity: wrong.severity,
            // A value that came after the last ANALYZE looks the same.
            confidence: Confidence::Medium,
            facts,
            remedies: vec![
                Remedy::Analyze(relation.clone()),
                Remedy::StatisticsTarget(relation, column.column.clone()),
            ],
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}
