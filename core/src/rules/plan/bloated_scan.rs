use crate::base::{Pages, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A scan that reads far more pages than its rows can fill.
    ///
    /// ## What it does
    /// Looks for a `Seq Scan` that touched 128 pages or more and found fewer than two rows on each,
    /// in a tenth of the statement or more. Rows whose planned width fills half of the pages do not
    /// count.
    /// ## Why it matters
    /// A row of more than 2 kB is moved out of the table (TOAST), so a page holds four of the
    /// widest rows, and mostly dozens. Where it holds fewer, most of the table is dead or free
    /// space, and every scan reads it along.
    /// ## When it is fine
    /// A table that is filled and emptied in turn and will fill again; columns whose storage is
    /// PLAIN; a low fillfactor that is meant.
    /// ## What to do
    /// Let VACUUM reclaim dead rows, and find out what held it back (long transactions, replication
    /// slots). Space that is already free inside of the table comes back only by writing it anew:
    /// `VACUUM FULL` or CLUSTER, which lock the table, or the extension `pg_repack`.
    /// ## Source
    /// `TOAST_TUPLE_THRESHOLD` in `heaptoast.h`: four rows a page of 8 kB.
    "bloated-scan", Severity::Warn, Check::Plan(check)
}

/// Rows on a page, below which even the widest rows leave half of it empty.
const ROWS_PER_PAGE_MAX: f64 = 2.0;

/// The widest rows that fit on a page, by TOAST's threshold.
const WIDEST_ROWS_PER_PAGE: f64 = 4.0;

/// The server's usual page.
const PAGE_BYTES: f64 = 8192.0;

/// Pages below which the scan takes a fraction of a millisecond.
const PAGES_MIN: f64 = 128.0;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::SeqScan) {
        let Some(measured) = node.measured else { continue };
        let Some(scanned) = plan.scanned(node) else { continue };
        let Some(pages) = scanned.pages else { continue };
        let (share, share_fact) = plan.share(node.id);
        // Half a row a run may have been lost to rounding.
        let read = scanned.read.0 + measured.rounding.0 * measured.loops;
        let runs = measured.loops / plan.plan.processes(node.id).max(1.0);
        // Columns with storage PLAIN may be as wide as a page.
        let wide = node.estimate.map_or(0, |it| it.width.0) as f64 * read;
        if (pages.0 as f64) < PAGES_MIN * runs.max(1.0)
            || wide >= pages.0 as f64 * PAGE_BYTES / 2.0
            || read >= pages.0 as f64 * ROWS_PER_PAGE_MAX
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "fewer than the pages that were touched, and never negative"
        )]
        let needed = Pages((read / WIDEST_ROWS_PER_PAGE).ceil() as u64);
        let subject = plan.subject(node);
        found.push(Finding {
            confidence: plan.confidence().min(Confidence::Medium),
            facts: vec![
                Fact::Touched { pages, table: None },
                Fact::PagesNeeded(needed),
                share_fact,
            ],
            remedies: vec![Remedy::Rewrite(
                "Write the table anew (VACUUM FULL, which locks it, or pg_repack), and find out \
                 what kept VACUUM from reclaiming its dead rows."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, subject, share)
        });
    }
}
