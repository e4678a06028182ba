use crate::plan::{WrappedColumn, Wrapping, wrapped_columns};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity, is_table_scan};

rule! {
    /// A function, cast or operator around the filtered column, so that no index on it can help.
    ///
    /// ## What it does
    /// Looks at scans that read a thousand rows or more to keep at most one in ten, in a tenth of
    /// the statement or more, for a comparison such as `lower(email) = 'x'`, `created::date = …`
    /// or `price * 2 > 10` in the filter. Casts that leave the value as it is (`varchar` to `text`)
    /// do not count, nor do comparisons of two tables.
    /// ## Why it matters
    /// An index finds values of the column, not what a function makes of them. Every row is read
    /// and computed. The planner also guesses: half a percent of the rows, whatever is asked.
    /// ## When it is fine
    /// When the expression has an index that was not worth taking, and when the statement is rare.
    /// ## What to do
    /// Leave the column bare: a range instead of a cast to date, the operation on the other side
    /// of the comparison. Where that cannot be, index the expression itself; that also gives the
    /// planner statistics of it.
    /// ## Source
    /// The thresholds are those of `selective-seq-scan`.
    "function-on-column", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| is_table_scan(&it.kind)) {
        let Some(filter) = &node.conditions.filter else { continue };
        let wrapped: Vec<WrappedColumn> =
            wrapped_columns(filter).into_iter().filter(is_searchable).collect();
        let (Some(first), Some(waste)) = (wrapped.first(), plan.waste(node)) else { continue };
        let mut facts = waste.facts();
        let condition =
            |it: &WrappedColumn| format!("{} {} {}", it.expression, it.operator, it.operand);
        facts.extend(wrapped.iter().map(|it| Fact::Condition(condition(it))));
        found.push(Finding {
            confidence: plan.confidence().min(Confidence::Medium),
            facts,
            wishes: plan.wishes_on(node),
            remedies: vec![Remedy::Rewrite(cure(first))],
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}

/// Whether an index on the expression could find the rows: a pattern that begins with a wildcard
/// and a regular expression need another kind of index.
fn is_searchable(it: &WrappedColumn) -> bool {
    match it.operator.as_str() {
        "~~" => !it.operand.starts_with("'%") && !it.operand.starts_with("'_"),
        "~~*" | "~" | "~*" => false,
        _ => true,
    }
}

/// What to do, in words.
fn cure(it: &WrappedColumn) -> String {
    let WrappedColumn { column, by, expression, .. } = it;
    let bare = match by {
        Wrapping::Cast(name) if name == "date" => {
            format!("Compare {column} with the first and the last moment of the day")
        }
        Wrapping::Function(name) if name == "date_trunc" || name == "extract" => {
            format!("Compare {column} with the first and the last moment of the period")
        }
        Wrapping::Cast(name) => format!("Give the value the type of {column} instead of {name}"),
        Wrapping::Operator(sign) if sign.starts_with('-') && sign.contains('>') => {
            format!("Keep {expression} in a column of its own")
        }
        Wrapping::Operator(_) => {
            format!("Compute on the other side of the comparison, so that {column} stands bare")
        }
        Wrapping::Function(_) => format!("Keep {column} in the form that is asked for"),
    };
    format!("{bare}; or index the expression {expression}.")
}
