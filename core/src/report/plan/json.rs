//! `plan/1`: plans for programs, with everything that the other faces show.
//!
//! Every number stands under a name that ends in its unit, with its origin beside it. Times are
//! rounded to a nanosecond, so that no noise of adding shows.

use serde::Serialize;

use crate::advise::{PlanAdvice, PlanRecommendation};
use crate::base::{Millis, NodeId, Note, Origin, Range};
use crate::indexes::{Definition, Refusal};
use crate::plan::Plan;
use crate::report::json::{FindingJson, finding_json, written};
use crate::report::plan::found::{Ranked, cause, ranked};
use crate::report::plan::json_node::{NodeJson, nodes};
use crate::report::plan::measure::{Basis, BesideKind, Measure};
use crate::report::plan::sentence::verdict;
use crate::report::plan::summary::{Sum, sums};
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

pub(super) fn measured_by(basis: Basis) -> &'static str {
    match basis {
        Basis::Time => "time",
        Basis::Cost => "cost",
        Basis::Nothing => "nothing",
    }
}

/// Adding leaves noise far behind the point; EXPLAIN prints microseconds.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Nodes are counted from one.
pub(super) fn number(id: NodeId) -> usize {
    id.position() + 1
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
