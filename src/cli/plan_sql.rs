//! `pgsextant plan --sql`: plans statements of a file on a server, under the rules of consent.
//!
//! The same road as `advise`: only what may be planned is planned, only what only reads is run,
//! and only where that was allowed; each in a short transaction that is rolled back.

use std::path::Path;

use crate::advise::plan_advice;
use crate::base::StatementId;
use crate::cli::advise::dry_run;
use crate::cli::args::PlanArguments;
use crate::cli::exit::Outcome;
use crate::cli::input;
use crate::cli::plan::{Told, identity, judged_text, tell, wanted};
use crate::cli::plan_input::text_of;
use crate::cli::run::Run;
use crate::io::{CollectOptions, collect, plan_drafts};
use crate::plan::Identity;
use crate::report::JudgedPlan;
use crate::rules::{PlanOf, check_plan};
use crate::sql;
use crate::workload::{Capture, Draft, PlanWorld, Privacy, RecordedPlan, cases, drafts, wishes};

/// Plans the statements of a file and tells of their plans.
pub fn plan_sql(run: &Run, arguments: &PlanArguments, file: &Path) -> anyhow::Result<Outcome> {
    let consent = input::consent(&arguments.consent)?;
    if arguments.consent.dry_run {
        return dry_run(run, &consent);
    }
    let dsn = match arguments.places.as_slice() {
        [] => None,
        [dsn] => Some(dsn.to_string_lossy().into_owned()),
        _ => anyhow::bail!("could not plan: with --sql the only argument is where to connect"),
    };
    let (text, mut notes) = text_of(file)?;
    let texts: Vec<String> = sql::script(&text)
        .map_err(|error| anyhow::anyhow!("could not read {}: {error}", file.display()))?
        .into_iter()
        .map(|it| it.text.to_owned())
        .collect();
    if texts.is_empty() {
        anyhow::bail!("could not plan: no statement is in {}", file.display());
    }
    let target = input::target(dsn.as_deref())?;
    let (capture, drafts) = run.wait(async {
        let session = input::connect(&target).await?;
        let progress = input::progress(run);
        let options =
            CollectOptions { texts, ..input::collect_options(&arguments.consent, Privacy::Values) };
        let capture = collect(&session, &options, &*progress).await?;
        let drafts = run.deep(|| drafts(&capture));
        let (plans, more) = plan_drafts(&session, &drafts, &capture, &consent, &*progress).await;
        notes.extend(more);
        let done = format!("Done to the server: {}.", session.deeds());
        notes.push(crate::base::Note::new(crate::base::NoteCode::Method, "server", done));
        anyhow::Ok((Capture { plans, ..capture }, drafts))
    })?;
    if capture.plans.is_empty() {
        let why: Vec<String> =
            notes.iter().map(|it| format!("{}: {}", it.subject, it.message)).collect();
        anyhow::bail!("could not plan anything of {}: {}", file.display(), why.join("; "));
    }
    let source = file.display().to_string();
    let shown: Vec<&RecordedPlan> = drafts.iter().filter_map(|it| best(it, &capture)).collect();
    let text = one_list(shown.iter().map(|it| it.document.to_string()));
    let told = run.deep(|| judged_text(&source, &text, wanted(arguments), notes))?;
    let told = match identity(arguments) {
        Identity::Hidden => told,
        Identity::Shown => run.deep(|| in_its_world(told, &capture, drafts)),
    };
    tell(run, arguments, &told)
}

/// Documents, each a list of one plan, as one list.
pub fn one_list(documents: impl Iterator<Item = String>) -> String {
    let members = documents.map(|it| {
        let it = it.trim();
        it.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(it).to_owned()
    });
    format!("[{}]", members.collect::<Vec<_>>().join(",\n"))
}

/// The plan to show of a statement: one that was run, else one that was only planned.
fn best<'a>(draft: &Draft, capture: &'a Capture) -> Option<&'a RecordedPlan> {
    let own = || capture.plans.iter().filter(|it| it.statement == draft.key);
    own().find(|it| it.analyzed).or_else(|| own().next())
}

/// Judges the plans with all that the server's catalog tells, not only with what they show.
fn in_its_world(told: Told, capture: &Capture, drafts: Vec<Draft>) -> Told {
    let planned: Vec<StatementId> =
        drafts.iter().filter(|it| best(it, capture).is_some()).map(|it| it.id).collect();
    let texts: Vec<String> = drafts.iter().map(|it| it.text.clone()).collect();
    let cases = cases(drafts, capture);
    let world =
        PlanWorld { wishes: wishes(&cases, &capture.catalog), catalog: capture.catalog.clone() };
    let plans = told.plans.into_iter().zip(planned).map(|(judged, statement)| {
        let own: Vec<_> =
            world.wishes.iter().filter(|it| it.statement == statement).cloned().collect();
        let findings = check_plan(&PlanOf {
            catalog: &capture.catalog,
            wishes: &own,
            ..PlanOf::alone(&judged.plan, &world)
        });
        let advice = Some(plan_advice(&judged.plan, &world, &findings));
        let title = texts[statement.position()].split_whitespace().collect::<Vec<_>>().join(" ");
        JudgedPlan { title, findings, advice, ..judged }
    });
    Told { plans: plans.collect(), ..told }
}
