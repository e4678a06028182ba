//! `plan/1`: plans for programs, with everything that the other faces show.
//!
//! Every number stands under a name that ends in its unit, with its origin beside it. Times are
//! rounded to a nanosecond, so that no noise of adding shows.

use serde::Serialize;

use crate::advise::{PlanAdvice, PlanRecommendation};
use crate::base::{Millis, NodeId, Note, Origin, Range, Share};
use crate::indexes::{Definition, Refusal};
use crate::plan::{Node, Plan};
use crate::report::json::{FindingJson, finding_json, written};
use crate::report::plan::found::{Ranked, cause, ranked};
use crate::report::plan::measure::{Basis, BesideKind, Measure};
use crate::report::plan::sentence::verdict;
use crate::report::plan::summary::{Sum, sums};
use crate::report::plan::words::kind;
use crate::report::plan::{JudgedPlan, PlanReport};
use crate::rules::{Confidence, Finding};

/// The form and version of `plan --format json`.
pub const PLAN_SCHEMA: &str = "plan/1";

#[derive(Serialize)]
pub(super) struct PlanEnvelope<'a> {
    schema: &'static str,
    source: &'a str,
    plans: Vec<PlanJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    notes: &'a [Note],
}

#[derive(Serialize)]
struct PlanJson<'a> {
    title: &'a str,
    sentence: String,
    measured_by: &'static str,
    whole_ms: Option<f64>,
    cost_whole: Option<f64>,
    planning_ms: Option<f64>,
    execution_ms: Option<f64>,
    query_identifier: Option<String>,
    statement: Option<&'a str>,
    nodes: Vec<NodeJson<'a>>,
    beside: Vec<BesideJson>,
    findings: Vec<NumberedFinding>,
    advice: Option<AdviceJson<'a>>,
    summary: SummaryJson,
    settings: &'a std::collections::BTreeMap<String, String>,
}

/// A node; parents stand before their children.
#[derive(Serialize)]
struct NodeJson<'a> {
    number: usize,
    parent: Option<usize>,
    depth: usize,
    kind: &'a str,
    name: String,
    relationship: &'a str,
    subplan: Option<&'a str>,
    schema: Option<&'a str>,
    relation: Option<&'a str>,
    alias: Option<&'a str>,
    index: Option<&'a str>,
    own_share: ShareJson,
    own_ms: Option<Figure>,
    total_ms: Option<Figure>,
    estimated_rows: Option<f64>,
    actual_rows: Option<f64>,
    total_rows: Option<f64>,
    loops_count: Option<f64>,
    processes_count: Option<f64>,
    row_error_factor: Option<f64>,
    cost_startup: Option<f64>,
    cost_total: Option<f64>,
    width_bytes: Option<u64>,
    own_pages: Option<BlocksJson>,
    conditions: Vec<ConditionJson<'a>>,
    findings: Vec<String>,
}

/// A figure with its origin and what the server's rounding leaves open.
#[derive(Serialize)]
struct Figure {
    value: f64,
    low: f64,
    high: f64,
    origin: Origin,
}

#[derive(Serialize)]
struct ShareJson {
    value: f64,
    of: &'static str,
    origin: Origin,
}

/// Blocks that the node itself touched: exact counts of the server.
#[derive(Serialize)]
struct BlocksJson {
    shared_hit_pages: u64,
    shared_read_pages: u64,
    shared_dirtied_pages: u64,
    shared_written_pages: u64,
    local_hit_pages: u64,
    local_read_pages: u64,
    temp_read_pages: u64,
    temp_written_pages: u64,
    origin: Origin,
}

#[derive(Serialize)]
struct ConditionJson<'a> {
    key: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct BesideJson {
    kind: &'static str,
    name: Option<String>,
    time_ms: f64,
    is_inside: bool,
    origin: Origin,
}

#[derive(Serialize)]
struct NumberedFinding {
    letter: String,
    id: String,
    rule: &'static str,
    node: Option<usize>,
}

#[derive(Serialize)]
struct AdviceJson<'a> {
    verdict: &'a str,
    recommendations: Vec<RecommendationJson<'a>>,
    refusals: &'a [Refusal],
}

#[derive(Serialize)]
struct RecommendationJson<'a> {
    id: &'a str,
    name: String,
    definition: &'a Definition,
    sql: Vec<&'a str>,
    undo: Vec<&'a str>,
    confidence: Confidence,
    rules: &'a [&'static str],
    nodes: Vec<usize>,
    spared_ms: Option<Range<Millis>>,
    spared_origin: Origin,
    doubts: &'a [String],
}

#[derive(Serialize)]
struct SummaryJson {
    kinds: Vec<SumJson>,
    tables: Vec<SumJson>,
    indexes: Vec<SumJson>,
}

#[derive(Serialize)]
struct SumJson {
    name: String,
    nodes_count: usize,
    own_share: f64,
    own_ms: Option<f64>,
    cost_own: Option<f64>,
    own_pages: Option<u64>,
    total_rows: Option<f64>,
}

/// The plans as JSON, ending in a newline.
pub fn plan_json(report: &PlanReport<'_>) -> String {
    written(&envelope(report))
}

/// The plans as an envelope, to stand alone or in another.
pub(super) fn envelope<'a>(report: &PlanReport<'a>) -> PlanEnvelope<'a> {
    let findings = report.plans.iter().flat_map(|it| &it.findings);
    PlanEnvelope {
        schema: PLAN_SCHEMA,
        source: report.source,
        plans: report.plans.iter().map(one).collect(),
        findings: findings.map(finding_json).collect(),
        notes: report.notes,
    }
}

fn one(judged: &JudgedPlan) -> PlanJson<'_> {
    let plan = &judged.plan;
    let measure = Measure::of(plan);
    let ranked = ranked(&judged.findings);
    let cause = cause(plan, &measure, &ranked);
    let sentence = verdict(plan, &measure, cause.as_ref());
    let by_time = measure.basis == Basis::Time;
    PlanJson {
        title: &judged.title,
        sentence: sentence.into_iter().map(|it| it.text).collect(),
        measured_by: measured_by(measure.basis),
        whole_ms: by_time.then_some(rounded(measure.whole)),
        cost_whole: (measure.basis == Basis::Cost).then_some(measure.whole),
        planning_ms: plan.planning.map(|it| it.0),
        execution_ms: plan.execution.map(|it| it.0),
        query_identifier: plan.query_identifier.map(|it| it.to_string()),
        statement: plan.query_text.as_deref(),
        nodes: nodes(plan, &measure, &ranked),
        beside: measure.beside.iter().map(|it| beside(plan, it)).collect(),
        findings: ranked.iter().map(numbered).collect(),
        advice: judged.advice.as_ref().map(advice),
        summary: summary(plan, &measure),
        settings: &plan.settings,
    }
}

fn measured_by(basis: Basis) -> &'static str {
    match basis {
        Basis::Time => "time",
        Basis::Cost => "cost",
        Basis::Nothing => "nothing",
    }
}

/// Adding leaves noise far behind the point; EXPLAIN prints microseconds.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn number(id: NodeId) -> usize {
    id.position() + 1
}

fn nodes<'a>(plan: &'a Plan, measure: &Measure, ranked: &[Ranked<'_>]) -> Vec<NodeJson<'a>> {
    let mut depths: Vec<usize> = Vec::new();
    plan.nodes()
        .map(|node| {
            let depth = node.parent.map_or(0, |parent| depths[parent.position()] + 1);
            depths.push(depth);
            let marks = ranked.iter().filter(|it| it.node() == Some(node.id));
            let findings = marks.map(|it| it.letter.clone()).collect();
            NodeJson { depth, findings, ..node_json(plan, measure, node) }
        })
        .collect()
}

fn node_json<'a>(plan: &'a Plan, measure: &Measure, node: &'a Node) -> NodeJson<'a> {
    let relation = node.relation.as_ref();
    let name = |name: &'a crate::base::Name| name.as_str();
    NodeJson {
        number: number(node.id),
        parent: node.parent.map(number),
        depth: 0,
        kind: node.kind.name(),
        name: kind(node),
        relationship: node.relationship.name(),
        subplan: node.subplan_name.as_deref(),
        schema: relation.and_then(|it| it.schema.as_ref()).map(name),
        relation: relation.map(|it| it.name.as_str()),
        alias: node.qualifier().map(name),
        index: node.index.as_ref().map(name),
        own_share: share(measure, measure.share(node.id)),
        own_ms: own(plan, measure, node),
        total_ms: total(plan, node),
        estimated_rows: node.estimate.map(|it| it.rows.0),
        actual_rows: node.measured.map(|it| it.rows.0),
        total_rows: plan.total_rows(node.id).map(|it| it.0),
        loops_count: node.measured.map(|it| it.loops),
        processes_count: node.measured.map(|_| plan.processes(node.id)),
        row_error_factor: plan.row_error(node.id).map(|it| rounded(it.factor)),
        cost_startup: node.estimate.map(|it| it.startup.0),
        cost_total: node.estimate.map(|it| it.total.0),
        width_bytes: node.estimate.map(|it| it.width.0),
        own_pages: blocks(plan, node.id),
        conditions: node.conditions.each().map(|(key, text)| ConditionJson { key, text }).collect(),
        findings: Vec::new(),
    }
}

fn share(measure: &Measure, share: Share) -> ShareJson {
    let origin = if measure.basis == Basis::Time { Origin::Measured } else { Origin::Planner };
    ShareJson { value: rounded(share.0), of: measured_by(measure.basis), origin }
}

/// Half a microsecond each way, for each loop: what EXPLAIN's three digits leave open.
const ROUNDING_MS: f64 = 0.0005;

fn own(plan: &Plan, measure: &Measure, node: &Node) -> Option<Figure> {
    let value = plan.own_time(node.id).filter(|_| measure.basis == Basis::Time)?.0;
    let children: f64 =
        plan.children(node.id).filter_map(|it| it.measured).map(|it| it.loops).sum();
    let loops = node.measured.map_or(0.0, |it| it.loops) + children;
    Some(figure(value, ROUNDING_MS * loops))
}

fn total(plan: &Plan, node: &Node) -> Option<Figure> {
    let value = plan.wall_time(node.id)?.0;
    let loops = node.measured.map_or(0.0, |it| it.loops) / plan.processes(node.id);
    Some(figure(value, ROUNDING_MS * loops))
}

fn figure(value: f64, open: f64) -> Figure {
    Figure {
        value: rounded(value),
        low: rounded((value - open).max(0.0)),
        high: rounded(value + open),
        origin: Origin::Measured,
    }
}

fn blocks(plan: &Plan, id: NodeId) -> Option<BlocksJson> {
    plan.own_buffers(id).map(|it| BlocksJson {
        shared_hit_pages: it.shared_hit.0,
        shared_read_pages: it.shared_read.0,
        shared_dirtied_pages: it.shared_dirtied.0,
        shared_written_pages: it.shared_written.0,
        local_hit_pages: it.local_hit.0,
        local_read_pages: it.local_read.0,
        temp_read_pages: it.temp_read.0,
        temp_written_pages: it.temp_written.0,
        origin: Origin::Measured,
    })
}

fn beside(plan: &Plan, beside: &crate::report::plan::measure::Beside) -> BesideJson {
    let (kind, name) = match &beside.kind {
        BesideKind::Planning => ("planning", None),
        BesideKind::Serialization => ("serialization", None),
        BesideKind::Compilation => ("compilation", None),
        BesideKind::Rest => ("start_and_end", None),
        BesideKind::Trigger(position) => ("trigger", Some(plan.triggers[*position].name.clone())),
    };
    let origin = if kind == "start_and_end" { Origin::Model } else { Origin::Measured };
    BesideJson { kind, name, time_ms: rounded(beside.time.0), is_inside: beside.is_inside, origin }
}

fn numbered(ranked: &Ranked<'_>) -> NumberedFinding {
    let finding: &Finding = ranked.finding;
    NumberedFinding {
        letter: ranked.letter.clone(),
        id: finding.id(),
        rule: finding.rule,
        node: ranked.node().map(number),
    }
}

fn advice(advice: &PlanAdvice) -> AdviceJson<'_> {
    AdviceJson {
        verdict: &advice.verdict,
        recommendations: advice.recommendations.iter().map(recommendation).collect(),
        refusals: &advice.refusals,
    }
}

fn recommendation(it: &PlanRecommendation) -> RecommendationJson<'_> {
    RecommendationJson {
        id: &it.id,
        name: it.name.to_string(),
        definition: &it.definition,
        sql: it.create.iter().map(|it| it.sql.as_str()).collect(),
        undo: it.undo.iter().map(|it| it.sql.as_str()).collect(),
        confidence: it.confidence,
        rules: &it.rules,
        nodes: it.nodes.iter().map(|it| number(*it)).collect(),
        spared_ms: it.spared,
        spared_origin: Origin::Model,
        doubts: &it.doubts,
    }
}

fn summary(plan: &Plan, measure: &Measure) -> SummaryJson {
    let lines = |lines: Vec<Sum>| lines.into_iter().map(|it| sum(measure, it)).collect();
    let [(_, kinds), (_, tables), (_, indexes)] = sums(plan, measure);
    SummaryJson { kinds: lines(kinds), tables: lines(tables), indexes: lines(indexes) }
}

fn sum(measure: &Measure, sum: Sum) -> SumJson {
    SumJson {
        own_share: rounded(measure.share_of(sum.own).0),
        own_ms: (measure.basis == Basis::Time).then_some(rounded(sum.own)),
        cost_own: (measure.basis == Basis::Cost).then_some(rounded(sum.own)),
        name: sum.name,
        nodes_count: sum.nodes,
        own_pages: sum.blocks,
        total_rows: sum.rows,
    }
}
