//! The report of `plan`: where the time went, what is wrong, and the plan itself.

mod measure;
mod words;
mod sentence;
mod details;
mod shown;
mod tree;
mod found;
mod summary;
mod icicle;
mod json;
mod json_node;
mod matching;
mod compare;
mod compare_told;
mod compare_json;
mod advice;
mod log;
mod log_json;

use crate::advise::PlanAdvice;
use crate::base::Note;
use crate::plan::Plan;
use crate::report::advise::{Extent, note_runs};
use crate::report::{Document, Part, Picture, Run, Tone};
use crate::rules::Finding;

use advice::advice_parts;
use found::{finding_parts, ranked};
use measure::{Basis, Measure};

pub use compare_json::{COMPARISON_SCHEMA, comparison_json};
pub use compare_told::{ComparisonReport, comparison_document};
pub use json::{PLAN_SCHEMA, plan_json};
pub use log::{LogPlan, LogReport, log_document, shown_plans};
pub use log_json::{LOG_SCHEMA, log_json};

/// The plans of one input with what was found in them.
#[derive(Debug, Clone, Copy)]
pub struct PlanReport<'a> {
    /// Where they came from.
    pub source: &'a str,
    /// The plans of the input.
    pub plans: &'a [JudgedPlan],
    /// Remarks of the reader.
    pub notes: &'a [Note],
    /// How much to list.
    pub extent: Extent,
}

/// One plan with everything that follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedPlan {
    /// What it is called where there are several; empty otherwise.
    pub title: String,
    /// The plan.
    pub plan: Plan,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What the advisor says; none where it was not asked.
    pub advice: Option<PlanAdvice>,
}

/// Builds the document.
pub fn plan_document(report: &PlanReport<'_>) -> Document {
    let mut parts = Vec::new();
    for (position, judged) in report.plans.iter().enumerate() {
        if report.plans.len() > 1 {
            parts.push(Part::Heading { level: 1, text: format!("plan {}", position + 1) });
            parts.extend(plan_title(judged));
        }
        parts.extend(plan_parts(judged, report.extent));
    }
    if !report.notes.is_empty() {
        parts.push(Part::Heading { level: 1, text: "remarks".to_owned() });
        parts.push(Part::Items(report.notes.iter().map(note_runs).collect()));
    }
    let title =
        if report.source.is_empty() { String::new() } else { format!("plan {}", report.source) };
    Document { title, parts }
}

/// The pictures of all plans as one drawing, without words around them.
pub fn plan_svg(report: &PlanReport<'_>) -> String {
    let pictures: Vec<Picture> = report
        .plans
        .iter()
        .flat_map(|it| icicle::pictures(&it.plan, &Measure::of(&it.plan)))
        .collect();
    icicle::whole(&pictures)
}

/// Characters of a plan's title that are shown.
const TITLE_ROOM: usize = 200;

/// What the plan is called, mostly its statement, in one line.
fn plan_title(judged: &JudgedPlan) -> Option<Part> {
    let title = crate::report::fit::cut_end(&judged.title, TITLE_ROOM);
    (!title.is_empty()).then(|| Part::Paragraph(vec![Run::new(title, Tone::Name)]))
}

/// One plan: the sentence, the findings, the tree, the advice, the sums.
fn plan_parts(judged: &JudgedPlan, extent: Extent) -> Vec<Part> {
    let plan = &judged.plan;
    let measure = Measure::of(plan);
    let mut parts = essence_parts(judged, extent);
    let sums = summary::summary(plan, &measure, extent);
    if !sums.is_empty() {
        parts.push(Part::Heading { level: 1, text: "where it went".to_owned() });
    }
    parts.extend(icicle::pictures(plan, &measure).into_iter().map(Part::Picture));
    parts.extend(sums);
    parts
}

/// What is worth showing of a plan among others: the sentence, the findings, the tree, the advice.
fn essence_parts(judged: &JudgedPlan, extent: Extent) -> Vec<Part> {
    let plan = &judged.plan;
    let measure = Measure::of(plan);
    let ranked = ranked(&judged.findings);
    let cause = found::cause(plan, &measure, &ranked);
    let mut parts = vec![Part::Paragraph(sentence::verdict(plan, &measure, cause.as_ref()))];
    parts.extend(basis_remark(plan, &measure));
    parts.extend(finding_parts(plan, &measure, &ranked, extent));
    parts.push(Part::Heading { level: 1, text: "plan".to_owned() });
    let marks = found::marks(&ranked, extent);
    parts.push(Part::Tree(tree::tree(plan, &measure, &marks, extent)));
    if let Some(advice) = &judged.advice {
        parts.extend(advice_parts(advice, extent));
    }
    parts
}

/// What the shares are shares of, where it is not time.
fn basis_remark(plan: &Plan, measure: &Measure) -> Option<Part> {
    let text = match measure.basis {
        Basis::Time | Basis::Nothing => return None,
        Basis::Cost if plan.is_analyzed() => {
            "Run with TIMING OFF: shares are of the planner's cost, not of time."
        }
        Basis::Cost => {
            "Estimates only: shares are of the planner's cost, which is not time. EXPLAIN \
             (ANALYZE, BUFFERS) would measure."
        }
    };
    Some(Part::Paragraph(vec![Run::new(text, Tone::Warn)]))
}

#[cfg(test)]
mod tests;
