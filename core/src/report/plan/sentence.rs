//! One sentence that says where the time went, and why.
//!
//! The heaviest step is named in words of what it does to which table, with the figure that
//! explains it: rows read for nothing, how often it was run and by whom, what went to disk. It
//! says only what the plan says; what to do is the findings' and the advice's.

use std::collections::BTreeMap;

use crate::base::{Millis, NodeId, Rows};
use crate::plan::{Node, NodeKind, Place, Plan, Relationship};
use crate::report::plan::measure::{Basis, BesideKind, Measure};
use crate::report::plan::words::{object, percent};
use crate::report::{Run, Tone};

/// Below this share no step dominates, and the sentence says so: three such steps would still
/// leave half of the time elsewhere.
const DOMINANT_SHARE: f64 = 0.2;

/// Milliseconds below which a run is not worth words by itself: about what one exchange with a
/// server in the same place takes.
const SHORT_MS: f64 = 1.0;

/// The sentence as runs; its last words name the finding that explains it, where there is one.
pub(super) fn verdict(plan: &Plan, measure: &Measure, cause: Option<&Cause>) -> Vec<Run> {
    let mut runs = match measure.basis {
        Basis::Nothing if plan.is_analyzed() => {
            vec![Run::plain("Run without timing and costs: only its shape and rows are known.")]
        }
        Basis::Nothing => {
            vec![Run::plain("Neither run nor with costs: only the shape of this plan is known.")]
        }
        Basis::Time => of_time(plan, measure),
        Basis::Cost => of_cost(plan, measure),
    };
    if let Some(cause) = cause.filter(|_| measure.basis != Basis::Nothing) {
        runs.push(Run::plain(" See "));
        runs.push(Run::new(cause.letter.clone(), Tone::Strong));
        runs.push(Run::plain(format!(" ({}).", cause.rule)));
    }
    let was_timed = measure.basis == Basis::Time && plan.is_analyzed();
    if was_timed && measure.whole < SHORT_MS {
        runs.push(Run::plain(" So short a run matters only where there are many of it."));
    }
    runs
}

/// The finding that explains the sentence.
pub(super) struct Cause {
    /// Its letter.
    pub letter: String,
    /// Its rule.
    pub rule: &'static str,
}

/// The node that the sentence is about, where it is about one.
pub(super) fn heaviest(plan: &Plan, measure: &Measure) -> Option<NodeId> {
    let node = steps(plan, measure).into_iter().next().map(|it| it.node);
    let beside = heaviest_beside(measure).map_or(0.0, |it| it.1);
    node.filter(|_| measure.basis != Basis::Nothing)
        .filter(|_| step_weight(plan, measure) >= beside)
}

fn step_weight(plan: &Plan, measure: &Measure) -> f64 {
    steps(plan, measure).first().map_or(0.0, |it| it.own)
}

/// Nodes that do one thing to one object, as one step.
struct Step {
    /// The heaviest of them.
    node: NodeId,
    /// What they took together.
    own: f64,
    /// How many they are.
    nodes: usize,
}

/// All steps, the heaviest first; ties by the node.
fn steps(plan: &Plan, measure: &Measure) -> Vec<Step> {
    let mut found: BTreeMap<(&str, &str, &str, usize), Step> = BTreeMap::new();
    for node in plan.nodes() {
        let own = measure.own(node.id);
        let index = node.index.as_ref().map_or("", |it| it.as_str());
        let name = object(node).unwrap_or_default();
        // A node without an object is a step of its own.
        let is_alone = name.is_empty() && index.is_empty();
        let alone = if is_alone { node.id.position() + 1 } else { 0 };
        let key = (node.kind.name(), name, index, alone);
        let step = found.entry(key).or_insert(Step { node: node.id, own: 0.0, nodes: 0 });
        if own > measure.own(step.node) {
            step.node = node.id;
        }
        step.own += own;
        step.nodes += 1;
    }
    let mut steps: Vec<Step> = found.into_values().collect();
    steps.sort_by(|a, b| b.own.total_cmp(&a.own).then(a.node.cmp(&b.node)));
    steps
}

/// The heaviest thing beside the tree.
fn heaviest_beside(measure: &Measure) -> Option<(&BesideKind, f64)> {
    let outside = measure.beside.iter().filter(|it| !it.is_inside);
    outside.map(|it| (&it.kind, it.time.0)).max_by(|a, b| a.1.total_cmp(&b.1))
}

fn of_time(plan: &Plan, measure: &Measure) -> Vec<Run> {
    let whole = Millis(measure.whole);
    let step = steps(plan, measure).into_iter().next();
    let beside = heaviest_beside(measure);
    let step_own = step.as_ref().map_or(0.0, |it| it.own);
    if let Some((kind, time)) = beside.filter(|(_, time)| *time > step_own) {
        return vec![
            Run::new(percent(measure.share_of(time)), Tone::Strong),
            Run::plain(format!(" of {whole} went into {}.", beside_words(plan, kind))),
        ];
    }
    let Some(step) = step else { return Vec::new() };
    let share = measure.share_of(step.own);
    let node = plan.node(step.node);
    let doing = doing(plan, node, step.nodes);
    if share.0 < DOMINANT_SHARE {
        return vec![
            Run::plain(format!("No step dominates the {whole}: the largest, {doing}, took ")),
            Run::new(percent(share), Tone::Strong),
            Run::plain("."),
        ];
    }
    vec![
        Run::new(percent(share), Tone::Strong),
        Run::plain(format!(" of {whole} went into {doing}{}.", why(plan, node))),
    ]
}

fn of_cost(plan: &Plan, measure: &Measure) -> Vec<Run> {
    let was_run = if plan.is_analyzed() { "Run without timing" } else { "Not run" };
    let Some(step) = steps(plan, measure).into_iter().next() else { return Vec::new() };
    let node = plan.node(step.node);
    let why = if plan.is_analyzed() { why(plan, node) } else { String::new() };
    vec![
        Run::plain(format!("{was_run}: by the planner's estimate ")),
        Run::new(percent(measure.share_of(step.own)), Tone::Strong),
        Run::plain(format!(" of the cost is {}{why}.", doing(plan, node, step.nodes))),
    ]
}

fn beside_words(plan: &Plan, kind: &BesideKind) -> String {
    match kind {
        BesideKind::Planning => "planning, not running".to_owned(),
        BesideKind::Serialization => "turning the result into text".to_owned(),
        BesideKind::Compilation => "compilation".to_owned(),
        BesideKind::Rest => "starting and ending the executor, outside of the tree".to_owned(),
        BesideKind::Trigger(position) => {
            let trigger = &plan.triggers[*position];
            let name = trigger.constraint.as_ref().unwrap_or(&trigger.name);
            let table = trigger.relation.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
            format!("trigger {name}{table}, called {} times", Rows(trigger.calls))
        }
    }
}

/// What a node does, as words that follow "went into".
fn doing(plan: &Plan, node: &Node, nodes: usize) -> String {
    let name = object(node).unwrap_or("a table");
    let index = node.index.as_ref().map_or("an index", |it| it.as_str());
    let parts = if nodes > 1 { format!(", {nodes} times in the plan") } else { String::new() };
    let rows = plan.total_rows(node.id).filter(|it| it.0 >= 1.0);
    let rows = rows.map_or_else(|| "rows".to_owned(), |it| format!("{} rows", whole(it)));
    let words = match &node.kind {
        NodeKind::SeqScan if !repeated(node) => format!("reading all of {name}"),
        NodeKind::SeqScan => format!("reading all of {name} again and again"),
        NodeKind::IndexScan if repeated(node) => {
            format!("reading {name} row by row through {index}")
        }
        NodeKind::IndexScan | NodeKind::IndexOnlyScan => format!("reading {name} through {index}"),
        NodeKind::BitmapHeapScan => format!("fetching the rows of {name} that a bitmap named"),
        NodeKind::BitmapIndexScan => format!("making a bitmap from {index}"),
        NodeKind::FunctionScan => format!("running function {name}"),
        NodeKind::ForeignScan => format!("waiting for the foreign table {name}"),
        NodeKind::CteScan => format!("reading the WITH query {name}"),
        NodeKind::WorkTableScan => "reading the working table of a recursive query".to_owned(),
        NodeKind::Sort | NodeKind::IncrementalSort => format!("sorting {rows}"),
        NodeKind::Hash => format!("building a hash table of {rows}"),
        NodeKind::HashJoin => "looking rows up in a hash table".to_owned(),
        NodeKind::MergeJoin => "merging two sorted inputs".to_owned(),
        NodeKind::NestedLoop => "pairing rows in a nested loop".to_owned(),
        NodeKind::Aggregate | NodeKind::Group => format!("aggregating {}", input_rows(plan, node)),
        NodeKind::WindowAgg => format!("window functions over {rows}"),
        NodeKind::Unique => format!("dropping repeated rows of {}", input_rows(plan, node)),
        NodeKind::ModifyTable => {
            let writing = match node.operation.as_deref() {
                Some("Insert") => "inserting into",
                Some("Update") => "updating",
                Some("Delete") => "deleting from",
                _ => "writing to",
            };
            format!("{writing} {name}, indexes and row triggers included")
        }
        NodeKind::LockRows => "locking rows".to_owned(),
        NodeKind::Gather | NodeKind::GatherMerge => "collecting rows from workers".to_owned(),
        NodeKind::Materialize => "keeping rows for reading them again".to_owned(),
        NodeKind::Result | NodeKind::ProjectSet => "computing expressions".to_owned(),
        kind => match object(node) {
            Some(name) => format!("the {kind} of {name}"),
            None => format!("the {kind}"),
        },
    };
    format!("{words}{parts}")
}

fn repeated(node: &Node) -> bool {
    node.measured.is_some_and(|it| it.loops >= 10.0)
}

/// Rows that came up from the first input.
fn input_rows(plan: &Plan, node: &Node) -> String {
    let input = plan.child(node.id, &Relationship::Outer);
    let rows = input.and_then(|it| plan.total_rows(it.id)).filter(|it| it.0 >= 1.0);
    rows.map_or_else(|| "rows".to_owned(), |it| format!("{} rows", whole(it)))
}

/// Totals are whole rows.
fn whole(rows: Rows) -> Rows {
    Rows(rows.0.round())
}

/// The figure that explains it, with what leads to it; empty where nothing stands out.
fn why(plan: &Plan, node: &Node) -> String {
    if let Some(text) = spilled(plan, node) {
        return format!(": {text}");
    }
    let runs = node.measured.map_or(1.0, |it| it.loops);
    let processes = plan.processes(node.id);
    if runs / processes >= 10.0 {
        return format!(": {}", who_runs(plan, node, runs));
    }
    let removed = [node.removed.by_filter, node.removed.by_join_filter, node.removed.by_recheck];
    let removed: f64 = removed.into_iter().flatten().map(|it| it.0 * runs).sum();
    let kept = plan.total_rows(node.id).map_or(0.0, |it| it.0);
    // Half thrown away is where reading stops being mostly useful.
    if removed >= 100.0 && removed > kept {
        let read = whole(Rows(removed + kept));
        let verb = if node.kind.is_join() { "compared" } else { "read" };
        return format!(": {read} rows {verb} to keep {}", whole(Rows(kept)));
    }
    String::new()
}

/// What did not fit into memory.
fn spilled(plan: &Plan, node: &Node) -> Option<String> {
    let disk = node.sort.as_ref().filter(|it| it.place == Place::Disk);
    if let Some(sort) = disk {
        return Some(format!("it did not fit into memory, {} went through disk", sort.space));
    }
    let batches = node.hash.map_or(1, |it| it.batches);
    if batches > 1 {
        return Some(format!(
            "it did not fit into memory and went through disk in {batches} batches"
        ));
    }
    let disk = node.hash_aggregate.filter(|it| it.disk.0 > 0);
    if let Some(aggregate) = disk {
        return Some(format!("it did not fit into memory, {} went through disk", aggregate.disk));
    }
    let written = plan.temp_written(node.id).0;
    (written > 0).then(|| format!("{written} blocks of temporary files were written"))
}

/// Who ran it so often.
fn who_runs(plan: &Plan, node: &Node, runs: f64) -> String {
    let times = whole(Rows(runs));
    let mut below = node;
    for above in plan.ancestors(node.id) {
        let loops = above.measured.map_or(1.0, |it| it.loops);
        if below.relationship == Relationship::SubPlan {
            return format!("a subquery ran it {times} times, once for each row");
        }
        if loops * 2.0 <= runs {
            let who = match above.kind {
                NodeKind::NestedLoop => "a nested loop ran it".to_owned(),
                _ => format!("the {} ran it", above.kind.name()),
            };
            return format!("{who} {times} times");
        }
        below = above;
    }
    format!("it ran {times} times")
}
