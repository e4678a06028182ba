use std::collections::BTreeSet;

use crate::base::{Rows, Share};
use crate::plan::{ConditionTerm, Node, NodeKind, condition_columns, plain_column};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// An index scan that visits the table only for a column or two.
    ///
    /// ## What it does
    /// Looks, in plans with VERBOSE, for an `Index Scan` without a filter that fetched a thousand
    /// rows or more in each run and hands up at most three columns, at least one of which its index
    /// condition does not name, in a quarter of the statement or more.
    /// ## Why it matters
    /// Every row is fetched from the table for values that the index could hold. An index-only scan
    /// reads a few dense pages instead of a page for each row.
    /// ## When it is fine
    /// When the table is written so much that its pages are seldom all-visible, or the columns are
    /// wide.
    /// ## What to do
    /// Add the columns to the index by INCLUDE (11 and later), and keep the table vacuumed.
    /// ## Source
    /// pgexplain draws the line at four columns. A thousand rows and a quarter are ours.
    "could-be-index-only", Severity::Info, Check::Plan(check)
}

/// Columns from which on an index becomes a second table.
const COLUMNS_MAX: usize = 3;

/// Rows of one run, below which the descent of the index weighs as much.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Part of the statement from which on a wider index is worth its size.
const SHARE_MIN: Share = Share::percent(25.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::IndexScan) {
        let Some(missing) = missing(node) else { continue };
        let Some(scanned) = plan.scanned(node).filter(|_| node.measured.is_some()) else {
            continue;
        };
        let (share, share_fact) = plan.share(node.id);
        let runs = node.measured.map_or(1.0, |it| it.loops / plan.plan.processes(node.id).max(1.0));
        if scanned.kept.0 < ROWS_MIN.0 * runs.max(1.0) || share.0 < SHARE_MIN.0 {
            continue;
        }
        let Some(Fact::UsedIndex(index)) = plan.index_of(node.id) else { continue };
        let columns: Vec<String> = missing.into_iter().collect();
        found.push(Finding {
            facts: vec![
                Fact::Kept { read: scanned.read, kept: scanned.kept },
                share_fact,
                Fact::UsedIndex(index.clone()),
            ],
            remedies: vec![Remedy::Rewrite(format!(
                "Add {} to {index} by INCLUDE, unless it holds them already, and keep the table \
                 vacuumed.",
                columns.join(", ")
            ))],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// The columns handed up that the index condition does not name; none where there are too many,
/// where one is an expression, or where a filter needs the table anyway.
fn missing(node: &Node) -> Option<BTreeSet<String>> {
    if node.conditions.filter.is_some() || node.output.is_empty() {
        return None;
    }
    let named = node.conditions.index_condition.as_deref()?;
    let named: BTreeSet<String> = condition_columns(named)
        .into_iter()
        .filter_map(|term| match term {
            ConditionTerm::Column(it) => Some(it.column),
            ConditionTerm::Opaque(_) => None,
        })
        .collect();
    let output: Option<BTreeSet<String>> =
        node.output.iter().map(|it| plain_column(it).map(|it| it.1)).collect();
    let output = output.filter(|it| it.len() <= COLUMNS_MAX)?;
    let missing: BTreeSet<String> = output.difference(&named).cloned().collect();
    (!missing.is_empty()).then_some(missing)
}
