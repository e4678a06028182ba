//! The story of a run: read the arguments, make the runtime, call one command, say how it ended.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser as _};

use crate::cli::args::{Arguments, Command, Look};
use crate::cli::exit::{Outcome, code};
use crate::cli::{advise, capture, demo, dump, hello, output, pager, plan, rule};
use crate::io::ServerError;
use crate::report::Document;

/// Stack of the threads that parse and plan: ordinary statements with dozens of joins overflow
/// the usual 2 MB inside the grammar (measured); 64 MB hold the depth that the reader admits.
const STACK_BYTES: usize = 64 << 20;

/// What every command needs.
#[derive(Debug)]
pub struct Run {
    /// How results look.
    pub look: Look,
    /// The process's environment, read once.
    pub environment: BTreeMap<String, String>,
    /// Threads with deep stacks for pure work.
    pool: rayon::ThreadPool,
    /// The one runtime.
    runtime: tokio::runtime::Runtime,
}

/// Runs what was typed.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Printing can only fail when nobody reads any more.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = Run::new(arguments.look).and_then(|run| match arguments.command {
        Some(command) => run.command(command),
        None => hello::hello(&run),
    });
    if let Err(error) = &outcome {
        // The last words; when standard error is closed nobody can be told.
        let _ = writeln!(std::io::stderr(), "pgsextant: {error:#}");
        let remedy = error.downcast_ref::<ServerError>().map_or("", |it| &it.remedy);
        if !remedy.is_empty() {
            let _ = writeln!(std::io::stderr(), "{remedy}");
        }
    }
    code(&outcome)
}

impl Run {
    /// Makes the runtime and the pool.
    fn new(look: Look) -> anyhow::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .stack_size(STACK_BYTES)
            .build()
            .context("could not start threads")?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("could not start the runtime")?;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self { look, environment, pool, runtime })
    }

    /// Runs pure work on the deep stacks.
    pub fn deep<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Waits for work that touches the world.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Writes a document as text.
    pub fn write_text(&self, document: &Document) -> anyhow::Result<()> {
        output::write_text(&self.look, &self.environment, document)
    }

    fn command(&self, command: Command) -> anyhow::Result<Outcome> {
        match command {
            Command::Advise(arguments) => advise::advise(self, &arguments),
            Command::Capture(arguments) => capture::capture(self, &arguments),
            Command::Plan(arguments) => plan::plan(self, &arguments),
            Command::Pager => pager::pager(self),
            Command::Rule(arguments) => rule::rule(self, &arguments),
            Command::Demo(arguments) => demo::demo(self, &arguments),
            Command::Dump(arguments) => dump::dump(self, &arguments),
            Command::Completions(arguments) => {
                let mut out = Vec::new();
                let mut command = Arguments::command();
                clap_complete::generate(arguments.shell, &mut command, "pgsextant", &mut out);
                self.write_bytes(&out)
            }
            Command::Man => {
                let mut out = Vec::new();
                clap_mangen::Man::new(Arguments::command())
                    .render(&mut out)
                    .context("could not write the manual page")?;
                self.write_bytes(&out)
            }
            Command::Guard { .. } => unreachable!("main runs the guard before anything else"),
        }
    }

    fn write_bytes(&self, bytes: &[u8]) -> anyhow::Result<Outcome> {
        output::write(&self.look, &String::from_utf8_lossy(bytes))?;
        Ok(Outcome::Fine)
    }
}
