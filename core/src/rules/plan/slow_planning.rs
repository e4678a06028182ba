use crate::base::{Millis, Share};
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A statement that takes longer to plan than to run.
    ///
    /// ## What it does
    /// Looks for plans where planning took at least half of planning and running together, and
    /// five milliseconds. Where planning had to touch many pages of the catalogs, or BUFFERS
    /// was off, it was perhaps the first of its session, and the finding is for information only.
    /// ## Why it matters
    /// A statement that is not prepared is planned at every execution.
    /// ## When it is fine
    /// For statements that run seldom, and the first of a session.
    /// ## What to do
    /// Prepare the statement, and let plan_cache_mode choose a generic plan where one plan suits
    /// all values. Plan fewer partitions; join fewer tables in one statement, or lower
    /// join_collapse_limit; drop indexes and extended statistics that nobody needs.
    /// ## Source
    /// Own measurement on 13, 15 and 18: a join of four tables with four indexes each is planned
    /// in 0.2 to 0.4 ms, so that five are out of the ordinary.
    "slow-planning", Severity::Warn, Check::Plan(check)
}

/// Part of planning and running together.
const SHARE_MIN: Share = Share::percent(50.0);

/// Time below which planning is the usual price of a statement.
const TIME_MIN: Millis = Millis(5.0);

/// Catalog pages that a session with filled caches stays below.
const CATALOG_PAGES_MAX: u64 = 200;

/// Relations from which on the search for a join order takes long.
const RELATIONS_MANY: usize = 8;

/// Members of one Append from which on partitions are what is planned.
const PARTITIONS_MANY: u64 = 20;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let (Some(planning), Some(run)) = (plan.plan.planning, plan.run_time()) else { return };
    let whole = planning + run;
    let share = Share::of(planning.0, whole.0);
    if share.0 < SHARE_MIN.0 || planning.0 < TIME_MIN.0 {
        return;
    }
    let scans = plan.plan.nodes().filter(|it| it.relation.is_some() && it.kind.is_scan()).count();
    let partitions = plan.plan.nodes().map(members).max().unwrap_or(0);
    let touched = plan.plan.planning_buffers.map(|it| it.touched().0);
    let first = touched.is_none_or(|it| it > CATALOG_PAGES_MAX);
    let mut facts = vec![Fact::Phase { name: "planning", time: planning, whole }];
    facts.push(Fact::Text(format!("{scans} tables or partitions in the plan")));
    if first {
        let pages = touched.map_or_else(|| "an unknown number of".to_owned(), |it| it.to_string());
        facts.push(Fact::Text(format!(
            "planning touched {pages} pages of the catalogs: perhaps the first of its session"
        )));
    }
    let finding = plan.finding(&RULE, plan.whole(), Share(planning.0 / run.0.max(planning.0)));
    found.push(Finding {
        severity: if first { Severity::Info } else { finding.severity },
        confidence: if first { Confidence::Low } else { finding.confidence },
        facts,
        remedies: vec![Remedy::Rewrite(remedy(scans, partitions).to_owned())],
        ..finding
    });
}

/// Partitions that a node has below it, with those that were pruned when it started.
fn members(node: &Node) -> u64 {
    match node.kind {
        NodeKind::Append | NodeKind::MergeAppend => {
            node.children.len() as u64 + node.subplans_removed.unwrap_or(0)
        }
        _ => 0,
    }
}

fn remedy(scans: usize, partitions: u64) -> &'static str {
    if partitions >= PARTITIONS_MANY {
        "Compare the partition key with a constant so that fewer partitions are planned, or make \
         the partitions larger."
    } else if scans >= RELATIONS_MANY {
        "Prepare the statement, join fewer tables in it, or lower join_collapse_limit for it."
    } else {
        "Prepare the statement; plan_cache_mode = force_generic_plan spares the planning where one \
         plan suits all values."
    }
}
