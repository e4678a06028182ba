//! How many rows conditions keep, by the planner's statistics.
//!
//! Conditions are taken as independent, as the planner does without extended statistics; where
//! columns go together (a city and its country) the product is too small. A doubt to carry along.

use crate::base::{Rows, Share};
use crate::catalog::{Column, Table};
use crate::sql::{Operand, Predicate};
use crate::workload::values::share_below;
use crate::workload::{Draft, EqualityKind};

/// The planner's guess for one bound without statistics
/// (source: `DEFAULT_INEQ_SEL`, `selfuncs.h`).
const BOUND: f64 = 0.333_333_333_333_333_3;

/// The planner's guess for a pattern (source: `DEFAULT_MATCH_SEL`, `selfuncs.h`).
const PATTERN: f64 = 0.005;

/// How many members a list has that is bound as one array, as `values` binds it.
const ARRAY_MEMBERS: f64 = 5.0;

/// The share of rows that one value of an equality keeps.
pub(super) fn one_value(
    draft: &Draft,
    table: &Table,
    column: &Column,
    (with, operand): (EqualityKind, Option<&Operand>),
) -> Option<Share> {
    let statistics = column.statistics.as_ref()?;
    let rows = table.planner_rows()?;
    let average = || {
        let not_null = (1.0 - statistics.null_share.0).max(0.0);
        Share(not_null / statistics.distinct.count(rows))
    };
    Some(match (with, operand) {
        (EqualityKind::Null, _) => statistics.null_share,
        (EqualityKind::Value, Some(operand)) => match text_of(draft, operand) {
            Some(text) if !statistics.common.is_empty() => statistics.share_of(text, rows),
            _ => average(),
        },
        _ => average(),
    })
}

/// The share of rows that all values of an equality keep.
pub(super) fn all_values(
    draft: &Draft,
    table: &Table,
    column: &Column,
    (with, operand): (EqualityKind, Option<&Operand>),
) -> Option<f64> {
    let one = |operand: Option<&Operand>| {
        one_value(draft, table, column, (EqualityKind::Value, operand)).map(|it| it.0)
    };
    match (with, operand) {
        (EqualityKind::List, Some(Operand::Cast { inner, .. })) => {
            all_values(draft, table, column, (with, Some(inner)))
        }
        (EqualityKind::List, Some(Operand::List(members))) => {
            let shares: Option<Vec<f64>> = members.iter().map(|it| one(Some(it))).collect();
            shares.map(|it| it.into_iter().sum::<f64>().min(1.0))
        }
        (EqualityKind::List, _) => one(None).map(|it| (it * ARRAY_MEMBERS).min(1.0)),
        _ => one_value(draft, table, column, (with, operand)).map(|it| it.0),
    }
}

/// The share of rows that a bound or an anchored pattern keeps.
pub(super) fn by_range(draft: &Draft, column: &Column, predicate: &Predicate) -> f64 {
    let below = || {
        let text = text_of(draft, &predicate.right)?;
        share_below(column.statistics.as_ref()?, text)
    };
    match predicate.operator.as_str() {
        ">" | ">=" => below().map_or(BOUND, |it| 1.0 - it),
        "<" | "<=" => below().unwrap_or(BOUND),
        _ => PATTERN,
    }
}

/// The rows that are left of a table, at least one: the planner rounds up as well.
pub(super) fn rows_left(table: &Table, share: f64) -> Option<Rows> {
    let rows = table.planner_rows()?;
    Some(Rows((rows.0 * share.clamp(0.0, 1.0)).max(1.0).min(rows.0)))
}

/// The text of a constant, or of what is bound to a parameter.
fn text_of<'a>(draft: &'a Draft, operand: &'a Operand) -> Option<&'a str> {
    match operand {
        Operand::Literal(literal) => Some(&literal.text),
        Operand::Parameter(number) => {
            let position = usize::from(*number).checked_sub(1)?;
            Some(&draft.sets.first()?.values.get(position)?.text)
        }
        Operand::Cast { inner, .. } => text_of(draft, inner),
        _ => None,
    }
}
