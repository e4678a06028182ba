use crate::plan::ConditionTerm;
use crate::rules::estimate::{Misestimate, misestimates, terms};
use crate::rules::{Check, Finding, PlanOf, Remedy, Severity, Subject};

rule! {
    /// A row estimate that is wrong by ten times or more.
    ///
    /// ## What it does
    /// Compares planned and real rows, loop by loop, at every node that ran. It speaks of the node
    /// where the error starts, not of those that pass it on. It keeps silent where a LIMIT, a
    /// semi-join or a merge join may have ended a node early, where partitions were pruned while
    /// the plan ran, and where fewer workers started than were planned. Where the cause is plain,
    /// a rule of its own says it instead.
    /// ## Why it matters
    /// Join order, join method and memory all follow from the estimate. An index that looks good
    /// under a wrong estimate may be slower in truth.
    /// ## When it is fine
    /// When the wrong node costs nothing and no join stands above it.
    /// ## What to do
    /// Run ANALYZE when the table changed; raise the statistics target of a skewed column; create
    /// extended statistics on columns that depend on each other.
    /// ## Source
    /// Ten is where every analyzer that reports estimates begins. A join is charged only with
    /// what it adds to the errors of its inputs.
    "row-misestimate", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for wrong in misestimates(plan) {
        found.push(Finding {
            severity: wrong.severity,
            facts: wrong.facts(),
            remedies: remedies(plan, &wrong),
            ..plan.finding(&RULE, plan.subject(wrong.node), wrong.share)
        });
    }
}

/// ANALYZE where a table is read; extended statistics where several of its columns are compared
/// or grouped.
fn remedies(plan: &PlanOf<'_>, wrong: &Misestimate<'_>) -> Vec<Remedy> {
    let node = wrong.node;
    let Subject::PlanNode { relation: Some(relation), .. } = plan.subject(node) else {
        return vec![Remedy::Rewrite(if node.kind.is_join() {
            "Run ANALYZE on both sides. Where the joined columns depend on others that are \
             compared, no statistics tell: let a materialized WITH query or a temporary table that \
             is analyzed hold the smaller side."
                .to_owned()
        } else if node.keys.group.iter().any(|it| it.contains('(')) {
            format!(
                "Create statistics on the expression {} (from 14), then run ANALYZE.",
                node.keys.group.join(", ")
            )
        } else if node.keys.group.len() > 1 {
            format!(
                "Create extended statistics (ndistinct) on {}, then run ANALYZE.",
                node.keys.group.join(", ")
            )
        } else {
            "Run ANALYZE on the tables below.".to_owned()
        })];
    };
    let mut columns: Vec<String> = terms(node)
        .into_iter()
        .filter_map(|term| match term {
            ConditionTerm::Column(column) => Some(column.column),
            ConditionTerm::Opaque(_) => None,
        })
        .collect();
    columns.sort();
    columns.dedup();
    match columns.len() {
        0 | 1 => vec![Remedy::Analyze(relation)],
        _ => vec![Remedy::ExtendedStatistics(relation, columns)],
    }
}
