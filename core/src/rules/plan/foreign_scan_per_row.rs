use crate::base::Share;
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A foreign server asked again for each row of a join or subquery.
    ///
    /// ## What it does
    /// Looks for a `Foreign Scan` that ran twenty times or more with other values each time, in a
    /// tenth of the statement or more. Where the remote statement is known it must have a
    /// parameter: a scan that is only rewound asks once.
    /// ## Why it matters
    /// Each run is a round trip over the network: the same as one statement per row in an
    /// application. On one machine a trip takes a tenth of a millisecond, between two zones some
    /// milliseconds.
    /// ## When it is fine
    /// When the foreign table is huge and few rows ask.
    /// ## What to do
    /// Join on the foreign server: both tables there, or the keys sent along as
    /// `= ANY (array of keys)`. Fetch the foreign rows once into a MATERIALIZED WITH query or
    /// temporary table. Run ANALYZE on the foreign table, or switch on `use_remote_estimate`, so
    /// that the planner knows how many rows ask.
    /// ## Source
    /// No other tool reports it. In its own case (18, a socket of one machine) a
    /// trip takes 0.09 ms.
    "foreign-scan-per-row", Severity::Warn, Check::Plan(check)
}

/// Trips below which even a slow network takes a fraction of a second.
const TRIPS_MIN: f64 = 20.0;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::ForeignScan) {
        let Some(measured) = node.measured else { continue };
        let (share, share_fact) = plan.share(node.id);
        let runs = measured.loops / plan.plan.processes(node.id).max(1.0);
        if runs < TRIPS_MIN || share.0 < SHARE_MIN.0 || !asks_anew(node) {
            continue;
        }
        found.push(Finding {
            facts: [Fact::Loops(measured.loops), share_fact]
                .into_iter()
                .chain(remote(node).map(|it| Fact::Condition(it.to_owned())))
                .collect(),
            remedies: vec![Remedy::Rewrite(
                "Fetch the foreign rows once: join on the foreign server, send the keys as one \
                 array, or put them into a MATERIALIZED WITH query; and run ANALYZE on the \
                 foreign table."
                    .to_owned(),
            )],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Whether each run sends a statement: one with a parameter (`$1`), or an unknown one.
fn asks_anew(node: &Node) -> bool {
    remote(node).is_none_or(|it| it.contains('$'))
}

/// The statement that is sent, as VERBOSE prints it.
fn remote(node: &Node) -> Option<&str> {
    node.extra.get("Remote SQL").map(|it| it.trim_matches('"'))
}
