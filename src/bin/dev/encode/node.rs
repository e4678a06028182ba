//! One node: its headline, and the lines below it in the order of its keys.

use pgsextant::base::quote_identifier;

use crate::document::Item;

use super::figures::{self, buffers, figure_lines, io, jit, wal};
use super::text::Dialect;

/// A line and how much deeper than its node it stands.
pub(super) type Line = (usize, String);

/// Keys that the headline holds, or that only mean something to a program.
const IN_HEADLINE: [&str; 29] = [
    "Node Type",
    "Strategy",
    "Partial Mode",
    "Operation",
    "Parent Relationship",
    "Subplan Name",
    "Parallel Aware",
    "Async Capable",
    "Scan Direction",
    "Index Name",
    "Relation Name",
    "Schema",
    "Alias",
    "CTE Name",
    "Function Name",
    "Table Function Name",
    "Tuplestore Name",
    "Join Type",
    "Command",
    "Startup Cost",
    "Total Cost",
    "Plan Rows",
    "Plan Width",
    "Actual Startup Time",
    "Actual Total Time",
    "Actual Rows",
    "Actual Loops",
    "Custom Plan Provider",
    "Plans",
];

/// `Index Scan using a on public.b c  (cost=0.00..1.00 rows=1 width=4) (never executed)`.
pub(super) fn headline(node: &Item) -> String {
    let mut text = String::new();
    for (key, word) in [("Parallel Aware", "Parallel "), ("Async Capable", "Async ")] {
        text += if node.is_true(key) { word } else { "" };
    }
    text += &kind(node);
    let name = |key: &str| node.get(key).map(|it| quote_identifier(&it.word()));
    if node.text("Scan Direction") == "Backward" {
        text += " Backward";
    }
    if let Some(index) = name("Index Name") {
        let word = if node.text("Node Type") == "Bitmap Index Scan" { "on" } else { "using" };
        text += &format!(" {word} {index}");
    }
    text += &target(node);
    if let Some(command) = node.get("Command").filter(|_| node.text("Node Type") == "SetOp") {
        text += &format!(" {}", command.word());
    }
    if let Some(total) = node.get("Total Cost") {
        let (startup, rows) = (node.text("Startup Cost"), node.text("Plan Rows"));
        let (total, width) = (total.word(), node.text("Plan Width"));
        text += &format!("  (cost={startup}..{total} rows={rows} width={width})");
    }
    text + &actual(node)
}

fn actual(node: &Item) -> String {
    let Some(loops) = node.get("Actual Loops").map(Item::word) else { return String::new() };
    if loops.parse() == Ok(0.0) {
        return " (never executed)".to_owned();
    }
    format!(" (actual {}rows={} loops={loops})", times(node), node.text("Actual Rows"))
}

/// `time=0.001..0.002 `, or nothing under TIMING OFF.
fn times(of: &Item) -> String {
    let Some(total) = of.get("Actual Total Time") else { return String::new() };
    format!("time={}..{} ", of.text("Actual Startup Time"), total.word())
}

fn kind(node: &Item) -> String {
    let kind = node.text("Node Type");
    let partial = node.text("Partial Mode");
    let partial = if ["", "Simple"].contains(&partial.as_str()) { "" } else { &partial };
    match kind.as_str() {
        "Aggregate" => {
            let strategy = match node.text("Strategy").as_str() {
                "Sorted" => "Group",
                "Hashed" => "Hash",
                "Mixed" => "Mixed",
                _ => "",
            };
            format!("{partial} {strategy}Aggregate").trim_start().to_owned()
        }
        "SetOp" if node.text("Strategy") == "Hashed" => "HashSetOp".to_owned(),
        "ModifyTable" => node.text("Operation"),
        "Foreign Scan" if !["", "Select"].contains(&node.text("Operation").as_str()) => {
            format!("Foreign {}", node.text("Operation"))
        }
        "Custom Scan" => format!("Custom Scan ({})", node.text("Custom Plan Provider")),
        "Nested Loop" | "Hash Join" | "Merge Join" => {
            let word = kind.trim_end_matches(" Join");
            match node.text("Join Type").as_str() {
                "Inner" => kind,
                how => format!("{word} {how} Join"),
            }
        }
        _ => kind,
    }
}

/// ` on public.orders o`.
fn target(node: &Item) -> String {
    let name = |key: &str| node.get(key).map(|it| quote_identifier(&it.word()));
    let object =
        ["Relation Name", "Function Name", "Table Function Name", "CTE Name", "Tuplestore Name"]
            .into_iter()
            .find_map(|key| node.get(key));
    let alias = node.get("Alias");
    if object.is_none() && alias.is_none() {
        return String::new();
    }
    let mut text = " on".to_owned();
    if let Some(object) = object {
        let schema = name("Schema").map(|it| it + ".").unwrap_or_default();
        text += &format!(" {schema}{}", quote_identifier(&object.word()));
    }
    match alias {
        Some(alias) if object != Some(alias) => text + " " + &quote_identifier(&alias.word()),
        _ => text,
    }
}

/// All lines below the headline but the children.
pub(super) fn details(node: &Item, dialect: Dialect) -> Vec<Line> {
    let mut found = Vec::new();
    for (key, value) in node.entries() {
        if !IN_HEADLINE.contains(&key.as_str()) && (key != "Workers" || dialect.major < 13) {
            found.extend(detail(key, value, node, dialect));
        }
    }
    if dialect.major >= 13 {
        for one in node.all("Workers") {
            found.extend(worker(one, dialect));
        }
    }
    found
}

fn detail(key: &str, value: &Item, node: &Item, dialect: Dialect) -> Vec<Line> {
    let above_zero = value.word().parse::<f64>().is_ok_and(|it| it > 0.0);
    match key {
        "Disabled" | "Single Copy" if *value == Item::Flag(false) => Vec::new(),
        "Inner Unique" if *value == Item::Flag(false) || !dialect.verbose => Vec::new(),
        "Subplans Removed" if !above_zero => Vec::new(),
        _ if key.starts_with("Rows Removed by") && !above_zero => Vec::new(),
        "Grouping Sets" => grouping_sets(value),
        "Target Tables" => targets(value, node),
        "Workers" => value.items().iter().flat_map(|it| old_worker(it, dialect)).collect(),
        "JIT" => jit(value),
        _ => match (figure_lines(key, node, dialect), value) {
            (Some(lines), _) => lines.into_iter().map(|it| (0, it)).collect(),
            (None, Item::List(items)) => {
                let words: Vec<String> = items.iter().map(Item::word).collect();
                vec![(0, format!("{key}: {}", words.join(", ")))]
            }
            (None, value) => vec![(0, format!("{key}: {}", value.word()))],
        },
    }
}

fn grouping_sets(sets: &Item) -> Vec<Line> {
    let mut found = Vec::new();
    for set in sets.items() {
        let sorted = set.get("Sort Key");
        if let Some(keys) = sorted {
            let words: Vec<String> = keys.items().iter().map(Item::word).collect();
            found.push((0, format!("Sort Key: {}", words.join(", "))));
        }
        for (key, label) in [("Hash Keys", "Hash Key"), ("Group Keys", "Group Key")] {
            for keys in set.all(key) {
                let words: Vec<String> = keys.items().iter().map(Item::word).collect();
                let words = if words.is_empty() { "()".to_owned() } else { words.join(", ") };
                found.push((usize::from(sorted.is_some()), format!("{label}: {words}")));
            }
        }
    }
    found
}

fn targets(tables: &Item, node: &Item) -> Vec<Line> {
    let mut found = Vec::new();
    for table in tables.items() {
        let remote = table.entries().iter().filter(|(key, _)| !IN_HEADLINE.contains(&key.as_str()));
        let remote: Vec<Line> =
            remote.map(|(key, value)| (1, format!("{key}: {}", value.word()))).collect();
        let far = if remote.is_empty() { "" } else { "Foreign " };
        found.push((0, format!("{far}{}{}", node.text("Operation"), target(table))));
        found.extend(remote);
    }
    found
}

/// A worker as servers from 13 on write it: all that is known of it together.
fn worker(worker: &Item, dialect: Dialect) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    if worker.get("Actual Loops").is_some() {
        lines.push((1, actual(worker).trim_matches([' ', '(', ')']).to_owned()));
    }
    for (key, value) in worker.entries() {
        if key == "JIT" {
            lines.extend(jit(value).into_iter().map(|(depth, line)| (depth + 1, line)));
        } else {
            let figures = figure_lines(key, worker, dialect).unwrap_or_default();
            lines.extend(figures.into_iter().map(|it| (1, it)));
        }
    }
    if let Some(first) = lines.first_mut() {
        *first = (0, format!("Worker {}:  {}", worker.text("Worker Number"), first.1));
    }
    lines
}

/// A worker as servers up to 12 write it: sorts on a line of their own, times on another.
fn old_worker(worker: &Item, dialect: Dialect) -> Vec<Line> {
    let number = worker.text("Worker Number");
    let mut lines = Vec::new();
    if let Some(sort) = figures::sort(worker) {
        lines.push((0, format!("Worker {number}:  {sort}")));
    }
    if worker.get("Actual Loops").is_some() {
        let actual = actual(worker);
        lines.push((0, format!("Worker {number}: {}", actual.trim_matches([' ', '(', ')']))));
    }
    let below = [buffers(worker), io(worker, dialect), wal(worker)];
    lines.extend(below.into_iter().flatten().map(|line| (1, line)));
    lines
}
