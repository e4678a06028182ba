use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A recursion that reads a whole table again at each step.
    ///
    /// ## What it does
    /// Looks for a sequential scan in the recursive part of a WITH RECURSIVE that ran at least five
    /// times, read ten thousand rows or more in all, and is with the join above it at least a tenth
    /// of the statement.
    /// ## Why it matters
    /// Each step looks for the children of the few rows of the step before, and reads all rows for
    /// that: the work is the depth times the table.
    /// ## When it is fine
    /// When each step finds a large part of the table.
    /// ## What to do
    /// Index the column by which children name their parent.
    /// ## Source
    /// nodeRecursiveunion.c starts the recursive part anew for each working table; a hash table in
    /// it over the table is kept only where no parameter changes.
    "recursion-rescan", Severity::Warn, Check::Plan(check)
}

/// Steps below which an index saves little.
const STEPS_MIN: f64 = 5.0;

/// Rows read in all below which nobody would notice the cure.
const ROWS_MIN: Rows = Rows(10_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for union in plan.plan.nodes().filter(|it| it.kind == NodeKind::RecursiveUnion) {
        let Some(step) = plan.plan.child(union.id, &Relationship::Inner) else { continue };
        for scan in plan.plan.subtree(step.id).filter(|it| it.kind == NodeKind::SeqScan) {
            let Some(measured) = scan.measured else { continue };
            let loops = measured.loops;
            let removed = scan.removed.by_filter.unwrap_or_default();
            let read = (measured.rows + removed) * loops;
            let above = plan.plan.ancestors(scan.id).take_while(|it| it.id > union.id);
            let path: Vec<&Node> = above.chain([scan]).collect();
            let (share, share_fact) = plan.share_of(path.iter().copied());
            if loops < STEPS_MIN || read < ROWS_MIN || share < SHARE_MIN {
                continue;
            }
            let joined = path.iter().find(|it| it.kind.is_join());
            let kept = joined.and_then(|it| plan.plan.total_rows(it.id)).unwrap_or(read);
            if Share::of(kept.0, read.0) > KEPT_MAX {
                continue;
            }
            let wishes = plan.wishes_on(scan);
            let mut remedies: Vec<Remedy> = wishes.iter().map(|it| Remedy::Index(*it)).collect();
            remedies.push(Remedy::Rewrite(
                "Index the column by which a row names its parent, so that each step looks up \
                 only what it needs."
                    .to_owned(),
            ));
            let conditions = joined.into_iter().flat_map(|it| it.conditions.each());
            let mut facts = vec![Fact::Loops(loops), Fact::Kept { read, kept }, share_fact];
            facts.extend(conditions.map(|(_, text)| Fact::Condition(text.to_owned())).take(1));
            found.push(Finding {
                facts,
                wishes,
                remedies,
                ..plan.finding(&RULE, plan.subject(scan), share)
            });
        }
    }
}

/// Part of the rows read that found their parent, above which a scan is fair.
const KEPT_MAX: Share = Share::percent(10.0);
