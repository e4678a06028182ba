use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind, Plan};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// One index scan that searches its index again and again for next to nothing.
    ///
    /// ## What it does
    /// Looks (from 18 on, which counts them) for an index scan with a hundred searches or more in
    /// each run, most of which found no row, in a tenth of the statement or more.
    /// ## Why it matters
    /// A search descends from the root of the index: two to four pages each. There are two causes.
    /// A list of values is searched one by one. Or the index begins with a column that has no
    /// condition, and is skipped through, one search for each value of that column.
    /// ## When it is fine
    /// A list whose values are mostly there, and a first column with few values.
    /// ## What to do
    /// For a list: send only values that exist. For a skip: build an index that begins with the
    /// column that has the condition.
    /// ## Source
    /// No other tool reports it. A b-tree skips from 18 on. In its own case
    /// a search touches two pages.
    "many-index-searches", Severity::Warn, Check::Plan(check)
}

/// Searches a run, below which the descents take a fraction of a millisecond.
const SEARCHES_MIN: f64 = 100.0;

/// Rows for each search, above which the searches are not in vain.
const ROWS_PER_SEARCH_MAX: f64 = 0.5;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let by_index = |it: &&Node| {
        matches!(it.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan | NodeKind::BitmapIndexScan)
    };
    for node in plan.plan.nodes().filter(by_index) {
        let (Some(searches), Some(measured)) = (node.access.index_searches, node.measured) else {
            continue;
        };
        let each = searches as f64 / measured.loops.max(1.0);
        let rows = plan.scanned(node).map_or(Rows(0.0), |it| it.read);
        let (share, share_fact) = plan.share(node.id);
        if each < SEARCHES_MIN
            || rows.0 > searches as f64 * ROWS_PER_SEARCH_MAX
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        let table = table_of(plan.plan, node);
        let wishes = plan.wishes_on(table);
        let condition = node.conditions.index_condition.clone();
        let list = condition.as_ref().is_some_and(|it| it.contains("= ANY"));
        let mut remedies: Vec<Remedy> = wishes.iter().map(|it| Remedy::Index(*it)).collect();
        let words = if list {
            "Send only values that are there, or join to the set they come from."
        } else {
            "Build an index that begins with the column that has the condition."
        };
        remedies.push(Remedy::Rewrite(words.to_owned()));
        let facts = [Fact::Searches { searches, loops: measured.loops }, share_fact];
        found.push(Finding {
            facts: facts
                .into_iter()
                .chain(plan.index_of(node.id))
                .chain(condition.map(Fact::Condition))
                .collect(),
            wishes,
            remedies,
            ..plan.finding(&RULE, plan.subject(table), share)
        });
    }
}

/// The node that names the table: the bitmap scan above a bitmap's index scan.
fn table_of<'a>(plan: &'a Plan, node: &'a Node) -> &'a Node {
    if node.relation.is_some() {
        return node;
    }
    plan.ancestors(node.id).find(|it| it.kind == NodeKind::BitmapHeapScan).unwrap_or(node)
}
