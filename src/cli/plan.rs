//! `pgsextant plan`: where the time of a plan went, and what would help; no server needed.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::Context as _;

use crate::advise::plan_advice;
use crate::base::{Note, NoteCode};
use crate::cli::args::{PlanArguments, PlanFormat};
use crate::cli::exit::Outcome;
use crate::cli::output;
use crate::cli::run::Run;
use crate::plan::{Plan, read};
use crate::report::{
    Extent, JudgedPlan, PlanReport, html, markdown, plan_document, plan_json, plan_svg,
};
use crate::rules::{Finding, PlanOf, check_plan};
use crate::workload::plan_world;

/// Reads plans and says where their time went, and why.
pub fn plan(run: &Run, arguments: &PlanArguments) -> anyhow::Result<Outcome> {
    let place = arguments.places.first().map_or(Path::new("-"), |it| it.as_path());
    let source = place.display().to_string();
    let (text, mut notes) = text_of(place)?;
    let reading =
        run.deep(|| read(&text)).with_context(|| format!("could not read a plan from {source}"))?;
    notes.extend(reading.notes);
    let plans: Vec<JudgedPlan> =
        run.deep(|| reading.plans.into_iter().map(|it| judged(it, String::new())).collect());
    let report = PlanReport {
        source: &source,
        plans: &plans,
        notes: &notes,
        extent: if arguments.all { Extent::All } else { Extent::First },
    };
    tell(run, arguments, &report)?;
    let findings: Vec<Finding> = plans.iter().flat_map(|it| it.findings.clone()).collect();
    Ok(Outcome::of(&findings, arguments.fail_on))
}

/// What the rules and the advisor say of a plan in the world that it shows.
pub fn judged(plan: Plan, title: String) -> JudgedPlan {
    let world = plan_world(&plan);
    let findings = check_plan(&PlanOf::alone(&plan, &world));
    let advice = Some(plan_advice(&plan, &world, &findings));
    JudgedPlan { title, plan, findings, advice }
}

/// Writes the result in the form that was asked for.
fn tell(run: &Run, arguments: &PlanArguments, report: &PlanReport<'_>) -> anyhow::Result<()> {
    match arguments.format {
        PlanFormat::Text => run.write_text(&plan_document(report)),
        PlanFormat::Json => output::write(&run.look, &plan_json(report)),
        PlanFormat::Svg => output::write(&run.look, &plan_svg(report)),
        PlanFormat::Markdown => output::write(&run.look, &markdown(&plan_document(report))),
        PlanFormat::Html => output::write(&run.look, &html(&plan_document(report))),
    }
}

/// A whole file, or standard input. What is no UTF-8 is replaced and noted, not refused: a
/// server writes texts in the encoding of its database.
pub fn text_of(place: &Path) -> anyhow::Result<(String, Vec<Note>)> {
    let bytes = if place == Path::new("-") {
        let mut input = std::io::stdin();
        if input.is_terminal() {
            anyhow::bail!(
                "could not read a plan: name a file, or give one on standard input, such as \
                 psql -XAtc 'explain (format json, analyze, buffers) select …' | pgsextant plan"
            );
        }
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).context("could not read standard input")?;
        bytes
    } else {
        std::fs::read(place).with_context(|| format!("could not read {}", place.display()))?
    };
    Ok(match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("not UTF-8 from byte {at} on: such characters were replaced");
            let note = Note::new(NoteCode::Damaged, place.display().to_string(), message);
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), vec![note])
        }
    })
}
