use crate::base::{Bytes, Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An incremental sort whose groups are so large that little of its input came sorted.
    ///
    /// ## What it does
    /// Looks for an incremental sort above the scan of a table, with a thousand rows or more in the
    /// average group, or whose groups went to disk, where the sort itself is at least a tenth of
    /// the run.
    /// ## Why it matters
    /// The sort holds and orders one whole group before it returns the group's first row. With a
    /// LIMIT above, most of a group is sorted for nothing.
    /// ## When it is fine
    /// When all groups are needed: then each is sorted in memory instead of all at once on disk.
    /// ## What to do
    /// Extend the index that gives the sorted part by the other sort columns.
    /// ## Source
    /// nodeIncrementalSort.c collects at least 32 rows before it looks for a group's end, so that
    /// small groups cost nothing extra and are not reported.
    "incremental-sort-groups", Severity::Warn, Check::Plan(check)
}

/// Rows of a group below which sorting it takes a fraction of a millisecond.
const GROUP_MIN: Rows = Rows(1_000.0);

/// Part of the run below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::IncrementalSort) {
        let (Some(groups), Some(rows)) = (groups(node), plan.rows_in(node)) else { continue };
        let (share, share_fact) = plan.share(node.id);
        let disk = disk(node);
        let large = rows.0 / groups.max(1) as f64 >= GROUP_MIN.0 || disk.0 > 0;
        if !large || share.0 < SHARE_MIN.0 {
            continue;
        }
        // Above a join the columns are of several tables, and no index holds them all.
        let scan = plan.plan.children(node.id).next().filter(|it| it.relation.is_some());
        let Some(scan) = scan else { continue };
        let mut facts = vec![
            Fact::Groups { groups, rows },
            share_fact,
            Fact::Condition(format!(
                "sort by {}, of which {} came sorted",
                node.keys.sort.join(", "),
                node.keys.presorted.join(", ")
            )),
        ];
        if disk.0 > 0 {
            facts.push(Fact::Spilled(disk));
        }
        let what =
            scan.index.as_ref().map_or_else(|| "the index".to_owned(), |it| format!("index {it}"));
        found.push(Finding {
            facts,
            wishes: plan.wishes_on(scan),
            remedies: vec![Remedy::Rewrite(format!(
                "Extend {what} so that it holds all of {}.",
                node.keys.sort.join(", ")
            ))],
            ..plan.finding(&RULE, plan.subject(scan), share)
        });
    }
}

/// Groups that were sorted, in the leader.
///
/// While a group looks short its rows are collected with those of its neighbours ("full-sort"),
/// one that turns out long is sorted by the other columns alone ("pre-sorted"); where there are
/// pre-sorted ones, each follows a full-sort one that began it.
fn groups(node: &Node) -> Option<u64> {
    let count = |key: &str| {
        let kept: serde_json::Value = serde_json::from_str(node.extra.get(key)?).ok()?;
        kept.get("Group Count")?.as_u64()
    };
    match (count("Full-sort Groups"), count("Pre-sorted Groups")) {
        (_, Some(presorted)) if presorted > 0 => Some(presorted),
        (full, _) => full,
    }
}

/// The largest group on disk.
fn disk(node: &Node) -> Bytes {
    let peak = |key: &&str| {
        let kept: serde_json::Value = serde_json::from_str(node.extra.get(*key)?).ok()?;
        kept.get("Sort Space Disk")?.get("Peak Sort Space Used")?.as_u64()
    };
    let peaks = ["Full-sort Groups", "Pre-sorted Groups"];
    Bytes(peaks.iter().filter_map(peak).max().unwrap_or(0).saturating_mul(1024))
}
