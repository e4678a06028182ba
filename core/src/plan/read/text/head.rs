//! The first line of a node: what it is, on what, and its figures.
//!
//! TEXT folds into the name what FORMAT JSON has keys for: strategy, join type, operation.

use super::list;
use super::make::{Entries, entry, number, text, whole};
use crate::plan::read::value::{Number, Value};

/// The first line of a node, read.
#[derive(Debug)]
pub(super) struct Head {
    /// `Node Type` as FORMAT JSON names it.
    pub kind: String,
    /// All keys but `Node Type`.
    pub entries: Entries,
    /// What stands behind the figures, or in their place and is none.
    pub unread: Option<String>,
    /// Whether the name is one that this version knows.
    pub is_known: bool,
    /// Whether costs or times stand behind the name.
    pub has_figures: bool,
}

/// Scans whose head names an index or a target.
const SCANS: &[(&str, Target)] = &[
    ("Seq Scan", Target::Relation),
    ("Sample Scan", Target::Relation),
    ("Index Scan", Target::Indexed),
    ("Index Only Scan", Target::Indexed),
    ("Bitmap Heap Scan", Target::Relation),
    ("Bitmap Index Scan", Target::Index),
    ("Tid Scan", Target::Relation),
    ("Tid Range Scan", Target::Relation),
    ("Subquery Scan", Target::Alias),
    ("Function Scan", Target::Named("Function Name")),
    ("Table Function Scan", Target::Named("Table Function Name")),
    ("Values Scan", Target::Alias),
    ("CTE Scan", Target::Named("CTE Name")),
    ("Named Tuplestore Scan", Target::Named("Tuplestore Name")),
    ("WorkTable Scan", Target::Named("CTE Name")),
    ("Foreign Scan", Target::Relation),
    ("Custom Scan", Target::Relation),
];

/// Nodes that are only a name.
const BARE: &[&str] = &[
    "Result",
    "ProjectSet",
    "Append",
    "Merge Append",
    "Recursive Union",
    "BitmapAnd",
    "BitmapOr",
    "Materialize",
    "Memoize",
    "Sort",
    "Incremental Sort",
    "Group",
    "WindowAgg",
    "Unique",
    "LockRows",
    "Limit",
    "Hash",
    "Gather",
    "Gather Merge",
    "Task",
    "MapMergeJob",
];

/// What the words behind `on` name.
#[derive(Debug, Clone, Copy)]
enum Target {
    Relation,
    Indexed,
    Index,
    Alias,
    Named(&'static str),
}

/// Reads the first line of a node, without its arrow.
pub(super) fn head(line: &str) -> Head {
    let (name, behind) = split(line);
    let mut found = named(name.trim_end());
    found.has_figures = !behind.is_empty();
    let rest = figures(behind, &mut found.entries);
    found.unread = (!rest.is_empty()).then(|| rest.to_owned());
    found
}

/// Whether costs or times stand somewhere in a line, as `split` looks for them.
pub(super) fn shows_figures(line: &str) -> bool {
    let mut brackets = line.bytes().enumerate().filter(|it| it.1 == b'(').map(|it| it.0);
    brackets.any(|at| {
        let words = &line.as_bytes()[at + 1..];
        at > 0
            && line.as_bytes()[at - 1] == b' '
            && [b"cost=".as_slice(), b"actual ", b"never executed)"]
                .iter()
                .any(|it| words.starts_with(it))
    })
}

/// Whether the name of a known node may begin so: a quick no for most lines that are none.
pub(super) fn may_begin(line: &str) -> bool {
    const BEGINNINGS: [&[u8]; 26] = [
        b"Pa", b"Pr", b"As", b"Fin", b"Fo", b"Fu", b"A", b"Ga", b"Gr", b"Ha", b"M", b"N", b"S",
        b"C", b"D", b"I", b"Up", b"Un", b"Re", b"Bi", b"W", b"L", b"Ta", b"Ti", b"Va", b"Values",
    ];
    BEGINNINGS.iter().any(|it| line.as_bytes().starts_with(it))
}

/// The name, and the brackets of figures behind it.
fn split(line: &str) -> (&str, &str) {
    let last = |sign: &str| {
        let mut blanks = line.bytes().enumerate().rev().filter(|it| it.1 == b' ');
        blanks.find(|(at, _)| line.as_bytes()[*at..].starts_with(sign.as_bytes())).map(|it| it.0)
    };
    let costs = last(" (cost=");
    let from = costs.unwrap_or(0);
    let actual = || last(" (actual ").or_else(|| last(" (never executed)"));
    let at = costs.or_else(actual).filter(|at| *at >= from).unwrap_or(line.len());
    line.split_at(at)
}

fn named(name: &str) -> Head {
    let mut entries = Entries::new();
    let (is_parallel, name) = without(name, "Parallel ");
    let (is_async, name) = without(name, "Async ");
    if is_parallel {
        entries.push(entry("Parallel Aware", Value::Flag(true)));
    }
    if is_async {
        entries.push(entry("Async Capable", Value::Flag(true)));
    }
    let found = aggregate(name, &mut entries)
        .or_else(|| join(name, &mut entries))
        .or_else(|| set_operation(name, &mut entries))
        .or_else(|| custom(name, &mut entries))
        .or_else(|| distributed(name, &mut entries))
        .or_else(|| modification(name, &mut entries))
        .or_else(|| BARE.iter().find(|it| **it == name).map(|it| (*it).to_owned()))
        .or_else(|| scan(name, &mut entries));
    let is_known = found.is_some();
    let kind = found.unwrap_or_else(|| unknown(name, &mut entries));
    Head { kind, entries, unread: None, is_known, has_figures: false }
}

fn without<'a>(name: &'a str, prefix: &str) -> (bool, &'a str) {
    name.strip_prefix(prefix).map_or((false, name), |rest| (true, rest))
}

fn aggregate(name: &str, out: &mut Entries) -> Option<String> {
    let modes = [("Partial ", "Partial"), ("Finalize ", "Finalize"), ("", "Simple")];
    let (bare, mode) =
        modes.iter().find_map(|(prefix, mode)| Some((name.strip_prefix(prefix)?, mode)))?;
    let strategy = match bare {
        "Aggregate" => "Plain",
        "GroupAggregate" => "Sorted",
        "HashAggregate" => "Hashed",
        "MixedAggregate" => "Mixed",
        _ => return None,
    };
    out.push(entry("Strategy", text(strategy)));
    out.push(entry("Partial Mode", text(mode)));
    Some("Aggregate".to_owned())
}

fn join(name: &str, out: &mut Entries) -> Option<String> {
    let methods = [("Hash", "Hash Join"), ("Merge", "Merge Join"), ("Nested Loop", "Nested Loop")];
    let (rest, kind) =
        methods.iter().find_map(|(method, kind)| Some((name.strip_prefix(method)?, *kind)))?;
    let how = match rest {
        "" if kind == "Nested Loop" => "Inner",
        " Join" => "Inner",
        _ => rest.strip_prefix(' ')?.strip_suffix(" Join")?,
    };
    out.push(entry("Join Type", text(how)));
    Some(kind.to_owned())
}

fn set_operation(name: &str, out: &mut Entries) -> Option<String> {
    let (is_hashed, name) = without(name, "Hash");
    let strategy = if is_hashed { "Hashed" } else { "Sorted" };
    let rest = name.strip_prefix("SetOp")?;
    let command = rest.strip_prefix(' ')?;
    out.push(entry("Strategy", text(strategy)));
    out.push(entry("Command", text(command)));
    Some("SetOp".to_owned())
}

/// What Citus puts between its own node and the plans of other servers.
fn distributed(name: &str, out: &mut Entries) -> Option<String> {
    const KIND: &str = "Distributed Subplan";
    let identifier = name.strip_prefix(KIND)?.strip_prefix(' ')?;
    out.push(entry("Result Identifier", text(identifier)));
    Some(KIND.to_owned())
}

fn custom(name: &str, out: &mut Entries) -> Option<String> {
    let inside = name.strip_prefix("Custom Scan (")?;
    let (provider, rest) = match inside.find(") on ") {
        Some(at) => (&inside[..at], &inside[at + 1..]),
        None => (inside.strip_suffix(')').unwrap_or(inside), ""),
    };
    target(rest, Target::Relation, out)?;
    out.push(entry("Custom Plan Provider", text(provider)));
    Some("Custom Scan".to_owned())
}

fn modification(name: &str, out: &mut Entries) -> Option<String> {
    let (is_foreign, name) = without(name, "Foreign ");
    let operations = ["Insert", "Update", "Delete", "Merge"];
    let (operation, rest) = operations.iter().find_map(|it| Some((*it, name.strip_prefix(it)?)))?;
    if !rest.is_empty() && !rest.starts_with(" on ") {
        return None;
    }
    target(rest, Target::Relation, out)?;
    out.push(entry("Operation", text(operation)));
    Some(if is_foreign { "Foreign Scan" } else { "ModifyTable" }.to_owned())
}

fn scan(name: &str, out: &mut Entries) -> Option<String> {
    let named = |(kind, _): &&(&str, Target)| {
        name.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let (kind, what) = SCANS.iter().find(named)?;
    let mut entries = Entries::new();
    target(&name[kind.len()..], *what, &mut entries)?;
    out.extend(entries);
    if *kind == "Foreign Scan" {
        out.push(entry("Operation", text("Select")));
    }
    Some((*kind).to_owned())
}

/// A kind that this version does not know: its name ends where it names a target.
fn unknown(name: &str, out: &mut Entries) -> String {
    let at = [" using ", " on "].iter().filter_map(|word| name.find(word)).min();
    let (kind, rest) = name.split_at(at.unwrap_or(name.len()));
    let mut entries = Entries::new();
    let what = if rest.starts_with(" using ") { Target::Indexed } else { Target::Relation };
    if rest.is_empty() || target(rest, what, &mut entries).is_none() {
        return name.to_owned();
    }
    entries.retain(|(key, _)| key != "Scan Direction");
    out.extend(entries);
    kind.to_owned()
}

/// ` Backward using i on s.t a`, ` on f(x) a`; nothing is a target, too. None for other words.
fn target(words: &str, what: Target, out: &mut Entries) -> Option<()> {
    let mut rest = words;
    if let Target::Indexed = what {
        let (is_backward, behind) = without(rest, " Backward");
        let direction = if is_backward { "Backward" } else { "Forward" };
        out.push(entry("Scan Direction", text(direction)));
        rest = behind;
        if let Some(behind) = rest.strip_prefix(" using ") {
            let (index, behind) = list::name(behind);
            out.push(entry("Index Name", Value::Text(index)));
            rest = behind;
        }
    }
    if rest.is_empty() {
        return Some(());
    }
    let alone = matches!(what, Target::Alias); // servers up to 8.4 leave `on` out here
    let rest = rest.strip_prefix(" on ").or(rest.strip_prefix(' ').filter(|_| alone))?;
    let Some(object) = object(rest) else {
        out.push(entry("Alias", text(rest)));
        return Some(());
    };
    let alias = object.alias.clone().unwrap_or_else(|| object.name.clone());
    let key = match what {
        Target::Index => {
            out.push(entry("Index Name", Value::Text(object.name)));
            return Some(());
        }
        Target::Alias => None,
        Target::Relation | Target::Indexed => Some("Relation Name"),
        Target::Named(key) => Some(key),
    };
    out.extend(key.map(|key| entry(key, Value::Text(object.name))));
    out.extend(object.schema.map(|schema| entry("Schema", Value::Text(schema))));
    out.push(entry("Alias", Value::Text(alias)));
    Some(())
}

/// A table or function as a head names it.
struct Object {
    schema: Option<String>,
    name: String,
    alias: Option<String>,
}

/// `[schema.]name [alias]`; none where words are left over.
fn object(words: &str) -> Option<Object> {
    let (first, rest) = list::name(words);
    let (schema, name, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (second, rest) = list::name(rest);
            (Some(first), second, rest)
        }
        None => (None, first, rest),
    };
    let (alias, rest) = match rest.strip_prefix(' ') {
        Some(rest) => {
            let (alias, rest) = list::name(rest);
            (Some(alias), rest)
        }
        None => (None, rest),
    };
    (rest.is_empty() && !name.is_empty()).then_some(Object { schema, name, alias })
}

/// The target of a ModifyTable with several: `Update on s.t a` on a line of its own.
pub(super) fn modified(line: &str) -> Option<Entries> {
    let mut entries = Entries::new();
    modification(line, &mut entries)?;
    entries.retain(|(key, _)| key != "Operation");
    (!entries.is_empty()).then_some(entries)
}

/// Reads ` (cost=…) (actual …)` and returns what it cannot read.
fn figures<'a>(behind: &'a str, out: &mut Entries) -> &'a str {
    let mut rest = behind.trim_start();
    while let Some((inside, more)) = rest.strip_prefix('(').and_then(|it| it.split_once(')')) {
        let read = if let Some(costs) = inside.strip_prefix("cost=") {
            estimate(costs, out)
        } else if inside == "never executed" {
            out.push(entry("Actual Rows", whole(0)));
            out.push(entry("Actual Loops", whole(0)));
            Some(())
        } else {
            inside.strip_prefix("actual ").and_then(|words| measured(words, out))
        };
        if read.is_none() {
            return rest;
        }
        rest = more.trim_start();
    }
    rest
}

/// `0.00..4.00 rows=200 width=25`
fn estimate(words: &str, out: &mut Entries) -> Option<()> {
    let (costs, rest) = words.split_once(" rows=")?;
    let (startup, total) = costs.split_once("..")?;
    let (rows, width) = rest.split_once(" width=")?;
    let all = [
        ("Startup Cost", number(startup)?),
        ("Total Cost", number(total)?),
        ("Plan Rows", number(rows)?),
        ("Plan Width", number(width)?),
    ];
    out.extend(all.map(|(key, value)| entry(key, value)));
    Some(())
}

/// `time=0.010..0.030 rows=200 loops=1`, with or without times.
pub(super) fn measured(words: &str, out: &mut Entries) -> Option<()> {
    let (times, rest) = match words.strip_prefix("time=") {
        Some(words) => {
            let (times, rest) = words.split_once(' ')?;
            let (startup, total) = times.split_once("..")?;
            (Some((number(startup)?, number(total)?)), rest)
        }
        None => (None, words),
    };
    let (rows, loops) = rest.strip_prefix("rows=")?.split_once(" loops=")?;
    let (rows, loops) = (number(rows)?, number(loops.trim_end())?);
    if let Some((startup, total)) = times {
        out.push(entry("Actual Startup Time", startup));
        out.push(entry("Actual Total Time", total));
    }
    out.push(entry("Actual Rows", rows));
    out.push(entry("Actual Loops", loops));
    Some(())
}

/// Whether the node was run at least once, by its entries.
pub(super) fn loops(entries: &Entries) -> Option<f64> {
    entries.iter().find(|(key, _)| key == "Actual Loops").map(|(_, value)| match value {
        Value::Number(Number::Whole(loops)) => *loops as f64,
        Value::Number(Number::Broken(loops)) => *loops,
        _ => 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_closer_at_every_known_name() {
        let joins = ["Hash Join", "Merge Join", "Nested Loop", "SetOp x", "HashSetOp x"];
        let others = ["Aggregate", "GroupAggregate", "MixedAggregate", "Finalize Aggregate"];
        let more = ["Partial Aggregate", "Parallel x", "Async x", "Custom Scan (", "Foreign x"];
        let writes = ["Insert", "Update", "Delete", "Merge", "Distributed Subplan"];
        let scans = SCANS.iter().map(|it| it.0);
        let all = scans.chain(BARE.iter().copied());
        for name in all.chain(joins).chain(others).chain(more).chain(writes) {
            assert!(may_begin(name), "{name}");
        }
    }
}
