//! The report of `plan`: what is wrong in one plan, then the plan itself.

use crate::base::Note;
use crate::plan::{Plan, outline};
use crate::report::advise::{Extent, more_line, note_runs};
use crate::report::finding::findings_part;
use crate::report::{Document, Part, Run, Tone};
use crate::rules::{Finding, Rule};

/// Findings of a plan that a first screen has room for.
const FINDINGS_FIRST: usize = 5;

/// One plan with what was found in it.
#[derive(Debug, Clone, Copy)]
pub struct PlanReport<'a> {
    /// Where it came from.
    pub source: &'a str,
    /// The plans of the input, each with its findings.
    pub plans: &'a [(Plan, Vec<Finding>)],
    /// Remarks of the reader.
    pub notes: &'a [Note],
    /// How much to list.
    pub extent: Extent,
}

/// Builds the document.
pub fn plan_document(report: &PlanReport<'_>) -> Document {
    let mut parts = Vec::new();
    for (plan, findings) in report.plans {
        parts.push(Part::Facts(facts(plan)));
        parts.push(Part::Heading { level: 1, text: format!("findings: {}", findings.len()) });
        let shown: Vec<&Finding> =
            findings.iter().take(report.extent.at_most(FINDINGS_FIRST)).collect();
        parts.push(findings_part(&shown));
        if findings.len() > shown.len() {
            parts.push(more_line(findings.len() - shown.len(), "findings"));
        }
        parts.push(Part::Heading { level: 1, text: "plan".to_owned() });
        parts.push(Part::Code { language: "text", text: outline(plan).trim_end().to_owned() });
    }
    if !report.notes.is_empty() {
        parts.push(Part::Heading { level: 1, text: "remarks".to_owned() });
        parts.push(Part::Items(report.notes.iter().map(note_runs).collect()));
    }
    Document { title: format!("plan {}", report.source), parts }
}

fn facts(plan: &Plan) -> Vec<(String, Vec<Run>)> {
    let mut facts = Vec::new();
    if let Some(execution) = plan.execution {
        facts.push(("execution".to_owned(), vec![Run::plain(format!("{execution} (measured)"))]));
    } else {
        facts.push(("execution".to_owned(), vec![Run::new("not run: estimates only", Tone::Warn)]));
    }
    if let Some(planning) = plan.planning {
        facts.push(("planning".to_owned(), vec![Run::plain(format!("{planning} (measured)"))]));
    }
    if let Some(estimate) = &plan.root().estimate {
        facts.push((
            "estimate".to_owned(),
            vec![Run::plain(format!("cost {} (planner), {} rows", estimate.total, estimate.rows))],
        ));
    }
    facts
}

/// The list of all rules.
pub fn rules_document(rules: &[Rule]) -> Document {
    let items = rules.iter().map(|rule| {
        let first = rule.text.trim().lines().next().unwrap_or_default().trim();
        vec![Run::new(rule.name, Tone::Name), Run::plain(format!("  {first}"))]
    });
    Document {
        title: format!("{} rules", rules.len()),
        parts: vec![
            Part::Items(items.collect()),
            Part::Paragraph(vec![Run::new("pgsextant rule NAME explains one.", Tone::Dim)]),
        ],
    }
}

/// One rule's text: its doc comment.
pub fn rule_document(rule: &Rule) -> Document {
    let mut parts = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in rule.text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("## ") {
            flush(&mut parts, &mut paragraph);
        }
        match line.strip_prefix("## ") {
            Some(heading) => parts.push(Part::Heading { level: 2, text: heading.to_owned() }),
            None if !line.is_empty() => paragraph.push(line),
            None => {}
        }
    }
    flush(&mut parts, &mut paragraph);
    Document { title: rule.name.to_owned(), parts }
}

fn flush(found: &mut Vec<Part>, paragraph: &mut Vec<&str>) {
    if !paragraph.is_empty() {
        found.push(Part::Paragraph(vec![Run::plain(paragraph.join(" "))]));
        paragraph.clear();
    }
}
