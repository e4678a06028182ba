//! `pgsextant demo`: all of it on a throwaway server, and whether it came true.
//!
//! Loads a shop, plays a day, advises as a user would, builds what is advised, plays the day
//! again, and compares. It ends on one screen, and with 1 when something that was promised did
//! not happen.

mod phases;
mod effect;
mod proof;
mod checks;
mod screen;

use anyhow::Context as _;
use clap::Parser as _;

use crate::advise::Method;
use crate::base::Rows;
use crate::cli::advise::{Told, live};
use crate::cli::args::{AdviseArguments, Arguments, Command, DemoArguments};
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::cli::{input, output};
use crate::indexes::ddl;
use crate::io::demo::{Day, DayOptions, DemoServer, IndexScans, Played, ServerWish, World, choose};
use crate::io::store::{self, Stored};
use crate::io::throwaway::ServerBinaries;
use crate::io::{Spoken, Surroundings, Target};
use crate::report::{AdviseReport, Colour, Extent, Glyphs, TextStyle, advise_document, text};
use crate::rules::RuleOptions;

use checks::{Check, Evidence, Labour, checks, labour};
use effect::{Built, Runs, built};
use phases::Phases;
use proof::{Declined, Dropped, Laboratory};
use screen::{Screen, fitting, whole_document};

/// Columns of the report's file.
const REPORT_WIDTH: usize = 100;

/// What the demo came to.
#[derive(Debug)]
struct Ended {
    told: Told,
    rows: u64,
    before: Played,
    after: Played,
    built: Vec<Built>,
    declined: Option<Declined>,
    dropped: Option<Dropped>,
}

/// Runs the demo.
pub fn demo(run: &Run, arguments: &DemoArguments) -> anyhow::Result<Outcome> {
    let world = match &arguments.world {
        Some(folder) => World::read(folder)?,
        None => World::built_in()?,
    };
    let wish = ServerWish {
        bin: arguments.servers.pg_bin.clone(),
        account: arguments.servers.pg_user.clone(),
    };
    let phases = Phases::of(&run.look);
    let binaries = choose(&wish)?;
    let ended = run.wait(async {
        let phase = phases.begin("start");
        let server = DemoServer::start(&binaries, &wish).await?;
        phase.end(&format!("PostgreSQL {} of our own", binaries.version));
        let stage = Stage { run, arguments, world: &world, server: &server, phases: &phases };
        let ended = tokio::select! {
            ended = stage.play() => ended,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        let stopped = server.stop().await;
        let ended = ended?;
        stopped?;
        anyhow::Ok(ended)
    })?;
    tell(run, arguments, &Verdict::of(&world, ended, &binaries, &phases, arguments.seed))
}

/// A server with everything that is to be played on it.
struct Stage<'a> {
    run: &'a Run,
    arguments: &'a DemoArguments,
    world: &'a World,
    server: &'a DemoServer,
    phases: &'a Phases,
}

impl Stage<'_> {
    async fn play(&self) -> anyhow::Result<Ended> {
        let rows = self.load().await?;
        let day = Day::plan(self.server, &self.world.blocks).await?;
        self.warm_up(&day).await?;
        let before = self.day(&day, "day").await?;
        let told = self.advise().await?;
        self.build(&told).await?;
        let earlier = self.server.index_scans().await?;
        let after = self.day(&day, "replay").await?;
        let scans = since(&self.server.index_scans().await?, &earlier);
        let runs = Runs { before: &before.statements, after: &after.statements, scans: &scans };
        let built = built(&told.advice, &told.capture, runs);
        let (declined, dropped) = self.prove(&day, &told).await?;
        Ok(Ended { told, rows, before, after, built, declined, dropped })
    }

    async fn load(&self) -> anyhow::Result<u64> {
        let phase = self.phases.begin("load");
        self.server.load(self.world, self.arguments.seed, phase.progress()).await?;
        let rows = self.server.rows().await?;
        phase.end(&format!("{rows} rows, seed {}", self.arguments.seed));
        Ok(rows)
    }

    /// Each statement once, and then nothing is remembered: what follows is measured warm.
    async fn warm_up(&self, day: &Day<'_>) -> anyhow::Result<()> {
        let phase = self.phases.begin("warm up");
        let once = DayOptions { calls_max: 1, ..DayOptions::whole("warming up") };
        let played = day.play(&once, phase.progress()).await?;
        self.server.reset().await?;
        phase.end(&format!("{} executions, not counted", played.executions));
        Ok(())
    }

    async fn day(&self, day: &Day<'_>, name: &'static str) -> anyhow::Result<Played> {
        let phase = self.phases.begin(name);
        let played = day.play(&DayOptions::whole("playing a day"), phase.progress()).await?;
        phase.end(&format!("{} executions", played.executions));
        Ok(played)
    }

    /// The real thing, by a role that may only look.
    async fn advise(&self) -> anyhow::Result<Told> {
        let phase = self.phases.begin("advise");
        let dsn = self.server.auditor_dsn();
        let arguments = typed(&["--analyze=always"])?;
        let consent = input::consent(&arguments.consent)?;
        let target = Target::find(Some(&dsn), &Spoken::default(), &Surroundings::default())?;
        let session = input::connect(&target).await?;
        // The counters are minutes old here; on a user's server a month is asked for.
        let rules = RuleOptions { unused_days: 0.0 };
        let told = live(self.run, &session, &arguments, &consent, rules).await?;
        if let Some(folder) = &self.arguments.save {
            let answers = told.ledger.write();
            store::write(folder, &Stored { capture: told.capture.clone(), answers })?;
        }
        phase.end(&format!(
            "{} indexes, {} findings, {} planner calls",
            told.advice.recommendations.len(),
            told.judged.findings.len(),
            told.advice.effort.planner_calls
        ));
        Ok(told)
    }

    async fn build(&self, told: &Told) -> anyhow::Result<()> {
        let phase = self.phases.begin("build");
        let recommendations = &told.advice.recommendations;
        for it in recommendations {
            let (catalog, version) = (&told.capture.catalog, told.capture.server.version);
            let statements = ddl::create(&it.definition, &it.name, catalog, version)?;
            self.server.build(&statements).await?;
        }
        self.server.settle().await?;
        phase.end(&format!("{} indexes", recommendations.len()));
        Ok(())
    }

    async fn prove(
        &self,
        day: &Day<'_>,
        told: &Told,
    ) -> anyhow::Result<(Option<Declined>, Option<Dropped>)> {
        let phase = self.phases.begin("prove");
        let laboratory = Laboratory {
            server: self.server,
            day,
            blocks: &self.world.blocks,
            told,
            progress: phase.progress(),
        };
        let declined = match self.world.faults.traps.first() {
            Some(trap) => proof::declined(&laboratory, trap).await?,
            None => None,
        };
        let dropped = proof::dropped(&laboratory).await?;
        phase.end("one index declined, one dropped");
        Ok((declined, dropped))
    }
}

/// The arguments of `advise` as if they had been typed.
fn typed(words: &[&str]) -> anyhow::Result<AdviseArguments> {
    let line = ["pgsextant", "advise"].iter().chain(words);
    match Arguments::try_parse_from(line)?.command {
        Some(Command::Advise(arguments)) => Ok(arguments),
        _ => anyhow::bail!("these are not arguments of advise"),
    }
}

/// How often each index was read since.
fn since(now: &IndexScans, then: &IndexScans) -> IndexScans {
    let before = |name| then.get(name).copied().unwrap_or(0);
    now.iter().map(|(name, scans)| (name.clone(), scans.saturating_sub(before(name)))).collect()
}

/// What the demo came to, judged.
struct Verdict {
    ended: Ended,
    title: String,
    time: String,
    labour: Labour,
    checks: Vec<Check>,
}

impl Verdict {
    fn of(
        world: &World,
        ended: Ended,
        binaries: &ServerBinaries,
        phases: &Phases,
        seed: i64,
    ) -> Self {
        let (before, after) = (&ended.before, &ended.after);
        let labour = labour(
            before.processor.zip(after.processor),
            (before.statements.total(), after.statements.total()),
        );
        let checks = checks(&Evidence {
            faults: &world.faults,
            findings: &ended.told.judged.findings,
            method: ended.told.advice.method,
            built: &ended.built,
            labour,
            declined: ended.declined.as_ref(),
            dropped: ended.dropped.as_ref(),
            before: &before.statements,
            after: &after.statements,
        });
        let pricer = match ended.told.advice.method {
            Method::Structure => "",
            Method::Hypopg => ", HypoPG",
            Method::Shadow => ", shadow",
        };
        let title = format!(
            "demo: {} rows, {} executions, PostgreSQL {}{pricer}, seed {seed}",
            Rows(ended.rows as f64),
            before.executions,
            binaries.version
        );
        Self { title, time: phases.sentence(), labour, checks, ended }
    }
}

/// Shows the screen, and writes the whole report where that was asked for.
fn tell(run: &Run, arguments: &DemoArguments, verdict: &Verdict) -> anyhow::Result<Outcome> {
    let ended = &verdict.ended;
    let closing = &ended.told.facts.closing;
    let done = closing.strip_prefix("Done to the server: ").unwrap_or(closing);
    let screen = Screen {
        title: &verdict.title,
        unpriced: &ended.told.facts.pricer,
        built: &ended.built,
        labour: verdict.labour,
        declined: ended.declined.as_ref(),
        dropped: ended.dropped.as_ref(),
        done,
        time: &verdict.time,
        checks: &verdict.checks,
    };
    if let Some(path) = &arguments.report {
        std::fs::write(path, report(verdict, &screen))
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    run.write_text(&fitting(&screen, output::style(&run.look, &run.environment)))?;
    let holds = verdict.checks.iter().all(|it| it.outcome.is_ok());
    Ok(if holds { Outcome::Fine } else { Outcome::Found })
}

/// The whole report of `advise`, and the checks.
fn report(verdict: &Verdict, screen: &Screen<'_>) -> String {
    let told = &verdict.ended.told;
    let style = TextStyle { width: REPORT_WIDTH, colour: Colour::Never, glyphs: Glyphs::Unicode };
    let advise = advise_document(&AdviseReport {
        capture: &told.capture,
        cases: &told.judged.cases,
        findings: &told.judged.findings,
        advice: &told.advice,
        run: &told.facts,
        extent: Extent::All,
    });
    format!("{}\n{}", text(&whole_document(screen), style), text(&advise, style))
}
