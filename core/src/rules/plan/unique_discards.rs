use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::whole::is_group_key;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A DISTINCT that reads very many rows to keep a few.
    ///
    /// ## What it does
    /// Looks for a Unique node, or a grouping without aggregates, over one table, that read ten
    /// thousand rows or more and kept at most one in a hundred, where it and what feeds it are at
    /// least a fifth of the run.
    /// ## Why it matters
    /// Every row is read, and sorted or hashed, to find a handful of values.
    /// ## When it is fine
    /// When it runs rarely; the answer needs every row unless an index has the column first.
    /// ## What to do
    /// Keep the values in a table of their own; or jump from value to value through an index with
    /// a recursive query.
    /// ## Source
    /// Below one row in a hundred a jump through an index (about three pages each) reads less than
    /// the rows themselves, at the usual tens of rows a page.
    "unique-discards", Severity::Warn, Check::Plan(check)
}

/// Rows read below which the waste is a millisecond.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the rows that is kept, above which reading them was not in vain.
const KEPT_MAX: Share = Share::percent(1.0);

/// Part of the run below which the cure is not felt.
const SHARE_MIN: Share = Share::percent(20.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| drops_repeated(it)) {
        // A part of the work is judged at its whole.
        let below = plan.plan.subtree(node.id).skip(1).filter(|it| drops_repeated(it)).last();
        let lowest = below.unwrap_or(node);
        let part = plan.plan.ancestors(node.id).any(drops_repeated);
        // A join that multiplied the rows is another rule's word.
        let joined = plan.plan.subtree(node.id).any(|it| it.kind.is_join());
        let (Some(read), Some(kept)) = (plan.rows_in(lowest), plan.plan.total_rows(node.id)) else {
            continue;
        };
        let (Some(time), Some(run)) = (plan.plan.wall_time(node.id), plan.run_time()) else {
            continue;
        };
        let share = Share::of(time.0, run.0);
        let in_vain = read.0 >= ROWS_MIN.0 && kept.0 <= read.0 * KEPT_MAX.0;
        if part || joined || !in_vain || share.0 < SHARE_MIN.0 {
            continue;
        }
        let scan = plan.plan.subtree(node.id).find(|it| it.relation.is_some());
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows { what: "were kept as distinct", part: kept, whole: read },
                Fact::TimeShare(share),
            ],
            remedies: vec![Remedy::Rewrite(
                "Keep the distinct values in a table of their own, or jump from value to value \
                 through an index with a recursive query."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(scan.unwrap_or(node)), share)
        });
    }
}

/// Whether the node keeps one of equal rows and computes nothing from the others.
fn drops_repeated(node: &Node) -> bool {
    match node.kind {
        NodeKind::Unique => true,
        // VERBOSE lists what is handed up: with an aggregate that is more than the keys.
        NodeKind::Aggregate | NodeKind::Group => {
            !node.keys.group.is_empty()
                && !node.output.is_empty()
                && node.output.iter().all(|it| is_group_key(node, it))
        }
        _ => false,
    }
}
