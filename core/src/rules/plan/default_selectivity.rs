use crate::base::Share;
use crate::plan::NodeKind;
use crate::rules::estimate::{Cause, Misestimate, fixed_share, misestimates};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An estimate that is a fixed figure, because the planner knows nothing of the expression.
    ///
    /// ## What it does
    /// Looks for misestimates of ten times or more at function scans, and at scans whose only
    /// condition is no plain comparison of a column and whose estimate is one of the planner's
    /// fixed shares: 0.5 %, 1 %, a third, or 99.5 % of the rows that were read.
    /// ## Why it matters
    /// The figure is the same whatever the values are. It is right by accident only, and all that
    /// stands above was chosen by it.
    /// ## When it is fine
    /// When nothing above depends on the number of rows.
    /// ## What to do
    /// For an expression: create extended statistics on it (from 14) or an index on it, then run
    /// ANALYZE; or write the condition on the bare column. For a function: declare its ROWS, or
    /// fill a temporary table from it and run ANALYZE on that.
    /// ## Source
    /// selfuncs.h (DEFAULT_EQ_SEL, DEFAULT_INEQ_SEL, DEFAULT_MATCH_SEL, DEFAULT_MATCHING_SEL,
    /// DEFAULT_NOT_UNK_SEL), clausesel.c (a third for a boolean function); a function that
    /// returns a set has ROWS 1000 unless declared otherwise.
    "default-selectivity", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan).into_iter().filter(|it| it.cause == Cause::Default) {
        let share = fixed_share(wrong.node, wrong.error);
        let mut facts = wrong.facts();
        facts.push(told(&wrong, share));
        found.push(Finding {
            severity: wrong.severity,
            confidence: Confidence::Medium,
            facts,
            remedies: vec![Remedy::Rewrite(remedy(&wrong))],
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}

fn told(wrong: &Misestimate<'_>, share: Option<Share>) -> Fact {
    match share.filter(|_| wrong.node.kind != NodeKind::FunctionScan) {
        Some(share) => Fact::Assumed(share),
        None => Fact::Text("the rows are those that the function was declared with".to_owned()),
    }
}

fn remedy(wrong: &Misestimate<'_>) -> String {
    let node = wrong.node;
    match (&node.function_name, &node.relation) {
        (Some(function), _) => format!(
            "Declare the ROWS of {function}, or fill a temporary table from it and run ANALYZE on \
             that."
        ),
        (None, Some(relation)) => format!(
            "Write the condition on the bare column, or create statistics on the expression (from \
             14) and run ANALYZE {}.",
            relation.name
        ),
        (None, None) => {
            "Fill a temporary table from the function and run ANALYZE on that.".to_owned()
        }
    }
}
