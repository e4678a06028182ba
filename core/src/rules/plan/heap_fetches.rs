use crate::base::{Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// An index-only scan that has to look its rows up in the table after all.
    ///
    /// ## What it does
    /// Looks for an `Index Only Scan` with a heap fetch for a quarter of its rows or more, five
    /// hundred or more, that is at least a tenth of the statement.
    /// ## Why it matters
    /// The index knows the values, not whether a row is visible. That stands in the visibility map,
    /// which VACUUM keeps; for pages that it does not call all-visible each row is fetched from
    /// the table, at random.
    /// ## When it is fine
    /// On rows that have just been written: the next autovacuum will see to them.
    /// ## What to do
    /// Run VACUUM on the table, and let autovacuum do it more often: on tables that only grow,
    /// `autovacuum_vacuum_insert_scale_factor` decides (from 13). Look for transactions that stay
    /// open for long; they keep pages from becoming all-visible.
    /// ## Source
    /// `ExplainSQL` draws the line at a quarter and a hundred rows, pgexplain at a tenth or a
    /// thousand rows.
    "heap-fetches", Severity::Warn, Check::Plan(check)
}

/// Part of the rows fetched, below which the index saves most of the work.
const FETCHED_SHARE_MIN: Share = Share::percent(25.0);

/// Fetches below which the wait is a fraction of a millisecond.
const FETCHES_MIN: u64 = 500;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::IndexOnlyScan) {
        let Some(fetches) = node.access.heap_fetches.filter(|it| *it >= FETCHES_MIN) else {
            continue;
        };
        let Some(scanned) = plan.scanned(node) else { continue };
        let (share, share_fact) = plan.share(node.id);
        let fetched = Rows(fetches as f64);
        if fetched.0 < scanned.read.0 * FETCHED_SHARE_MIN.0 || share.0 < SHARE_MIN.0 {
            continue;
        }
        let subject = plan.subject(node);
        let table = match &subject {
            Subject::PlanNode { relation, .. } => relation.clone(),
            _ => None,
        };
        let part = Fact::PartOfRows {
            what: "rows had to be looked up in the table",
            part: fetched,
            // More fetches than rows: versions of rows that are dead but still in the index.
            whole: Rows(scanned.read.0.max(fetched.0)),
        };
        found.push(Finding {
            facts: [part, share_fact].into_iter().chain(plan.index_of(node.id)).collect(),
            remedies: table.map(Remedy::Vacuum).into_iter().collect(),
            ..plan.finding(&RULE, subject, share)
        });
    }
}
