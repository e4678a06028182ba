use crate::rules::estimate::{Cause, misestimates};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A plan made for any value that is wrong for the value at hand.
    ///
    /// ## What it does
    /// Looks for scans whose condition holds a parameter such as $1 instead of its value, which
    /// says that the plan is generic, and whose rows were misestimated by ten times or more.
    /// ## Why it matters
    /// From the sixth execution on a prepared statement may get one plan for all values. It is
    /// made for the average value; for a very common one it is slow every time.
    /// ## When it is fine
    /// When the values at hand are rare exceptions.
    /// ## What to do
    /// Set plan_cache_mode to force_custom_plan for this role, or let the driver send this
    /// statement unprepared; where one kind of value is the exception, give it a statement of its
    /// own with a constant.
    /// ## Source
    /// plancache.c makes five custom plans and then keeps a generic one unless it costs more than
    /// their average.
    "generic-plan-trap", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan).into_iter().filter(|it| it.cause == Cause::GenericPlan) {
        let mut facts = wrong.facts();
        facts.push(Fact::Text("the plan was made without knowing the value".to_owned()));
        found.push(Finding {
            severity: wrong.severity,
            facts,
            remedies: vec![Remedy::Setting(
                "plan_cache_mode".to_owned(),
                "force_custom_plan".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}
