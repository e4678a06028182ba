use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A join that builds pairs of rows only to throw them away.
    ///
    /// ## What it does
    /// Looks for a join whose filter discarded nine of ten pairs or more, ten thousand or more in
    /// all, and which is with its inner side at least a tenth of the statement. A hash or merge
    /// join must have built three times as many pairs as its larger side has rows: else its key is
    /// fine, and the filter only picks.
    /// ## Why it matters
    /// Each pair is built and tested one by one. In a nested loop the number of pairs is the
    /// product of both sides; in a hash join the hashed columns are too coarse.
    /// ## When it is fine
    /// When the inner side has a few rows.
    /// ## What to do
    /// In a nested loop build the index on the inner side's columns of the filter, so that only the
    /// pairs wanted are built. Write comparisons with bare columns: a function or a cast around
    /// one, or an OR, keeps a hash join from using it. For ranges (a point in a span) a GiST index
    /// on a range type serves.
    /// ## Source
    /// Nine of ten is where pev2 colours rows removed by a filter worst.
    "join-filter-discards", Severity::Warn, Check::Plan(check)
}

/// Pairs thrown away below which nobody would notice the cure.
const DISCARDED_MIN: Rows = Rows(10_000.0);

/// Pairs for each row of the larger side from which on the key of a hash or merge join is coarse.
const PAIRS_PER_ROW_MIN: f64 = 3.0;

/// Part of the pairs kept, above which the filter is no waste.
const KEPT_MAX: Share = Share::percent(10.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind.is_join()) {
        let Some(filter) = join.conditions.join_filter.as_ref() else { continue };
        let (Some(removed), Some(measured)) = (join.removed.by_join_filter, join.measured) else {
            continue;
        };
        let discarded = removed * measured.loops;
        let kept = measured.rows * measured.loops;
        let pairs = discarded + kept;
        let Some(inner) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        // What is below a hash or a sort is made once, whatever the filter keeps.
        let again: Vec<&Node> = match join.kind {
            NodeKind::NestedLoop => plan.plan.subtree(inner.id).collect(),
            _ => Vec::new(),
        };
        let (share, share_fact) = plan.share_of(again.into_iter().chain([join]));
        if discarded < DISCARDED_MIN
            || Share::of(kept.0, pairs.0) > KEPT_MAX
            || share < SHARE_MIN
            || !builds_too_many(plan, join, pairs)
        {
            continue;
        }
        let probed = plan.reader_below(inner.id).filter(|_| join.kind == NodeKind::NestedLoop);
        let wishes = probed.map_or_else(Vec::new, |it| plan.wishes_on(it));
        let mut remedies: Vec<Remedy> = wishes.iter().map(|it| Remedy::Index(*it)).collect();
        remedies.push(Remedy::Rewrite(match join.kind {
            NodeKind::NestedLoop => {
                "Let an index on the inner side find the pairs, or compare bare columns for \
                 equality so that a hash join can."
                    .to_owned()
            }
            _ => {
                "Add an equality to the join's condition, so that fewer pairs are built.".to_owned()
            }
        }));
        found.push(Finding {
            facts: vec![
                Fact::Kept { read: pairs, kept },
                share_fact,
                Fact::Condition(filter.clone()),
            ],
            wishes,
            remedies,
            ..plan.finding(&RULE, plan.subject(join), share)
        });
    }
}

/// Whether the join built more pairs than its key should have let it.
fn builds_too_many(plan: &PlanOf<'_>, join: &Node, pairs: Rows) -> bool {
    if join.kind == NodeKind::NestedLoop {
        return true;
    }
    let rows = plan.plan.children(join.id).filter_map(|it| plan.plan.total_rows(it.id));
    let larger = rows.fold(1.0, |most, it| it.0.max(most));
    pairs.0 >= larger * PAIRS_PER_ROW_MIN
}
