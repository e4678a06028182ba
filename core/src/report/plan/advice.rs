//! The advice for one plan in words: indexes to build, or why none would help.

use crate::advise::{PlanAdvice, PlanRecommendation};
use crate::report::fates::refusal_parts;
use crate::report::{Extent, Part, Run, Tone};
use crate::rules::Confidence;

/// The word for a confidence.
pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// The advice as parts; what was refused only on demand.
pub(super) fn advice_parts(advice: &PlanAdvice, extent: Extent) -> Vec<Part> {
    let mut parts = vec![
        Part::Heading { level: 1, text: "advice".to_owned() },
        Part::Paragraph(vec![Run::plain(advice.verdict.clone())]),
    ];
    for recommendation in &advice.recommendations {
        parts.extend(recommendation_parts(recommendation));
    }
    if extent == Extent::All {
        parts.extend(refusal_parts(&advice.refusals, extent));
    }
    parts
}

fn recommendation_parts(recommendation: &PlanRecommendation) -> Vec<Part> {
    let joined = |all: &[crate::indexes::DdlStatement]| {
        all.iter().map(|it| it.sql.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    };
    let mut sure = vec![Run::plain(confidence(recommendation.confidence))];
    if !recommendation.doubts.is_empty() {
        sure.push(Run::plain(format!(": {}", recommendation.doubts.join("; "))));
    }
    let mut facts = vec![("confidence".to_owned(), sure)];
    if let Some(spared) = &recommendation.spared {
        let text = format!("{spared} of this execution (model)");
        facts.insert(0, ("should spare".to_owned(), vec![Run::new(text, Tone::Good)]));
    }
    let nodes: Vec<String> =
        recommendation.nodes.iter().map(|it| (it.position() + 1).to_string()).collect();
    if !nodes.is_empty() {
        let word = if nodes.len() == 1 { "for node" } else { "for nodes" };
        facts.push((word.to_owned(), vec![Run::plain(nodes.join(", "))]));
    }
    // Its comments stand in the script; here one line is enough.
    let undo: Vec<String> = joined(&recommendation.undo)
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .map(str::to_owned)
        .collect();
    facts.push(("undo".to_owned(), vec![Run::new(undo.join(" "), Tone::Name)]));
    vec![Part::Code { language: "sql", text: joined(&recommendation.create) }, Part::Facts(facts)]
}
