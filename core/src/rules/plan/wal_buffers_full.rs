use crate::base::Share;
use crate::plan::{NodeKind, Wal};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A write that had to empty the log's buffers itself, again and again.
    ///
    /// ## What it does
    /// Looks at how often the buffers of the write-ahead log were full (EXPLAIN's WAL option, from
    /// 18): a thousand times or more, and once in a hundred records.
    /// ## Why it matters
    /// The statement then writes log to disk by itself, while it holds a lock that every other
    /// writer needs, instead of leaving that to the WAL writer or to its commit.
    /// ## When it is fine
    /// For bulk loads that run alone.
    /// ## What to do
    /// Raise wal_buffers (it needs a restart); by default it is a 32nd of shared_buffers, at most
    /// one segment of 16 MB.
    /// ## Source
    /// xlog.c (AdvanceXLInsertBuffer). Each time stands for one page of 8 kB: a thousand is about
    /// 8 MB written in the way.
    "wal-buffers-full", Severity::Warn, Check::Plan(check)
}

/// Times below which the writes take a few milliseconds.
const FULL_MIN: u64 = 1_000;

/// Part of the records from which on it is no exception.
const RECORDS_MIN: Share = Share::percent(1.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    // A statement that only reads logs images of pages that it cleaned: another rule's word.
    let writes = plan.plan.nodes().any(|it| it.kind == NodeKind::ModifyTable);
    let full = |it: &Wal| writes && it.buffers_full >= FULL_MIN;
    let Some(wal) = plan.plan.root().wal.filter(full) else { return };
    if (wal.buffers_full as f64) < wal.records as f64 * RECORDS_MIN.0 {
        return;
    }
    found.push(Finding {
        severity: Severity::Info,
        facts: vec![
            Fact::Text(format!("the buffers were full {} times", wal.buffers_full)),
            Fact::WalMade {
                records: wal.records,
                full_page_images: wal.full_page_images,
                size: wal.bytes,
            },
        ],
        remedies: vec![Remedy::Rewrite(
            "Raise wal_buffers if writes like this one run beside others; it needs a restart."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), Share(0.0))
    });
}
