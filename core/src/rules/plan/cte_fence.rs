use std::collections::BTreeSet;

use crate::base::{Rows, Share};
use crate::plan::{ConditionTerm, Node, NodeKind, condition_columns};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A WITH query that is made whole although its readers want few of its rows.
    ///
    /// ## What it does
    /// Looks for a WITH query that is kept, whose readers all discard rows by a filter, nine of
    /// ten or more of at least a thousand together, and which is at least a tenth of the
    /// statement. It is silent where the condition could not be moved inside: over a LIMIT, a
    /// window, a set operation, a recursion, a write, or an aggregate that it is not grouped by.
    /// ## Why it matters
    /// A kept WITH query is a fence: conditions from outside do not get in, so no index serves
    /// them.
    /// ## When it is fine
    /// When the fence is meant: to keep a volatile function from running twice, or to pin a plan.
    /// ## What to do
    /// Write AS NOT MATERIALIZED, or leave MATERIALIZED away; up to version 11, and where it is
    /// read more than once with different conditions, move the condition inside.
    /// ## Source
    /// From version 12 a WITH query that is read once, does not write and is not volatile is
    /// planned in place (documentation, section 7.8.3).
    "cte-fence", Severity::Warn, Check::Plan(check)
}

/// Rows read below which the fence keeps nothing out.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Part of the rows kept, above which the condition inside would save little.
const KEPT_MAX: Share = Share::percent(10.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for producer in plan.plan.nodes().filter(|it| plan.plan.is_cte(it.id)) {
        let readers: Vec<&Node> = plan.plan.cte_readers(producer.id).collect();
        let Some(first) = readers.first() else { continue };
        if !readers.iter().all(|reader| may_move(plan, producer, reader)) {
            continue;
        }
        let (read, kept) = readers.iter().fold((Rows(0.0), Rows(0.0)), |(read, kept), reader| {
            let loops = reader.measured.map_or(0.0, |it| it.loops);
            let rows = plan.plan.total_rows(reader.id).unwrap_or_default();
            (read + rows + reader.removed.by_filter.unwrap_or_default() * loops, kept + rows)
        });
        let making = plan.plan.subtree(producer.id);
        let (share, share_fact) = plan.share_of(making.chain(readers.iter().copied()));
        if read < ROWS_MIN || Share::of(kept.0, read.0) > KEPT_MAX || share < SHARE_MIN {
            continue;
        }
        let mut facts = vec![Fact::Kept { read, kept }, share_fact];
        facts.extend(first.conditions.filter.clone().map(Fact::Condition));
        let name = first.cte_name.as_ref().map_or("it", |name| name.as_str());
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(format!(
                "Write {name} AS NOT MATERIALIZED, or move the condition into it."
            ))],
            // Whether a volatile function or MATERIALIZED makes the fence, the plan does not say.
            confidence: Confidence::Medium,
            ..plan.finding(&RULE, plan.subject(first), share)
        });
    }
}

/// Whether the reader's filter could have been tested inside of the WITH query.
fn may_move(plan: &PlanOf<'_>, producer: &Node, reader: &Node) -> bool {
    let Some(filter) = reader.conditions.filter.as_deref() else { return false };
    let writes = plan.plan.subtree(producer.id).any(|it| it.kind == NodeKind::ModifyTable);
    !writes && !filter.contains("SubPlan") && passes(plan, producer, filter)
}

/// Whether the condition passes the nodes from the top of a WITH query down to where rows are
/// read or joined.
fn passes(plan: &PlanOf<'_>, top: &Node, filter: &str) -> bool {
    let mut node = top;
    loop {
        match node.kind {
            NodeKind::Limit
            | NodeKind::WindowAgg
            | NodeKind::SetOp
            | NodeKind::RecursiveUnion
            | NodeKind::LockRows
            | NodeKind::ProjectSet
            | NodeKind::Result => return false,
            NodeKind::Aggregate | NodeKind::Group => return asks_for_groups(node, filter),
            NodeKind::Sort
            | NodeKind::IncrementalSort
            | NodeKind::Unique
            | NodeKind::Materialize
            | NodeKind::SubqueryScan
            | NodeKind::Gather
            | NodeKind::GatherMerge => {}
            _ => return true,
        }
        let Some(child) = plan.plan.children(node.id).next() else { return true };
        node = child;
    }
}

/// Whether the condition is of columns only that the aggregate groups by, judged by their names.
fn asks_for_groups(aggregate: &Node, filter: &str) -> bool {
    let last =
        |key: &String| key.rsplit('.').next().map(|it| it.trim_matches(['"', ')', '(']).to_owned());
    let keys: BTreeSet<String> = aggregate.keys.group.iter().filter_map(last).collect();
    condition_columns(filter).into_iter().all(|term| match term {
        ConditionTerm::Column(it) => keys.contains(&it.column),
        ConditionTerm::Opaque(_) => false,
    })
}
