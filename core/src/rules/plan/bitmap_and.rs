use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Two indexes read and intersected where one index on both columns would do.
    ///
    /// ## What it does
    /// Looks for a `BitmapAnd` whose indexes gave at least ten times the rows that came out of the
    /// table, a thousand or more, where reading them is at least a tenth of the statement.
    /// ## Why it matters
    /// Each index is read for all rows that match its own column, a bitmap is built of them, and
    /// most of it is thrown away. An index on both columns reads only the rows of both. A bitmap
    /// also gives up the order of an index and cannot stop early.
    /// ## When it is fine
    /// When the columns are combined in ever new ways: two small indexes serve all of them.
    /// ## What to do
    /// Build one index on the columns of both conditions.
    /// ## Source
    /// No other tool reports it. In this rule's own case (18) reading 662 and 2,400 entries for 29
    /// rows is 0.28 of 0.30 ms.
    "bitmap-and", Severity::Warn, Check::Plan(check)
}

/// Entries read for each row that came out: below that the second index does a good part of the
/// work that one index on both columns would do.
const WASTE_MIN: f64 = 10.0;

/// Entries below which the intersection takes a fraction of a millisecond.
const ENTRIES_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for and in plan.plan.nodes().filter(|it| it.kind == NodeKind::BitmapAnd) {
        let Some(heap) = plan.plan.ancestors(and.id).find(|it| it.kind == NodeKind::BitmapHeapScan)
        else {
            continue;
        };
        let indexes: Vec<&Node> = plan
            .plan
            .subtree(and.id)
            .filter(|it| it.kind == NodeKind::BitmapIndexScan && !it.is_never_executed())
            .collect();
        let entries: Rows = indexes.iter().filter_map(|it| plan.plan.total_rows(it.id)).sum();
        let Some(scanned) = plan.scanned(heap).filter(|_| heap.measured.is_some()) else {
            continue;
        };
        let (share, share_fact) = plan.share_of_subtree(and);
        if indexes.len() < 2
            || entries.0 < ENTRIES_MIN.0
            || entries.0 < scanned.read.0.max(1.0) * WASTE_MIN
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        let wishes = plan.wishes_on(heap);
        let mut facts = vec![
            Fact::PartOfRows {
                what: "entries read from the indexes were in all of them",
                part: scanned.read,
                whole: entries,
            },
            share_fact,
        ];
        let names = indexes.iter().filter_map(|it| it.index.as_ref());
        facts.extend(names.map(|it| Fact::UsedIndex(it.0.clone())));
        facts.extend(heap.conditions.recheck_condition.clone().map(Fact::Condition));
        found.push(Finding {
            facts,
            remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
            wishes,
            ..plan.finding(&RULE, plan.subject(heap), share)
        });
    }
}
