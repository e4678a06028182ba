use crate::base::Share;
use crate::plan::{Direction, Node, NodeKind, Plan, Relationship, RowError};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A nested loop that was chosen for few rows and got many.
    ///
    /// ## What it does
    /// Looks for a nested loop whose outer side brought at least ten times the rows that were
    /// expected, so that its inner side ran at least a hundred times, and which is at least a
    /// tenth of the statement. A cache that answered most rounds is passed over.
    /// ## Why it matters
    /// For one row a nested loop is the best join there is; its cost grows with each further one,
    /// where a hash join pays once. A small error of the estimate becomes minutes.
    /// ## When it is fine
    /// When the join's condition is no equality, so that no other join could do it.
    /// ## What to do
    /// Mend the estimate where it goes wrong: ANALYZE, a statistics target, extended statistics.
    /// To see what another join would cost, run it once under SET LOCAL enable_nestloop = off.
    /// ## Source
    /// pganalyze speaks of inefficient nested loops from ten to a hundred times the planned rows.
    "nested-loop-underestimate", Severity::Error, Check::Plan(check)
}

/// How many times more rows than expected make the loop a mistake.
const FACTOR_MIN: f64 = 10.0;

/// How many times more make it grave: from there on hardly any join would have been chosen so.
const FACTOR_GRAVE: f64 = 100.0;

/// Rounds below which a nested loop is the best join whatever was expected.
const ROUNDS_MIN: f64 = 100.0;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

/// Part of the statement from which on the loop is the statement's fault.
const SHARE_GRAVE: Share = Share::percent(50.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind == NodeKind::NestedLoop) {
        let Some(outer) = plan.plan.child(join.id, &Relationship::Outer) else { continue };
        let Some(inner) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        let Some(error) = underestimate(plan.plan, outer) else { continue };
        let run = plan.plan.below_caches(inner.id);
        let rounds = run.measured.map_or(0.0, |it| it.loops);
        let (share, share_fact) = plan.share_of(plan.plan.subtree(inner.id).chain([join]));
        if rounds < ROUNDS_MIN || share < SHARE_MIN || is_answered(plan.plan, inner) {
            continue;
        }
        let subject = plan.subject(plan.reader_below(inner.id).unwrap_or(join));
        let ordinary = plan.finding(&RULE, subject, share);
        let timed = matches!(share_fact, Fact::TimeShare(_));
        let grave = timed && share >= SHARE_GRAVE && error.factor >= FACTOR_GRAVE;
        let wrong = start_of_error(plan.plan, outer, &error);
        found.push(Finding {
            severity: if grave { Severity::Error } else { ordinary.severity },
            facts: vec![
                Fact::Estimate { planned: error.estimated, actual: error.actual },
                Fact::Loops(rounds),
                share_fact,
            ],
            remedies: remedies(plan, wrong),
            ..ordinary
        });
    }
}

/// Whether a cache answered half of the rounds or more: then they cost little more than the
/// look-ups of a hash join.
fn is_answered(plan: &Plan, inner: &Node) -> bool {
    plan.cache_use(inner.id).is_some_and(|it| it.hits >= it.misses)
}

/// The error of the outer side where many more rows came than were expected.
fn underestimate(plan: &Plan, outer: &Node) -> Option<RowError> {
    let error = plan.row_error(outer.id)?;
    (error.direction == Direction::Under && error.factor >= FACTOR_MIN).then_some(error)
}

/// The deepest node below whose estimate is as wrong, to a third: there the error starts.
fn start_of_error<'a>(plan: &'a Plan, top: &'a Node, error: &RowError) -> &'a Node {
    const PASSED_ON: f64 = 3.0;
    let mut node = top;
    loop {
        let worse = plan.children(node.id).find(|child| {
            plan.row_error(child.id).is_some_and(|it| {
                it.direction == Direction::Under && it.factor * PASSED_ON >= error.factor
            })
        });
        match worse {
            Some(child) => node = child,
            None => return node,
        }
    }
}

fn remedies(plan: &PlanOf<'_>, wrong: &Node) -> Vec<Remedy> {
    let condition = wrong.conditions.each().next().map(|(_, text)| text);
    let name = wrong.relation.as_ref().map(|it| it.name.as_str());
    let place = match (name, condition) {
        (Some(name), Some(condition)) => format!("of {name} where {condition}"),
        (Some(name), None) => format!("of {name}"),
        (None, _) => format!("at {}", wrong.kind),
    };
    let mend = format!("Mend the row estimate {place}: it starts there.");
    let mut remedies = vec![Remedy::Rewrite(mend)];
    if !plan.plan.settings.contains_key("enable_hashjoin") {
        remedies.push(Remedy::Rewrite(
            "Run it once under SET LOCAL enable_nestloop = off to see what a hash join costs."
                .to_owned(),
        ));
    }
    remedies
}
