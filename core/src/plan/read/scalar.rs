//! What a bare word of YAML or XML is: a text, a number, a flag.
//!
//! JSON says it by its quotes. In XML nothing does, so the key decides: what the server holds as
//! a text stays one, `1` as an alias and `false` as a filter too.

use super::value::{Number, Value};

/// Keys under which the server writes texts that may look like something else.
const TEXTS: &[&str] = &[
    "Alias",
    "CTE Name",
    "Cache Key",
    "Cache Mode",
    "Command",
    "Conflict Arbiter Indexes",
    "Conflict Filter",
    "Conflict Resolution",
    "Constraint Name",
    "Custom Plan Provider",
    "Filter",
    "Format",
    "Function Call",
    "Function Name",
    "Group Key",
    "Group Keys",
    "Hash Cond",
    "Hash Key",
    "Hash Keys",
    "Index Cond",
    "Index Name",
    "Join Filter",
    "Join Type",
    "Merge Cond",
    "Node Type",
    "One-Time Filter",
    "Operation",
    "Order By",
    "Output",
    "Parent Relationship",
    "Partial Mode",
    "Presorted Key",
    "Query Parameters",
    "Query Text",
    "Recheck Cond",
    "Relation",
    "Relation Name",
    "Relations",
    "Remote SQL",
    "Repeatable Seed",
    "Run Condition",
    "Sampling Method",
    "Sampling Parameters",
    "Scan Direction",
    "Schema",
    "Settings",
    "Sort Key",
    "Sort Method",
    "Sort Methods Used",
    "Sort Space Type",
    "Storage",
    "Strategy",
    "Subplan Name",
    "TID Cond",
    "Table Function Call",
    "Table Function Name",
    "Tasks Shown",
    "Trigger Name",
    "Tuplestore Name",
    "Window",
];

/// The value of a word that stands without quotes under a key.
pub(super) fn scalar(key: &str, word: &str) -> Value {
    if TEXTS.binary_search(&key).is_ok() {
        return Value::Text(word.to_owned());
    }
    match word {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        word => match Number::of(word) {
            Some(number) => Value::Number(number),
            None => Value::Text(word.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert!(TEXTS.is_sorted());
        assert_eq!(scalar("Alias", "1"), Value::Text("1".to_owned()));
        assert_eq!(scalar("One-Time Filter", "false"), Value::Text("false".to_owned()));
        assert_eq!(scalar("Parallel Aware", "false"), Value::Flag(false));
        assert_eq!(scalar("Plan Rows", "1e3"), Value::Number(Number::Broken(1000.0)));
    }
}
