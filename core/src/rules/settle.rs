//! When several rules speak of one thing: which keeps the word.

use std::collections::BTreeSet;

use crate::base::StatementId;
use crate::rules::{Finding, Subject};

/// Pairs (kept, dropped): where both speak of one subject, the second adds nothing.
const SETTLED: &[(&str, &str)] = &[
    // The loop that reruns the scan is the fault; the scan's own waste is its symptom.
    ("nested-loop-rescan", "selective-seq-scan"),
    ("correlated-subplan", "selective-seq-scan"),
    ("correlated-subplan", "filtered-index-scan"),
    // That the rows were not expected explains why there are so many rounds.
    ("nested-loop-underestimate", "nested-loop-many-rounds"),
    // What was thrown out cannot be hit.
    ("memoize-evictions", "memoize-without-hits"),
    // How the subquery is written explains why it runs once per row.
    ("not-in-subplan", "correlated-subplan"),
    ("exists-count", "correlated-subplan"),
    // Rows read again and again are discarded again and again.
    ("cte-read-many-times", "cte-fence"),
    // The columns of the OR explain why the join's filter discards.
    ("late-or-filter", "join-filter-discards"),
    // What the files are for says more than that there are some.
    ("cte-spill", "temp-files"),
    ("materialize-spill", "temp-files"),
    // Without its workers a parallel plan has nothing but overhead.
    ("fewer-workers", "parallel-overhead"),
    // Why the filter cannot use an index says more than that the scan keeps little.
    ("function-on-column", "selective-seq-scan"),
    ("function-on-column", "filtered-index-scan"),
    ("leading-wildcard", "selective-seq-scan"),
    ("leading-wildcard", "filtered-index-scan"),
    ("or-across-columns", "selective-seq-scan"),
    ("wrong-index-for-order", "filtered-index-scan"),
    ("wrong-index-for-order", "scattered-index-scan"),
    // Round trips cost more than rows that come along for nothing.
    ("foreign-scan-per-row", "foreign-filter-local"),
    ("late-or-filter", "late-filter"),
    // Three columns for the index are a cure; the order of the table is only the cause.
    ("could-be-index-only", "scattered-index-scan"),
    // An invalid index is useless whatever else is true of it.
    ("invalid-index", "unused-index"),
    ("invalid-index", "redundant-index"),
    // A redundant index is explained better than an unused one.
    ("redundant-index", "unused-index"),
    // Without statistics every estimate is wrong: say the cause.
    ("stale-statistics", "row-misestimate"),
    ("stale-statistics", "stale-row-count"),
    ("stale-statistics", "skewed-column"),
    ("stale-statistics", "correlated-columns"),
    // The cause of a wrong estimate says more than the estimate.
    ("stale-row-count", "row-misestimate"),
    ("correlated-columns", "row-misestimate"),
    ("skewed-column", "row-misestimate"),
    ("default-selectivity", "row-misestimate"),
    ("generic-plan-trap", "row-misestimate"),
    // Slow storage explains why a cold cache hurts; a cold cache why few pages were found.
    ("slow-io", "cold-cache"),
    ("slow-io", "low-hit-share"),
    ("cold-cache", "low-hit-share"),
    // A sort that an index spares need not fit into memory.
    ("avoidable-sort", "sort-spill"),
];

/// Merges what several rules say of one subject, and puts the weightiest first.
///
/// Two findings of one rule about one table of one statement become one: the weightier stays.
pub fn settle(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then(b.weight.total_cmp(&a.weight))
            .then_with(|| a.rule.cmp(b.rule))
            .then_with(|| a.subject.cmp(&b.subject))
    });
    let said: BTreeSet<(&str, Place)> = found.iter().map(|it| (it.rule, place(it))).collect();
    let mut seen = BTreeSet::new();
    found.retain(|finding| {
        let silenced = SETTLED.iter().any(|(kept, dropped)| {
            *dropped == finding.rule
                && places(finding).into_iter().any(|place| said.contains(&(*kept, place)))
        });
        !silenced && seen.insert((finding.rule, place(finding)))
    });
    found
}

/// What a finding speaks of: statements may share a label, so the statement counts too.
type Place = (Option<StatementId>, String);

fn place(finding: &Finding) -> Place {
    (finding.subject.statement(), finding.subject.key())
}

/// The places whose findings may silence this one: its own, and for a node of a plan the
/// relation it reads, so that a table's finding can speak for every node that reads the table.
fn places(finding: &Finding) -> Vec<Place> {
    let mut places = vec![place(finding)];
    if let Subject::PlanNode { relation: Some(relation), .. } = &finding.subject {
        places.push((None, relation.plain()));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, NodeId, QualifiedName};
    use crate::rules::{Confidence, Severity};

    fn finding(rule: &'static str, node: u32, weight: f64) -> Finding {
        Finding {
            rule,
            severity: Severity::Warn,
            confidence: Confidence::High,
            subject: Subject::PlanNode {
                statement: None,
                label: "shop:list".to_owned(),
                node: NodeId(node),
                relation: Some(QualifiedName::new("shop", "orders")),
            },
            facts: Vec::new(),
            wishes: Vec::new(),
            remedies: Vec::new(),
            weight: Millis(weight),
        }
    }

    #[test]
    fn keeps_the_cause_and_drops_the_symptom() {
        let found = settle(vec![
            finding("selective-seq-scan", 2, 9.0),
            finding("nested-loop-rescan", 2, 5.0),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule, "nested-loop-rescan");
    }

    #[test]
    fn says_one_thing_of_one_table_of_one_statement() {
        let found = settle(vec![finding("sort-spill", 2, 1.0), finding("sort-spill", 3, 7.0)]);
        assert_eq!(found.len(), 1);
        assert!((found[0].weight.0 - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn keeps_findings_of_different_statements_apart() {
        let mut other = finding("nested-loop-rescan", 2, 5.0);
        if let Subject::PlanNode { label, .. } = &mut other.subject {
            "shop:detail".clone_into(label);
        }
        let found = settle(vec![finding("selective-seq-scan", 2, 9.0), other]);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn keeps_findings_of_statements_with_one_label_apart() {
        let at = |position| {
            let mut it = finding("sort-spill", 2, 1.0);
            if let Subject::PlanNode { statement, .. } = &mut it.subject {
                *statement = Some(StatementId(position));
            }
            it
        };
        assert_eq!(settle(vec![at(0), at(1)]).len(), 2);
    }

    #[test]
    fn lets_a_table_speak_for_the_nodes_that_read_it() {
        let mut table = finding("stale-statistics", 0, 1.0);
        table.subject = Subject::Relation(QualifiedName::new("shop", "orders"));
        let found = settle(vec![finding("row-misestimate", 2, 9.0), table]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule, "stale-statistics");
    }
}
