use std::collections::BTreeSet;

use crate::plan::{ConditionTerm, NodeKind, condition_columns, or_arms};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A whole table read because of an OR between conditions on different columns.
    ///
    /// ## What it does
    /// Looks for a `Seq Scan` that read a thousand rows or more to keep at most one in ten, in a
    /// tenth of the statement or more, with an OR in its filter whose arms each compare a column,
    /// not all the same one, with a value.
    /// ## Why it matters
    /// One index cannot answer both arms. Two can, by a `BitmapOr`, but only when every arm has
    /// one: a single arm without an index and the whole table is read.
    /// ## When it is fine
    /// When the arms together keep much of the table.
    /// ## What to do
    /// See to it that the column of each arm begins an index; the server then combines them. For
    /// an ORDER BY with LIMIT write one SELECT for each arm and unite them, since a bitmap gives
    /// up the order.
    /// ## Source
    /// The thresholds are those of `selective-seq-scan`; `ExplainSQL` keeps silent on such a scan.
    "or-across-columns", Severity::Warn, Check::Plan(check)
}

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::SeqScan) {
        let Some(filter) = &node.conditions.filter else { continue };
        let Some((term, columns)) = divided(filter) else { continue };
        let Some(waste) = plan.waste(node) else { continue };
        let mut facts = waste.facts();
        facts.push(Fact::Condition(term));
        let columns: Vec<String> = columns.into_iter().collect();
        let wishes = plan.wishes_on(node);
        let mut remedies: Vec<Remedy> = wishes.iter().map(|wish| Remedy::Index(*wish)).collect();
        remedies.push(Remedy::Rewrite(format!(
            "Let each of {} begin an index, so that the server can unite their bitmaps.",
            columns.join(", ")
        )));
        found.push(Finding {
            facts,
            wishes,
            remedies,
            ..plan.finding(&RULE, plan.subject(node), waste.share)
        });
    }
}

/// An OR whose arms can all be searched for, and their columns when they differ.
fn divided(filter: &str) -> Option<(String, BTreeSet<String>)> {
    condition_columns(filter).into_iter().find_map(|term| {
        let ConditionTerm::Opaque(text) = term else { return None };
        let arms = or_arms(&text);
        let columns: Option<Vec<String>> = arms.iter().map(|arm| searched(arm)).collect();
        let columns: BTreeSet<String> = columns?.into_iter().collect();
        (columns.len() > 1).then_some((text, columns))
    })
}

/// The first column of an arm that is compared with a value by what an index can answer.
fn searched(arm: &str) -> Option<String> {
    condition_columns(arm).into_iter().find_map(|term| match term {
        ConditionTerm::Column(it) if !it.negated => {
            let fits =
                ["=", "<", ">", "<=", ">=", "= ANY", "IS NULL"].contains(&it.operator.as_str());
            fits.then_some(it.column)
        }
        _ => None,
    })
}
