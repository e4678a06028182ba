use crate::base::Share;
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Grouping sets that sort the whole input again and again.
    ///
    /// ## What it does
    /// Looks for an aggregation over grouping sets that sorts its input anew for one set or more,
    /// and is itself at least a fifth of the run.
    /// ## Why it matters
    /// One order serves a chain of sets, each a prefix of the next: (a, b), (a), (). For every
    /// other chain all rows are sorted once more, inside of the aggregation, where no Sort node
    /// shows it.
    /// ## When it is fine
    /// When the sets are needed and the input is small.
    /// ## What to do
    /// Give the role the work_mem to hash the sets that are no prefix; or aggregate once by all
    /// columns in a subquery and apply the grouping sets to the few rows of that; or order the
    /// sets so that they form one ROLLUP.
    /// ## Source
    /// planner.c (extract_rollup_sets) and nodeAgg.c: each further chain is one more phase with a
    /// sort. A fifth is where sparing it is felt.
    "grouping-set-sorts", Severity::Warn, Check::Plan(check)
}

/// Part of the run below which the cure is not felt.
const SHARE_MIN: Share = Share::percent(20.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::Aggregate) {
        let sorts = sorts(node);
        let (share, share_fact) = plan.share(node.id);
        if sorts == 0 || share.0 < SHARE_MIN.0 {
            continue;
        }
        let mut facts = vec![
            Fact::Text(format!("{sorts} more sorts of the input within the aggregation")),
            share_fact,
        ];
        facts.extend(plan.rows_in(node).map(|rows| Fact::Text(format!("of {rows} rows each"))));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(
                "Aggregate by all columns in a subquery first and apply the grouping sets to its \
                 rows, or set work_mem for this role so that the sets are hashed."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Chains of sets that have a sort of their own.
fn sorts(node: &Node) -> usize {
    let kept = node.extra.get("Grouping Sets");
    let sets: Option<serde_json::Value> = kept.and_then(|it| serde_json::from_str(it).ok());
    let chains = sets.as_ref().and_then(|it| it.as_array());
    chains.map_or(0, |it| it.iter().filter(|chain| chain.get("Sort Key").is_some()).count())
}
