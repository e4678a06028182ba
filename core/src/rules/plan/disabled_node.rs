use std::collections::BTreeSet;

use crate::base::Share;
use crate::plan::NodeKind;
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// A way of running the statement that a setting forbids, or a setting that forbids one.
    ///
    /// ## What it does
    /// Looks for nodes that the server marks as disabled (by a cost of 10,000,000,000 up to 17, by
    /// `Disabled` from 18 on), and for `enable_…` settings that are off (EXPLAIN with SETTINGS, 12
    /// and later).
    /// ## Why it matters
    /// A setting that was switched off to test one statement often stays off for all. The planner
    /// then takes the next best way for every statement, and where there is none the forbidden one
    /// after all, with estimates that say nothing.
    /// ## When it is fine
    /// While you look for the cause of a plan.
    /// ## What to do
    /// Switch the setting on again, for the session, role and database (`\drds` in psql lists where
    /// it is set). Mend what it was to hide: statistics, an index, a cost setting.
    /// ## Source
    /// `disable_cost` in `costsize.c` up to 17, `disabled_nodes` from 18 on.
    "disabled-node", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let off: Vec<&str> = plan
        .plan
        .settings
        .iter()
        .filter(|(name, value)| name.starts_with("enable_") && *value == "off")
        .map(|(name, _)| name.as_str())
        .collect();
    let mut told = BTreeSet::new();
    for node in plan.plan.nodes().filter(|it| it.disabled && !it.is_never_executed()) {
        let setting = setting_of(&node.kind);
        if let Some(name) = setting.filter(|name| off.is_empty() || off.contains(name)) {
            told.insert(name);
        }
        let (share, share_fact) = plan.share_of_subtree(node);
        let ran_with = setting.filter(|name| off.contains(name));
        found.push(Finding {
            facts: ran_with.map(ran_off).into_iter().chain([share_fact]).collect(),
            remedies: setting.map(on).into_iter().collect(),
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
    for name in off.into_iter().filter(|name| !told.contains(name)) {
        let Some(name) = SETTINGS.iter().map(|it| it.0).find(|it| *it == name) else { continue };
        found.push(Finding {
            confidence: Confidence::Low,
            facts: vec![ran_off(name)],
            remedies: vec![on(name)],
            ..plan.finding(&RULE, Subject::Setting(name.to_owned()), Share(0.0))
        });
    }
}

fn ran_off(name: &'static str) -> Fact {
    Fact::RanWith { name, value: "off".to_owned() }
}

fn on(name: &'static str) -> Remedy {
    Remedy::Setting(name.to_owned(), "on".to_owned())
}

/// What forbids nodes of a kind; settings without a kind forbid ways that leave no mark.
fn setting_of(kind: &NodeKind) -> Option<&'static str> {
    SETTINGS.iter().find(|it| it.1.as_ref() == Some(kind)).map(|it| it.0)
}

/// The settings that are on by default (`guc_tables.c`), each with the nodes that it forbids.
const SETTINGS: [(&str, Option<NodeKind>); 20] = [
    ("enable_seqscan", Some(NodeKind::SeqScan)),
    ("enable_indexscan", Some(NodeKind::IndexScan)),
    ("enable_indexonlyscan", Some(NodeKind::IndexOnlyScan)),
    ("enable_bitmapscan", Some(NodeKind::BitmapHeapScan)),
    ("enable_tidscan", Some(NodeKind::TidScan)),
    ("enable_nestloop", Some(NodeKind::NestedLoop)),
    ("enable_hashjoin", Some(NodeKind::HashJoin)),
    ("enable_mergejoin", Some(NodeKind::MergeJoin)),
    ("enable_sort", Some(NodeKind::Sort)),
    ("enable_hashagg", Some(NodeKind::Aggregate)),
    ("enable_material", Some(NodeKind::Materialize)),
    ("enable_gathermerge", Some(NodeKind::GatherMerge)),
    ("enable_memoize", Some(NodeKind::Memoize)),
    ("enable_incremental_sort", Some(NodeKind::IncrementalSort)),
    ("enable_parallel_append", None),
    ("enable_parallel_hash", None),
    ("enable_partition_pruning", None),
    ("enable_presorted_aggregate", None),
    ("enable_async_append", None),
    ("enable_group_by_reordering", None),
];
