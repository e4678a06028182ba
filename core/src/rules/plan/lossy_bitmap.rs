use crate::base::{Bytes, Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A bitmap that outgrew `work_mem`, so that whole pages are searched for their rows.
    ///
    /// ## What it does
    /// Looks for a bitmap scan with pages named as a whole, at least a tenth of all its pages, on
    /// which rows were tested in vain, where the scan is at least a twentieth of the statement. A
    /// recheck without such pages is the nature of the index (`GiST`, GIN, BRIN) and is not spoken
    /// of.
    /// ## Why it matters
    /// Every row of such a page is tested again: more work on the processor, though not more pages.
    /// ## When it is fine
    /// When the recheck removes few rows, and when the pages have to be read from disk anyway.
    /// ## What to do
    /// Give this role or this transaction the `work_mem` that the finding names. Or ask for fewer
    /// rows: a bitmap of half the table is no better than a scan.
    /// ## Source
    /// `ExplainSQL` draws the line at a twentieth of the time. A page takes 64 bytes
    /// (`tbm_calculate_entries` in `tidbitmap.c`: an entry of 48 bytes and two pointers).
    "lossy-bitmap", Severity::Warn, Check::Plan(check)
}

/// Part of the pages named as a whole, below which they make no difference.
const LOSSY_SHARE_MIN: Share = Share::percent(10.0);

/// Rows tested in vain, below which the wait is a fraction of a millisecond.
const RECHECKED_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(5.0);

/// Memory of one page in a bitmap: an entry of 48 bytes and two pointers.
const BYTES_PER_PAGE: u64 = 64;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::BitmapHeapScan) {
        let (exact, lossy) = (
            node.access.exact_heap_blocks.unwrap_or(0),
            node.access.lossy_heap_blocks.unwrap_or(0),
        );
        let (Some(removed), Some(measured)) = (node.removed.by_recheck, node.measured) else {
            continue;
        };
        let rechecked = removed * measured.loops;
        let all = exact.saturating_add(lossy);
        let (share, share_fact) = plan.share(node.id);
        if lossy == 0
            || (lossy as f64) < all as f64 * LOSSY_SHARE_MIN.0
            || rechecked.0 < RECHECKED_MIN.0
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        let needed = memory_needed(all);
        let looked_at = plan.plan.total_rows(node.id).unwrap_or_default() + rechecked;
        found.push(Finding {
            facts: vec![
                Fact::BitmapPages { exact, lossy },
                share_fact,
                Fact::PartOfRows {
                    what: "rows were tested in vain",
                    part: rechecked,
                    whole: looked_at,
                },
                Fact::MemoryNeeded(needed),
            ],
            remedies: vec![Remedy::Setting(
                "work_mem".to_owned(),
                format!("{}kB", needed.0 / 1024),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// The memory that holds a bitmap of so many pages, rounded up to a power of two of kilobytes.
fn memory_needed(pages: u64) -> Bytes {
    let kilobytes = pages.saturating_mul(BYTES_PER_PAGE).div_ceil(1024).max(64);
    Bytes(kilobytes.checked_next_power_of_two().unwrap_or(kilobytes).saturating_mul(1024))
}
