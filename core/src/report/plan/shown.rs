//! Which nodes of a plan stand in its tree: all of them, or of a huge plan those that matter.
//!
//! A plan of thousands of partitions is no reading for anybody: the heaviest nodes and those with
//! findings are shown with what stands right above them, the rest is counted. Numbers stay those
//! of the whole plan.

use std::collections::BTreeSet;

use crate::base::NodeId;
use crate::plan::Plan;
use crate::report::Extent;
use crate::report::plan::measure::Measure;
use crate::report::plan::tree::Mark;

/// Nodes from which on a plan is told in parts: more than ten screens of 50 lines.
const WHOLE_MAX: usize = 500;
/// The heaviest nodes that are shown of such a plan: two screens with what stands above them.
const HEAVIEST: usize = 50;
/// Steps above each of them that are shown, so that it is seen what runs it.
const ABOVE: usize = 2;

/// The nodes that are shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// In printed order, each with its depth among those that are shown.
    pub nodes: Vec<(NodeId, usize)>,
    /// How many are not.
    pub left_out: usize,
    /// What those that are not took of the whole: milliseconds or cost.
    pub left_out_own: f64,
}

impl Shown {
    /// Chooses the nodes.
    pub fn of(plan: &Plan, measure: &Measure, marks: &[Mark], extent: Extent) -> Self {
        if extent == Extent::All || plan.nodes().len() <= WHOLE_MAX {
            let nodes = plan.nodes().map(|it| (it.id, plan.depth(it.id))).collect();
            return Self { nodes, left_out: 0, left_out_own: 0.0 };
        }
        let mut heavy: Vec<NodeId> = plan.nodes().map(|it| it.id).collect();
        heavy.sort_by(|a, b| measure.own(*b).total_cmp(&measure.own(*a)).then(a.cmp(b)));
        let chosen = heavy.into_iter().take(HEAVIEST).chain(marks.iter().map(|it| it.node));
        let mut kept = BTreeSet::from([plan.root().id]);
        for id in chosen {
            kept.extend(plan.ancestors(id).take(ABOVE).map(|it| it.id));
            kept.insert(id);
        }
        let rest = plan.nodes().map(|it| it.id).filter(|it| !kept.contains(it));
        let left_out_own = rest.map(|it| measure.own(it)).sum();
        let left_out = plan.nodes().len() - kept.len();
        Self { nodes: nested(plan, kept), left_out, left_out_own }
    }
}

/// Each node below the nearest one above it that is shown.
fn nested(plan: &Plan, kept: BTreeSet<NodeId>) -> Vec<(NodeId, usize)> {
    let mut open: Vec<NodeId> = Vec::new();
    let mut found = Vec::new();
    for id in kept {
        let holds = |above: &NodeId| plan.subtree(*above).next_back().is_some_and(|it| id <= it.id);
        while open.last().is_some_and(|above| !holds(above)) {
            open.pop();
        }
        found.push((id, open.len()));
        open.push(id);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::plan::read_json;

    /// An Append over so many scans, the last of which takes most of the time.
    fn wide(scans: usize) -> Plan {
        let mut text = String::from(
            r#"{"Node Type": "Append", "Actual Startup Time": 0, "Actual Total Time": 900,
            "Actual Rows": 1, "Actual Loops": 1, "Plans": ["#,
        );
        for number in 1..=scans {
            let time = if number == scans { 700.0 } else { 0.01 };
            let comma = if number == scans { "]}" } else { "," };
            write!(
                text,
                r#"{{"Node Type": "Seq Scan", "Relation Name": "t{number}",
                "Actual Startup Time": 0, "Actual Total Time": {time}, "Actual Rows": 1,
                "Actual Loops": 1}}{comma}"#
            )
            .unwrap();
        }
        read_json(&text).unwrap().0.remove(0)
    }

    #[test]
    fn shows_a_plan_whole_until_it_is_huge() {
        for (scans, extent) in [(499, Extent::First), (3_000, Extent::All)] {
            let plan = wide(scans);
            let shown = Shown::of(&plan, &Measure::of(&plan), &[], extent);
            assert_eq!((shown.nodes.len(), shown.left_out), (scans + 1, 0));
        }
    }

    #[test]
    fn counts_what_it_leaves_out_of_a_huge_plan() {
        let plan = wide(3_000);
        let measure = Measure::of(&plan);
        let shown = Shown::of(&plan, &measure, &[], Extent::First);
        assert_eq!(shown.nodes.len() + shown.left_out, 3_001);
        assert_eq!(shown.nodes.first(), Some(&(plan.root().id, 0)));
        assert_eq!(shown.nodes.last(), Some(&(NodeId(3_000), 1)));
        let own: f64 = shown.nodes.iter().map(|(id, _)| measure.own(*id)).sum();
        assert!((own + shown.left_out_own - measure.whole).abs() < 1e-6);
    }
}
