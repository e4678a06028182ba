use crate::base::{NodeId, Rows};
use crate::plan::{Direction, Node, NodeKind, Plan, RowError};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A row estimate that is wrong by ten times or more.
    ///
    /// ## What it does
    /// Compares planned and real rows, loop by loop, at every node that ran. It speaks of the node
    /// where the error starts, not of those that pass it on, and keeps silent where a LIMIT, a
    /// semi-join or a merge join may have ended a node early.
    /// ## Why it matters
    /// Join order, join method and memory all follow from the estimate. An index that looks good
    /// under a wrong estimate may be slower in truth.
    /// ## When it is fine
    /// When the wrong node costs nothing and no join stands above it.
    /// ## What to do
    /// Run ANALYZE when the table changed; raise the statistics target of a skewed column; create
    /// extended statistics on columns that depend on each other.
    "row-misestimate", Severity::Warn, Check::Plan(check)
}

/// The factor from which on plans go wrong; every analyzer that reports estimates uses ten.
const FACTOR_MIN: f64 = 10.0;

/// Rows over all loops below which even a large factor changes no plan.
const ROWS_MIN: Rows = Rows(1_000.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes() {
        let Some(error) = wrong(plan.plan, node.id) else { continue };
        if !starts_here(plan.plan, node) {
            continue;
        }
        let (share, share_fact) = subtree_share(plan, node);
        let mut facts =
            vec![Fact::Estimate { planned: error.estimated, actual: error.actual }, share_fact];
        let condition = node.conditions.each().next().map(|(_, text)| text.to_owned());
        facts.extend(condition.map(Fact::Condition));
        found.push(Finding {
            rule: RULE.name,
            severity: severity(plan.plan, node),
            confidence: plan.confidence(),
            subject: plan.subject(node),
            facts,
            wishes: Vec::new(),
            remedies: remedies(plan, node),
            weight: plan.weight(share),
        });
    }
}

/// The error of a node where it is large, and large enough to matter.
fn wrong(plan: &Plan, id: NodeId) -> Option<RowError> {
    let error = plan.row_error(id)?;
    let loops = plan.node(id).measured.as_ref()?.loops;
    let larger = error.estimated.0.max(error.actual.0) * loops;
    let large = error.direction != Direction::Exact && error.factor >= FACTOR_MIN;
    (large && larger >= ROWS_MIN.0).then_some(error)
}

/// No node below is wrong in the same direction: the error is this node's own.
fn starts_here(plan: &Plan, node: &Node) -> bool {
    let Some(own) = plan.row_error(node.id) else { return false };
    !plan.children(node.id).any(|child| {
        plan.row_error(child.id)
            .is_some_and(|it| it.direction == own.direction && it.factor >= own.factor / 3.0)
    })
}

/// A wrong estimate matters where a join or a limit stands above it.
fn severity(plan: &Plan, node: &Node) -> Severity {
    let decided = |it: &Node| it.kind.is_join() || it.kind == NodeKind::Limit;
    let above = plan.ancestors(node.id).any(decided) || node.kind.is_join();
    if above { Severity::Warn } else { Severity::Info }
}

/// The node's part with all below it: what was decided under the wrong estimate.
fn subtree_share(plan: &PlanOf<'_>, node: &Node) -> (crate::base::Share, Fact) {
    match (plan.plan.wall_time(node.id), plan.plan.wall_time(plan.plan.root().id)) {
        (Some(part), Some(all)) => {
            let share = crate::base::Share::of(part.0, all.0);
            (share, Fact::TimeShare(share))
        }
        _ => plan.share(node.id),
    }
}

/// ANALYZE where a table is read; extended statistics where several of its columns are compared.
fn remedies(plan: &PlanOf<'_>, node: &Node) -> Vec<Remedy> {
    let crate::rules::Subject::PlanNode { relation: Some(relation), .. } = plan.subject(node)
    else {
        return Vec::new();
    };
    let mut columns: Vec<String> = node
        .conditions
        .each()
        .flat_map(|(_, text)| crate::plan::condition_columns(text))
        .filter_map(|term| match term {
            crate::plan::ConditionTerm::Column(column) => Some(column.column),
            crate::plan::ConditionTerm::Opaque(_) => None,
        })
        .collect();
    columns.sort();
    columns.dedup();
    match columns.len() {
        0 | 1 => vec![Remedy::Analyze(relation)],
        _ => vec![Remedy::ExtendedStatistics(relation, columns)],
    }
}
