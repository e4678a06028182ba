//! A plan that was read into the object that FORMAT JSON has for it.
//!
//! TEXT leaves out what is zero or false; where the plan shows that it was counted, it is put
//! back. Folds from the last node to the first: no recursion.

use super::grow::{Branch, Growing, unread};
use super::head::loops;
use super::make::{Entries, entry, has, text, whole, zero_time};
use super::{UNREAD, count};
use crate::plan::read::key::Key;
use crate::plan::read::value::Value;

/// What the options of the EXPLAIN were, as far as its nodes show.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    times: bool,
    buffers: bool,
    io: bool,
    wal: bool,
    /// VERBOSE.
    output: bool,
    /// Servers up to 9.3, some of which count no removed rows.
    is_old: bool,
    /// Servers from 10 say of each join whether its inner side is unique.
    unique: bool,
}

impl Shown {
    fn of(plan: &Growing) -> Self {
        let mut shown = Self { is_old: has(&plan.around, "Total Runtime"), ..Self::default() };
        for branch in &plan.branches {
            let workers = branch.workers.iter().flat_map(|(_, entries)| entries);
            for (key, _) in branch.entries.iter().chain(workers) {
                match key.as_ref() {
                    "Actual Total Time" => shown.times = true,
                    "Shared Hit Blocks" => shown.buffers = true,
                    "WAL Records" => shown.wal = true,
                    "Output" => shown.output = true,
                    "Inner Unique" => shown.unique = true,
                    _ if is_io(key) => shown.io = true,
                    _ => {}
                }
            }
        }
        shown
    }
}

/// The plan as FORMAT JSON has it; none without a single node.
pub(super) fn finished(plan: Growing) -> Option<Value> {
    let plan = plan.ended();
    let shown = Shown::of(&plan);
    let mut children: Vec<Vec<Value>> = plan.branches.iter().map(|_| Vec::new()).collect();
    let mut root = None;
    // Up to 13 a ModifyTable has a child for each table, all alike.
    let is_many = |branch: &Branch| branch.kind == "ModifyTable" && branch.plain_children > 1;
    let many: Vec<bool> = plan.branches.iter().map(is_many).collect();
    for (position, branch) in plan.branches.into_iter().enumerate().rev() {
        let mut below = std::mem::take(&mut children[position]);
        below.reverse();
        let parent = branch.parent;
        let is_plain = matches!(branch.relationship, Some("Outer" | "Inner"));
        let is_member = is_plain && parent.is_some_and(|parent| many[parent]);
        let relationship = if is_member { Some("Member") } else { branch.relationship };
        let object = node(Branch { relationship, ..branch }, shown, below);
        match parent {
            Some(parent) => children[parent].push(object),
            None => root = Some(object),
        }
    }
    let mut entries = vec![entry("Plan", root?)];
    entries.extend(plan.around);
    if !plan.triggers.is_empty() {
        entries.push(entry("Triggers", Value::List(plan.triggers)));
    }
    if !plan.unread.is_empty() {
        entries.push(entry(UNREAD, unread(&plan.unread)));
    }
    Some(Value::Object(entries))
}

fn node(branch: Branch, shown: Shown, children: Vec<Value>) -> Value {
    // As many as a node has that was run and counted.
    let mut entries = Vec::with_capacity(48);
    entries.push(entry("Node Type", text(&branch.kind)));
    entries.extend(branch.relationship.map(|it| entry("Parent Relationship", text(it))));
    entries.extend(branch.entries);
    keys(branch.keys, &mut entries);
    measured(shown, &mut entries);
    left_out(&branch.kind, shown, &mut entries);
    let workers = branch.workers.into_iter().map(|(number, given)| {
        let mut entries = vec![entry("Worker Number", whole(number))];
        entries.extend(given);
        measured(shown, &mut entries);
        Value::Object(entries)
    });
    let lists =
        [("Target Tables", branch.targets), ("Workers", workers.collect()), ("Plans", children)];
    let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
    entries.extend(lists.map(|(key, values)| entry(key, Value::List(values))));
    Value::Object(entries)
}

/// Whether a key is that of a time of reading or writing.
fn is_io(key: &str) -> bool {
    key.as_bytes().contains(&b'/') && key.contains("I/O ")
}

/// Puts back the zeros of what ANALYZE counts for each node and worker that was started.
fn measured(shown: Shown, entries: &mut Entries) {
    let Some(loops) = loops(entries) else { return };
    if shown.times && loops <= 0.0 && !has(entries, "Actual Total Time") {
        entries.push(entry("Actual Startup Time", zero_time()));
        entries.push(entry("Actual Total Time", zero_time()));
    }
    if shown.buffers && !has(entries, "Shared Hit Blocks") {
        entries.extend(count::no_buffers());
    }
    if shown.io && !entries.iter().any(|(key, _)| is_io(key)) {
        entries.extend(count::no_io());
    }
    if shown.wal && !has(entries, "WAL Records") {
        entries.extend(count::no_wal());
    }
}

/// Puts back what a node of this kind has, and TEXT leaves out where it is zero or false.
fn left_out(kind: &str, shown: Shown, entries: &mut Entries) {
    let scans_index = matches!(kind, "Index Scan" | "Index Only Scan");
    let is_modern = loops(entries).is_some() && !shown.is_old;
    let mut zeros: Vec<&str> = Vec::new();
    if is_modern {
        let pairs = [
            ("Filter", "Rows Removed by Filter", true),
            ("Join Filter", "Rows Removed by Join Filter", true),
            ("Conflict Filter", "Rows Removed by Conflict Filter", true),
            ("Index Cond", "Rows Removed by Index Recheck", scans_index),
            ("Recheck Cond", "Rows Removed by Index Recheck", true),
        ];
        zeros.extend(pairs.iter().filter(|it| it.2 && has(entries, it.0)).map(|it| it.1));
        if kind == "Bitmap Heap Scan" {
            zeros.extend(["Exact Heap Blocks", "Lossy Heap Blocks"]);
        }
        if merges(kind, entries) {
            let all = ["Tuples Inserted", "Tuples Updated", "Tuples Deleted", "Tuples Skipped"];
            zeros.extend(all);
        }
    }
    if matches!(kind, "Append" | "Merge Append") {
        zeros.push("Subplans Removed");
    }
    zeros.retain(|key| !has(entries, key));
    entries.extend(zeros.into_iter().map(|key| entry(key, whole(0))));
    let joins = matches!(kind, "Nested Loop" | "Hash Join" | "Merge Join");
    if joins && shown.unique && !has(entries, "Inner Unique") {
        entries.push(entry("Inner Unique", Value::Flag(false)));
    }
    if kind == "Function Scan" && shown.output && !has(entries, "Schema") {
        // VERBOSE names the schema of a function, so what stands there is an alias.
        entries.retain(|(key, _)| key != "Function Name");
    }
}

fn merges(kind: &str, entries: &Entries) -> bool {
    let merge = entry("Operation", text("Merge"));
    kind == "ModifyTable" && entries.contains(&merge)
}

/// The keys of an Aggregate: a plain list, or grouping sets.
///
/// Each hashed set is a pass of its own. Sorted ones share a pass, the first without a sort and
/// each further one behind its `Sort Key`.
fn keys(lines: Vec<(usize, Key, Value)>, out: &mut Entries) {
    let is_plain = |value: &Value| *value != Value::List(Vec::new());
    if let [(_, key, value)] = lines.as_slice()
        && key == "Group Key"
        && is_plain(value)
    {
        out.push(entry(key, value.clone()));
        return;
    }
    let mut sets: Vec<Entries> = Vec::new();
    for (_, key, value) in lines {
        let continues = key == "Group Key" && sets.last().is_some_and(|set| !has(set, "Hash Keys"));
        if !continues {
            sets.push(Vec::new());
        }
        let set = sets.last_mut().expect("there is one, from before or from just now");
        if key == "Sort Key" {
            set.push((key, value));
            continue;
        }
        let plural = format!("{key}s");
        match set.iter_mut().find(|(name, _)| *name == plural) {
            Some((_, Value::List(values))) => values.push(value),
            _ => set.push((plural.into(), Value::List(vec![value]))),
        }
    }
    if !sets.is_empty() {
        let sets = sets.into_iter().map(Value::Object).collect();
        out.push(entry("Grouping Sets", Value::List(sets)));
    }
}
