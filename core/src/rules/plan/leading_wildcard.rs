use crate::plan::{ConditionTerm, Node, condition_columns, wrapped_columns};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity, is_table_scan};

rule! {
    /// A search for a text anywhere in a column, which no b-tree index can answer.
    ///
    /// ## What it does
    /// Looks at scans that read a thousand rows or more to keep at most one in ten, in a tenth of
    /// the statement or more, for `LIKE '%text'`, any ILIKE, and regular expressions that are not
    /// anchored by `^`.
    /// ## Why it matters
    /// A b-tree is sorted by the beginning of the text. Without a beginning, every row is read and
    /// its whole text is searched.
    /// ## When it is fine
    /// Small tables, and patterns that most rows match.
    /// ## What to do
    /// Build a trigram index (extension `pg_trgm`, GIN or `GiST`), which finds texts by any three
    /// letters in a row; for words, full text search. A search for the end alone can turn the text
    /// round: `reverse(column) LIKE 'txet%'` with an index on that expression.
    /// ## Source
    /// The thresholds are those of `selective-seq-scan`.
    "leading-wildcard", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| is_table_scan(&it.kind)) {
        let Some((what, condition)) = pattern(node) else { continue };
        let Some(waste) = plan.waste(node) else { continue };
        let mut facts = waste.facts();
        facts.push(Fact::Condition(condition));
        found.push(Finding {
            facts,
            wishes: plan.wishes_on(node),
            remedies: vec![Remedy::Rewrite(format!(
                "Build a trigram index on {what} (extension pg_trgm, GIN), or search words with \
                 full text search."
            ))],
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}

/// What is searched by a pattern without a beginning, and the comparison.
fn pattern(node: &Node) -> Option<(String, String)> {
    let filter = node.conditions.filter.as_ref()?;
    let plain = condition_columns(filter).into_iter().filter_map(|term| match term {
        ConditionTerm::Column(it) if !it.negated => Some((it.column, it.operator, it.operand)),
        _ => None,
    });
    let wrapped =
        wrapped_columns(filter).into_iter().map(|it| (it.expression, it.operator, it.operand));
    plain.chain(wrapped).find(|(_, operator, operand)| has_no_beginning(operator, operand)).map(
        |(what, operator, operand)| {
            let condition = format!("{what} {operator} {operand}");
            (what, condition)
        },
    )
}

/// Whether a pattern fixes no beginning that a b-tree could look for.
fn has_no_beginning(operator: &str, operand: &str) -> bool {
    let Some(pattern) = operand.strip_prefix('\'') else { return false };
    match operator {
        "~~" => pattern.starts_with('%') || pattern.starts_with('_'),
        // Even an anchored pattern needs the rows in upper and lower case.
        "~~*" | "~*" => true,
        "~" => !pattern.starts_with('^'),
        _ => false,
    }
}
