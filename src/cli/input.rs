//! What a command reads: a server or a capture, and what it may do there.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::cli::args::ConsentArguments;
use crate::cli::run::Run;
use crate::io::{
    AnalyzeMode, CollectOptions, Consent, Limits, Progress, ProgressLine, Session, Silent, Spoken,
    Surroundings, Target, store,
};
use crate::whatif::Ledger;
use crate::workload::{Capture, Privacy};

/// A capture read from disk with the answers beside it.
pub fn stored(path: &Path) -> anyhow::Result<(Capture, Ledger)> {
    let stored = store::read(path)?;
    let (ledger, notes) = Ledger::read(&stored.answers);
    let mut capture = stored.capture;
    capture.gaps.extend(notes);
    Ok((capture, ledger))
}

/// Where to connect.
pub fn target(dsn: Option<&str>) -> anyhow::Result<Target> {
    Ok(Target::find(dsn, &Spoken::default(), &Surroundings::of_process())?)
}

/// Connects as the target says.
pub async fn connect(target: &Target) -> anyhow::Result<Session> {
    Ok(Session::connect(target, Limits::default()).await?)
}

/// What to read of a server.
pub fn collect_options(arguments: &ConsentArguments, privacy: Privacy) -> CollectOptions {
    CollectOptions {
        trust_owners: arguments.trust_owner.clone(),
        privacy,
        ..CollectOptions::default()
    }
}

/// What may be run: `auto`, `never` or `always`, and seconds behind a comma.
pub fn consent(arguments: &ConsentArguments) -> anyhow::Result<Consent> {
    let text = arguments.analyze.as_str();
    let (word, seconds) = match text.split_once(',') {
        Some((word, seconds)) => (word.trim(), Some(seconds.trim())),
        None => (text.trim(), None),
    };
    let mode = match word {
        "auto" => AnalyzeMode::Auto,
        "never" => AnalyzeMode::Never,
        "always" => AnalyzeMode::Always,
        _ => anyhow::bail!("could not read --analyze={text}: write auto, never or always, as in always,30s"),
    };
    let mut consent = Consent { mode, ..Consent::default() };
    if let Some(seconds) = seconds {
        let number: u64 = seconds
            .trim_end_matches('s')
            .parse()
            .with_context(|| format!("could not read the seconds in --analyze={text}"))?;
        consent.total = Duration::from_secs(number);
    }
    Ok(consent)
}

/// Progress on standard error, or none when it was not wanted.
pub fn progress(run: &Run) -> Box<dyn Progress> {
    if run.look.quiet { Box::new(Silent) } else { Box::new(ProgressLine::new()) }
}
