//! When several rules speak of one thing: which keeps the word.

use std::collections::BTreeSet;

use crate::rules::{Finding, Subject};

/// Pairs (kept, dropped): where both speak of one subject, the second adds nothing.
const SETTLED: &[(&str, &str)] = &[
    // The loop that reruns the scan is the fault; the scan's own waste is its symptom.
    ("nested-loop-rescan", "selective-seq-scan"),
    ("correlated-subplan", "selective-seq-scan"),
    ("correlated-subplan", "filtered-index-scan"),
    // An invalid index is useless whatever else is true of it.
    ("invalid-index", "unused-index"),
    ("invalid-index", "redundant-index"),
    // A redundant index is explained better than an unused one.
    ("redundant-index", "unused-index"),
    // Without statistics every estimate is wrong: say the cause.
    ("stale-statistics", "row-misestimate"),
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
    let said: BTreeSet<(&str, String)> =
        found.iter().flat_map(|it| places(it).into_iter().map(|place| (it.rule, place))).collect();
    let mut seen = BTreeSet::new();
    found.retain(|finding| {
        let silenced = SETTLED.iter().any(|(kept, dropped)| {
            *dropped == finding.rule
                && places(finding).into_iter().any(|place| said.contains(&(*kept, place)))
        });
        !silenced && seen.insert((finding.rule, finding.subject.key()))
    });
    found
}

/// The places that a finding speaks of: its subject, and for a node of a plan its relation
/// within the statement, so that a table's finding can speak for the node that reads it.
fn places(finding: &Finding) -> Vec<String> {
    let mut places = vec![finding.subject.key()];
    if let Subject::PlanNode { relation: Some(relation), .. } = &finding.subject {
        places.push(relation.plain());
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
        if let Subject::PlanNode { label, relation, .. } = &mut other.subject {
            "shop:detail".clone_into(label);
            *relation = Some(QualifiedName::new("shop", "items"));
        }
        let found = settle(vec![finding("selective-seq-scan", 2, 9.0), other]);
        assert_eq!(found.len(), 2);
    }
}
