//! What a command reads: a server or a capture, and what it may do there.

use std::path::Path;

use crate::cli::args::ConsentArguments;
use crate::cli::run::Run;
use crate::io::{
    CollectOptions, Consent, ConsentMode, Limits, Progress, ProgressLine, Session, Silent, Spoken,
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
    Ok(arguments.analyze.parse()?)
}

/// What may be run, in a sentence for the first lines of a report.
pub fn consent_sentence(consent: &Consent, standby: bool) -> String {
    if consent.allows(standby) {
        return format!(
            "read-only statements are run by EXPLAIN (ANALYZE): {} s and {} blocks in all, {} s \
             each, one at a time, cheapest first",
            consent.total.as_secs(),
            consent.blocks.0,
            consent.each.as_secs(),
        );
    }
    let why = match consent.mode {
        ConsentMode::Auto => "this is a primary; --analyze=always allows it",
        ConsentMode::Never | ConsentMode::Always => "--analyze=never",
    };
    format!("nothing of the workload is executed, only planned ({why})")
}

/// Progress on standard error, or none when it was not wanted.
pub fn progress(run: &Run) -> Box<dyn Progress> {
    if run.look.quiet { Box::new(Silent) } else { Box::new(ProgressLine::new()) }
}
