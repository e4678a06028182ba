//! `pgsextant plan`: where the time of a plan went, and what would help; no server needed.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::Context as _;

use crate::advise::plan_advice;
use crate::base::{Note, NoteCode};
use crate::cli::args::{PlanArguments, PlanFormat};
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::cli::{output, plan_sql};
use crate::plan::{Identity, Plan, read_document};
use crate::report::{
    ComparisonReport, Document, Extent, JudgedPlan, PlanReport, comparison_document,
    comparison_json, html, markdown, plan_document, plan_json, plan_svg,
};
use crate::rules::{Finding, PlanOf, check_plan};
use crate::workload::plan_world;

/// Reads plans and says where their time went, and why; two inputs are compared.
pub fn plan(run: &Run, arguments: &PlanArguments) -> anyhow::Result<Outcome> {
    if let Some(file) = &arguments.sql {
        return plan_sql::plan_sql(run, arguments, file);
    }
    match arguments.places.as_slice() {
        [before, after] => compare(run, arguments, (before, after)),
        [place] => one(run, arguments, place),
        _ => one(run, arguments, Path::new("-")),
    }
}

/// What was read from one place.
pub struct Told {
    /// Where it came from.
    pub source: String,
    /// Its plans.
    pub plans: Vec<JudgedPlan>,
    /// Remarks of the reader.
    pub notes: Vec<Note>,
    /// The plans as EXPLAIN (FORMAT JSON) prints them.
    pub document: String,
}

fn one(run: &Run, arguments: &PlanArguments, place: &Path) -> anyhow::Result<Outcome> {
    let told = told(run, arguments, place)?;
    tell(run, arguments, &told)
}

fn told(run: &Run, arguments: &PlanArguments, place: &Path) -> anyhow::Result<Told> {
    let source = place.display().to_string();
    let (text, notes) = text_of(place)?;
    run.deep(|| judged_text(&source, &text, identity(arguments), notes))
}

/// Whether the user's names are shown.
pub fn identity(arguments: &PlanArguments) -> Identity {
    if arguments.anonymize { Identity::Hidden } else { Identity::Shown }
}

/// Reads and judges a text.
pub fn judged_text(
    source: &str,
    text: &str,
    identity: Identity,
    mut notes: Vec<Note>,
) -> anyhow::Result<Told> {
    let (reading, document) = read_document(text, identity)
        .with_context(|| format!("could not read a plan from {source}"))?;
    notes.extend(reading.notes);
    let (source, notes) = match identity {
        Identity::Shown => (source, notes),
        // A file's name, and what a remark quotes, may be the user's words too.
        Identity::Hidden => ("anonymized", notes.iter().map(hidden).collect()),
    };
    let plans = reading.plans.into_iter().map(judged).collect();
    Ok(Told { source: source.to_owned(), plans, notes, document })
}

fn hidden(note: &Note) -> Note {
    Note::new(note.code, "input", "what it was about is not told")
}

/// What the rules and the advisor say of a plan in the world that it shows.
fn judged(plan: Plan) -> JudgedPlan {
    let world = plan_world(&plan);
    let findings = check_plan(&PlanOf::alone(&plan, &world));
    let advice = Some(plan_advice(&plan, &world, &findings));
    JudgedPlan { title: String::new(), plan, findings, advice }
}

/// Writes the result in the form that was asked for.
pub fn tell(run: &Run, arguments: &PlanArguments, told: &Told) -> anyhow::Result<Outcome> {
    let report = PlanReport {
        source: &told.source,
        plans: &told.plans,
        notes: &told.notes,
        extent: extent(arguments),
    };
    match arguments.format {
        PlanFormat::Json => output::write(&run.look, &plan_json(&report))?,
        PlanFormat::Svg => output::write(&run.look, &plan_svg(&report))?,
        PlanFormat::ExplainJson => output::write(&run.look, &told.document)?,
        PlanFormat::Text | PlanFormat::Markdown | PlanFormat::Html => {
            tell_document(run, arguments.format, &plan_document(&report))?;
        }
    }
    let findings: Vec<Finding> = told.plans.iter().flat_map(|it| it.findings.clone()).collect();
    Ok(Outcome::of(&findings, arguments.fail_on))
}

fn tell_document(run: &Run, format: PlanFormat, document: &Document) -> anyhow::Result<()> {
    match format {
        PlanFormat::Markdown => output::write(&run.look, &markdown(document)),
        PlanFormat::Html => output::write(&run.look, &html(document)),
        _ => run.write_text(document),
    }
}

fn extent(arguments: &PlanArguments) -> Extent {
    if arguments.all { Extent::All } else { Extent::First }
}

/// Compares the first plans of two inputs; the exit code is about what is new.
fn compare(
    run: &Run,
    arguments: &PlanArguments,
    (before, after): (&Path, &Path),
) -> anyhow::Result<Outcome> {
    let (before, after) = (told(run, arguments, before)?, told(run, arguments, after)?);
    let mut notes = [before.notes.as_slice(), after.notes.as_slice()].concat();
    for told in [&before, &after] {
        if told.plans.len() > 1 {
            let message =
                format!("holds {} plans, of which the first is compared", told.plans.len());
            notes.push(Note::new(NoteCode::Limit, &told.source, message));
        }
    }
    let first = |told: &Told| told.plans[0].clone();
    let (first_plan, second_plan) = (first(&before), first(&after));
    let report = ComparisonReport {
        before_source: &before.source,
        before: &first_plan,
        after_source: &after.source,
        after: &second_plan,
        notes: &notes,
        extent: extent(arguments),
    };
    match arguments.format {
        PlanFormat::Json => output::write(&run.look, &comparison_json(&report))?,
        PlanFormat::Svg | PlanFormat::ExplainJson => anyhow::bail!(
            "could not compare in this format: use text, json, markdown or html for two plans"
        ),
        format => tell_document(run, format, &comparison_document(&report))?,
    }
    Ok(Outcome::of(&second_plan.findings, arguments.fail_on))
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
