//! One `key: value` line of a node, worker, or of the planner, into the keys of FORMAT JSON.
//!
//! Many lines of TEXT stand for several keys, and leave out the zeros; these are put back where
//! the line itself shows that they were counted.

use super::count;
use super::list;
use super::make::{Entries, entry, guess, measure, text};
use crate::plan::read::key::key;
use crate::plan::read::value::Value;

/// Expressions and names: text, whatever they look like.
const TEXTS: &[&str] = &[
    "Cache Key",
    "Cache Mode",
    "Conflict Filter",
    "Conflict Resolution",
    "Filter",
    "Foreign File",
    "Foreign Program",
    "Function Call",
    "Hash Cond",
    "Index Cond",
    "Intermediate Data Size",
    "Join Filter",
    "Merge Cond",
    "Node",
    "One-Time Filter",
    "Order By",
    "Query Parameters",
    "Query Text",
    "Recheck Cond",
    "Relations",
    "Remote SQL",
    "Replaces",
    "Result destination",
    "Run Condition",
    "TID Cond",
    "Table Function Call",
    "Tasks Shown",
    "Tuple data received from node",
    "Tuple data received from nodes",
    "Window",
];

/// Lists of expressions.
const LISTS: &[&str] =
    &["Output", "Sort Key", "Presorted Key", "Group Key", "Hash Key", "Params Evaluated"];

/// Counters.
const NUMBERS: &[&str] = &[
    "Conflicting Tuples",
    "Execution Time",
    "Functions",
    "Heap Fetches",
    "Index Searches",
    "Planning Time",
    "Query Identifier",
    "Subplans Removed",
    "Total Runtime",
    "Tuples Inserted",
    "Workers Launched",
    "Workers Planned",
];

const FLAGS: &[&str] = &["Disabled", "Inner Unique", "Single Copy"];

/// Whether the value of a key is an expression, which can hold line breaks within quotes.
pub(super) fn is_expression(key: &str) -> bool {
    LISTS.contains(&key) || key == "Sampling" || (TEXTS.contains(&key) && !RAW.contains(&key))
}

/// Whether the server is known to print lines with this key.
pub(super) fn is_known(key: &str) -> bool {
    [TEXTS, LISTS, NUMBERS, FLAGS, GROUPED].iter().any(|keys| keys.contains(&key))
        || key.starts_with("Rows Removed by ")
}

/// Lines that hold several keys of FORMAT JSON.
const GROUPED: &[&str] = &[
    "Batches",
    "Buckets",
    "Buffers",
    "Conflict Arbiter Indexes",
    "Full-sort Groups",
    "Heap Blocks",
    "Hits",
    "I/O Timings",
    "Memory",
    "Planned Partitions",
    "Pre-sorted Groups",
    "Sampling",
    "Sort Method",
    "Storage",
    "Tuples",
    "WAL",
];

/// Whether a key is one that FORMAT JSON has for what TEXT never prints as `key: value`.
///
/// A line that claims so is not the server's, and would be read with a type that it has not.
fn is_reserved(key: &str) -> bool {
    const KEYS: &[&str] = &[
        "Alias",
        "CTE Name",
        "Function Name",
        "HashAgg Batches",
        "Index Name",
        "JIT",
        "Join Type",
        "Lossy Heap Blocks",
        "Exact Heap Blocks",
        "Maximum Storage",
        "Node Type",
        "Operation",
        "Options",
        "Parallel Aware",
        "Parent Relationship",
        "Partial Mode",
        "Peak Memory Usage",
        "Disk Usage",
        "Plan",
        "Plan Rows",
        "Plan Width",
        "Planning",
        "Plans",
        "Relation Name",
        "Scan Direction",
        "Schema",
        "Serialization",
        "Settings",
        "Startup Cost",
        "Strategy",
        "Subplan Name",
        "Timing",
        "Total Cost",
        "Triggers",
        "Worker Number",
        "Workers",
    ];
    const BEGINNINGS: &[&str] = &[
        "Actual ",
        "Cache ",
        "Hash B",
        "I/O ",
        "Local ",
        "Memory ",
        "Original Hash ",
        "Shared ",
        "Sort Space ",
        "Temp ",
        "Tuples ",
        "WAL ",
    ];
    KEYS.contains(&key) || BEGINNINGS.iter().any(|it| key.starts_with(it))
}

/// Whether lines of this key may hold others below them.
pub(super) fn may_be_a_group(key: &str) -> bool {
    ["JIT", "Planning"].contains(&key) || (!is_known(key) && !is_reserved(key))
}

/// Texts in which a quote is a sign like any other.
const RAW: &[&str] = &[
    "Foreign File",
    "Foreign Program",
    "Intermediate Data Size",
    "Node",
    "Query Text",
    "Result destination",
    "Tasks Shown",
    "Tuple data received from node",
    "Tuple data received from nodes",
];

/// Reads one line; none when the value is not what the key promises.
pub(super) fn detail(key: &str, value: &str, out: &mut Entries) -> Option<()> {
    match key {
        "Sort Method" => sort(value, out),
        "Buckets" => hash(value, out),
        "Batches" | "Planned Partitions" => hash_aggregate(key, value, out),
        "Hits" => memoize(value, out),
        "Storage" => storage(value, out),
        "Buffers" => count::buffers(value, out),
        "I/O Timings" => count::io_times(value, out),
        "WAL" => count::wal(value, out),
        "Memory" => count::memory(value, out),
        "Heap Blocks" => count::heap_blocks(value, out),
        "Tuples" => count::tuples(value, out),
        "Sampling" => sampling(value, out),
        "Full-sort Groups" | "Pre-sorted Groups" => {
            out.push(entry(key, groups(value)?));
            Some(())
        }
        "Conflict Arbiter Indexes" => {
            out.push(entry(key, Value::List(value.split(", ").map(text).collect())));
            Some(())
        }
        _ => {
            out.push(entry(key, plain(key, value)?));
            Some(())
        }
    }
}

/// A key that is the same in both encodings.
fn plain(key: &str, value: &str) -> Option<Value> {
    if TEXTS.contains(&key) {
        return Some(text(value));
    }
    if LISTS.contains(&key) {
        return Some(expressions(value));
    }
    if NUMBERS.contains(&key) || key.starts_with("Rows Removed by ") {
        return measure(value);
    }
    if FLAGS.contains(&key) {
        return match value {
            "true" => Some(Value::Flag(true)),
            "false" => Some(Value::Flag(false)),
            _ => None,
        };
    }
    (!is_reserved(key)).then(|| guess(value))
}

pub(super) fn expressions(value: &str) -> Value {
    Value::List(list::parts(value).into_iter().map(text).collect())
}

/// `quicksort  Memory: 25kB`
fn sort(value: &str, out: &mut Entries) -> Option<()> {
    let (method, space) = value.trim_start().split_once("  ")?;
    let (place, size) = space.trim_start().split_once(": ")?;
    let size = measure(size.trim())?;
    out.push(entry("Sort Method", text(method)));
    out.push(entry("Sort Space Used", size));
    out.push(entry("Sort Space Type", text(place)));
    Some(())
}

/// `1024 (originally 512)  Batches: 4 (originally 2)  Memory Usage: 44kB`
fn hash(value: &str, out: &mut Entries) -> Option<()> {
    let mut found = Entries::new();
    for (key, part) in segments("Buckets", value) {
        let (now, original) = match part.split_once(" (originally ") {
            Some((now, before)) => (now, before.strip_suffix(')')?),
            None => (part, part),
        };
        let (name, before) = match key {
            "Buckets" => ("Hash Buckets", Some("Original Hash Buckets")),
            "Batches" => ("Hash Batches", Some("Original Hash Batches")),
            "Memory Usage" => ("Peak Memory Usage", None),
            other => (other, None),
        };
        found.push(entry(name, measure(now)?));
        if let Some(before) = before {
            found.push(entry(before, measure(original)?));
        }
    }
    out.extend(found);
    Some(())
}

/// `4  Batches: 5  Memory Usage: 409kB  Disk Usage: 1000kB` behind `Planned Partitions`.
fn hash_aggregate(key: &str, value: &str, out: &mut Entries) -> Option<()> {
    let mut found = Entries::new();
    for (key, part) in segments(key, value) {
        let name = match key {
            "Batches" => "HashAgg Batches",
            "Memory Usage" => "Peak Memory Usage",
            other => other,
        };
        found.push(entry(name, measure(part)?));
    }
    out.extend(found);
    Some(())
}

/// `980  Misses: 20  Evictions: 0  Overflows: 0  Memory Usage: 3kB`
fn memoize(value: &str, out: &mut Entries) -> Option<()> {
    let mut found = Entries::new();
    for (words, part) in segments("Hits", value) {
        let name = match words {
            "Memory Usage" => key("Peak Memory Usage"),
            other => key(&format!("Cache {other}")),
        };
        found.push((name, measure(part)?));
    }
    out.extend(found);
    Some(())
}

/// `Memory  Maximum Storage: 17kB`
fn storage(value: &str, out: &mut Entries) -> Option<()> {
    let mut parts = segments("Storage", value);
    let (_, place) = parts.next()?;
    let sizes: Vec<_> =
        parts.map(|(key, part)| Some(entry(key, measure(part)?))).collect::<Option<_>>()?;
    out.push(entry("Storage", text(place)));
    out.extend(sizes);
    Some(())
}

/// `key: value` pairs with two spaces between them, the first without its key.
fn segments<'a>(first: &'a str, value: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut key = first;
    value.split("  ").enumerate().filter_map(move |(position, part)| {
        let part = part.trim();
        if position == 0 {
            return Some((key, part));
        }
        let (name, rest) = part.split_once(": ")?;
        key = name;
        Some((name, rest.trim()))
    })
}

/// `system ('1'::real) REPEATABLE ('200'::double precision)`
fn sampling(value: &str, out: &mut Entries) -> Option<()> {
    let (method, rest) = value.split_once(" (")?;
    let (parameters, seed) = match rest.rsplit_once(") REPEATABLE (") {
        Some((parameters, seed)) => (parameters, Some(seed.strip_suffix(')')?)),
        None => (rest.strip_suffix(')')?, None),
    };
    out.push(entry("Sampling Method", text(method)));
    out.push(entry("Sampling Parameters", expressions(parameters)));
    out.extend(seed.map(|seed| entry("Repeatable Seed", text(seed))));
    Some(())
}

/// `2  Sort Methods: top-N heapsort, quicksort  Average Memory: 28kB  Peak Memory: 30kB`
fn groups(value: &str) -> Option<Value> {
    let mut found = Entries::new();
    let mut average = None;
    for (key, part) in segments("", value) {
        match key {
            "" => found.push(entry("Group Count", measure(part)?)),
            "Sort Method" | "Sort Methods" => {
                found.push(entry("Sort Methods Used", expressions(part)));
            }
            _ => match key.split_once(' ')? {
                ("Average", _) => average = Some(measure(part)?),
                ("Peak", place) => {
                    let sizes = vec![
                        entry("Average Sort Space Used", average.take()?),
                        entry("Peak Sort Space Used", measure(part)?),
                    ];
                    found.push((format!("Sort Space {place}").into(), Value::Object(sizes)));
                }
                _ => found.push(entry(key, guess(part))),
            },
        }
    }
    Some(Value::Object(found))
}
