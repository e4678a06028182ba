use crate::base::{Rows, Share};
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// Rows fetched from a foreign server only to be thrown away here.
    ///
    /// ## What it does
    /// Looks for a `Foreign Scan` whose own filter removed at least half of the rows that came, a
    /// thousand or more, in a tenth of the statement or more.
    /// ## Why it matters
    /// The foreign server could have used an index; instead it sends everything over the network.
    /// A condition goes along only when the wrapper knows that it means the same over there.
    /// ## When it is fine
    /// When the filter keeps most rows, or the foreign table is small.
    /// ## What to do
    /// Write the condition with built-in, immutable functions and operators on columns of the
    /// foreign table; `now()` and user-made functions stay here. Name an extension that both
    /// servers have in the server's option `extensions`; give columns the collation that they have
    /// over there. Or make a view on the other side.
    /// ## Source
    /// What is sent: `contrib/postgres_fdw/deparse.c` (`is_foreign_expr`). Half and a thousand rows
    /// are ours: a row costs its way through the network.
    "foreign-filter-local", Severity::Warn, Check::Plan(check)
}

/// Part of the rows fetched that is kept, above which sending the filter along gains little.
const KEPT_SHARE_MAX: Share = Share::percent(50.0);

/// Rows removed below which the transfer is a few milliseconds.
const REMOVED_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::ForeignScan) {
        let Some(filter) = &node.conditions.filter else { continue };
        let Some(scanned) = plan.scanned(node).filter(|_| node.measured.is_some()) else {
            continue;
        };
        let (share, share_fact) = plan.share(node.id);
        if (scanned.read - scanned.kept).0 < REMOVED_MIN.0
            || scanned.kept.0 > scanned.read.0 * KEPT_SHARE_MAX.0
            || share.0 < SHARE_MIN.0
        {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::Kept { read: scanned.read, kept: scanned.kept },
                share_fact,
                Fact::Condition(filter.clone()),
            ],
            remedies: vec![Remedy::Rewrite(
                "Write the condition so that the wrapper can send it: built-in, immutable \
                 functions and operators, or an extension named in the server's option extensions."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
