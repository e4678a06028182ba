use crate::base::{Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A MERGE that joins very many rows to change a few.
    ///
    /// ## What it does
    /// Looks for a MERGE (from 15) that skipped a thousand rows or more, nine in ten of all, and
    /// whose join is at least a tenth of the run.
    /// ## Why it matters
    /// Every row of the source is joined with the target before the conditions of the WHEN clauses
    /// are tested; for most rows that join was in vain.
    /// ## When it is fine
    /// When changed rows cannot be told from unchanged ones before the join.
    /// ## What to do
    /// Put the condition that all WHEN clauses share into the source, as a subquery: only rows
    /// that changed since the last run; or IS DISTINCT FROM over a join of source and target.
    /// ## Source
    /// nodeModifyTable.c (ExecMerge) counts rows that no clause took as skipped. Nine in ten is
    /// where the waste is most of the work.
    "merge-skips", Severity::Warn, Check::Plan(check)
}

/// Skipped rows below which the waste is a few milliseconds.
const SKIPPED_MIN: f64 = 1_000.0;

/// Part of the rows from which on most of the work is in vain.
const SHARE_OF_ROWS_MIN: Share = Share::percent(90.0);

/// Part of the run below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::ModifyTable) {
        let Some(modify) = &node.modify else { continue };
        let Some(skipped) = modify.skipped.map(|it| it as f64) else { continue };
        let counts = [modify.inserted, modify.updated, modify.deleted];
        let changed: u64 = counts.into_iter().flatten().sum();
        let all = skipped + changed as f64;
        let (Some(time), Some(run)) = (plan.plan.wall_time(node.id), plan.run_time()) else {
            continue;
        };
        let share = Share::of(time.0, run.0);
        let wasteful = skipped >= SKIPPED_MIN && skipped >= all * SHARE_OF_ROWS_MIN.0;
        if !wasteful || share.0 < SHARE_MIN.0 {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows {
                    what: "joined were skipped",
                    part: Rows(skipped),
                    whole: Rows(all),
                },
                Fact::TimeShare(share),
            ],
            remedies: vec![Remedy::Rewrite(
                "Leave rows that no WHEN clause would take out of the source: put the condition \
                 into a subquery after USING."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
