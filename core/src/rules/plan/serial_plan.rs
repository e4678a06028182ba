use crate::base::{Millis, Pages, Share};
use crate::plan::{Node, NodeKind, Plan};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A long scan of a large table that one process does alone, for a reason the plan shows.
    ///
    /// ## What it does
    /// Looks for a plan without any Gather, whose sequential scan of 24 MB or more is at least half
    /// of the statement and two hundred milliseconds, although parallel plans were allowed, and
    /// that shows something that forbids or hinders them: a write, a lock of rows, or a call of a
    /// function that is printed with a schema: the server's own, and those on the search_path, are
    /// not.
    /// ## Why it matters
    /// Functions are PARALLEL UNSAFE unless their author says otherwise, and one of them keeps the
    /// whole statement on one processor.
    /// ## When it is fine
    /// When the function really writes or uses the session's state; on a busy server.
    /// ## What to do
    /// Declare functions that only compute PARALLEL SAFE. Let a statement that writes read from a
    /// temporary table made by CREATE TABLE AS, which may be parallel.
    /// ## Source
    /// Documentation, sections 15.2 and 15.4; max_parallel_hazard in clauses.c. A table of 24 MB is
    /// worth two workers by compute_parallel_worker in allpaths.c.
    "serial-plan", Severity::Info, Check::Plan(check)
}

/// Pages from which on the planner would have taken two workers.
const PAGES_MIN: Pages = Pages(3 * 1024);

/// Part of the statement that the scan is.
const SHARE_MIN: Share = Share::percent(50.0);

/// Time of the scan below which workers save nothing.
const TIME_MIN: Millis = Millis(200.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let forbidden = plan.ran_with("max_parallel_workers_per_gather") == Some("0")
        || plan.ran_with("max_parallel_workers") == Some("0");
    // Up to 11 the plan does not say its settings; then nothing is known of them.
    if forbidden || plan.plan.settings.is_empty() || plan.plan.nodes().any(|it| it.gather.is_some())
    {
        return;
    }
    let Some(reason) = reason(plan.plan) else { return };
    for scan in plan.plan.nodes().filter(|it| it.kind == NodeKind::SeqScan) {
        let Some(touched) = plan.plan.own_buffers(scan.id).map(crate::plan::Buffers::touched)
        else {
            continue;
        };
        let time = plan.plan.own_time(scan.id).unwrap_or_default();
        let (share, share_fact) = plan.share(scan.id);
        let once = scan.measured.is_some_and(|it| it.loops <= 1.0);
        let large = touched >= PAGES_MIN && time >= TIME_MIN && share >= SHARE_MIN;
        if !once || !large || plan.plan.may_stop_early(scan.id) {
            continue;
        }
        found.push(Finding {
            facts: vec![
                Fact::Text(reason.clone()),
                Fact::Touched { pages: touched, table: None },
                Fact::OwnTime(time),
                share_fact,
            ],
            remedies: vec![Remedy::Rewrite(
                "Declare the function PARALLEL SAFE if it only computes; let a write read from a \
                 table made beforehand."
                    .to_owned(),
            )],
            // The plan does not say how a function was declared.
            confidence: Confidence::Low,
            ..plan.finding(&RULE, plan.subject(scan), share)
        });
    }
}

/// What in the plan keeps it serial.
fn reason(plan: &Plan) -> Option<String> {
    let with = |kind| plan.nodes().any(|it| it.kind == kind);
    if with(NodeKind::ModifyTable) {
        return Some("the statement writes".to_owned());
    }
    if with(NodeKind::LockRows) {
        return Some("the statement locks rows".to_owned());
    }
    let name = plan.nodes().flat_map(Node::texts).find_map(own_function)?;
    Some(format!("it calls {name}, which may be PARALLEL UNSAFE"))
}

/// The first call of a function in a schema of its own: `shop.price(`. The server's own are
/// printed without one.
fn own_function(text: &str) -> Option<String> {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices('(').find_map(|(at, _)| {
        let name = text[..at].rsplit(|it: char| !word(it) && it != '.').next()?;
        let (schema, function) = name.split_once('.')?;
        let named = !schema.is_empty() && !function.is_empty() && !function.contains('.');
        let letter = schema.starts_with(|it: char| it.is_alphabetic() || it == '_');
        (named && letter).then(|| name.to_owned())
    })
}
