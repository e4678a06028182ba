//! `pgsextant plan`: where the time of a plan went, and what would help; no server needed.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::advise::plan_advice;
use crate::base::{Note, NoteCode};
use crate::cli::args::{PlanArguments, PlanFormat};
use crate::cli::exit::Outcome;
use crate::cli::plan_input::{Input, TextInput, input_of};
use crate::cli::run::Run;
use crate::cli::{output, plan_log, plan_sql};
use crate::plan::{Identity, Plan, read, read_document};
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
    let standard_input = [PathBuf::from("-")];
    let places = match arguments.places.as_slice() {
        [] => standard_input.as_slice(),
        places => places,
    };
    let inputs = places
        .iter()
        .map(|it| input_of(run, arguments, it))
        .collect::<anyhow::Result<Vec<Input>>>()?;
    let logs: Vec<_> = inputs.iter().filter_map(Input::log).cloned().collect();
    match inputs.as_slice() {
        _ if logs.len() == inputs.len() => match logs.as_slice() {
            [before, after] => plan_log::compare_logs(run, arguments, (before, after)),
            logs => plan_log::plan_log(run, arguments, logs),
        },
        [Input::Text(input)] => one(run, arguments, input),
        [Input::Text(before), Input::Text(after)] => compare(run, arguments, (before, after)),
        [_, _] => anyhow::bail!(
            "could not compare: one is the log of a server, the other is not; compare two logs, \
             or two plans"
        ),
        _ => anyhow::bail!(
            "could not read {} files of plans at once: one is shown, two are compared; only logs \
             may be more",
            inputs.len()
        ),
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
    /// The plans as EXPLAIN (FORMAT JSON) prints them, where that was wanted.
    pub document: String,
}

fn one(run: &Run, arguments: &PlanArguments, input: &TextInput) -> anyhow::Result<Outcome> {
    let told = told(run, arguments, input)?;
    tell(run, arguments, &told)
}

fn told(run: &Run, arguments: &PlanArguments, input: &TextInput) -> anyhow::Result<Told> {
    let notes = input.notes.clone();
    run.deep(|| judged_text(&input.source, &input.text, wanted(arguments), notes))
}

/// Whether the user's names are shown.
pub fn identity(arguments: &PlanArguments) -> Identity {
    if arguments.anonymize { Identity::Hidden } else { Identity::Shown }
}

/// What is to be made of a text.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Whether the user's names are shown.
    pub identity: Identity,
    /// The plans as EXPLAIN (FORMAT JSON) prints them, too: as long as the text, or longer.
    pub document: bool,
}

/// What the arguments ask for.
pub fn wanted(arguments: &PlanArguments) -> Wanted {
    let document = arguments.format == PlanFormat::ExplainJson;
    Wanted { identity: identity(arguments), document }
}

/// Reads and judges a text.
pub fn judged_text(
    source: &str,
    text: &str,
    wanted: Wanted,
    mut notes: Vec<Note>,
) -> anyhow::Result<Told> {
    let (reading, document) = match wanted {
        Wanted { identity: Identity::Shown, document: false } => {
            read(text).map(|reading| (reading, String::new()))
        }
        Wanted { identity, .. } => read_document(text, identity),
    }
    .with_context(|| format!("could not read a plan from {source}"))?;
    notes.extend(reading.notes);
    let (source, notes) = match wanted.identity {
        Identity::Shown => (source, notes),
        // A file's name, and what a remark quotes, may be the user's words too.
        Identity::Hidden => ("anonymized", notes.iter().map(hidden).collect()),
    };
    let plans = reading.plans.into_iter().map(judged).collect();
    Ok(Told { source: source.to_owned(), plans, notes, document })
}

/// A remark without what it is about.
pub fn hidden(note: &Note) -> Note {
    Note::new(note.code, "input", "what it was about is not told")
}

/// What the rules and the advisor say of a plan in the world that it shows.
pub fn judged(plan: Plan) -> JudgedPlan {
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

/// Writes a document as text, Markdown or a page.
pub fn tell_document(run: &Run, format: PlanFormat, document: &Document) -> anyhow::Result<()> {
    match format {
        PlanFormat::Markdown => output::write(&run.look, &markdown(document)),
        PlanFormat::Html => output::write(&run.look, &html(document)),
        _ => run.write_text(document),
    }
}

/// How much is listed.
pub fn extent(arguments: &PlanArguments) -> Extent {
    if arguments.all { Extent::All } else { Extent::First }
}

/// Compares the first plans of two inputs; the exit code is about what is new.
fn compare(
    run: &Run,
    arguments: &PlanArguments,
    (before, after): (&TextInput, &TextInput),
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
    tell_comparison(run, arguments, &report)
}

/// Writes a comparison in the form that was asked for.
pub fn tell_comparison(
    run: &Run,
    arguments: &PlanArguments,
    report: &ComparisonReport<'_>,
) -> anyhow::Result<Outcome> {
    match arguments.format {
        PlanFormat::Json => output::write(&run.look, &comparison_json(report))?,
        PlanFormat::Svg | PlanFormat::ExplainJson => anyhow::bail!(
            "could not compare in this format: use text, json, markdown or html for two plans"
        ),
        format => tell_document(run, format, &comparison_document(report))?,
    }
    Ok(Outcome::of(&report.after.findings, arguments.fail_on))
}
