//! Two plans side by side: what changed in shape, what became slower, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Millis, NodeId};
use crate::plan::{Node, Plan};
use crate::report::plan::JudgedPlan;
use crate::report::plan::matching::{family, pairs};
use crate::report::plan::measure::{Basis, Measure};
use crate::report::plan::words::{count, kind, object};
use crate::rules::{Finding, Severity};

/// One change of shape.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Change {
    /// What kind of change.
    pub kind: &'static str,
    /// The node's number in the first plan.
    pub before_node: Option<usize>,
    /// The node's number in the second plan.
    pub after_node: Option<usize>,
    /// In words.
    pub text: String,
}

/// One figure of both plans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Both {
    /// In the first.
    pub before: f64,
    /// In the second.
    pub after: f64,
}

impl Both {
    /// How many times the second is the first.
    pub fn ratio(self) -> Option<f64> {
        (self.before > 0.0).then(|| self.after / self.before)
    }
}

/// Everything that differs.
#[derive(Debug, Clone)]
pub(super) struct Comparison<'a> {
    /// Changes of shape, in the order of the first plan, then of the second.
    pub changes: Vec<Change>,
    /// Planning and execution, in milliseconds.
    pub time: Option<Both>,
    /// The planner's cost.
    pub cost: Option<Both>,
    /// Rows returned.
    pub rows: Option<Both>,
    /// Blocks touched.
    pub blocks: Option<Both>,
    /// Matched nodes, the largest difference of own time (or cost) first.
    pub nodes: Vec<NodePair>,
    /// Findings that the second has and the first had not.
    pub new: Vec<&'a Finding>,
    /// Findings that the first had and the second has not.
    pub gone: Vec<&'a Finding>,
    /// Whether nodes are measured by time in both.
    pub by_time: bool,
}

/// A node in both plans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NodePair {
    /// In the first.
    pub before: NodeId,
    /// In the second.
    pub after: NodeId,
    /// Own time or cost.
    pub own: Both,
    /// Rows returned over all loops, where both were run.
    pub rows: Option<Both>,
}

impl<'a> Comparison<'a> {
    /// Compares.
    pub fn of(before: &'a JudgedPlan, after: &'a JudgedPlan) -> Self {
        let (first, second) = (&before.plan, &after.plan);
        let pairs = pairs(first, second);
        let measures = (Measure::of(first), Measure::of(second));
        let by_time = measures.0.basis == Basis::Time && measures.1.basis == Basis::Time;
        let by_cost = measures.0.basis == Basis::Cost && measures.1.basis == Basis::Cost;
        let rows = |plan: &Plan| plan.total_rows(plan.root().id).map(|it| it.0);
        let cost = |plan: &Plan| plan.root().estimate.map(|it| it.total.0);
        let blocks = |plan: &Plan| plan.root().buffers.map(|it| it.touched().0 as f64);
        let nodes = if by_time || by_cost { node_pairs(before, after, &pairs) } else { Vec::new() };
        Self {
            changes: changes(first, second, &pairs),
            time: by_time.then_some(Both { before: measures.0.whole, after: measures.1.whole }),
            cost: both(cost(first), cost(second)),
            rows: both(rows(first), rows(second)),
            blocks: both(blocks(first), blocks(second)),
            nodes,
            new: missing(&after.findings, &before.findings),
            gone: missing(&before.findings, &after.findings),
            by_time,
        }
    }

    /// What it comes to, in one sentence or two.
    pub fn verdict(&self) -> String {
        let shape = match self.changes.len() {
            0 => "The plans have one shape".to_owned(),
            1 => "One thing changed in shape".to_owned(),
            more => format!("{more} things changed in shape"),
        };
        let (what, both) = match (self.time, self.cost) {
            (Some(time), _) => ("time", time),
            (None, Some(cost)) => ("the planner's cost (no time: not both were run)", cost),
            (None, None) => return format!("{shape}; neither time nor cost can be compared."),
        };
        let figures = if self.time.is_some() {
            format!("{} to {}", Millis(both.before), Millis(both.after))
        } else {
            format!("{} to {}", count(both.before), count(both.after))
        };
        let verdict = match both.ratio() {
            Some(ratio) if ratio >= WORSE => {
                format!("{shape}, and {what} went from {figures}: {} times as much", times(ratio))
            }
            Some(ratio) if ratio <= 1.0 / WORSE => {
                format!(
                    "{shape}, and {what} went from {figures}: {} times less",
                    times(1.0 / ratio)
                )
            }
            _ => format!("{shape}; {what} is about the same, {figures}"),
        };
        format!("{verdict}.{}", self.reason())
    }

    /// The first change of shape, else the first new finding.
    fn reason(&self) -> String {
        let serious = self.new.iter().find(|it| it.severity > Severity::Info);
        match (self.changes.first(), serious) {
            (Some(change), _) => format!(" First of all, {}.", change.text),
            (None, Some(finding)) => format!(" New is {}.", finding.rule),
            (None, None) => String::new(),
        }
    }
}

/// Two runs of one plan differ by a tenth or two for no reason; a quarter is a difference.
pub(super) const WORSE: f64 = 1.25;

/// A ratio in few digits.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 9.95 { format!("{ratio:.1}") } else { count(ratio.round()) }
}

fn both(before: Option<f64>, after: Option<f64>) -> Option<Both> {
    Some(Both { before: before?, after: after? })
}

fn node_pairs(
    before: &JudgedPlan,
    after: &JudgedPlan,
    pairs: &BTreeMap<NodeId, NodeId>,
) -> Vec<NodePair> {
    let measures = (Measure::of(&before.plan), Measure::of(&after.plan));
    let rows = |plan: &Plan, id| plan.total_rows(id).map(|it| it.0);
    let mut found: Vec<NodePair> = pairs
        .iter()
        .map(|(first, second)| NodePair {
            before: *first,
            after: *second,
            own: Both { before: measures.0.own(*first), after: measures.1.own(*second) },
            rows: both(rows(&before.plan, *first), rows(&after.plan, *second)),
        })
        .collect();
    let difference = |it: &NodePair| (it.own.after - it.own.before).abs();
    found.sort_by(|a, b| difference(b).total_cmp(&difference(a)).then(a.before.cmp(&b.before)));
    found
}

/// Findings of one plan that the other has not: of the same rule about the same subject's name.
fn missing<'a>(of: &'a [Finding], from: &[Finding]) -> Vec<&'a Finding> {
    let name = |it: &Finding| {
        let place = match &it.subject {
            crate::rules::Subject::PlanNode { relation, .. } => {
                relation.as_ref().map_or_else(String::new, crate::base::QualifiedName::plain)
            }
            other => other.key(),
        };
        (it.rule, place)
    };
    let known: BTreeSet<(&str, String)> = from.iter().map(name).collect();
    of.iter().filter(|it| !known.contains(&name(it))).collect()
}

/// Every change of shape.
fn changes(before: &Plan, after: &Plan, pairs: &BTreeMap<NodeId, NodeId>) -> Vec<Change> {
    let mut found: Vec<Change> = pairs
        .iter()
        .filter_map(|(first, second)| changed(before.node(*first), after.node(*second)))
        .collect();
    let number = |node: &Node| Some(node.id.position() + 1);
    let gone = before.nodes().filter(|it| !pairs.contains_key(&it.id));
    found.extend(gone.map(|node| Change {
        kind: "gone",
        before_node: number(node),
        after_node: None,
        text: format!("{} is gone", named(node)),
    }));
    let kept: BTreeSet<NodeId> = pairs.values().copied().collect();
    let new = after.nodes().filter(|it| !kept.contains(&it.id));
    found.extend(new.map(|node| Change {
        kind: "new",
        before_node: None,
        after_node: number(node),
        text: format!("{} is new", named(node)),
    }));
    found
}

/// How one node differs from its match in shape, if it does.
fn changed(before: &Node, after: &Node) -> Option<Change> {
    let name = object(after).or_else(|| object(before));
    let on = name.map(|it| format!("{it} ")).unwrap_or_default();
    let (kinds, index) = ((kind(before), kind(after)), (&before.index, &after.index));
    let (sort, text) = if before.kind != after.kind {
        let sort = if family(before) == "join" { "join_method" } else { "access_method" };
        let through = after.index.as_ref().map(|it| format!(" through {}", it.as_str()));
        let through = through.unwrap_or_default();
        match name {
            Some(name) => {
                let text = format!("{name} is read by {}{through} instead of {}", kinds.1, kinds.0);
                (sort, text)
            }
            None => (sort, format!("{} took the place of {}", kinds.1, kinds.0)),
        }
    } else if index.0 != index.1 {
        let index = |it: &Option<crate::base::Name>| {
            it.as_ref().map_or_else(|| "none".to_owned(), |it| it.as_str().to_owned())
        };
        let (first, second) = (index(&before.index), index(&after.index));
        ("index", format!("{on}is read through {second} instead of {first}"))
    } else if kinds.0 != kinds.1 {
        ("mode", format!("{} became {}", named(before), kinds.1))
    } else {
        return None;
    };
    Some(Change {
        kind: sort,
        before_node: Some(before.id.position() + 1),
        after_node: Some(after.id.position() + 1),
        text,
    })
}

fn named(node: &Node) -> String {
    match object(node) {
        Some(name) => format!("the {} of {name}", kind(node)),
        None => format!("the {}", kind(node)),
    }
}
