//! One sentence on a plan given alone: what to build, or why no index would help.

use crate::base::Share;
use crate::indexes::{Definition, KEPT_SHARE_MAX, Refusal};
use crate::plan::{ConditionTerm, Node, NodeKind, Plan, Trigger, condition_columns};
use crate::rules::Confidence;

use super::alone::PlanRecommendation;

/// What to build; or why no index would help, from where the time went.
pub(super) fn verdict(
    plan: &Plan,
    asked_for: bool,
    recommendations: &[PlanRecommendation],
    refusals: &[Refusal],
) -> String {
    match recommendations {
        [] => {}
        [one] => return format!("An index on {} {} help.", on(&one.definition), likely(one)),
        [first, ..] => {
            let names: Vec<String> = recommendations.iter().map(|it| on(&it.definition)).collect();
            let many = recommendations.len();
            return format!("{many} indexes {} help: on {}.", likely(first), names.join("; on "));
        }
    }
    if asked_for {
        return match refusals.first() {
            Some(first) => format!("No index would help: {}.", first.detail),
            None => "No index that this plan shows the columns of would help.".to_owned(),
        };
    }
    if let Some((trigger, share)) = heaviest_trigger(plan) {
        let of = trigger.constraint.as_ref().map_or(String::new(), |it| format!(" of {it}"));
        let table = trigger.relation.as_deref().unwrap_or("its table");
        return format!(
            "No index on what this plan reads would help: {share} of the time is the trigger \
             {}{of} on {table}; look for an index behind the foreign key.",
            trigger.name
        );
    }
    let heavy = heaviest(plan);
    let Some((node, share)) = heavy else {
        return "No index would help: nothing in this plan takes time that an index could spare."
            .to_owned();
    };
    format!("No index would help: {} of it is {}.", share, why_not(plan, node))
}

/// Whether an index would help, or only may: by the model it could spare nothing, or nothing was
/// measured.
fn likely(recommendation: &PlanRecommendation) -> &'static str {
    let may_spare_nothing = recommendation.spared.is_some_and(|it| it.low.0 <= 0.0);
    if may_spare_nothing || recommendation.confidence == Confidence::Low { "may" } else { "would" }
}

/// `orders (customer_id, created_at)`.
fn on(definition: &Definition) -> String {
    let keys: Vec<String> = definition.keys.iter().map(ToString::to_string).collect();
    format!("{} ({})", definition.table.name, keys.join(", "))
}

/// The node with the largest own part of the time, else of the planner's cost.
fn heaviest(plan: &Plan) -> Option<(&Node, Share)> {
    let root = plan.root();
    let tree = plan.wall_time(root.id)?;
    let all = plan.execution.filter(|it| it.0 > tree.0).unwrap_or(tree);
    let own = |node: &&Node| plan.own_time(node.id).map_or(0.0, |it| it.0);
    let node = plan.nodes().max_by(|a, b| own(a).total_cmp(&own(b)).then(b.id.cmp(&a.id)))?;
    (all.0 > 0.0).then(|| (node, Share::of(own(&node), all.0)))
}

/// The trigger that takes more than half of the execution.
fn heaviest_trigger(plan: &Plan) -> Option<(&Trigger, Share)> {
    let execution = plan.execution?;
    let time = |it: &&Trigger| it.time.map_or(0.0, |it| it.0);
    let trigger = plan.triggers.iter().max_by(|a, b| time(a).total_cmp(&time(b)))?;
    let share = Share::of(time(&trigger), execution.0);
    (share.0 > 0.5).then_some((trigger, share))
}

/// Why no index spares the time of a node.
fn why_not(plan: &Plan, node: &Node) -> String {
    let name = node.relation.as_ref().map(|it| it.name.to_string()).unwrap_or_default();
    match node.kind {
        NodeKind::SeqScan if node.conditions.filter.is_none() => {
            format!("reading {name}, of which every row is wanted")
        }
        NodeKind::SeqScan if plan.may_stop_early(node.id) => {
            format!("reading {name} until enough rows were found")
        }
        NodeKind::SeqScan if keeps_little(node) && !asks_a_column(node) => format!(
            "reading {name} by a condition that no index on plain columns serves: {}",
            node.conditions.filter.as_deref().unwrap_or_default()
        ),
        NodeKind::SeqScan if keeps_little(node) => {
            format!("reading {name}, too little to read for an index to pay")
        }
        NodeKind::SeqScan => format!("reading {name}, of which too many rows are wanted"),
        NodeKind::IndexScan
        | NodeKind::IndexOnlyScan
        | NodeKind::BitmapHeapScan
        | NodeKind::BitmapIndexScan => {
            let of = node.index.as_ref().map_or(name, ToString::to_string);
            format!("an index scan already ({of})")
        }
        NodeKind::ModifyTable => format!("writing to {name}"),
        NodeKind::Gather | NodeKind::GatherMerge => "collecting rows from workers".to_owned(),
        _ if plan.children(node.id).next().is_none() => {
            format!("a {}, which reads no table", node.kind)
        }
        _ => format!("work on rows once they are found ({})", node.kind),
    }
}

/// The condition compares a plain column.
fn asks_a_column(node: &Node) -> bool {
    let filter = node.conditions.filter.as_deref().unwrap_or_default();
    condition_columns(filter).iter().any(|term| matches!(term, ConditionTerm::Column(_)))
}

/// The scan kept fewer rows than an index would have to find.
fn keeps_little(node: &Node) -> bool {
    let kept = node.measured.map_or(0.0, |it| it.rows.0);
    let removed = node.removed.by_filter.map_or(0.0, |it| it.0);
    removed > 0.0 && kept / (kept + removed) < KEPT_SHARE_MAX.0
}
