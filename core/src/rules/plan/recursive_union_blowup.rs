use crate::base::{Rows, Share};
use crate::plan::{NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A recursion that finds the same rows again and again.
    ///
    /// ## What it does
    /// Looks for a WITH RECURSIVE … UNION whose parts made ten thousand rows or more, of which nine
    /// of ten or more were there already, and which is at least a tenth of the statement.
    /// ## Why it matters
    /// In a graph with many ways between two points each way is walked, and its end thrown away.
    /// Each row that is thrown away was joined for first.
    /// ## When it is fine
    /// When the graph is small.
    /// ## What to do
    /// Remove doubles inside of the step (SELECT DISTINCT), and leave columns out of the recursion
    /// that make equal points look different, such as a path or a depth; or walk only edges that
    /// lead away from the start.
    /// ## Source
    /// nodeRecursiveunion.c drops a row when its hash table holds it, after the step made it.
    "recursive-union-blowup", Severity::Warn, Check::Plan(check)
}

/// Rows made below which nobody would notice the cure.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the rows that were new.
const NEW_MAX: Share = Share::percent(10.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for union in plan.plan.nodes().filter(|it| it.kind == NodeKind::RecursiveUnion) {
        let total = |side| {
            let part = plan.plan.child(union.id, &side)?;
            plan.plan.total_rows(part.id)
        };
        let both = total(Relationship::Outer).zip(total(Relationship::Inner));
        let Some(made) = both.map(|(first, steps)| first + steps) else { continue };
        let Some(new) = plan.plan.total_rows(union.id) else { continue };
        let (share, share_fact) = plan.share_of_branch(union.id);
        let stopped = plan.plan.may_stop_early(union.id);
        if stopped || made < ROWS_MIN || Share::of(new.0, made.0) > NEW_MAX || share < SHARE_MIN {
            continue;
        }
        let step = plan.plan.child(union.id, &Relationship::Inner);
        let steps = step.and_then(|it| it.measured).map_or(0.0, |it| it.loops);
        found.push(Finding {
            facts: vec![
                Fact::PartOfRows { what: "were new", part: new, whole: made },
                Fact::Text(format!("in {steps:.0} steps")),
                share_fact,
            ],
            remedies: vec![Remedy::Rewrite(
                "Remove doubles inside of the step with SELECT DISTINCT, and carry no path or \
                 depth through the recursion."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(union), share)
        });
    }
}
