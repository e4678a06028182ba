use crate::base::{Bytes, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Temporary files of a node that does not say that it spills.
    ///
    /// ## What it does
    /// Looks for nodes whose own part of the temporary pages written is a megabyte or more, where
    /// no other rule speaks of it: sorts within an aggregate (count(distinct …), string_agg(… order
    /// by …)), INTERSECT and EXCEPT.
    /// ## Why it matters
    /// The rows are written and read again. The plan names neither method nor size, so that only
    /// the page counts tell.
    /// ## When it is fine
    /// Rare reports.
    /// ## What to do
    /// For DISTINCT within an aggregate: take the distinct rows in a subquery first, which is
    /// hashed. Else set work_mem for this role.
    /// ## Source
    /// tuplestore.c and tuplesort.c write as soon as work_mem is full; BUFFERS counts the pages.
    "temp-files", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Bytes of a page.
const PAGE: Bytes = Bytes(8192);

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| !says_so(it)) {
        let spilled = plan.plan.temp_written(node.id).bytes(PAGE);
        if spilled < SPILLED_MIN {
            continue;
        }
        let (share, share_fact) = plan.share(node.id);
        found.push(Finding {
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            facts: vec![
                Fact::Spilled(spilled),
                share_fact,
                Fact::Text(format!("written by {}", node.kind)),
            ],
            remedies: vec![Remedy::Rewrite(remedy(node).to_owned())],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Nodes whose spills other rules report.
fn says_so(node: &Node) -> bool {
    match node.kind {
        NodeKind::Sort
        | NodeKind::IncrementalSort
        | NodeKind::Hash
        | NodeKind::HashJoin
        | NodeKind::WindowAgg
        | NodeKind::Materialize
        | NodeKind::FunctionScan
        | NodeKind::TableFunctionScan
        | NodeKind::RecursiveUnion
        | NodeKind::CteScan => true,
        _ => node.disk_use().0 > 0,
    }
}

fn remedy(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Aggregate => {
            "Take the distinct or sorted rows in a subquery before aggregating them; or set \
             work_mem for this role alone."
        }
        _ => "Hand fewer or narrower rows to this node, or set work_mem for this role alone.",
    }
}
