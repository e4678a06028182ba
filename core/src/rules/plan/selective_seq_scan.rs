use crate::base::{Rows, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A sequential scan that throws most of the table away.
    ///
    /// ## What it does
    /// Looks for a `Seq Scan` whose filter kept at most one row in ten of those it read, on a
    /// table of more than 128 kB, where the scan is at least a tenth of the statement.
    /// ## Why it matters
    /// Every page is read to keep a few rows; the time grows with the table, not with the answer.
    /// ## When it is fine
    /// Small tables, reports that run at night, and scans that a LIMIT ends early.
    /// ## What to do
    /// Build the index that the advice names, or accept the scan and decline the advice.
    "selective-seq-scan", Severity::Warn, Check::Plan(check)
}

/// Kept share above which a scan is fair: past it an index scan reads most heap pages anyway.
const KEPT_SHARE_MAX: Share = Share::percent(10.0);

/// Rows below which no index pays: a table of so few rows is a handful of pages. ExplainSQL asks
/// for 1,000 pages, depesz for three; ours lies between, since the share test below does the rest.
const ROWS_READ_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::SeqScan) {
        judge(plan, node, found);
    }
}

fn judge(plan: &PlanOf<'_>, node: &Node, found: &mut Vec<Finding>) {
    let (Some(filter), Some((read, kept))) = (&node.conditions.filter, rows(plan, node)) else {
        return;
    };
    let (share, share_fact) = plan.share(node.id);
    if read.0 < ROWS_READ_MIN.0 || kept.0 > read.0 * KEPT_SHARE_MAX.0 || share.0 < SHARE_MIN.0 {
        return;
    }
    let wishes = plan.wishes_on(node);
    found.push(Finding {
        rule: RULE.name,
        severity: RULE.severity,
        confidence: plan.confidence(),
        subject: plan.subject(node),
        facts: vec![Fact::Kept { read, kept }, share_fact, Fact::Condition(filter.clone())],
        remedies: wishes.iter().map(|wish| Remedy::Index(*wish)).collect(),
        wishes,
        weight: plan.weight(share),
    });
}

/// Rows read and kept over all loops: counted where the plan ran, else the table's rows and the
/// planner's estimate of one loop.
fn rows(plan: &PlanOf<'_>, node: &Node) -> Option<(Rows, Rows)> {
    if let (Some(kept), Some(removed)) = (plan.plan.total_rows(node.id), node.removed.by_filter) {
        let loops = node.measured.as_ref()?.loops;
        return Some((kept + removed * loops, kept));
    }
    if node.measured.is_some() {
        return None;
    }
    let relation = node.relation.as_ref()?;
    let table = plan
        .catalog
        .tables_named(&relation.name)
        .iter()
        .map(|id| plan.catalog.table(*id))
        .find(|table| relation.schema.as_ref().is_none_or(|it| *it == table.name.schema))?;
    Some((table.planner_rows()?, node.estimate.as_ref()?.rows))
}
