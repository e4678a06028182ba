use crate::base::Share;
use crate::plan::{Node, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A function in FROM that is called anew for each row.
    ///
    /// ## What it does
    /// Looks for a Function Scan that ran a hundred times or more and is at least a tenth of the
    /// statement. Functions of the server's own, such as unnest and generate_series, are passed
    /// over: they run no statements.
    /// ## Why it matters
    /// A function in PL/pgSQL or SQL that is not inlined runs its statements once per row: an N+1
    /// inside one statement, which no plan shows.
    /// ## When it is fine
    /// When the function computes and reads no table.
    /// ## What to do
    /// Write its query into the statement as a join or LATERAL subquery; or make it one SELECT in
    /// LANGUAGE sql, STABLE and not STRICT, which the planner can inline; or let it take an array
    /// and return all rows in one call.
    /// ## Source
    /// inline_set_returning_function in clauses.c: a single SELECT, STABLE or IMMUTABLE, not
    /// STRICT, not SECURITY DEFINER, without SET.
    "function-per-row", Severity::Warn, Check::Plan(check)
}

/// Calls below which they cost no more than a few statements.
const CALLS_MIN: f64 = 100.0;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::FunctionScan) {
        let Some(name) = node.function_name.as_ref() else { continue };
        let Some(measured) = node.measured else { continue };
        let (share, share_fact) = plan.share(node.id);
        let calls = measured.loops;
        if calls < CALLS_MIN || share < SHARE_MIN || is_built_in(node, name.as_str()) {
            continue;
        }
        let mut facts = vec![Fact::Loops(calls), share_fact];
        facts.extend(plan.plan.own_time(node.id).map(Fact::OwnTime));
        let call = node.extra.get("Function Call");
        facts.extend(call.map(|it| Fact::Condition(format!("call {}", it.trim_matches('"')))));
        found.push(Finding {
            facts,
            remedies: vec![Remedy::Rewrite(format!(
                "Write the query of {name} into the statement as a join, or make it a STABLE SQL \
                 function that the planner can inline.",
                name = name.as_str()
            ))],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}

/// Whether the function is the server's own: by its schema (VERBOSE), else by its name.
fn is_built_in(node: &Node, name: &str) -> bool {
    match node.extra.get("Schema") {
        Some(schema) => schema.trim_matches('"') == "pg_catalog",
        None => BUILT_IN.iter().any(|known| name.starts_with(known)),
    }
}

/// What functions of the server's own that return rows are called.
const BUILT_IN: [&str; 9] = [
    "generate_series",
    "generate_subscripts",
    "unnest",
    "json_",
    "jsonb_",
    "regexp_",
    "string_to_table",
    "pg_",
    "ts_",
];
