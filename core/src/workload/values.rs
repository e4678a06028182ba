//! Values to bind: out of a column's statistics, else the plainest value of the type.
//!
//! Never NULL: a comparison with NULL folds to nothing and prices any plan at zero.

use std::cmp::Ordering;

use crate::catalog::ColumnStatistics;

/// How many of the common values an array parameter gets: IN lists in the field are short, and
/// five elements already make the planner choose as it does for ten.
const ARRAY_VALUES: usize = 5;

/// Letters of a typical value that stay in front of the `%` of a pattern: enough to narrow a
/// dictionary of words to a few in a thousand, as somebody who types into a search box does.
const PATTERN_LETTERS: usize = 3;

/// The row-weighted median value: among the common values the one at which the accumulated
/// share passes half of what they hold, when they hold half of the rows that are not null;
/// otherwise the middle of the histogram.
pub(super) fn typical(statistics: &ColumnStatistics) -> Option<&str> {
    let held: f64 = statistics.common.iter().map(|(_, share)| share.0).sum();
    let not_null = 1.0 - statistics.null_share.0;
    if statistics.histogram.is_empty() || held >= not_null / 2.0 {
        let mut passed = 0.0;
        let middle = statistics.common.iter().find(|(_, share)| {
            passed += share.0;
            passed >= held / 2.0
        });
        if let Some((value, _)) = middle {
            return Some(value);
        }
    }
    statistics.histogram.get(statistics.histogram.len() / 2).map(String::as_str)
}

/// The value below which about this share of the rows lies: by the histogram, else by the
/// common values in their order.
pub(super) fn quantile(statistics: &ColumnStatistics, share: f64) -> Option<&str> {
    if let Some(last) = statistics.histogram.len().checked_sub(1) {
        let position = (0..=last).rev().find(|it| *it as f64 <= share * last as f64)?;
        return Some(&statistics.histogram[position]);
    }
    let mut common: Vec<_> = statistics.common.iter().collect();
    common.sort_by(|a, b| compare(&a.0, &b.0));
    let held: f64 = common.iter().map(|(_, share)| share.0).sum();
    let mut passed = 0.0;
    let found = common.iter().find(|(_, one)| {
        passed += one.0;
        passed >= held * share
    });
    found.or(common.last()).map(|(value, _)| value.as_str())
}

/// The share of the histogram's rows that lie below a value; `None` without a histogram.
pub(super) fn share_below(statistics: &ColumnStatistics, value: &str) -> Option<f64> {
    let buckets = statistics.histogram.len().checked_sub(1).filter(|it| *it > 0)?;
    let below =
        statistics.histogram.iter().filter(|it| compare(it, value) == Ordering::Less).count();
    Some((below.min(buckets)) as f64 / buckets as f64)
}

/// Numbers by size, everything else as text; ISO dates and times sort right as text. A doubt:
/// texts in a language's collation do not.
fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

/// An array literal of typical values.
pub(super) fn typical_array(statistics: &ColumnStatistics) -> Option<String> {
    let values = several(statistics);
    (!values.is_empty()).then(|| array(&values))
}

/// A few different values that stand for a list: the most common ones where those are typical,
/// else some that are spread evenly over the histogram.
pub(super) fn several(statistics: &ColumnStatistics) -> Vec<&str> {
    if typical_is_common(statistics) {
        let common = statistics.common.iter().take(ARRAY_VALUES);
        return common.map(|(value, _)| value.as_str()).collect();
    }
    let bounds = &statistics.histogram;
    let steps = ARRAY_VALUES.min(bounds.len());
    (0..steps).map(|it| bounds[(2 * it + 1) * bounds.len() / (2 * steps)].as_str()).collect()
}

fn typical_is_common(statistics: &ColumnStatistics) -> bool {
    let middle = typical(statistics);
    statistics.common.iter().any(|(value, _)| Some(value.as_str()) == middle)
}

/// An array literal, every element quoted.
pub(super) fn array(values: &[&str]) -> String {
    let quoted =
        values.iter().map(|it| format!("\"{}\"", it.replace('\\', "\\\\").replace('"', "\\\"")));
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// An anchored LIKE pattern that a value fits.
pub(super) fn like_prefix(value: &str) -> String {
    let mut pattern = escaped(value, &['%', '_', '\\']);
    pattern.push('%');
    pattern
}

/// An anchored regular expression that a value fits.
pub(super) fn regex_prefix(value: &str) -> String {
    format!(
        "^{}",
        escaped(value, &['.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\\'])
    )
}

fn escaped(value: &str, special: &[char]) -> String {
    let mut found = String::new();
    for letter in value.chars().take(PATTERN_LETTERS) {
        if special.contains(&letter) {
            found.push('\\');
        }
        found.push(letter);
    }
    found
}

/// The plainest value of a type, where its text form is known: zero, the empty text, the epoch.
/// An interval of one day instead of none: `now() - $1` should reach some rows, not all or none.
pub(super) fn generic(type_name: &str) -> Option<&'static str> {
    if type_name.ends_with("[]") {
        return Some("{}");
    }
    Some(match type_name {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "oid"
        | "money" | "bit" | "bit varying" => "0",
        "text" | "character varying" | "bpchar" | "name" | "citext" | "tsvector" | "bytea"
        | "ltree" | "hstore" => "",
        "tsquery" | "\"char\"" => "a",
        "date" => "1970-01-01",
        "timestamp without time zone" => "1970-01-01 00:00:00",
        "timestamp with time zone" => "1970-01-01 00:00:00+00",
        "time without time zone" => "00:00:00",
        "time with time zone" => "00:00:00+00",
        "interval" => "1 day",
        "boolean" => "f",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        "json" | "jsonb" => "{}",
        "inet" | "cidr" => "0.0.0.0",
        "macaddr" => "00:00:00:00:00:00",
        "point" => "(0,0)",
        "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange" => "empty",
        _ => return None,
    })
}

/// A type's name as `format_type` prints it without a length, from any spelling of it.
pub(super) fn plain_type(name: &str) -> String {
    if let Some(element) = name.strip_suffix("[]") {
        return format!("{}[]", plain_type(element));
    }
    let bare = match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &name[..open], &name[close + 1..])
        }
        _ => name.to_owned(),
    };
    let bare = bare.strip_prefix("pg_catalog.").unwrap_or(&bare);
    match bare {
        "int2" => "smallint",
        "int4" | "int" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        "varchar" => "character varying",
        "character" | "char" => "bpchar",
        "varbit" => "bit varying",
        "decimal" => "numeric",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Bytes, Share};
    use crate::catalog::Distinct;

    fn statistics(common: &[(&str, f64)], histogram: &[&str]) -> ColumnStatistics {
        ColumnStatistics {
            null_share: Share(0.0),
            width: Bytes(4),
            distinct: Distinct::Unknown,
            common: common.iter().map(|(it, share)| ((*it).to_owned(), Share(*share))).collect(),
            histogram: histogram.iter().map(|it| (*it).to_owned()).collect(),
            correlation: None,
        }
    }

    #[test]
    fn takes_the_median_by_rows() {
        let skewed = statistics(&[("done", 0.9), ("open", 0.06), ("lost", 0.04)], &[]);
        assert_eq!(typical(&skewed), Some("done"));
        let even = statistics(&[("a", 0.3), ("b", 0.25), ("c", 0.25), ("d", 0.2)], &[]);
        assert_eq!(typical(&even), Some("b"));
        let rare = statistics(&[("0", 0.01)], &["1", "50", "99"]);
        assert_eq!(typical(&rare), Some("50"));
        assert_eq!(typical(&statistics(&[], &[])), None);
    }

    #[test]
    fn takes_bounds_from_the_histogram_or_the_common_values() {
        let tenths: Vec<String> = (0..=10).map(|it| (it * 10).to_string()).collect();
        let tenths: Vec<&str> = tenths.iter().map(String::as_str).collect();
        let spread = statistics(&[], &tenths);
        assert_eq!(quantile(&spread, 0.9), Some("90"));
        assert_eq!(quantile(&spread, 0.0), Some("0"));
        assert_eq!(share_below(&spread, "90"), Some(0.9));
        let few = statistics(&[("9", 0.5), ("10", 0.3), ("11", 0.2)], &[]);
        assert_eq!(quantile(&few, 0.6), Some("10"));
        assert_eq!(quantile(&few, 1.0), Some("11"));
    }

    #[test]
    fn writes_arrays_and_patterns() {
        assert_eq!(array(&["a\"b", "c\\", "d,e"]), r#"{"a\"b","c\\","d,e"}"#);
        assert_eq!(like_prefix("a%bcd"), r"a\%b%");
        assert_eq!(regex_prefix("a.b"), r"^a\.b");
        let common = statistics(&[("1", 0.5), ("2", 0.5)], &[]);
        assert_eq!(typical_array(&common).as_deref(), Some(r#"{"1","2"}"#));
        let spread = statistics(&[], &["1", "2", "3"]);
        assert_eq!(typical_array(&spread).as_deref(), Some(r#"{"1","2","3"}"#));
    }

    #[test]
    fn names_types_without_their_length() {
        assert_eq!(plain_type("character varying(20)"), "character varying");
        assert_eq!(plain_type("character(3)"), "bpchar");
        assert_eq!(plain_type("timestamp(3) with time zone"), "timestamp with time zone");
        assert_eq!(plain_type("pg_catalog.int4[]"), "integer[]");
        assert_eq!(plain_type("numeric(10,2)"), "numeric");
    }
}
