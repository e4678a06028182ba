use crate::base::{Bytes, Pages, Share};
use crate::plan::Node;
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A run that found few of its pages in the cache.
    ///
    /// ## What it does
    /// Looks for plans that read a thousand pages or more from outside of shared_buffers, a tenth
    /// or more of all they touched, and names the node that read most of them.
    /// ## Why it matters
    /// A page that is not in shared_buffers is copied from the operating system at best, and read
    /// from the disk at worst.
    /// ## When it is fine
    /// In the first run; and for scans of large tables, which on purpose use a small ring of
    /// buffers so that they do not push out everything else.
    /// ## What to do
    /// Run it again. If it stays like this, read fewer pages by an index that covers the
    /// statement, or give the server more shared_buffers.
    /// ## Source
    /// pgexplain draws the line at the same figures; freelist.c uses the ring for tables of more
    /// than a quarter of shared_buffers.
    "low-hit-share", Severity::Info, Check::Plan(check)
}

/// Pages read below which it takes milliseconds even when cold.
const READ_MIN: Pages = Pages(1_000);

/// Part of the pages that was read, from which on the cache does not hold what is needed.
const READ_SHARE_MIN: Share = Share::percent(10.0);

/// Bytes of a page.
const PAGE: Bytes = Bytes(8192);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let Some(all) = plan.plan.root().buffers else { return };
    let touched = all.shared_hit.0.saturating_add(all.shared_read.0);
    let share = Share::of(all.shared_read.0 as f64, touched as f64);
    if !plan.plan.is_analyzed() || all.shared_read < READ_MIN || share.0 < READ_SHARE_MIN.0 {
        return;
    }
    let read = |it: &&Node| plan.plan.own_buffers(it.id).map_or(Pages(0), |it| it.shared_read);
    let Some(most) = plan.plan.nodes().rev().max_by_key(read) else { return };
    found.push(Finding {
        confidence: Confidence::Medium,
        facts: vec![
            Fact::Cached { hit: all.shared_hit, read: all.shared_read },
            Fact::Text(format!(
                "most of them, {}, by {}{}",
                read(&most).bytes(PAGE),
                most.kind,
                most.relation.as_ref().map_or_else(String::new, |it| format!(" on {}", it.name))
            )),
        ],
        remedies: vec![Remedy::Rewrite(
            "Run it again; if the share stays, read fewer pages or enlarge shared_buffers."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), Share(0.0))
    });
}
