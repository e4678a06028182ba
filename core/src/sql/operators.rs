//! What the symbols of operators mean where nobody has redefined them.

use super::operand::Shape;

/// The operator with its sides exchanged; None where there is none.
pub(super) fn commutator(operator: &str) -> Option<&'static str> {
    const PAIRS: &[(&str, &str)] =
        &[("<", ">"), ("<=", ">="), ("@>", "<@"), ("<<", ">>"), ("~<~", "~>~"), ("~<=~", "~>=~")];
    const SELVES: &[&str] =
        &["=", "<>", "&&", "-|-", "is distinct from", "is not distinct from", "<->", "<#>", "<=>"];
    let same = SELVES.iter().find(|it| **it == operator).copied();
    let other = PAIRS.iter().find_map(|(left, right)| match operator {
        it if it == *left => Some(*right),
        it if it == *right => Some(*left),
        _ => None,
    });
    same.or(other)
}

/// The operator that is true where this one is false, nulls aside; None where there is none.
pub(super) fn negator(operator: &str) -> Option<&'static str> {
    match operator {
        "=" => Some("<>"),
        "<>" => Some("="),
        "<" => Some(">="),
        ">=" => Some("<"),
        ">" => Some("<="),
        "<=" => Some(">"),
        "~~" => Some("!~~"),
        "!~~" => Some("~~"),
        "~~*" => Some("!~~*"),
        "!~~*" => Some("~~*"),
        "is null" => Some("is not null"),
        "is not null" => Some("is null"),
        "exists" => Some("not exists"),
        "= any" => Some("<> all"),
        "<> all" => Some("= any"),
        _ => None,
    }
}

/// What an index could do with a comparison by this operator.
pub(super) fn shape(operator: &str) -> Shape {
    match operator {
        "=" => Shape::Equality,
        "= any" => Shape::AnyOf,
        "<" | "<=" | ">" | ">=" | "~<~" | "~<=~" | "~>~" | "~>=~" => Shape::Range,
        "~~" | "~~*" | "~" | "~*" | "^@" => Shape::Pattern,
        "is null" => Shape::IsNull,
        "is not null" => Shape::IsNotNull,
        _ => Shape::Other,
    }
}

/// Whether an operator compares, rather than computes a new value: only then can a parameter's
/// values be read from the column on the other side.
pub(super) fn compares(operator: &str) -> bool {
    !matches!(
        operator,
        "+" | "-"
            | "*"
            | "/"
            | "%"
            | "^"
            | "||"
            | "->"
            | "->>"
            | "#>"
            | "#>>"
            | "#-"
            | "&"
            | "|"
            | "#"
            | "<<"
            | ">>"
            | "|/"
            | "||/"
            | "!!"
            | "@"
    )
}

/// The built-in aggregates, by which a block is known to group its rows (source: the
/// documentation's chapter on aggregate functions, version 18), sorted.
pub(super) const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "every",
    "json_agg",
    "json_agg_strict",
    "json_object_agg",
    "json_object_agg_strict",
    "json_object_agg_unique",
    "json_object_agg_unique_strict",
    "jsonb_agg",
    "jsonb_agg_strict",
    "jsonb_object_agg",
    "jsonb_object_agg_strict",
    "jsonb_object_agg_unique",
    "jsonb_object_agg_unique_strict",
    "max",
    "min",
    "range_agg",
    "range_intersect_agg",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_and_negates_both_ways() {
        assert!(AGGREGATES.is_sorted());
        for operator in ["=", "<", ">=", "@>", "&&", "~<~"] {
            let there = commutator(operator).unwrap();
            assert_eq!(commutator(there), Some(operator));
        }
        for operator in ["=", "<", ">=", "~~", "is null", "= any"] {
            let there = negator(operator).unwrap();
            assert_eq!(negator(there), Some(operator));
        }
    }
}
