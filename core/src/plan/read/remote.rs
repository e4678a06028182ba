//! The plans of other servers, which Citus keeps in an object of its node, made nodes below it.
//!
//! TEXT draws them in the tree: `Task`, `MapMergeJob` and `Distributed Subplan` with the other
//! server's nodes below. Here the other encodings get the same tree. What stood beside the other
//! server's tree belongs to that node. Refuses nothing: what is no plan stays with its key.

use super::fields::{Fields, Taken};
use super::key::{Key, key};
use super::value::Value;

/// Nodes below which another server's plan stands, with its own lines beside the tree.
pub(super) const KINDS: &[&str] = &["Task", "MapMergeJob", "Distributed Subplan"];

/// Keys of these nodes, which stay as they are.
pub(super) const KEYS: &[&str] = &[
    "Execution Time",
    "Intermediate Data Size",
    "Map Task Count",
    "Merge Task Count",
    "Node",
    "Planning Time",
    "Result Identifier",
    "Result destination",
    "Subplan Duration",
    "Task Count",
    "Tasks Shown",
    "Tuple data received from node",
    "Tuple data received from nodes",
];

/// A node with the plans of other servers among its children, in the order of TEXT.
pub(super) fn spread(mut node: Fields) -> Taken<Fields> {
    let mut below = Vec::new();
    let mut own = Vec::new();
    if let Some(mut query) = node.object("Distributed Query")? {
        let subplans = query.objects("Subplans")?.into_iter();
        below.extend(subplans.map(|it| remote("Distributed Subplan", it)));
        if let Some(mut job) = query.object("Job")? {
            below.extend(job.objects("Tasks")?.into_iter().map(|it| remote("Task", it)));
            own.extend(keyed(job));
        }
        own.extend(keyed(query));
    }
    let mut node = node.merged(Fields::new(own));
    // A job that shuffles rows may need others, so they hang below each other.
    below.extend(node.objects("Dependent Jobs")?.into_iter().map(|it| remote("MapMergeJob", it)));
    if below.is_empty() {
        return Ok(node);
    }
    Ok(Fields::new(vec![(key("Plans"), Value::List(below))]).merged(node))
}

/// The entries that are left of an object.
fn keyed(from: Fields) -> impl Iterator<Item = (Key, Value)> {
    from.each().map(|(name, value)| (key(&name), value))
}

fn remote(kind: &str, from: Fields) -> Value {
    let mut entries = vec![(key("Node Type"), Value::Text(kind.to_owned()))];
    if kind != "MapMergeJob" {
        entries.push((key("Parent Relationship"), Value::Text("child".to_owned())));
    }
    let mut plans = Vec::new();
    for (key, value) in keyed(from) {
        if key != "Remote Plan" && key != "PlannedStmt" {
            keep(key, value, &mut plans, &mut entries);
            continue;
        }
        for document in documents(value) {
            match document.into_entries() {
                Ok(parts) => {
                    for (key, value) in parts {
                        keep(key, value, &mut plans, &mut entries);
                    }
                }
                Err(other) => entries.push((key.clone(), other)),
            }
        }
    }
    entries.push((self::key("Plans"), Value::List(plans)));
    Value::Object(entries)
}

/// A part of a document: the plan, or what stands beside it.
fn keep(key: Key, value: Value, plans: &mut Vec<Value>, found: &mut Vec<(Key, Value)>) {
    match &*key {
        "Plan" => plans.push(value),
        "Triggers" if value == Value::List(Vec::new()) => {}
        _ => found.push((key, value)),
    }
}

/// The documents in lists of lists, and in XML's outermost element.
fn documents(value: Value) -> Vec<Value> {
    let mut waiting = vec![value];
    let mut found = Vec::new();
    while let Some(value) = waiting.pop() {
        match value.into_list() {
            Ok(values) => waiting.extend(values.into_iter().rev()),
            Err(value) => match value.into_entries() {
                Ok(entries)
                    if entries.iter().all(|(key, _)| key == "explain" || key == "Query") =>
                {
                    waiting.extend(entries.into_iter().rev().map(|(_, value)| value));
                }
                Ok(entries) => found.push(Value::Object(entries)),
                Err(other) => found.push(other),
            },
        }
    }
    found
}
