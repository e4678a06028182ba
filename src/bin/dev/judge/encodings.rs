//! Whether the same document in four encodings is the same plan with the same findings.

use pgsextant::plan::{NodeKind, Plan, Reading, outline, read};
use pgsextant::rules::{Finding, PlanOf, check_plan};
use pgsextant::workload::plan_world;

use crate::document::Item;
use crate::encode::{Dialect, text, xml, yaml};
use crate::plans::Encoding;

/// What a reader made of a document.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The plans, their notes.
    pub reading: Reading,
    /// The findings of each plan.
    pub findings: Vec<Vec<Finding>>,
}

/// Reads a document and looks for faults in its plans.
pub(super) fn see(document: &str) -> Result<Seen, String> {
    let reading = read(document).map_err(|error| error.to_string())?;
    let findings = reading.plans.iter().map(findings).collect();
    Ok(Seen { reading, findings })
}

fn findings(plan: &Plan) -> Vec<Finding> {
    let world = plan_world(plan);
    check_plan(&PlanOf::alone(plan, &world))
}

/// The document in another encoding.
pub(super) fn encoded(document: &Item, dialect: Dialect, encoding: Encoding) -> Option<String> {
    match encoding {
        Encoding::Json => None,
        Encoding::Text => Some(text(document, dialect)),
        Encoding::Yaml => Some(yaml(document)),
        Encoding::Xml => Some(xml(document)),
    }
}

/// How the reading of a document differs from that of its JSON, if it does: the first line.
pub(super) fn difference(json: &Seen, other: &Seen, encoding: Encoding) -> Option<String> {
    let (left, right) = match encoding {
        Encoding::Text => (&as_text_has_it(json), &as_text_has_it(other)),
        _ => (json, other),
    };
    let face = |seen: &Seen| seen.reading.plans.iter().map(outline).collect::<String>();
    if let Some(line) = first_difference(&face(left), &face(right)) {
        return Some(format!("tree: {line}"));
    }
    let face = |seen: &Seen| {
        let each: Vec<String> =
            seen.findings.iter().flatten().map(|it| format!("{it:?}")).collect();
        each.join("\n")
    };
    first_difference(&face(left), &face(right)).map(|line| format!("findings: {line}"))
}

/// The same without the identifier of the statement: another one each time for a table that the
/// scenario makes anew.
pub(super) fn unidentified(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    seen.reading.plans.iter_mut().for_each(|plan| plan.query_identifier = None);
    seen
}

/// The same without what TEXT leaves out: the table of triggers that are all on one.
pub(super) fn as_text_has_it(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    for trigger in seen.reading.plans.iter_mut().flat_map(|plan| &mut plan.triggers) {
        trigger.relation = None;
    }
    seen
}

/// Lines without that identifier.
pub(super) fn without_identifier(text: &str) -> String {
    let marks = ["Query Identifier", "Query-Identifier"];
    let kept = text.lines().filter(|line| !marks.iter().any(|mark| line.contains(mark)));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The first line that differs, as both have it.
pub(super) fn first_difference(left: &str, right: &str) -> Option<String> {
    let (mut left, mut right) = (left.lines(), right.lines());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                let line = |it: Option<&str>| it.unwrap_or("(nothing)").trim().to_owned();
                return Some(format!("`{}` against `{}`", line(one), line(other)));
            }
        }
    }
}

/// The shape of a plan that ran twice: what two runs of it cannot but share. Estimates are not in
/// it, since what was rolled back makes tables larger.
pub(super) fn shape(plan: &Plan) -> String {
    let serial = plan.nodes().all(|node| !node.kind.is_gather());
    let line = |node: &pgsextant::plan::Node| {
        let target = node.qualifier().map(|it| it.as_str().to_owned()).unwrap_or_default();
        // A bitmap index scan also counts rows that were rolled back.
        let counted = serial && node.kind != NodeKind::BitmapIndexScan;
        let came = node.measured.filter(|_| counted);
        let came = came.map_or(String::new(), |it| format!("{} x {}", it.rows, it.loops));
        let depth = "  ".repeat(plan.depth(node.id));
        let conditions: Vec<&str> = node.conditions.each().map(|(_, text)| text).collect();
        let conditions = conditions.join(", ");
        format!("{depth}{} {target} {came} {conditions}\n", node.kind)
    };
    plan.nodes().map(line).collect()
}
