//! `pgsextant capture`: one recorded world in a folder.

use std::io::Write as _;

use crate::cli::args::CaptureArguments;
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::cli::{advise, input};
use crate::io::store::{self, Stored};
use crate::io::{collect, plan_drafts};
use crate::workload::{Capture, Privacy, drafts};

/// Reads a server and writes what was read.
pub fn capture(run: &Run, arguments: &CaptureArguments) -> anyhow::Result<Outcome> {
    let consent = input::consent(&arguments.consent)?;
    if arguments.consent.dry_run {
        return advise::dry_run(run, &consent);
    }
    let target = input::target(arguments.dsn.as_deref())?;
    let privacy = if arguments.no_values { Privacy::None } else { Privacy::Values };
    let (capture, deeds) = run.wait(async {
        let session = input::connect(&target).await?;
        let progress = input::progress(run);
        let options = input::collect_options(&arguments.consent, privacy);
        let mut capture = collect(&session, &options, &*progress).await?;
        let drafts = run.deep(|| drafts(&capture));
        let (plans, notes) = plan_drafts(&session, &drafts, &capture, &consent, &*progress).await;
        capture = Capture { plans, ..capture };
        capture.gaps.extend(notes);
        anyhow::Ok((capture, session.deeds()))
    })?;
    let capture = match privacy {
        Privacy::Values => capture,
        Privacy::None => run.deep(|| capture.without_values()),
    };
    let summary = format!(
        "{} statements, {} tables, {} plans, {} gaps",
        capture.statements.len(),
        capture.catalog.tables().count(),
        capture.plans.len(),
        capture.gaps.len()
    );
    store::write(&arguments.out, &Stored { capture, answers: String::new() })?;
    if !run.look.quiet {
        let mut words = std::io::stderr().lock();
        // When nobody reads standard error, the files are still there.
        let _ = writeln!(words, "wrote {}: {summary}", arguments.out.display());
        let _ = writeln!(words, "on the server: {deeds}");
    }
    Ok(Outcome::Fine)
}
