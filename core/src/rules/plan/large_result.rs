use crate::base::{Bytes, Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A statement that returns more rows than anybody reads.
    ///
    /// ## What it does
    /// Looks for a statement that returned ten thousand rows or more and has no LIMIT at its top.
    /// ## Why it matters
    /// All rows are turned into text, sent, and kept by the client, which EXPLAIN does not measure
    /// unless SERIALIZE is on (17 and later).
    /// ## When it is fine
    /// Exports and reports.
    /// ## What to do
    /// Ask for a page of rows, aggregate on the server, or read through a cursor.
    /// ## Source
    /// joe (postgres.ai) drew the line at ten thousand rows too.
    "large-result", Severity::Info, Check::Plan(check)
}

/// Rows that are no longer for a screen.
const ROWS_MIN: Rows = Rows(10_000.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let root = plan.plan.root();
    let Some(rows) = plan.plan.total_rows(root.id).filter(|it| it.0 >= ROWS_MIN.0) else { return };
    if matches!(root.kind, NodeKind::Limit | NodeKind::ModifyTable) {
        return;
    }
    let width = root.estimate.map_or(Bytes(0), |it| it.width);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates; rows are never negative"
    )]
    let size = Bytes((rows.0 * width.0 as f64) as u64);
    found.push(Finding {
        facts: vec![Fact::Returned { rows, size }],
        remedies: vec![Remedy::Rewrite(
            "Ask for a page of rows, aggregate on the server, or read through a cursor.".to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), Share(0.0))
    });
}
