use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An index scan whose rows lie on a page each.
    ///
    /// ## What it does
    /// Looks for an `Index Scan` that fetched two thousand rows or more in a run and touched a page
    /// of the table for at least every second one, in a quarter of the statement or more.
    /// ## Why it matters
    /// The table is stored in another order than that of the index (the correlation of the column
    /// is near zero), so every row is a jump. In the cache a jump costs a lock and a look-up, on
    /// disk a read of its own.
    /// ## When it is fine
    /// For a few rows; and when all of it stays in the cache.
    /// ## What to do
    /// Put the columns that are read into the index (INCLUDE), so that the table need not be
    /// visited; or store the table in the order of the index: CLUSTER once, or a partition by that
    /// column. Look whether so many rows are needed at all.
    /// ## Source
    /// `cost_index` in `costsize.c` reckons with the correlation. Half a page a row is ours: a
    /// table in order touches a hundredth.
    "scattered-index-scan", Severity::Info, Check::Plan(check)
}

/// Pages of the table for each row, from which on the rows lie scattered.
const PAGES_PER_ROW_MIN: f64 = 0.5;

/// Rows of one run, below which the descent of the index weighs as much.
const ROWS_MIN: Rows = Rows(2_000.0);

/// Pages of the descent of an index, in each run.
const DESCENT_PAGES: f64 = 4.0;

/// Entries of an index on one of its pages, at least: those of a narrow key.
const ENTRIES_PER_PAGE: f64 = 100.0;

/// Part of the statement from which on it is worth storing the table differently.
const SHARE_MIN: Share = Share::percent(25.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::IndexScan) {
        let Some((rows, pages)) = fetched(plan, node) else { continue };
        let (share, share_fact) = plan.share(node.id);
        if pages < rows.0 * PAGES_PER_ROW_MIN || share.0 < SHARE_MIN.0 {
            continue;
        }
        let Some(buffers) = plan.plan.own_buffers(node.id) else { continue };
        let facts = [
            Fact::Touched { pages: buffers.touched(), table: None },
            share_fact,
            Fact::Cached { hit: buffers.shared_hit, read: buffers.shared_read },
        ];
        found.push(Finding {
            facts: facts.into_iter().chain(plan.index_of(node.id)).collect(),
            remedies: vec![Remedy::Rewrite(
                "Put the columns that are read into the index (INCLUDE), or store the table in \
                 the order of this index (CLUSTER)."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Rows fetched, and pages of the table touched for them, where both are many.
fn fetched(plan: &PlanOf<'_>, node: &Node) -> Option<(Rows, f64)> {
    let measured = node.measured.filter(|it| it.loops > 0.0)?;
    let scanned = plan.scanned(node)?;
    let runs = measured.loops / plan.plan.processes(node.id).max(1.0);
    let descents = measured.loops * DESCENT_PAGES;
    let pages = scanned.pages?.0 as f64 - descents - scanned.read.0 / ENTRIES_PER_PAGE;
    (scanned.read.0 / runs >= ROWS_MIN.0).then_some((scanned.read, pages))
}
