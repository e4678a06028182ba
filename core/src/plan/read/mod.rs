//! EXPLAIN (FORMAT JSON) into `Plan`s: of every version, of `auto_explain`, or a bare node.
//!
//! Total: an unknown key or node kind is kept and noted. Refuses what is not a plan at all, and
//! says where.

mod anonymous;
mod around;
mod build;
mod damage;
mod detect;
mod error;
mod fields;
mod figures;
mod frame;
mod json;
mod key;
mod node;
mod piece;
mod remote;
mod rows;
mod scalar;
mod text;
mod value;
mod vocabulary;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::base::{NodeId, Note, NoteCode};

use super::node::Node;
use super::tree::{Plan, Surroundings};

use detect::Encoding;
use fields::{Fields, wrong};
use piece::{Piece, Stop};
use value::Value;

pub use error::{PlanError, PlanErrorKind};

/// What was found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The plans in printed order; at least one.
    pub plans: Vec<Plan>,
    /// What was damaged, unknown, or left out.
    pub notes: Vec<Note>,
}

/// Reads all plans of a text in whatever form it came: any encoding of EXPLAIN, framed by psql
/// or another tool, quoted, among other text, damaged.
///
/// # Errors
/// When there is no plan in it: says what was expected and what to do.
pub fn read(text: &str) -> Result<Reading, PlanError> {
    let mut found = BTreeSet::new();
    let batches = batches(text, &mut found)?;
    made(batches, found)
}

/// Whether names, values and texts of the user's are shown, or stand-ins for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// As they are.
    Shown,
    /// Each replaced by a stand-in, the same one everywhere.
    Hidden,
}

/// Reads all plans of a text as `read` does, with the document that they were read from: what
/// EXPLAIN (FORMAT JSON) would have printed, whatever form it came in.
///
/// # Errors
/// As `read`.
pub fn read_document(text: &str, identity: Identity) -> Result<(Reading, String), PlanError> {
    let mut found = BTreeSet::new();
    let Batches { values, failure } = batches(text, &mut found)?;
    let values = values.into_iter().flatten().flat_map(|it| spread(String::new(), it));
    let mut values: Vec<Value> = values.map(|it| it.1).collect();
    if identity == Identity::Hidden {
        anonymous::anonymize(&mut values);
    }
    let members: Vec<String> = values.iter().map(Value::json).collect();
    let document = format!("[\n{}\n]\n", members.join(",\n"));
    Ok((made(Batches { values: vec![values], failure }, found)?, document))
}

/// The values of each document of a text, and why the first that could not be read was not.
struct Batches {
    values: Vec<Vec<Value>>,
    failure: Option<PlanError>,
}

/// The documents of a text in whatever form it came, their plans not looked into yet.
fn batches(text: &str, found: &mut BTreeSet<Note>) -> Result<Batches, PlanError> {
    if let Some(values) = whole_json(text) {
        return Ok(Batches { values: vec![unpacked(values, found)?], failure: None });
    }
    let unframed = frame::unframed(text);
    let mut batches = Batches { values: Vec::new(), failure: None };
    let documents = frame::documents(&unframed);
    if documents.len() == frame::DOCUMENTS_MAX {
        found.insert(too_many());
    }
    for document in &documents {
        match document_values(document, found) {
            Ok(values) => batches.values.push(values),
            Err(error) => batches.failure = batches.failure.or(Some(error)),
        }
    }
    if !batches.values.is_empty() {
        return Ok(batches);
    }
    let nothing = match frame::layout(text) {
        _ if text.trim().is_empty() => PlanErrorKind::Empty,
        Some(layout) => PlanErrorKind::Layout { layout },
        None => PlanErrorKind::NotAPlan,
    };
    Err(batches.failure.unwrap_or(PlanError { at: "$".to_owned(), kind: nothing }))
}

/// The plans of all documents; a document without one is a note where another has some.
fn made(batches: Batches, mut found: BTreeSet<Note>) -> Result<Reading, PlanError> {
    let mut failure = batches.failure;
    let mut plans = Vec::new();
    for values in batches.values {
        match plans_of(values, &mut found) {
            Ok(more) => plans.extend(more),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if plans.is_empty() => return Err(error),
        failure => found.extend(failure.map(|error| unread(&error))),
    }
    Ok(Reading { plans, notes: found.into_iter().collect() })
}

/// The values of a text that is JSON from its first sign to its last: the quick way.
fn whole_json(text: &str) -> Option<Vec<Value>> {
    let begins =
        text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).starts_with(['[', '{']);
    begins.then(|| json_values(text).ok()).flatten()
}

/// The values of one document; of a damaged one what is sound.
fn document_values(
    document: &frame::Document<'_>,
    found: &mut BTreeSet<Note>,
) -> Result<Vec<Value>, PlanError> {
    let text = document.text;
    let piece = match document.encoding {
        Encoding::Text => return text::values(&frame::joined(text), found),
        Encoding::Json => json::value(text),
        Encoding::Yaml => yaml::values(text),
        Encoding::Xml => xml::value(&document.unindented()),
    };
    let values = damage::sound(piece, document.line, found)?;
    unpacked(values, found)
}

/// Values that a client may have packed once more, taken out.
fn unpacked(values: Vec<Value>, found: &mut BTreeSet<Note>) -> Result<Vec<Value>, PlanError> {
    let rows::Unpacked { mut values, lines } = rows::unpacked(values);
    if !lines.is_empty() {
        values.extend(text::values(&frame::joined(&lines), found)?);
    }
    Ok(values)
}

fn too_many() -> Note {
    let message = format!("plans beyond the first {} are left out", frame::DOCUMENTS_MAX);
    Note::new(NoteCode::Limit, "plans", message).with_remedy("give fewer plans at once")
}

fn unread(error: &PlanError) -> Note {
    let message = format!("a plan could not be read: {error}");
    Note::new(NoteCode::Damaged, "plan", message)
        .with_remedy("copy that plan again, the whole of it")
}

/// Reads all plans of a text: a list of plans as EXPLAIN prints it, one object with `Plan`, as
/// `auto_explain` writes it, or a bare node.
pub fn read_json(text: &str) -> Result<(Vec<Plan>, Vec<Note>), PlanError> {
    let mut found = BTreeSet::new();
    let plans = plans_of(json_values(text)?, &mut found)?;
    Ok((plans, found.into_iter().collect()))
}

/// Reads all plans of a text in the TEXT encoding: lines as the server prints them, without
/// frames or log prefixes. The `Plan`s are those of FORMAT JSON but for what TEXT leaves unsaid.
pub fn read_text(text: &str) -> Result<(Vec<Plan>, Vec<Note>), PlanError> {
    let mut found = BTreeSet::new();
    let plans = plans_of(text::values(text, &mut found)?, &mut found)?;
    Ok((plans, found.into_iter().collect()))
}

/// A value and the place it stood at.
type Placed = (String, Value);

/// The plans of a JSON text, not looked into yet.
fn json_values(text: &str) -> Result<Vec<Value>, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(PlanError { at: "$".to_owned(), kind: PlanErrorKind::Empty });
    }
    let piece = json::value(text);
    let rest = &text[piece.end..];
    if piece.stop.is_none() && !rest.trim().is_empty() {
        let at = text.len() - rest.trim_start().len();
        let stop = Some(Stop::at(text, at, "expected nothing behind the plan"));
        return Piece { stop, ..piece }.whole();
    }
    piece.whole()
}

/// The plans in values that are a plan each, or a list of plans.
fn plans_of(values: Vec<Value>, found: &mut BTreeSet<Note>) -> Result<Vec<Plan>, PlanError> {
    let alone = values.len() == 1;
    let mut plans = Vec::new();
    for (number, value) in values.into_iter().enumerate() {
        let at = if alone { "$".to_owned() } else { format!("$[{number}]") };
        for (at, value) in spread(at, value) {
            plans.extend(read_plan(value, &at, found)?);
        }
    }
    if plans.is_empty() {
        return Err(PlanError { at: "$".to_owned(), kind: PlanErrorKind::Empty });
    }
    Ok(plans)
}

/// The values of a list, or the value itself.
fn spread(at: String, value: Value) -> Vec<Placed> {
    match value.into_list() {
        Ok(values) => {
            let placed = values.into_iter().enumerate();
            placed.map(|(position, value)| (format!("{at}[{position}]"), value)).collect()
        }
        Err(alone) => vec![(at, alone)],
    }
}

/// One plan; none for a utility statement, of which EXPLAIN says nothing but that.
fn read_plan(
    value: Value,
    at: &str,
    found: &mut BTreeSet<Note>,
) -> Result<Option<Plan>, PlanError> {
    let fail = |kind| PlanError { at: at.to_owned(), kind };
    let mut fields = match value.into_entries().map_err(Value::into_text) {
        Ok(entries) => Fields::new(entries),
        Err(Ok(text)) => {
            found.insert(unplanned(&text));
            return Ok(None);
        }
        Err(Err(other)) => return Err(fail(wrong("Plan", &other))),
    };
    if fields.has("Node Type") {
        let nodes = read_tree(fields, at, found)?;
        return Ok(Some(Plan::new(nodes, Surroundings::default())));
    }
    let root = fields.object("Plan").map_err(fail)?;
    let root = root.ok_or_else(|| fail(PlanErrorKind::Missing { key: "Plan" }))?;
    let around = around::surroundings(fields).map_err(fail)?;
    let unknown = around.extra.keys().filter(|key| *key != text::UNREAD);
    found.extend(unknown.map(|key| unknown_key(key)));
    let nodes = read_tree(root, &format!("{at}.Plan"), found)?;
    Ok(Some(Plan::new(nodes, around)))
}

/// All nodes in printed order.
fn read_tree(root: Fields, at: &str, found: &mut BTreeSet<Note>) -> Result<Vec<Node>, PlanError> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut positions: Vec<usize> = Vec::new();
    let mut waiting = vec![(root, None, 0)];
    while let Some((fields, parent, position)) = waiting.pop() {
        let id = NodeId::at(nodes.len());
        positions.push(position);
        let fail = |nodes: &[Node], kind| {
            let places = places(nodes, parent, &positions);
            PlanError { at: format!("{at}{places}"), kind }
        };
        let mut fields = remote::spread(fields).map_err(|kind| fail(&nodes, kind))?;
        let children = fields.objects("Plans").map_err(|kind| fail(&nodes, kind))?;
        let place = node::Place { id, parent, position };
        let node = node::node(fields, &place).map_err(|kind| fail(&nodes, kind))?;
        note_unknown(&node, found);
        if let Some(parent) = parent {
            nodes[parent.position()].children.push(id);
        }
        nodes.push(node);
        for (position, child) in children.into_iter().enumerate().rev() {
            waiting.push((child, Some(id), position));
        }
    }
    Ok(with_disabled(nodes))
}

/// `.Plans[0].Plans[2]`: the way to the node that was read last, below this parent.
fn places(nodes: &[Node], parent: Option<NodeId>, positions: &[usize]) -> String {
    let mut steps: Vec<usize> = Vec::new();
    let mut above = parent;
    let mut position = positions.last().copied().unwrap_or(0);
    while let Some(id) = above {
        steps.push(position);
        position = positions[id.position()];
        above = nodes[id.position()].parent;
    }
    let steps: Vec<String> = steps.iter().rev().map(|step| format!(".Plans[{step}]")).collect();
    steps.concat()
}

/// Up to 17 a node that a setting forbids is not marked; its cost begins with one more 1e10
/// (`disable_cost`) than those of its children.
fn with_disabled(nodes: Vec<Node>) -> Vec<Node> {
    const DISABLE_COST: f64 = 1e10;
    let steps = |cost: f64| (cost / DISABLE_COST).floor();
    let disabled: Vec<bool> = nodes
        .iter()
        .map(|node| {
            let costs = node.children.iter().filter_map(|child| nodes[child.position()].estimate);
            let below: f64 = costs.map(|estimate| steps(estimate.total.0)).sum();
            // Exactly one: the costs of huge joins pass 1e10 by themselves.
            let own = node.estimate.map_or(0.0, |estimate| steps(estimate.startup.0)) - below;
            (0.5..1.5).contains(&own)
        })
        .collect();
    if !disabled.contains(&true) {
        return nodes;
    }
    let marked =
        |(node, disabled): (Node, bool)| Node { disabled: node.disabled || disabled, ..node };
    nodes.into_iter().zip(disabled).map(marked).collect()
}

fn note_unknown(node: &Node, found: &mut BTreeSet<Note>) {
    if !node.kind.is_known() && !remote::KINDS.contains(&node.kind.name()) {
        let message = "this version does not know the node kind; kept by its name";
        found.insert(Note::new(NoteCode::Unknown, node.kind.name(), message));
    }
    let keys = node.extra.keys().chain(node.workers.iter().flat_map(|worker| worker.extra.keys()));
    found.extend(
        keys.filter(|key| !node::KEPT_AS_THEY_ARE.contains(&key.as_str()))
            .filter(|key| !remote::KEYS.contains(&key.as_str()))
            .map(|key| unknown_key(key)),
    );
}

fn unknown_key(key: &str) -> Note {
    Note::new(NoteCode::Unknown, key, "this version does not know the key; kept as it was")
}

fn unplanned(text: &str) -> Note {
    Note::new(NoteCode::Unplanned, text, "a utility statement has no plan")
}
