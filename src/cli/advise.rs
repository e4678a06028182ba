//! `pgsextant advise`: the main job.

use crate::advise::{Advice, Method};
use crate::base::Note;
use crate::cli::args::{AdviseArguments, Format, Price};
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::cli::story::{self, Answerer, Judged};
use crate::cli::{input, output};
use crate::io::store::{self, Stored};
use crate::io::{Consent, HypoPg, Session, collect, plan_drafts, rehearsal};
use crate::report::{
    AdviseReport, Extent, RunFacts, advice_json, advise_document, html, markdown, method_sentence,
    sql_script,
};
use crate::rules::RuleOptions;
use crate::whatif::Ledger;
use crate::workload::{Capture, Privacy, drafts};

/// Everything that one run came to.
#[derive(Debug)]
pub struct Told {
    /// The recorded world, with the plans made in this run.
    pub capture: Capture,
    /// What follows from it.
    pub judged: Judged,
    /// What to do.
    pub advice: Advice,
    /// Every answer of the planner.
    pub ledger: Ledger,
    /// What only the run knows.
    pub facts: RunFacts,
}

/// Reads, judges, decides and tells.
pub fn advise(run: &Run, arguments: &AdviseArguments) -> anyhow::Result<Outcome> {
    let consent = input::consent(&arguments.consent)?;
    if arguments.consent.dry_run {
        return dry_run(run, &consent);
    }
    let told = match &arguments.from {
        Some(_) => from_capture(run, arguments)?,
        None => from_server(run, arguments, &consent)?,
    };
    if let Some(folder) = &arguments.save {
        let answers = told.ledger.write();
        store::write(folder, &Stored { capture: told.capture.clone(), answers })?;
    }
    tell(run, arguments, &told)?;
    Ok(Outcome::of(&told.judged.findings, arguments.fail_on))
}

/// Prints every statement that would be sent, and sends none.
pub fn dry_run(run: &Run, consent: &Consent) -> anyhow::Result<Outcome> {
    let mut text = rehearsal(consent).join("\n\n");
    text.push('\n');
    output::write(&run.look, &text)?;
    Ok(Outcome::Fine)
}

fn from_capture(run: &Run, arguments: &AdviseArguments) -> anyhow::Result<Told> {
    let path = arguments.from.as_deref().expect("called with --from only");
    let (capture, ledger) = input::stored(path)?;
    let drafts = run.deep(|| drafts(&capture));
    let judged = story::judge(run, &capture, drafts, RuleOptions::default());
    let priced = !ledger.is_empty() && arguments.price != Price::Structure;
    let answerer = if priced { Answerer::Ledger(ledger) } else { Answerer::Nobody };
    let options = story::options(&arguments.budget)?;
    let (advice, ledger) = run.wait(story::decide(&capture, &judged, &options, answerer));
    let better = match advice.method {
        Method::Structure => "pgsextant advise DSN --save DIR, on a server with HypoPG".to_owned(),
        Method::Hypopg | Method::Shadow => String::new(),
    };
    let facts = RunFacts {
        pricer: method_sentence(advice.method).to_owned(),
        better,
        ..RunFacts::default()
    };
    Ok(Told { capture, judged, advice, ledger, facts })
}

fn from_server(run: &Run, arguments: &AdviseArguments, consent: &Consent) -> anyhow::Result<Told> {
    let target = input::target(arguments.dsn.as_deref())?;
    run.wait(async {
        let session = input::connect(&target).await?;
        live(run, &session, arguments, consent, RuleOptions::default()).await
    })
}

/// The whole story on a live server.
pub async fn live(
    run: &Run,
    session: &Session,
    arguments: &AdviseArguments,
    consent: &Consent,
    rule_options: RuleOptions,
) -> anyhow::Result<Told> {
    let progress = input::progress(run);
    let collect_options = input::collect_options(&arguments.consent, Privacy::Values);
    let capture = collect(session, &collect_options, &*progress).await?;
    let drafts = run.deep(|| drafts(&capture));
    let (plans, notes) = plan_drafts(session, &drafts, &capture, consent, &*progress).await;
    let mut capture = Capture { plans, ..capture };
    capture.gaps.extend(notes);
    let judged = story::judge(run, &capture, drafts, rule_options);
    let (answerer, better) = answerer(session, &capture, arguments.price)?;
    let options = story::options(&arguments.budget)?;
    let (advice, ledger) = story::decide(&capture, &judged, &options, answerer).await;
    let facts = RunFacts {
        limits: input::consent_sentence(consent, capture.server.standby),
        pricer: pricer_sentence(&capture, advice.method),
        better: better.map_or_else(String::new, |it| it.remedy),
        closing: format!("Done to the server: {}.", session.deeds()),
        notes: Vec::new(),
    };
    Ok(Told { capture, judged, advice, ledger, facts })
}

fn pricer_sentence(capture: &Capture, method: Method) -> String {
    match (method, &capture.server.hypopg) {
        (Method::Hypopg, Some(version)) => {
            format!("{} (version {version})", method_sentence(method))
        }
        _ => method_sentence(method).to_owned(),
    }
}

/// Who prices: HypoPG where it is installed and wanted; the note says what would be better.
fn answerer<'a>(
    session: &'a Session,
    capture: &'a Capture,
    price: Price,
) -> anyhow::Result<(Answerer<'a>, Option<Note>)> {
    if price == Price::Structure {
        return Ok((Answerer::Nobody, None));
    }
    match HypoPg::new(session, capture) {
        Ok(server) => Ok((Answerer::Server(Box::new(server)), None)),
        Err(note) if price == Price::Hypopg => {
            anyhow::bail!("could not price with HypoPG: {}. {}", note.message, note.remedy)
        }
        Err(note) => Ok((Answerer::Nobody, Some(note))),
    }
}

/// Writes the result in the form that was asked for.
pub fn tell(run: &Run, arguments: &AdviseArguments, told: &Told) -> anyhow::Result<()> {
    let report = AdviseReport {
        capture: &told.capture,
        cases: &told.judged.cases,
        findings: &told.judged.findings,
        advice: &told.advice,
        run: &told.facts,
        extent: if arguments.all { Extent::All } else { Extent::First },
    };
    match arguments.format {
        Format::Text => run.write_text(&advise_document(&report)),
        Format::Json => output::write(&run.look, &advice_json(&report)),
        Format::Markdown => output::write(&run.look, &markdown(&advise_document(&report))),
        Format::Html => output::write(&run.look, &html(&advise_document(&report))),
        Format::Sql => output::write(&run.look, &sql_script(&report)),
    }
}
