use crate::base::{Millis, Share};
use crate::plan::Trigger;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A trigger that takes a large part of a write.
    ///
    /// ## What it does
    /// Looks for triggers, other than those of foreign keys, that took at least three tenths of
    /// the run and a millisecond.
    /// ## Why it matters
    /// A trigger runs once for each row. Its time stands outside of the tree of the plan, so that
    /// the slow statement looks fast node by node.
    /// ## When it is fine
    /// When the work of the trigger is the purpose of the write.
    /// ## What to do
    /// Make it a statement trigger with transition tables, so that it runs once; let a WHEN
    /// clause keep it from rows that it does nothing for; look at the plans of its statements
    /// with auto_explain.log_nested_statements.
    /// ## Source
    /// pgexplain draws the line at a tenth; keeping a timestamp by a plain trigger costs
    /// 16 to 21 % of an update (own measurement on 13, 15 and 18), so that only more is a fault.
    "slow-trigger", Severity::Warn, Check::Plan(check)
}

/// Part of the run below which the trigger costs what triggers cost.
const SHARE_MIN: Share = Share::percent(30.0);

/// Time below which nobody would notice the cure.
const TIME_MIN: Millis = Millis(1.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let time = |it: &Trigger| it.time.unwrap_or_default();
    let mut slow: Vec<&Trigger> = plan
        .plan
        .triggers
        .iter()
        .filter(|it| !it.name.starts_with("RI_ConstraintTrigger_"))
        .filter(|it| time(it).0 >= TIME_MIN.0 && plan.share_of_run(time(it)).0 >= SHARE_MIN.0)
        .collect();
    slow.sort_by(|a, b| time(b).total_cmp(&time(a)).then_with(|| a.name.cmp(&b.name)));
    if slow.is_empty() {
        return;
    }
    let share = plan.share_of_run(slow.iter().map(|it| time(it)).sum());
    let facts = slow.iter().map(|it| Fact::Trigger {
        name: it.name.clone(),
        table: it.relation.clone().unwrap_or_default(),
        calls: it.calls,
        time: time(it),
    });
    found.push(Finding {
        facts: facts.chain([Fact::TimeShare(share)]).collect(),
        remedies: vec![Remedy::Rewrite(
            "Make it a statement trigger with transition tables, or give it a WHEN clause that \
             leaves out rows it does nothing for."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), share)
    });
}
