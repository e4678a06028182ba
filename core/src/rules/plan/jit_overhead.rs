use crate::base::{Millis, Share};
use crate::plan::Jit;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Just-in-time compilation that took longer than it can have saved.
    ///
    /// ## What it does
    /// Looks for plans where compilation took at least a quarter of the run and five
    /// milliseconds. Workers compile for themselves; their times run side by side, so the total
    /// that the server prints is divided by the processes.
    /// ## Why it matters
    /// Compiled expressions save a part of the time of expressions, never the reading. Compiling
    /// is paid anew at each execution: the code is not kept.
    /// ## When it is fine
    /// Never, once it is a quarter: the statement would have ended sooner without.
    /// ## What to do
    /// Set jit to off for this role, or jit_above_cost above the cost of plans like this one.
    /// Where the cost is large only because rows were overestimated, mend the estimate.
    /// ## Source
    /// jit.c decides by cost alone (jit_above_cost 100,000; inlining and optimization from
    /// 500,000). pgexplain and dataxplan draw the line at the same quarter, ExplainSQL at half.
    "jit-overhead", Severity::Error, Check::Plan(check)
}

/// Part of the run that compiled code does not save.
const SHARE_MIN: Share = Share::percent(25.0);

/// Time below which nobody would notice the cure.
const TIME_MIN: Millis = Millis(5.0);

/// Part of the run from which on compilation is most of it.
const SHARE_ERROR: Share = Share::percent(50.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let (Some(jit), Some(run)) = (&plan.plan.jit, plan.run_time()) else { return };
    let Some(time) = wall_time(plan, jit) else { return };
    let share = plan.share_of_run(time);
    if share.0 < SHARE_MIN.0 || time.0 < TIME_MIN.0 {
        return;
    }
    let mut facts = vec![
        Fact::Phase { name: "compilation", time, whole: run },
        Fact::Text(format!("{} functions compiled", jit.functions)),
    ];
    facts.extend(
        plan.plan
            .root()
            .estimate
            .map(|it| Fact::Text(format!("the plan's cost of {} passed jit_above_cost", it.total))),
    );
    found.push(Finding {
        severity: if share.0 >= SHARE_ERROR.0 { Severity::Error } else { Severity::Warn },
        facts,
        remedies: vec![Remedy::Setting("jit".to_owned(), "off".to_owned())],
        ..plan.finding(&RULE, plan.whole(), share)
    });
}

/// The time that passed: of the printed total the part of one process.
fn wall_time(plan: &PlanOf<'_>, jit: &Jit) -> Option<Millis> {
    let run = plan.run_time()?;
    Some(Millis((jit.total?.0 / plan.processes_at_most()).min(run.0)))
}
