use crate::base::{Bytes, Share};
use crate::plan::{Node, NodeKind, Place, Plan};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, memory};

rule! {
    /// A window function whose partition did not fit into memory.
    ///
    /// ## What it does
    /// Looks for a `WindowAgg` that kept a megabyte or more of rows on disk: from 18 the plan says
    /// so, before that the temporary pages that the node itself wrote do.
    /// ## Why it matters
    /// A frame that reaches to the end of its partition, such as sum(x) over (partition by y),
    /// makes the server keep all rows of a partition before it can return the first of them.
    /// ## When it is fine
    /// Rare reports.
    /// ## What to do
    /// Give the window an ORDER BY with a frame that ends at the current row where that means the
    /// same; compute totals by a GROUP BY and join them; use row_number() instead of count(*)
    /// over (); or set the work_mem that the finding names for this role.
    /// ## Source
    /// nodeWindowAgg.c keeps rows in a tuplestore of at most work_mem. Own runs on 13, 15 and 18:
    /// with the amount named nothing was written.
    "window-spill", Severity::Warn, Check::Plan(check)
}

/// Temporary files below this are written faster than anybody can notice.
const SPILLED_MIN: Bytes = Bytes(1 << 20);

/// Bytes of a page.
const PAGE: Bytes = Bytes(8192);

/// Part of the statement from which on the spill is worth acting on.
const NOTICEABLE: Share = Share::percent(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::WindowAgg) {
        let spilled = spilled(plan.plan, node);
        if spilled < SPILLED_MIN {
            continue;
        }
        let (share, share_fact) = plan.share(node.id);
        found.push(Finding {
            severity: if share >= NOTICEABLE { Severity::Warn } else { Severity::Info },
            facts: vec![
                Fact::Spilled(spilled),
                share_fact,
                Fact::MemoryNeeded(memory::of_store(plan.plan, node, spilled)),
            ],
            remedies: vec![Remedy::Rewrite(
                "Let the frame end at the current row, or compute totals by a GROUP BY; or set \
                 work_mem for this role alone."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Rows on disk at once: as the server says from 18 on, else all pages that the node wrote.
fn spilled(plan: &Plan, node: &Node) -> Bytes {
    match &node.storage {
        Some(storage) if storage.place == Place::Disk => storage.space,
        Some(_) => Bytes(0),
        None => plan.temp_written(node.id).bytes(PAGE),
    }
}
