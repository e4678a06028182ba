//! Values for parameters whose place says what they must be: units of built-in functions, keys of
//! documents, steps of time. They stand where an application writes a constant, which
//! pg_stat_statements then turns into `$n`; any other value would be an error at run time.

use crate::sql::FunctionName;

/// Function, argument from 0, type, value. The values are the commonest ones of documentation
/// examples; none changes which rows a scan reads, only what is computed from them.
const ARGUMENTS: &[(&str, usize, &str, &str)] = &[
    ("array_to_string", 1, "text", ","),
    ("date_bin", 0, "interval", "1 day"),
    ("date_part", 0, "text", "day"),
    ("date_trunc", 0, "text", "day"),
    ("date_trunc", 2, "text", "UTC"),
    ("decode", 1, "text", "hex"),
    ("encode", 1, "text", "hex"),
    ("extract", 0, "text", "day"),
    ("left", 1, "integer", "1"),
    ("lpad", 1, "integer", "10"),
    ("lpad", 2, "text", "0"),
    ("mod", 1, "integer", "2"),
    ("percentile_cont", 0, "double precision", "0.5"),
    ("percentile_disc", 0, "double precision", "0.5"),
    ("repeat", 1, "integer", "1"),
    ("right", 1, "integer", "1"),
    ("round", 1, "integer", "2"),
    ("rpad", 1, "integer", "10"),
    ("rpad", 2, "text", "0"),
    ("split_part", 1, "text", ","),
    ("split_part", 2, "integer", "1"),
    ("string_agg", 1, "text", ","),
    ("string_to_array", 1, "text", ","),
    ("substr", 1, "integer", "1"),
    ("substr", 2, "integer", "3"),
    ("substring", 1, "integer", "1"),
    ("substring", 2, "integer", "3"),
    ("timezone", 0, "text", "UTC"),
    ("to_char", 1, "text", "YYYY-MM-DD"),
    ("to_date", 1, "text", "YYYY-MM-DD"),
    ("to_timestamp", 1, "text", "YYYY-MM-DD"),
    ("trunc", 1, "integer", "0"),
];

/// Type and value of an argument of a built-in function.
pub(super) fn known_argument(
    function: &FunctionName,
    position: usize,
) -> Option<(&'static str, &'static str)> {
    if function.schema.as_ref().is_some_and(|it| it.as_str() != "pg_catalog") {
        return None;
    }
    let wanted = (function.name.as_str(), position);
    let found = ARGUMENTS.iter().find(|(name, argument, ..)| (*name, *argument) == wanted)?;
    Some((found.2, found.3))
}

/// Type and value of an operand beside a column of some type, for operators that do not compare.
pub(super) fn operated(operator: &str, column: Option<&str>) -> Option<(String, &'static str)> {
    let own = |value| column.map(|it| (it.to_owned(), value));
    let is_time = column.is_some_and(|it| it.starts_with("timestamp") || it == "interval");
    match operator {
        "->" | "->>" => Some(("text".to_owned(), "a")),
        "#>" | "#>>" => Some(("text[]".to_owned(), "{a}")),
        "||" if column.is_none_or(|it| it == "text" || it.starts_with("character")) => {
            Some(("text".to_owned(), "a"))
        }
        "+" | "-" if is_time => Some(("interval".to_owned(), "1 day")),
        "+" | "-" if column == Some("date") => Some(("integer".to_owned(), "1")),
        "+" | "-" | "*" | "/" | "%" if !is_time => own("1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_units_and_steps() {
        assert!(ARGUMENTS.is_sorted());
        let name = FunctionName { schema: None, name: "date_trunc".into() };
        assert_eq!(known_argument(&name, 0), Some(("text", "day")));
        assert_eq!(known_argument(&name, 1), None);
        let of = |operator, column| operated(operator, column).map(|it| it.1);
        assert_eq!(of("-", Some("timestamp with time zone")), Some("1 day"));
        assert_eq!(of("*", Some("numeric(10,2)")), Some("1"));
        assert_eq!(of("+", None), None);
    }
}
