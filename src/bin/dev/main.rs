//! `cargo dev`: commands for people who change pgsextant.
//!
//! Refuses to be installed: it works on the checkout it was built from.

#![expect(clippy::disallowed_methods, reason = "reads and writes the checkout, runs cargo")]

mod check;
mod cut;
mod document;
mod encode;
mod fixture;
mod judge;
mod log;
mod new_rule;
mod one_plan;
mod plans;
mod record;
mod script;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use pgsextant::io::throwaway::run_guard;

#[derive(Debug, Parser)]
#[command(name = "cargo dev", about = "Commands for people who change pgsextant")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Format, lints, tests that need no server, documentation: what a commit must pass
    Check,
    /// Start a rule: its file, its word, its fixture folder
    NewRule {
        /// Its name, such as `sort-spill`
        name: String,
        /// What it looks at: plan, workload or audit
        #[arg(default_value = "plan")]
        folder: String,
    },
    /// Record a rule's fixture from a throwaway server
    Record {
        /// The rule
        rule: String,
        /// The case, a folder with `setup.sql` and `statement.sql` (one plan) or `workload.sql`
        /// (a capture); all of them when not given
        case: Option<String>,
        /// The major version for captures, 15 or later: older ones report counters late. One
        /// plan is recorded on the version that its `statement.sql` says
        #[arg(long, default_value_t = 18, value_parser = clap::value_parser!(u32).range(15..))]
        major: u32,
    },
    /// Take one statement out of a capture, as a small fixture
    Cut {
        /// The capture
        capture: PathBuf,
        /// The statement's label or key
        statement: String,
        /// The rule
        rule: String,
        /// The case
        case: String,
    },
    /// Make plans on real servers from the scenarios in `fixtures/plans/generator`
    Plans {
        /// The servers: major versions, and `15jit` for one with just-in-time compilation
        #[arg(long, value_delimiter = ',', default_value = "10,11,12,13,14,15,15jit,16,17,18")]
        majors: Vec<String>,
        /// Where the files go, one folder a server
        #[arg(long, default_value = "target/plans")]
        out: PathBuf,
        /// Another folder with `schema.sql` and `scenarios.sql`
        #[arg(long)]
        source: Option<PathBuf>,
        /// Only scenarios whose names begin so
        #[arg(long, default_value = "")]
        only: String,
        /// In how many ways
        #[arg(long, value_enum, default_value = "every")]
        breadth: plans::Breadth,
    },
    /// Check what we make of the plans that `plans` made
    Judge {
        /// The folder, with one folder a server
        #[arg(default_value = "target/plans")]
        folder: PathBuf,
        /// How many plans may carry a warning
        #[arg(long)]
        warned_max: Option<usize>,
        /// How many measured plans there must be
        #[arg(long, default_value_t = 1)]
        plans_min: usize,
    },
    /// Check that all forms of one plan, or all logs of one run, are read as the first of them
    Forms {
        /// What the printed row is called
        title: String,
        /// The files; the first is the measure of the others
        files: Vec<PathBuf>,
        /// What the files hold
        #[arg(long, value_enum, default_value = "plan")]
        source: judge::Source,
        /// What may differ
        #[arg(long, value_enum, default_value = "whole")]
        likeness: judge::Likeness,
    },
    /// Count what is in a server's log
    Log {
        /// The files, read as one log
        files: Vec<PathBuf>,
        /// `log_line_prefix` as the server has it
        #[arg(long)]
        prefix: Option<String>,
    },
    /// Print what a stage makes of an input: the same as `pgsextant dump`
    #[command(disable_help_flag = true)]
    Dump {
        /// What follows `pgsextant dump`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// The checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == "__guard") {
        return run_guard();
    }
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("cargo dev: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Check => check::check(),
        Task::NewRule { name, folder } => new_rule::new_rule(&name, &folder),
        Task::Record { rule, case, major } => record::record(&rule, case.as_deref(), major),
        Task::Cut { capture, statement, rule, case } => {
            cut::cut(&capture, &statement, &fixture::folder(&rule, &case))
        }
        Task::Plans { majors, out, source, only, breadth } => {
            plans::plans(&plans::Wish { servers: majors, out, source, only, breadth })
        }
        Task::Judge { folder, warned_max, plans_min } => {
            judge::judge(&judge::Bench { folder, warned_max, plans_min })
        }
        Task::Forms { title, files, source, likeness } => {
            judge::forms(&judge::Forms { title, files, source, likeness })
        }
        Task::Log { files, prefix } => log::log(&files, prefix),
        Task::Dump { arguments } => {
            let before = ["run", "--quiet", "--bin", "pgsextant", "--", "dump"].map(str::to_owned);
            cargo(before.into_iter().chain(arguments), &[])
        }
    }
}

/// Runs cargo in the checkout; fails when it does.
fn cargo(
    arguments: impl IntoIterator<Item = String>,
    environment: &[(&str, &str)],
) -> anyhow::Result<()> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let told = format!("cargo {}", arguments.join(" "));
    let status = Command::new(env!("CARGO"))
        .args(&arguments)
        .envs(environment.iter().copied())
        .current_dir(root())
        .status()
        .with_context(|| format!("could not run {told}"))?;
    anyhow::ensure!(status.success(), "{told} failed");
    Ok(())
}

/// One line for whoever runs this.
#[expect(clippy::print_stderr, reason = "a command for developers speaks on standard error")]
fn say(line: &str) {
    eprintln!("{line}");
}
