//! The findings of one plan: ranked by time, lettered, and led to their nodes.

use crate::base::{Millis, NodeId};
use crate::plan::Plan;
use crate::report::advise::more_line;
use crate::report::finding::{finding_runs, node_of, tone};
use crate::report::plan::measure::Measure;
use crate::report::plan::sentence::{Cause, heaviest};
use crate::report::plan::tree::Mark;
use crate::report::plan::words::letter;
use crate::report::{Extent, Part, Run, Tone};
use crate::rules::{Finding, Severity};

/// Findings of a plan that a first screen has room for.
pub(super) const FINDINGS_FIRST: usize = 5;

/// A finding with its letter.
#[derive(Debug, Clone)]
pub(super) struct Ranked<'a> {
    /// The letter.
    pub letter: String,
    /// The finding.
    pub finding: &'a Finding,
}

impl Ranked<'_> {
    /// The node that it is about.
    pub fn node(&self) -> Option<NodeId> {
        node_of(self.finding)
    }
}

/// What is to be acted on before what is only worth knowing; of each the most time first.
pub(super) fn ranked(findings: &[Finding]) -> Vec<Ranked<'_>> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    let is_remark = |it: &Finding| it.severity == Severity::Info;
    sorted.sort_by(|a, b| {
        is_remark(a)
            .cmp(&is_remark(b))
            .then_with(|| b.weight.total_cmp(&a.weight))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.rule.cmp(b.rule))
            .then_with(|| a.subject.cmp(&b.subject))
    });
    let lettered = sorted.into_iter().enumerate();
    lettered.map(|(position, finding)| Ranked { letter: letter(position), finding }).collect()
}

/// The letters at their nodes; of findings that are listed only.
pub(super) fn marks(ranked: &[Ranked<'_>], extent: Extent) -> Vec<Mark> {
    let listed = ranked.iter().take(extent.at_most(FINDINGS_FIRST));
    listed
        .filter_map(|it| {
            let run = Run::new(format!("[{}]", it.letter), tone(it.finding.severity));
            Some(Mark { node: it.node()?, run })
        })
        .collect()
}

/// The finding that explains the sentence: one about its node, or about one above that runs it.
pub(super) fn cause(plan: &Plan, measure: &Measure, ranked: &[Ranked<'_>]) -> Option<Cause> {
    let heavy = heaviest(plan, measure)?;
    let telling: Vec<&Ranked<'_>> = ranked
        .iter()
        .take(FINDINGS_FIRST)
        .filter(|it| it.finding.severity > Severity::Info)
        .collect();
    let at = |id: NodeId| telling.iter().find(|it| it.node() == Some(id)).copied();
    // Two steps up at most: further above, a finding explains something else.
    let near = plan.ancestors(heavy).take(2).map(|node| node.id);
    let found = std::iter::once(heavy).chain(near).find_map(at)?;
    Some(Cause { letter: found.letter.clone(), rule: found.finding.rule })
}

/// The findings as parts, with their letters.
pub(super) fn finding_parts(
    plan: &Plan,
    measure: &Measure,
    ranked: &[Ranked<'_>],
    extent: Extent,
) -> Vec<Part> {
    let heading = format!("findings: {}", ranked.len());
    let mut parts = vec![Part::Heading { level: 1, text: heading }];
    if ranked.is_empty() {
        parts.push(Part::Paragraph(vec![Run::new("Nothing found.", Tone::Good)]));
        return parts;
    }
    let shown = ranked.len().min(extent.at_most(FINDINGS_FIRST));
    let facts = ranked[..shown].iter().map(|it| (it.letter.clone(), words(plan, measure, it)));
    parts.push(Part::Facts(facts.collect()));
    if ranked.len() > shown {
        parts.push(more_line(ranked.len() - shown, "findings"));
    }
    parts
}

/// The finding, with the node's number where its subject is called by its table.
fn words(plan: &Plan, measure: &Measure, ranked: &Ranked<'_>) -> Vec<Run> {
    let mut runs = finding_runs(ranked.finding);
    let weight = ranked.finding.weight;
    if let Some(node) = ranked.node().filter(|it| it.position() < plan.nodes().len()) {
        let is_ended = runs.last().is_some_and(|it| it.text.trim_end().ends_with('.'));
        let end = if is_ended { "" } else { "." };
        runs.push(Run::new(format!("{end} Node {}", node.position() + 1), Tone::Dim));
        if weight > Millis(0.0) && measure.whole > 0.0 {
            runs.push(Run::new(format!(", about {weight} of it."), Tone::Dim));
        } else {
            runs.push(Run::new(".", Tone::Dim));
        }
    }
    runs
}
