use crate::base::{Bytes, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A write whose log is mostly images of whole pages.
    ///
    /// ## What it does
    /// Looks for statements that made a megabyte or more of write-ahead log (EXPLAIN's WAL option,
    /// from 13), where at least one record in ten carried the image of a whole page and these
    /// images are half of the log or more.
    /// ## Why it matters
    /// The first change to a page after a checkpoint logs the whole page. Frequent checkpoints
    /// make that the rule: ten to a hundred times as much log, on the standbys too.
    /// ## When it is fine
    /// Right after a checkpoint, and for bulk loads into new pages.
    /// ## What to do
    /// Let checkpoints come less often (max_wal_size, checkpoint_timeout); set wal_compression;
    /// touch fewer pages, by changing neighbouring rows together.
    /// ## Source
    /// xloginsert.c logs an image of the page without its hole. Ordinary records of narrow rows
    /// take 59 to 73 bytes (own measurement on 18); what exceeds 200 bytes a record is counted as
    /// images, so that inserts of wide rows are told apart by the share of records alone.
    "full-page-images", Severity::Warn, Check::Plan(check)
}

/// Log below which nobody would notice the cure.
const LOG_MIN: Bytes = Bytes(1 << 20);

/// Part of the records from which on images are no exception.
const RECORDS_MIN: Share = Share::percent(10.0);

/// Part of the log from which on images are most of it.
const IMAGES_MIN: Share = Share::percent(50.0);

/// An ordinary record without an image and its row, at most.
const RECORD: f64 = 200.0;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    // A statement that only reads logs images of pages that it cleaned: another rule's word.
    let writes = plan.plan.nodes().any(|it| it.kind == NodeKind::ModifyTable);
    let Some(wal) = plan.plan.root().wal.filter(|_| writes) else { return };
    let plain = wal.records.saturating_sub(wal.full_page_images) as f64 * RECORD;
    let images = Share::of((wal.bytes.0 as f64 - plain).max(0.0), wal.bytes.0 as f64);
    let of_records = Share::of(wal.full_page_images as f64, wal.records as f64);
    if wal.bytes < LOG_MIN || of_records.0 < RECORDS_MIN.0 || images.0 < IMAGES_MIN.0 {
        return;
    }
    found.push(Finding {
        severity: Severity::Info,
        facts: vec![Fact::WalMade {
            records: wal.records,
            full_page_images: wal.full_page_images,
            size: wal.bytes,
        }],
        remedies: vec![Remedy::Rewrite(
            "Unless a checkpoint had just ended: let checkpoints come less often (max_wal_size, \
             checkpoint_timeout), and set wal_compression."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), Share(0.0))
    });
}
