use crate::base::{Bytes, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A statement whose planning takes much memory.
    ///
    /// ## What it does
    /// Looks at the planner's memory (EXPLAIN's MEMORY option, from 17) of 8 MB or more.
    /// ## Why it matters
    /// The planner keeps every path that it considers until the plan is made, and work_mem does
    /// not bound it. A hundred sessions that plan such a statement take a hundred times as much.
    /// ## When it is fine
    /// For statements that one session at a time runs.
    /// ## What to do
    /// Plan fewer partitions; join fewer tables in one statement, or lower join_collapse_limit;
    /// leave enable_partitionwise_join and enable_partitionwise_aggregate off where they are not
    /// needed; prepare the statement.
    /// ## Source
    /// Own measurement on 18: 13 kB for one table and 186 kB for a join of five; twice the default
    /// work_mem is out of the ordinary.
    "planner-memory", Severity::Warn, Check::Plan(check)
}

/// Memory that plans of everyday statements stay far below.
const USED_MIN: Bytes = Bytes(8 << 20);

/// Memory that hurts as soon as a few sessions plan at once.
const USED_WARN: Bytes = Bytes(64 << 20);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let Some(memory) = plan.plan.planner_memory.filter(|it| it.used >= USED_MIN) else { return };
    let scans = plan.plan.nodes().filter(|it| it.relation.is_some() && it.kind.is_scan()).count();
    found.push(Finding {
        severity: if memory.used >= USED_WARN { Severity::Warn } else { Severity::Info },
        facts: vec![
            Fact::MemoryUsed(memory.used),
            Fact::Text(format!("{scans} tables or partitions in the plan")),
        ],
        remedies: vec![Remedy::Rewrite(
            "Let the planner consider less: fewer partitions, fewer tables in one join, a lower \
             join_collapse_limit."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), Share(0.0))
    });
}
