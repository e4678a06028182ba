use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Plan, Relationship};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Updates that write every index of the table, though perhaps no indexed column changed.
    ///
    /// ## What it does
    /// Looks at an UPDATE of a thousand rows or more that made two log records a row or more
    /// (EXPLAIN's WAL option, from 13): an update within the page makes one.
    /// ## Why it matters
    /// An update is cheap when the new row fits on the page of the old one and no indexed column
    /// changes. Else each index of the table gets a new entry, and VACUUM must remove the old
    /// ones later.
    /// ## When it is fine
    /// When an indexed column is what the statement changes.
    /// ## What to do
    /// Leave room on the pages (fillfactor 70 to 90) and let VACUUM keep up, so that new rows find
    /// room; drop indexes on columns that change all the time and that few statements search;
    /// update in portions, with VACUUM between them.
    /// ## Source
    /// heapam.c (heap_update): one record for a row that stays on its page; else one for the row
    /// and one for each index, and more for pages that split.
    "lost-hot", Severity::Warn, Check::Plan(check)
}

/// Rows below which the cure saves a few milliseconds.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Log records a row from which on at least every row wrote an index.
const RECORDS_MIN: f64 = 2.0;

/// Part of the run below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let updates =
        |it: &&Node| it.kind == NodeKind::ModifyTable && it.operation.as_deref() == Some("Update");
    for node in plan.plan.nodes().filter(updates) {
        let (Some(rows), Some(records)) = (written(plan.plan, node), own_records(plan.plan, node))
        else {
            continue;
        };
        let (share, share_fact) = plan.share(node.id);
        let each = records / rows.0.max(1.0);
        if rows.0 < ROWS_MIN.0 || each < RECORDS_MIN || share.0 < SHARE_MIN.0 {
            continue;
        }
        found.push(Finding {
            // Which columns changed the plan does not say; one of them may be indexed.
            severity: Severity::Info,
            confidence: Confidence::Medium,
            facts: vec![
                Fact::Text(format!("{each:.1} log records a row, where one is possible")),
                Fact::Text(format!("{rows} rows updated")),
                share_fact,
            ],
            remedies: vec![Remedy::Rewrite(
                "If the statement changes no indexed column, lower the table's fillfactor so that \
                 new rows find room on their pages; if it does, ask whether that index is needed."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Rows that were updated: those that the input handed up.
fn written(plan: &Plan, node: &Node) -> Option<Rows> {
    let given = [Relationship::Outer, Relationship::Member];
    let inputs = plan.children(node.id).filter(|it| given.contains(&it.relationship));
    inputs.map(|it| plan.total_rows(it.id)).sum::<Option<Rows>>()
}

/// Log records of the node alone.
fn own_records(plan: &Plan, node: &Node) -> Option<f64> {
    let below: u64 = plan.children(node.id).filter_map(|it| it.wal).map(|it| it.records).sum();
    Some(node.wal?.records.saturating_sub(below) as f64)
}
