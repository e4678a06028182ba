//! `cargo dev log`: what is in a log, counted.
//!
//! Prints counts alone: how a log is told belongs to the reports.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use pgsextant::io::Silent;
use pgsextant::io::log::{LogOptions, LogSource, read_entries};
use pgsextant::log::Event;
use pgsextant::workload::LogGroups;

/// Bytes of stack for the grammar, as the program has.
const STACK: usize = 64 << 20;

/// Reads logs as one and prints how many entries of each kind and statements there are.
pub fn log(files: &[PathBuf], prefix: Option<String>) -> anyhow::Result<()> {
    let sources: Vec<LogSource> = files.iter().cloned().map(LogSource::of).collect();
    let options = LogOptions { prefix, form: None };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build();
    pool.context("could not start a thread")?.install(|| count(&sources, &options))
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn count(sources: &[LogSource], options: &LogOptions) -> anyhow::Result<()> {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut groups = LogGroups::new();
    let notes = read_entries(sources, options, &Silent, &mut |entry| {
        *kinds.entry(kind(&entry.event)).or_default() += 1;
        groups.add(&entry);
    })?;
    let logged = groups.finish(notes);
    for (kind, count) in kinds {
        println!("{kind} {count}");
    }
    let plans: usize = logged.statements.iter().map(|it| it.plans.len()).sum();
    println!("statements {}", logged.statements.len());
    println!("plans-kept {plans}");
    for note in &logged.notes {
        println!("note {}", note.message);
    }
    Ok(())
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Duration { .. } => "durations",
        Event::Plan { .. } => "plans",
        Event::Statement { .. } => "statements-announced",
        Event::TempFile { .. } => "temporary-files",
        Event::LockWait { .. } => "lock-waits",
        Event::Cancelled { .. } => "cancelled",
        Event::Failed { .. } => "failed",
        Event::Other { .. } => "others",
    }
}
