use std::collections::BTreeSet;

use crate::base::Share;
use crate::plan::{Node, NodeKind, Plan};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// All partitions read, though most of them hold no row that was asked for.
    ///
    /// ## What it does
    /// Looks for an `Append` or `Merge Append` over six partitions or more that ran, of which three
    /// quarters or more gave no row although they were searched, and whose search is at least a
    /// tenth of the statement. Partitions that were pruned, or that are empty of pages, do not
    /// count.
    /// ## Why it matters
    /// Partitions pay when the conditions name the partition key: the others are then not even
    /// opened. Without it each partition is searched, planned and locked, so the statement gets
    /// slower with every partition that is added.
    /// ## When it is fine
    /// When the key cannot be known, and each partition has an index that answers quickly.
    /// ## What to do
    /// Compare the partition key itself with a value: bare, without a function or cast, in the
    /// type of the key, and not only through a join. A range that every caller knows (the last 30
    /// days) is enough.
    /// ## Source
    /// No other tool reports it. Six partitions and three quarters are ours: below that the gain
    /// is a few searches.
    "partitions-not-pruned", Severity::Warn, Check::Plan(check)
}

/// Partitions below which pruning would save little.
const PARTITIONS_MIN: usize = 6;

/// Part of the partitions that gave no row, from which on a condition on the key would help.
const EMPTY_SHARE_MIN: Share = Share::percent(75.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let unions = |it: &&Node| matches!(it.kind, NodeKind::Append | NodeKind::MergeAppend);
    for append in plan.plan.nodes().filter(unions) {
        let scans = partitions(plan.plan, append);
        let read: Vec<&Node> = scans.into_iter().filter(|it| was_searched(it)).collect();
        let empty: Vec<&Node> = read
            .iter()
            .copied()
            .filter(|it| it.measured.is_some_and(|measured| measured.rows.0 <= measured.rounding.0))
            .collect();
        let share = Share(empty.iter().map(|it| plan.share_of_subtree(it).0.0).sum());
        if read.len() < PARTITIONS_MIN
            || (empty.len() as f64) < read.len() as f64 * EMPTY_SHARE_MIN.0
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        let mut facts = vec![
            Fact::Partitions { read: read.len() as u64, empty: empty.len() as u64 },
            Fact::TimeShare(share),
        ];
        facts.extend(empty.first().and_then(|it| asked(it)).map(Fact::Condition));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(
                "Add a condition that compares the partition key, bare, with a value.".to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(append), share)
        });
    }
}

/// The scans of an Append's partitions; none when it reads something else, such as a UNION.
fn partitions<'a>(plan: &'a Plan, append: &Node) -> Vec<&'a Node> {
    let scans: Vec<&Node> = plan
        .children(append.id)
        .filter_map(|child| plan.subtree(child.id).find(|it| it.relation.is_some()))
        .collect();
    let stems: BTreeSet<&str> = scans.iter().filter_map(|it| stem(it)).collect();
    let names: BTreeSet<&str> =
        scans.iter().filter_map(|it| Some(it.relation.as_ref()?.name.as_str())).collect();
    let family = stems.len() == 1 && scans.iter().all(|it| stem(it).is_some());
    if family && names.len() == scans.len() { scans } else { Vec::new() }
}

/// What the statement calls the parent: the server numbers its partitions `o_1`, `o_2`.
fn stem(node: &Node) -> Option<&str> {
    let alias = node.qualifier()?.as_str();
    let (stem, number) = alias.rsplit_once('_')?;
    number.chars().all(|it| it.is_ascii_digit()).then_some(stem)
}

/// Whether a scan ran and looked at something.
fn was_searched(node: &Node) -> bool {
    let ran = node.measured.is_some_and(|it| it.loops > 0.0);
    ran && asked(node).is_some() && node.buffers.is_none_or(|it| it.touched().0 > 0)
}

/// What was asked of a partition.
fn asked(node: &Node) -> Option<String> {
    node.conditions.each().next().map(|(_, text)| text.to_owned())
}
