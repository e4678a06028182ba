use crate::base::{Rows, Share};
use crate::plan::Node;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A WITH query whose kept rows are read from end to end again and again.
    ///
    /// ## What it does
    /// Looks for a WITH query whose readers read at least ten times the rows that it made, and a
    /// hundred thousand or more, and whose reading is at least a tenth of the statement. The
    /// first round, which makes the rows, does not count.
    /// ## Why it matters
    /// Kept rows have no index and no order: each look-up reads all of them. As the inner side of
    /// a nested loop the work is the product of both sides.
    /// ## When it is fine
    /// When it is read two or three times: that is what it is kept for.
    /// ## What to do
    /// Join by an equality, so that a hash join can read it once; or put the rows into a temporary
    /// table with an index, and ANALYZE it. Where the rows are cheap to make and one condition
    /// selects few, write AS NOT MATERIALIZED.
    /// ## Source
    /// nodeCtescan.c: a reader walks the tuplestore from its first row each time it is started.
    "cte-read-many-times", Severity::Warn, Check::Plan(check)
}

/// Rounds over all rows below which keeping them pays.
const ROUNDS_MIN: f64 = 10.0;

/// Rows read below which it costs milliseconds: a row of a tuplestore takes about 50 ns (our own
/// measurement on 18), so these take 5 ms.
const ROWS_MIN: Rows = Rows(100_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for producer in plan.plan.nodes().filter(|it| plan.plan.is_cte(it.id)) {
        let readers: Vec<&Node> = plan.plan.cte_readers(producer.id).collect();
        let Some(made) = plan.plan.total_rows(producer.id) else { continue };
        let read: Rows = readers.iter().map(|reader| rows_read(plan, reader)).sum();
        let Some(worst) = readers
            .iter()
            .max_by(|a, b| rows_read(plan, a).total_cmp(&rows_read(plan, b)).then(b.id.cmp(&a.id)))
        else {
            continue;
        };
        let (share, share_fact) = plan.share_of(readers.iter().copied());
        if read < ROWS_MIN || read.0 < made.0.max(1.0) * ROUNDS_MIN || share < SHARE_MIN {
            continue;
        }
        let loops = worst.measured.map_or(0.0, |it| it.loops);
        let name = worst.cte_name.as_ref().map_or("it", |name| name.as_str());
        let mut facts = vec![Fact::ReadAgain { made, read }, Fact::Loops(loops), share_fact];
        facts.extend(worst.conditions.filter.clone().map(Fact::Condition));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(format!(
                "Join {name} by an equality, put it into a temporary table with an index, or \
                 write AS NOT MATERIALIZED."
            ))],
            ..plan.finding(&RULE, plan.subject(worst), share)
        });
    }
}

/// Rows that a reader looked at over all its rounds.
fn rows_read(plan: &PlanOf<'_>, reader: &Node) -> Rows {
    let kept = plan.plan.total_rows(reader.id).unwrap_or_default();
    let loops = reader.measured.map_or(0.0, |it| it.loops);
    kept + reader.removed.by_filter.unwrap_or_default() * loops
}
