use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Plan, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A hash join that hashed its larger side.
    ///
    /// ## What it does
    /// Looks for a hash join whose hashed side had at least ten times the rows of the other one and
    /// ten thousand or more, although the planner expected no more than the other side's, and whose
    /// building of the hash table is at least a tenth of the statement.
    /// ## Why it matters
    /// The hash table costs memory and more time for each row than a look-up does. With the sides
    /// the other way round it would have been a tenth of the size, and mostly in one batch.
    /// ## When it is fine
    /// When the planner knew it: for an outer join, or one that needs only a first match, the sides
    /// cannot always change places.
    /// ## What to do
    /// Mend the row estimates below the join: ANALYZE, extended statistics. Nothing is wrong with
    /// the join itself.
    /// ## Source
    /// final_cost_hashjoin in costsize.c charges the building by the rows expected.
    "hash-on-larger-side", Severity::Warn, Check::Plan(check)
}

/// How many times more rows the hashed side had.
const TIMES_MIN: f64 = 10.0;

/// Rows hashed below which building takes a few milliseconds.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind == NodeKind::HashJoin) {
        let Some(outer) = plan.plan.child(join.id, &Relationship::Outer) else { continue };
        let Some(hash) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        // An outer side that was not read to its end says nothing of its size.
        if plan.plan.may_stop_early(outer.id) || outer.is_never_executed() || !swaps(join) {
            continue;
        }
        let Some((probed, hashed)) = rows(plan.plan, outer, hash) else { continue };
        let expected = outer.estimate.zip(hash.estimate);
        let surprised = expected.is_some_and(|(outer, hash)| hash.rows <= outer.rows);
        let (share, share_fact) = plan.share(hash.id);
        if hashed < ROWS_MIN
            || hashed.0 < probed.0.max(1.0) * TIMES_MIN
            || !surprised
            || share < SHARE_MIN
        {
            continue;
        }
        let mut facts =
            vec![Fact::Text(format!("hashed {hashed} rows to look up {probed}")), share_fact];
        facts.extend(hash.hash.map(|it| Fact::MemoryUsed(it.peak_memory)));
        facts.extend(join.conditions.hash_condition.clone().map(Fact::Condition));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(
                "Mend the row estimates of both sides; then the smaller one is hashed.".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(join), share)
        });
    }
}

/// Whether the planner may hash either side: of a semi- or anti-join only in newer versions.
fn swaps(join: &Node) -> bool {
    join.join_type.as_deref().is_none_or(|it| matches!(it, "Inner" | "Left" | "Right" | "Full"))
}

/// Rows looked up and rows hashed, both in one process where each hashes for itself.
fn rows(plan: &Plan, outer: &Node, hash: &Node) -> Option<(Rows, Rows)> {
    let (outer_rows, hashed) = (plan.total_rows(outer.id)?, hash.measured?);
    let hashed = if hash.parallel_aware { hashed.rows * hashed.loops } else { hashed.rows };
    Some((outer_rows, hashed))
}
