use crate::base::{Pages, Share};
use crate::plan::{Direction, Node, NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A nested loop with a large outer side.
    ///
    /// ## What it does
    /// Looks for a nested loop whose inner side ran ten thousand times or more, as the planner
    /// expected, and which is at least half of the statement. A loop with a cache (Memoize) is left
    /// to the rules about caches. It warns where the rounds touched more than twice the pages of
    /// the inner table, and else speaks for information.
    /// ## Why it matters
    /// Each round walks the index from its root. From some point on one pass over the whole table,
    /// as a hash join makes it, touches fewer pages.
    /// ## When it is fine
    /// When the inner table is much larger than what is looked up in it, and cached. Then no other
    /// join is faster, and only fewer outer rows would help.
    /// ## What to do
    /// Bring fewer outer rows: filter, aggregate or limit them before the join. Try the statement
    /// once under SET LOCAL enable_nestloop = off; if that is faster, random_page_cost,
    /// effective_cache_size or a setting that forbids hash joins is not true of this server.
    /// ## Source
    /// Ten thousand outer rows is pgexplain's threshold.
    "nested-loop-many-rounds", Severity::Warn, Check::Plan(check)
}

/// Rounds from which on another join may be cheaper.
const ROUNDS_MIN: f64 = 10_000.0;

/// Part of the statement below which the choice of the join does not matter: it is the planner's
/// choice, on a right estimate.
const SHARE_MIN: Share = Share::percent(50.0);

/// How many times the table's pages the rounds must touch before one pass over it is surely less:
/// pages touched are mostly in cache and counted at each touch, twice leaves room for the index.
const TIMES_TABLE_MIN: u64 = 2;

/// How many times more rows than expected is another fault: `nested-loop-underestimate`.
const UNEXPECTED: f64 = 10.0;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for join in plan.plan.nodes().filter(|it| it.kind == NodeKind::NestedLoop) {
        let Some(inner) = plan.plan.child(join.id, &Relationship::Inner) else { continue };
        let rounds = inner.measured.map_or(0.0, |it| it.loops);
        let index = matches!(
            inner.kind,
            NodeKind::IndexScan | NodeKind::IndexOnlyScan | NodeKind::BitmapHeapScan
        );
        if !index || rounds < ROUNDS_MIN || is_unexpected(plan, join) {
            continue;
        }
        let (share, share_fact) = plan.share_of(plan.plan.subtree(inner.id).chain([join]));
        if share < SHARE_MIN {
            continue;
        }
        let touched = inner.buffers.map(crate::plan::Buffers::touched);
        let table = pages_of(plan, inner);
        let more = touched
            .zip(table)
            .is_some_and(|(it, table)| it.0 > table.0.saturating_mul(TIMES_TABLE_MIN));
        let mut facts = vec![Fact::Loops(rounds), share_fact];
        facts.extend(touched.map(|pages| Fact::Touched { pages, table }));
        found.push(Finding {
            severity: if more { Severity::Warn } else { Severity::Info },
            facts,
            remedies: vec![Remedy::Rewrite(
                "Bring fewer outer rows into the join; compare with SET LOCAL enable_nestloop = \
                 off."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(inner), share)
        });
    }
}

/// Whether the outer side brought far more rows than expected.
fn is_unexpected(plan: &PlanOf<'_>, join: &Node) -> bool {
    let outer = plan.plan.child(join.id, &Relationship::Outer);
    outer
        .and_then(|outer| plan.plan.row_error(outer.id))
        .is_some_and(|it| it.direction == Direction::Under && it.factor >= UNEXPECTED)
}

/// Pages of the table that a node reads, where a catalog knows them: what is read from a plan
/// given alone is no size.
fn pages_of(plan: &PlanOf<'_>, node: &Node) -> Option<Pages> {
    plan.statement?;
    let relation = node.relation.as_ref()?;
    let tables = plan.catalog.tables_named(&relation.name);
    let mut named = tables
        .iter()
        .map(|id| plan.catalog.table(*id))
        .filter(|table| relation.schema.as_ref().is_none_or(|schema| *schema == table.name.schema));
    let pages = named.next()?.pages;
    (pages.0 > 0 && named.next().is_none()).then_some(pages)
}
