use crate::plan::Direction;
use crate::rules::estimate::{Cause, Misestimate, equality, misestimates, terms};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// Columns that depend on each other and were taken for independent.
    ///
    /// ## What it does
    /// Looks for scans that compare two columns or more with constants by equality and returned
    /// ten times more rows, or fewer, than planned.
    /// ## Why it matters
    /// The planner multiplies the selectivities of the single comparisons. Of city, zip and
    /// street the city alone decides, and the estimate is too low by orders of magnitude; joins
    /// above are then nested loops that run far too often.
    /// ## When it is fine
    /// When nothing above depends on the number of rows.
    /// ## What to do
    /// Create extended statistics on the columns (dependencies; mcv where certain combinations
    /// never occur) and run ANALYZE.
    /// ## Source
    /// clausesel.c multiplies; dependencies.c and mcv.c correct that for equalities, IN lists and
    /// IS NULL alone, which is what counts here as a comparison.
    "correlated-columns", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan).into_iter().filter(|it| it.cause == Cause::Columns) {
        let Subject::PlanNode { relation: Some(relation), .. } = plan.subject(wrong.node) else {
            continue;
        };
        let columns = columns(&wrong);
        let mut facts = wrong.facts();
        facts.push(Fact::Text(match wrong.error.direction {
            Direction::Over => "the combination is rarer than its parts suggest".to_owned(),
            _ => format!("{} were taken for independent", columns.join(" and ")),
        }));
        found.push(Finding {
            severity: wrong.severity,
            // One skewed column among them would look the same.
            confidence: Confidence::Medium,
            facts,
            remedies: vec![Remedy::ExtendedStatistics(relation, columns)],
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}

/// The columns compared by equality, sorted.
fn columns(wrong: &Misestimate<'_>) -> Vec<String> {
    let terms = terms(wrong.node);
    let mut columns: Vec<String> =
        terms.iter().filter_map(equality).map(|it| it.column.clone()).collect();
    columns.sort();
    columns.dedup();
    columns
}
