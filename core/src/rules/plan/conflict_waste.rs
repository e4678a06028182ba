use crate::base::{Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An INSERT … ON CONFLICT whose rows are nearly all there already.
    ///
    /// ## What it does
    /// Looks for an INSERT where a thousand rows or more met a conflict, nine in ten of all, and
    /// nothing came of it: ON CONFLICT DO NOTHING, or an update whose WHERE refused the row.
    /// ## Why it matters
    /// Each such row is built, its defaults are computed (a sequence moves on), and the unique
    /// index is searched, to find that there is nothing to do.
    /// ## When it is fine
    /// When new rows cannot be told from old ones beforehand.
    /// ## What to do
    /// Select only rows that are new: NOT EXISTS against the table, which is one join instead of
    /// a search for each row; or remember how far the last load came. Keep ON CONFLICT for rows
    /// that arrive in between.
    /// ## Source
    /// nodeModifyTable.c (ExecCheckIndexConstraints) searches for each row. Nine in ten is where
    /// the waste is most of the work.
    "conflict-waste", Severity::Warn, Check::Plan(check)
}

/// Conflicts below which the waste is a few milliseconds.
const CONFLICTS_MIN: f64 = 1_000.0;

/// Part of the rows from which on most of the work is in vain.
const SHARE_OF_ROWS_MIN: Share = Share::percent(90.0);

/// Part of the run below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::ModifyTable) {
        let Some(modify) = &node.modify else { continue };
        let (Some(met), Some(inserted)) = (modify.conflicting, modify.inserted) else { continue };
        let loops = node.measured.map_or(1.0, |it| it.loops);
        let in_vain = match modify.conflict_resolution.as_deref() {
            Some("NOTHING") => met as f64,
            _ => node.removed.by_conflict_filter.map_or(0.0, |it| it.0 * loops),
        };
        let all = (met + inserted) as f64;
        let (share, share_fact) = plan.share(node.id);
        let wasteful = in_vain >= CONFLICTS_MIN && in_vain >= all * SHARE_OF_ROWS_MIN.0;
        if !wasteful || share.0 < SHARE_MIN.0 {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows {
                    what: "met a conflict and changed nothing",
                    part: Rows(in_vain),
                    whole: Rows(all),
                },
                share_fact,
            ],
            remedies: vec![Remedy::Rewrite(
                "Leave out rows that are there already with NOT EXISTS, and keep ON CONFLICT for \
                 those that arrive in between."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
