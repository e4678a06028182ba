//! The result for programs: a typed envelope whose `schema` names its form and version.
//!
//! A field is never renamed or given another meaning within a version; fields may be added.

use serde::Serialize;

use crate::advise::{Effort, Fate, Method, Recommendation, StatementFate, WritePrice};
use crate::base::{Cost, Millis, Note, Origin, Range, Share};
use crate::indexes::{Definition, Refusal, ddl};
use crate::report::advise::{AdviseReport, coverage};
use crate::report::evidence::{FactJson, fact_json};
use crate::report::finding::{node_of, remedy, subject};
use crate::rules::{Confidence, Finding, Severity};
use crate::workload::Capture;

/// The form and version of `advise --format json`.
pub const ADVICE_SCHEMA: &str = "advice/1";

#[derive(Serialize)]
struct AdviceEnvelope<'a> {
    schema: &'static str,
    server: ServerJson<'a>,
    coverage: CoverageJson,
    method: Method,
    recommendations: Vec<RecommendationJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    refusals: &'a [Refusal],
    statements: Vec<FateJson<'a>>,
    effort: EffortJson,
    notes: Vec<&'a Note>,
}

#[derive(Serialize)]
struct ServerJson<'a> {
    version: String,
    database: &'a str,
    standby: bool,
    captured_at: &'a str,
}

#[derive(Serialize)]
struct CoverageJson {
    text: String,
    statements_count: usize,
    recorded_ms: Millis,
    active_ms: Option<f64>,
}

#[derive(Serialize)]
struct RecommendationJson<'a> {
    id: &'a str,
    name: String,
    definition: &'a Definition,
    sql: Vec<String>,
    undo: Vec<String>,
    size_bytes: SizeJson,
    gain: Option<GainJson>,
    helped: Vec<HelpedJson<'a>>,
    write_price: Option<WritePriceJson>,
    risks: &'a [String],
}

#[derive(Serialize)]
struct WritePriceJson {
    entries_per_day: Option<f64>,
    hot_at_risk_updates: Option<u64>,
    origin: Origin,
}

#[derive(Serialize)]
struct SizeJson {
    low: u64,
    high: u64,
    origin: Origin,
}

#[derive(Serialize)]
struct GainJson {
    cost_before: Cost,
    cost_after: Cost,
    cost_origin: Origin,
    saved_ms: Range<Millis>,
    saved_origin: Origin,
}

#[derive(Serialize)]
struct HelpedJson<'a> {
    statement: &'a str,
    calls: u64,
    time_share: Share,
    cost_before: Option<Cost>,
    cost_after: Option<Cost>,
    mean_ms: Millis,
    expected_ms: Option<Range<Millis>>,
}

/// One finding for programs.
#[derive(Serialize)]
pub(super) struct FindingJson<'a> {
    id: String,
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    subject: String,
    statement: Option<&'a str>,
    node: Option<usize>,
    facts: Vec<FactJson<'a>>,
    remedies: Vec<String>,
    weight_ms: Millis,
}

#[derive(Serialize)]
struct FateJson<'a> {
    statement: &'a str,
    key: &'a str,
    fate: Fate,
    time_share: Share,
    reason: &'a str,
}

#[derive(Serialize)]
struct EffortJson {
    candidates_count: usize,
    planner_calls: usize,
    reused_count: usize,
    waves_count: usize,
}

/// The advice as JSON, ending in a newline.
pub fn advice_json(report: &AdviseReport<'_>) -> String {
    let capture = report.capture;
    let notes = capture.gaps.iter().chain(&report.run.notes).chain(&report.advice.notes);
    written(&AdviceEnvelope {
        schema: ADVICE_SCHEMA,
        server: ServerJson {
            version: capture.server.version.to_string(),
            database: capture.server.database.as_str(),
            standby: capture.server.standby,
            captured_at: &capture.captured_at,
        },
        coverage: CoverageJson {
            text: coverage(capture),
            statements_count: capture.statements.len(),
            recorded_ms: capture.statements.iter().map(|it| it.counters.total).sum(),
            active_ms: capture.server.active_time_ms,
        },
        method: report.advice.method,
        recommendations: report
            .advice
            .recommendations
            .iter()
            .map(|it| recommendation_json(it, capture))
            .collect(),
        findings: report.findings.iter().map(finding_json).collect(),
        refusals: &report.advice.refusals,
        statements: report
            .advice
            .fates
            .iter()
            .map(|fate| fate_json(fate, &report.cases[fate.statement.position()].draft.key))
            .collect(),
        effort: effort_json(report.advice.effort),
        notes: notes.collect(),
    })
}

fn recommendation_json<'a>(
    recommendation: &'a Recommendation,
    capture: &Capture,
) -> RecommendationJson<'a> {
    let Recommendation { definition, name, size, gain, .. } = recommendation;
    let made = ddl::create(definition, name, &capture.catalog, capture.server.version);
    let undo = ddl::undo(definition, name, &capture.catalog);
    RecommendationJson {
        id: &recommendation.id,
        name: name.to_string(),
        definition,
        sql: made.map_or_else(|_| Vec::new(), |all| all.into_iter().map(|it| it.sql).collect()),
        undo: undo.into_iter().map(|it| it.sql).collect(),
        size_bytes: SizeJson {
            low: size.bytes.low.0,
            high: size.bytes.high.0,
            origin: Origin::Model,
        },
        gain: gain.map(|gain| GainJson {
            cost_before: gain.before,
            cost_after: gain.after,
            cost_origin: gain.origin,
            saved_ms: gain.saved,
            saved_origin: Origin::Model,
        }),
        helped: recommendation
            .helped
            .iter()
            .map(|helped| HelpedJson {
                statement: &helped.label,
                calls: helped.calls,
                time_share: helped.time_share,
                cost_before: helped.before,
                cost_after: helped.after,
                mean_ms: helped.mean,
                expected_ms: helped.expected,
            })
            .collect(),
        write_price: recommendation.write_price.map(write_price_json),
        risks: &recommendation.risks,
    }
}

fn write_price_json(price: WritePrice) -> WritePriceJson {
    WritePriceJson {
        entries_per_day: price.entries_per_day,
        hot_at_risk_updates: price.hot_at_risk,
        origin: Origin::Model,
    }
}

fn effort_json(effort: Effort) -> EffortJson {
    EffortJson {
        candidates_count: effort.candidates,
        planner_calls: effort.planner_calls,
        reused_count: effort.reused,
        waves_count: effort.waves,
    }
}

pub(super) fn finding_json(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        id: finding.id(),
        rule: finding.rule,
        severity: finding.severity,
        confidence: finding.confidence,
        subject: subject(&finding.subject),
        statement: finding.subject.label(),
        node: node_of(finding).map(|it| it.position() + 1),
        facts: finding.facts.iter().map(fact_json).collect(),
        remedies: finding.remedies.iter().filter_map(remedy).collect(),
        weight_ms: finding.weight,
    }
}

fn fate_json<'a>(fate: &'a StatementFate, key: &'a str) -> FateJson<'a> {
    FateJson {
        statement: &fate.label,
        key,
        fate: fate.fate,
        time_share: fate.share,
        reason: &fate.reason,
    }
}

pub(super) fn written<T: Serialize>(envelope: &T) -> String {
    let mut text = serde_json::to_string_pretty(envelope)
        .expect("an envelope holds no map with keys other than strings");
    text.push('\n');
    text
}
