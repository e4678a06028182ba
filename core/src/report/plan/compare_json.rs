//! `plan-comparison/1`: what differs between two plans, for programs.

use serde::Serialize;

use crate::base::Note;
use crate::report::json::{FindingJson, finding_json, written};
use crate::report::plan::compare::{Both, Change, Comparison, NodePair};
use crate::report::plan::compare_told::ComparisonReport;
use crate::report::plan::words::kind;

/// The form and version of `plan BEFORE AFTER --format json`.
pub const COMPARISON_SCHEMA: &str = "plan-comparison/1";

#[derive(Serialize)]
struct Envelope<'a> {
    schema: &'static str,
    before_source: &'a str,
    after_source: &'a str,
    verdict: String,
    time_ms: Option<BothJson>,
    cost_total: Option<BothJson>,
    touched_pages: Option<BothJson>,
    returned_rows: Option<BothJson>,
    changes: &'a [Change],
    new_findings: Vec<FindingJson<'a>>,
    gone_findings: Vec<FindingJson<'a>>,
    nodes: Vec<NodeJson<'a>>,
    notes: &'a [Note],
}

#[derive(Serialize)]
struct BothJson {
    before: f64,
    after: f64,
    ratio: Option<f64>,
}

#[derive(Serialize)]
struct NodeJson<'a> {
    before_node: usize,
    after_node: usize,
    before_kind: String,
    after_kind: String,
    relation: Option<&'a str>,
    own_ms: Option<BothJson>,
    cost_own: Option<BothJson>,
    total_rows: Option<BothJson>,
}

/// The comparison as JSON, ending in a newline.
pub fn comparison_json(report: &ComparisonReport<'_>) -> String {
    let comparison = Comparison::of(report.before, report.after);
    written(&Envelope {
        schema: COMPARISON_SCHEMA,
        before_source: report.before_source,
        after_source: report.after_source,
        verdict: comparison.verdict(),
        time_ms: comparison.time.map(both),
        cost_total: comparison.cost.map(both),
        touched_pages: comparison.blocks.map(both),
        returned_rows: comparison.rows.map(both),
        changes: &comparison.changes,
        new_findings: comparison.new.iter().map(|it| finding_json(it)).collect(),
        gone_findings: comparison.gone.iter().map(|it| finding_json(it)).collect(),
        nodes: comparison.nodes.iter().map(|it| node(report, &comparison, it)).collect(),
        notes: report.notes,
    })
}

fn both(both: Both) -> BothJson {
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    BothJson {
        before: rounded(both.before),
        after: rounded(both.after),
        ratio: both.ratio().map(rounded),
    }
}

fn node<'a>(
    report: &ComparisonReport<'a>,
    comparison: &Comparison<'_>,
    pair: &NodePair,
) -> NodeJson<'a> {
    let by_time = comparison.by_time;
    let (first, second) =
        (report.before.plan.node(pair.before), report.after.plan.node(pair.after));
    NodeJson {
        before_node: pair.before.position() + 1,
        after_node: pair.after.position() + 1,
        before_kind: kind(first),
        after_kind: kind(second),
        relation: second.relation.as_ref().map(|it| it.name.as_str()),
        own_ms: by_time.then(|| both(pair.own)),
        cost_own: (!by_time).then(|| both(pair.own)),
        total_rows: pair.rows.map(both),
    }
}
