//! Where a wrong row estimate starts, and what caused it as far as the plan alone can tell.
//!
//! Six rules speak of estimates; this is what they have in common. It refuses to see an error
//! where a node was cut short, pruned while running, read again, or shared by fewer processes
//! than planned.

use crate::base::{Millis, Rows, Share};
use crate::plan::{
    ColumnCondition, ConditionTerm, Direction, Node, NodeKind, Plan, Relationship, RowError,
    condition_columns,
};
use crate::rules::{Fact, PlanOf, Severity};

/// The factor from which on plans go wrong. ExplainSQL, pgexplain, dataxplan, depesz and pev2
/// all begin to speak at ten.
const FACTOR_MIN: f64 = 10.0;

/// The factor that a node must add of its own to errors that it was handed: a third of ten on
/// the scale that matters, which is logarithmic (√10).
const OWN_FACTOR_MIN: f64 = 3.2;

/// Rows over all loops below which even a large factor changes no plan.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Part of the run, below the decision that the estimate led to, under which nobody would
/// notice a better one.
const SHARE_MIN: Share = Share::percent(5.0);

/// A run that nobody needs to make shorter; empty tables, which the planner takes for ten pages,
/// are read in less.
const RUN_MIN: Millis = Millis(1.0);

/// A factor from which on also too high an estimate leads to another kind of plan.
const FACTOR_LARGE: f64 = 100.0;

/// A node whose estimate is wrong of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misestimate<'a> {
    /// The node.
    pub node: &'a Node,
    /// How wrong.
    pub error: RowError,
    /// Part of the run that was decided under the wrong estimate.
    pub share: Share,
    /// That part as a fact.
    pub share_fact: ShareFact,
    /// How bad: a warning where a join or a limit above depended on it.
    pub severity: Severity,
    /// What caused it.
    pub cause: Cause,
}

/// Of what a share is a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShareFact {
    /// Of time.
    Time,
    /// Of planner cost.
    Cost,
}

/// What caused a wrong estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The values were not known when the plan was made.
    GenericPlan,
    /// The whole table is read: its row count is stale.
    RowCount,
    /// The planner took a fixed figure for want of statistics.
    Default,
    /// Several columns are compared at once and taken for independent.
    Columns,
    /// One column is compared with one value.
    Value,
    /// Something else, such as the selectivity of a join.
    Other,
}

impl Misestimate<'_> {
    /// The estimate, and the part of the run that hangs on it.
    pub fn facts(&self) -> Vec<Fact> {
        let share = match self.share_fact {
            ShareFact::Time => Fact::TimeShare(self.share),
            ShareFact::Cost => Fact::CostShare(self.share),
        };
        let mut facts = vec![
            Fact::Estimate { planned: self.error.estimated, actual: self.error.actual },
            share,
        ];
        let condition = self.node.conditions.each().next().map(|(_, text)| text.to_owned());
        facts.extend(condition.map(Fact::Condition));
        facts
    }
}

/// Every wrong estimate of a plan, each where it starts.
pub(super) fn misestimates<'a>(plan: &PlanOf<'a>) -> Vec<Misestimate<'a>> {
    if plan.run_time().is_some_and(|it| it.0 < RUN_MIN.0) {
        return Vec::new();
    }
    plan.plan.nodes().filter_map(|node| judge(plan, node)).collect()
}

/// The factor by which an input was wrong in this direction. One that was cut short explains
/// with all that it lacks why few rows came out above, though it is no error itself.
fn handed_on(plan: &Plan, input: &Node, direction: Direction) -> Option<f64> {
    if let Some(error) = plan.row_error(input.id) {
        return (error.direction == direction).then_some(error.factor);
    }
    let (expected, came) = (input.estimate?.rows.0, input.measured?.rows.0);
    let cut = direction == Direction::Over && plan.may_stop_early(input.id);
    cut.then(|| (expected.max(1.0) / came.max(1.0)).max(1.0))
}

fn judge<'a>(plan: &PlanOf<'a>, node: &'a Node) -> Option<Misestimate<'a>> {
    if is_handed_on(&node.kind) || is_cut_midway(plan.plan, node) {
        return None;
    }
    let error = plan.plan.row_error(node.id)?;
    let loops = node.measured?.loops;
    let larger = error.estimated.0.max(error.actual.0) * loops;
    let factor = error.factor / missing_workers(plan.plan, node);
    if factor < FACTOR_MIN || larger < ROWS_MIN.0 {
        return None;
    }
    let handed: Vec<f64> = inputs(plan.plan, node)
        .filter_map(|input| handed_on(plan.plan, input, error.direction))
        .collect();
    let said = handed.iter().any(|it| *it >= FACTOR_MIN);
    let least = if said { FACTOR_MIN } else { OWN_FACTOR_MIN };
    if factor / handed.iter().product::<f64>() < least {
        return None;
    }
    let decided = decision(plan.plan, node);
    let (share, share_fact) = share_below(plan, decided.unwrap_or(node));
    if share.0 < SHARE_MIN.0 {
        return None;
    }
    let matters =
        decided.is_some() && (error.direction == Direction::Under || error.factor >= FACTOR_LARGE);
    Some(Misestimate {
        node,
        error,
        share,
        share_fact,
        severity: if matters { Severity::Warn } else { Severity::Info },
        cause: cause(plan.plan, node, error),
    })
}

/// Nodes that return what they are given, whose rows are not counted, or that read a working
/// table, whose size the planner can only guess.
fn is_handed_on(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::BitmapIndexScan
            | NodeKind::BitmapAnd
            | NodeKind::BitmapOr
            | NodeKind::WorkTableScan
            | NodeKind::Sort
            | NodeKind::IncrementalSort
            | NodeKind::Materialize
            | NodeKind::Memoize
            | NodeKind::Hash
            | NodeKind::Gather
            | NodeKind::GatherMerge
            | NodeKind::Limit
            | NodeKind::LockRows
    )
}

/// The node's own condition turned it off while it ran, or partitions were pruned then: the
/// estimate is for all of it.
fn is_cut_midway(plan: &Plan, node: &Node) -> bool {
    let pruned = match node.kind {
        NodeKind::Append | NodeKind::MergeAppend => {
            node.subplans_removed.is_some_and(|it| it > 0)
                || plan.children(node.id).any(Node::is_never_executed)
        }
        NodeKind::CustomScan => true,
        _ => false,
    };
    pruned || node.conditions.one_time_filter.is_some()
}

/// What a node is given rows by: not subqueries of its expressions, but the WITH query it reads.
fn inputs<'a>(plan: &'a Plan, node: &Node) -> impl Iterator<Item = &'a Node> {
    let given =
        [Relationship::Outer, Relationship::Inner, Relationship::Member, Relationship::Subquery];
    // A bitmap is judged at the scan that reads the table by it.
    let heap = node.kind == NodeKind::BitmapHeapScan;
    plan.children(node.id)
        .filter(move |it| !heap && given.contains(&it.relationship))
        .chain(plan.cte_producer(node.id))
}

/// How many times more each process had to do because workers did not start.
fn missing_workers(plan: &Plan, node: &Node) -> f64 {
    let Some(gather) = plan.gather_above(node.id).and_then(|it| it.gather) else { return 1.0 };
    let launched = gather.workers_launched.unwrap_or(gather.workers_planned);
    let processes = |workers: u64| workers as f64 + 1.0;
    (processes(gather.workers_planned) / processes(launched)).max(1.0)
}

/// The topmost join or limit above a node, or itself, that was chosen by its estimate.
fn decision<'a>(plan: &'a Plan, node: &'a Node) -> Option<&'a Node> {
    let decides = |it: &&Node| it.kind.is_join() || it.kind == NodeKind::Limit;
    plan.ancestors(node.id).filter(decides).last().or(Some(node).filter(decides))
}

/// The part of the run that a node and all below it took.
fn share_below(plan: &PlanOf<'_>, node: &Node) -> (Share, ShareFact) {
    if let (Some(part), Some(all)) = (plan.plan.wall_time(node.id), plan.run_time()) {
        return (Share::of(part.0, all.0), ShareFact::Time);
    }
    let cost = |it: &Node| it.estimate.map_or(0.0, |it| it.total.0);
    let whole = cost(plan.plan.root());
    // As in `PlanOf::share`: a LIMIT pays for a part of what is below it.
    (Share::of(cost(node).min(whole), whole), ShareFact::Cost)
}

fn cause(plan: &Plan, node: &Node, error: RowError) -> Cause {
    if node.kind == NodeKind::FunctionScan {
        return Cause::Default;
    }
    if node.relation.is_none() || !node.kind.is_scan() || node.kind == NodeKind::ForeignScan {
        return Cause::Other;
    }
    let terms = terms(node);
    if terms.is_empty() {
        return Cause::RowCount;
    }
    if has_parameter(plan, node) {
        return Cause::GenericPlan;
    }
    let equal: Vec<&ColumnCondition> = terms.iter().filter_map(|it| equality(it)).collect();
    let opaque = terms.iter().all(|it| matches!(it, ConditionTerm::Opaque(_)));
    match (terms.len(), distinct(&equal)) {
        (1, 0) if opaque && fixed_share(node, error).is_some() => Cause::Default,
        (1, 1) => Cause::Value,
        (_, 2..) => Cause::Columns,
        _ => Cause::Other,
    }
}

/// The terms of all conditions of a scan, each once: a recheck repeats the index condition.
pub(super) fn terms(node: &Node) -> Vec<ConditionTerm> {
    let conditions = &node.conditions;
    let index = conditions.index_condition.as_ref().or(conditions.recheck_condition.as_ref());
    let mut found: Vec<ConditionTerm> = index
        .into_iter()
        .chain(&conditions.filter)
        .chain(&conditions.tid_condition)
        .flat_map(|text| condition_columns(text))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// A column compared by equality with a constant.
pub(super) fn equality(term: &ConditionTerm) -> Option<&ColumnCondition> {
    let ConditionTerm::Column(it) = term else { return None };
    let equal = matches!(it.operator.as_str(), "=" | "= ANY" | "IS NULL") && !it.negated;
    (equal && is_constant(&it.operand)).then_some(it)
}

/// Whether an operand names no column: a literal, as the server prints it.
fn is_constant(operand: &str) -> bool {
    let first = operand.trim_start_matches(['(', '-']).chars().next();
    first.is_none_or(|it| it.is_ascii_digit() || it == '\'')
        || operand.starts_with("true")
        || operand.starts_with("false")
}

fn distinct(equal: &[&ColumnCondition]) -> usize {
    let mut names: Vec<&str> = equal.iter().map(|it| it.column.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// Whether a condition holds a parameter of the statement: `$1`, unless that is the value of an
/// `InitPlan`, which servers up to 16 print the same way.
fn has_parameter(plan: &Plan, node: &Node) -> bool {
    let of_subqueries: Vec<&str> = plan
        .nodes()
        .filter_map(|it| it.subplan_name.as_deref()?.split_once("(returns "))
        .flat_map(|(_, values)| values.trim_end_matches(')').split(','))
        .collect();
    node.conditions
        .each()
        .flat_map(|(_, text)| parameters(text))
        .any(|it| !of_subqueries.contains(&it))
}

/// The parameters in a text, outside of string literals.
fn parameters(text: &str) -> impl Iterator<Item = &str> {
    text.split('\'').step_by(2).flat_map(|part| {
        part.match_indices('$').filter_map(move |(at, _)| {
            let digits = part[at + 1..].chars().take_while(char::is_ascii_digit).count();
            (digits > 0).then(|| &part[at..=at + digits])
        })
    })
}

/// The fixed share that the planner took of the rows that the node read, where it took one.
///
/// `selfuncs.h`: 0.005 for an equality, a range between two bounds, or a pattern without
/// statistics, 1/3 for one bound, 0.010 for matching operators (from 13), 0.995 for the
/// opposite of an unknown; `clausesel.c`: 1/3 for a function that returns a boolean.
pub(super) fn fixed_share(node: &Node, error: RowError) -> Option<Share> {
    const SHARES: [f64; 4] = [0.005, 0.010, 1.0 / 3.0, 0.995];
    /// How far the planner's row count of the table may be from the rows read.
    const SLACK: f64 = 0.05;
    let read = error.actual.0 + node.removed.by_filter?.0;
    let taken = error.estimated.0 / read.max(1.0);
    let near = |share: &f64| (taken / share - 1.0).abs() <= SLACK;
    SHARES.into_iter().find(near).map(Share)
}
