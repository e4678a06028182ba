use crate::base::{Rows, Share};
use crate::plan::{NodeKind, Relationship};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A subquery that counts all rows only to see whether there is one.
    ///
    /// ## What it does
    /// Looks for a subquery whose value is count(…) and is compared with zero or one, that counted
    /// at least two rows a run and a thousand in all, and that is at least a tenth of the
    /// statement. That the value is a count is read from the columns, so it needs VERBOSE.
    /// ## Why it matters
    /// A count reads every row. EXISTS stops at the first, and the planner can make a semi-join of
    /// it.
    /// ## When it is fine
    /// When the counted rows are few.
    /// ## What to do
    /// Write EXISTS (SELECT 1 …) for > 0, NOT EXISTS for = 0.
    /// ## Source
    /// convert_EXISTS_sublink_to_join in subselect.c; a comparison with a count is never converted.
    "exists-count", Severity::Warn, Check::Plan(check)
}

/// Rows a run that a first match would have saved one of.
const ROWS_PER_RUN_MIN: Rows = Rows(2.0);

/// Rows counted in all below which nobody would notice the cure.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

/// How a test for "any" or "none" looks behind the value: the count on the left.
const TESTS: [&str; 7] = [" > 0", " > '0'", " >= 1", " >= '1'", " = 0", " <> 0", " < 1"];

/// The same with the count on the right.
const TURNED: [&str; 4] = ["0 < ", "1 <= ", "0 = ", "0 <> "];

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let subqueries = [Relationship::SubPlan, Relationship::InitPlan];
    for top in plan.plan.nodes().filter(|it| subqueries.contains(&it.relationship)) {
        let counts = top.kind == NodeKind::Aggregate
            && top.keys.group.is_empty()
            && top.output.len() == 1
            && top.output[0].contains("count(")
            && !top.output[0].contains(" + ");
        if !counts || plan.plan.is_cte(top.id) {
            continue;
        }
        let Some(name) = value_of(top.subplan_name.as_deref()) else { continue };
        let uses = plan.plan.uses_of_subplan(top.id);
        let Some(condition) = uses.iter().find(|text| is_tested(text, &name)) else { continue };
        let Some(counted) = plan.plan.children(top.id).find_map(|it| it.measured) else {
            continue;
        };
        let (share, share_fact) = plan.share_of_branch(top.id);
        let all = counted.rows * counted.loops;
        if counted.rows < ROWS_PER_RUN_MIN || all < ROWS_MIN || share < SHARE_MIN {
            continue;
        }
        let scan = plan.reader_below(top.id).unwrap_or(top);
        let wishes = plan.wishes_on(scan);
        found.push(Finding {
            facts: vec![
                Fact::Text(format!("counted {all} rows where the first would have answered")),
                share_fact,
                Fact::Condition((*condition).to_owned()),
            ],
            remedies: vec![Remedy::Rewrite(
                "Write EXISTS (SELECT 1 …), or NOT EXISTS, instead of comparing a count."
                    .to_owned(),
            )],
            wishes,
            ..plan.finding(&RULE, plan.subject(scan), share)
        });
    }
}

/// How conditions name the value: `SubPlan 1`, `InitPlan 1`, up to 16 `$0` for the latter.
fn value_of(name: Option<&str>) -> Option<String> {
    let name = name?;
    let parameter = name.split_once(" (returns ").map(|(_, rest)| rest.trim_end_matches(')'));
    Some(parameter.unwrap_or(name).to_owned())
}

/// Whether the condition compares the value with zero or one.
fn is_tested(text: &str, name: &str) -> bool {
    let follows = [format!("({name})"), format!("({name}).col1"), name.to_owned()];
    follows.iter().any(|value| {
        text.match_indices(value.as_str()).any(|(at, _)| {
            let after = text[at + value.len()..].trim_start_matches(')');
            let before = text[..at].trim_end_matches('(');
            TESTS
                .iter()
                .any(|test| after.strip_prefix(test).is_some_and(|rest| !starts_with_digit(rest)))
                || TURNED.iter().any(|test| ends_with_test(before, test))
        })
    })
}

fn starts_with_digit(rest: &str) -> bool {
    rest.starts_with(|next: char| next.is_ascii_digit() || next == '.')
}

/// Whether the text before ends with this test, and its number is not the end of a longer one.
fn ends_with_test(before: &str, test: &str) -> bool {
    before
        .strip_suffix(test)
        .is_some_and(|rest| !rest.ends_with(|last: char| last.is_alphanumeric() || last == '.'))
}
