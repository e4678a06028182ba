//! `cargo dev plans`: makes plans on real servers, one folder a server, one file a plan.
//!
//! Each scenario of `fixtures/plans/generator` is explained in four encodings and three extents,
//! in a transaction that is rolled back. Refuses to call a run good in which a scenario failed.

mod explain;
mod scenario;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use pgsextant::io::throwaway::{
    Guard, Options, Origin, Search, ServerBinaries, Throwaway, find_servers, missing_message,
};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::{root, say};
use explain::prefix;
pub(crate) use explain::{Encoding, Extent};
use scenario::Scenario;

/// Where the scenarios are.
const SOURCE: &str = "fixtures/plans/generator";

/// The database that holds the tables.
const DATABASE: &str = "plans";

/// Nothing left to chance; a schema may set more, on lines such as `-- server: jit = on`.
const SETTINGS: [(&str, &str); 4] = [
    ("autovacuum", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("max_worker_processes", "12"),
    ("statement_timeout", "30s"),
];

/// What to make.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// Major versions, or `15jit` for the system's server with just-in-time compilation.
    pub servers: Vec<String>,
    /// Where the files go.
    pub out: PathBuf,
    /// The folder with `schema.sql` and `scenarios.sql`; none for the generator's own.
    pub source: Option<PathBuf>,
    /// Only scenarios whose names begin so.
    pub only: String,
    /// How many ways of explaining.
    pub breadth: Breadth,
}

/// In how many ways a scenario is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Breadth {
    /// In every extent and encoding.
    Every,
    /// Measured, in JSON.
    One,
}

impl Breadth {
    fn ways(self) -> impl Iterator<Item = (Extent, Encoding)> {
        let each = |extent| Encoding::ALL.into_iter().map(move |encoding| (extent, encoding));
        let first = (Extent::Measured, Encoding::Json);
        Extent::ALL.into_iter().flat_map(each).filter(move |it| self == Self::Every || *it == first)
    }
}

/// A server and what it is called.
#[derive(Debug, Clone)]
struct Kind {
    label: String,
    major: u32,
    has_jit: bool,
}

impl Kind {
    fn of(label: &str) -> anyhow::Result<Self> {
        let has_jit = label.ends_with("jit");
        let major = label.trim_end_matches("jit").parse();
        let major = major.with_context(|| format!("{label} is no major version"))?;
        Ok(Self { label: label.to_owned(), major, has_jit })
    }
}

/// Makes the plans of all servers asked for.
pub(crate) fn plans(wish: &Wish) -> anyhow::Result<()> {
    let source = wish.source.clone().unwrap_or_else(|| root().join(SOURCE));
    let read = |name: &str| {
        let file = source.join(name);
        std::fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))
    };
    let (schema, scenarios) = (read("schema.sql")?, scenario::scenarios(&read("scenarios.sql")?)?);
    let runtime = tokio::runtime::Runtime::new().context("could not start the runtime")?;
    runtime.block_on(async {
        let mut failed = 0;
        for label in &wish.servers {
            let began = Instant::now();
            let kind = Kind::of(label)?;
            let mut server = start(&kind, &schema).await?;
            let wanted: Vec<&Scenario> = scenarios
                .iter()
                .filter(|it| it.majors.contains(&kind.major) && it.needs_jit <= kind.has_jit)
                .filter(|it| it.needs_jit == kind.has_jit && it.name.starts_with(&wish.only))
                .collect();
            let made = fill(&mut server, &kind, (&schema, &wanted), wish).await;
            server.stop().await?;
            let (files, failures) = made.with_context(|| format!("on server {label}"))?;
            failed += failures;
            let seconds = began.elapsed().as_secs();
            say(&format!("{label}: {} scenarios, {files} plans, {seconds} s", wanted.len()));
        }
        anyhow::ensure!(failed == 0, "{failed} plans could not be made");
        Ok(())
    })
}

async fn start(kind: &Kind, schema: &str) -> anyhow::Result<Throwaway> {
    let search = Search { start: root().to_path_buf(), ..Search::here(None)? };
    let found = find_servers(&search);
    let suits = |it: &&ServerBinaries| {
        it.major == kind.major && (!kind.has_jit || it.origin == Origin::System)
    };
    let none = || match kind.major {
        13.. => missing_message(Some(kind.major)),
        older => format!("no PostgreSQL {older} server binaries; get them: scripts/setup --plans"),
    };
    let binaries = found.servers.iter().find(suits).with_context(none)?;
    let extra = [(14, "compute_query_id", "on"), (11, "jit", "off")];
    let extra = extra.into_iter().filter(|(since, ..)| kind.major >= *since);
    let asked = schema.lines().filter_map(|line| line.strip_prefix("-- server: "));
    let asked = asked.filter_map(|setting| setting.split_once(" = "));
    let settings = SETTINGS.into_iter().chain(extra.map(|(_, name, value)| (name, value)));
    let settings = settings.chain(asked);
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let options = Options { settings, ..Options::new("plans", Guard::this_program()?) };
    Ok(Throwaway::start(binaries, options).await?)
}

/// Makes the tables and then every file; how many there are, and how many scenarios failed.
async fn fill(
    server: &mut Throwaway,
    kind: &Kind,
    (schema, scenarios): (&str, &[&Scenario]),
    wish: &Wish,
) -> anyhow::Result<(usize, usize)> {
    let owner = connect(server, "postgres").await?;
    owner.batch_execute(&format!("create database {DATABASE}")).await?;
    let client = connect(server, DATABASE).await?;
    let schema = schema
        .replace("{socket}", &server.socket_folder().display().to_string())
        .replace("{port}", &server.port().to_string())
        .replace("{database}", DATABASE)
        .replace("{password}", server.password());
    for statement in scenario::schema(&schema, kind.major)? {
        let done = client.batch_execute(&statement).await;
        done.with_context(|| format!("could not run {statement}"))?;
    }
    drop(client);
    // What runs first finds nothing in the server's cache.
    server.halt().await?;
    server.launch().await?;
    let client = connect(server, DATABASE).await?;
    let known = known_settings(&client).await?;
    let folder = wish.out.join(&kind.label);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("could not empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("could not make {}", folder.display()))?;
    let (mut files, mut failures) = (0, 0);
    for scenario in scenarios {
        let mut scenario = Scenario::clone(scenario);
        scenario.before.retain(|it| setting_of(it).is_none_or(|name| known.contains(name)));
        match explain(&client, kind.major, &scenario, (&folder, wish.breadth)).await {
            Ok(made) => files += made,
            Err(error) => {
                failures += 1;
                say(&format!("{}: {}: {error:#}", kind.label, scenario.name));
            }
        }
    }
    Ok((files, failures))
}

/// The names of all settings that the server knows.
async fn known_settings(client: &Client) -> anyhow::Result<BTreeSet<String>> {
    let messages = client.simple_query("select name from pg_settings").await?;
    let names = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(names.collect())
}

/// What a `set local` sets.
fn setting_of(statement: &str) -> Option<&str> {
    statement.strip_prefix("set local ")?.split(' ').next()
}

/// Explains one scenario in every way; how many files that made.
async fn explain(
    client: &Client,
    major: u32,
    scenario: &Scenario,
    (folder, breadth): (&Path, Breadth),
) -> anyhow::Result<usize> {
    let mut made = 0;
    for (extent, encoding) in breadth.ways() {
        if scenario.only_planned && extent != Extent::Planned {
            continue;
        }
        client.batch_execute("begin").await?;
        let text = explained(client, scenario, &prefix(major, extent, encoding)).await;
        client.batch_execute("rollback; deallocate all").await?;
        let file = folder.join(extent.file(&scenario.name, encoding));
        std::fs::write(&file, text?)
            .with_context(|| format!("could not write {}", file.display()))?;
        made += 1;
    }
    Ok(made)
}

/// The document, its rows as lines.
async fn explained(client: &Client, scenario: &Scenario, prefix: &str) -> anyhow::Result<String> {
    const PLACE: &str = "{explain}";
    let mut placed = false;
    for statement in &scenario.before {
        placed |= statement.contains(PLACE);
        let statement = statement.replace(PLACE, prefix);
        let done = client.batch_execute(&statement).await;
        done.with_context(|| format!("could not run {statement}"))?;
    }
    let statement = if placed {
        scenario.statement.clone()
    } else {
        format!("{prefix} {}", scenario.statement)
    };
    let messages = client.simple_query(&statement).await;
    let messages = messages.with_context(|| format!("could not run {statement}"))?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned() + "\n"),
        _ => None,
    });
    let text: String = rows.collect();
    anyhow::ensure!(!text.is_empty(), "the server printed no plan");
    Ok(text)
}

async fn connect(server: &Throwaway, database: &str) -> anyhow::Result<Client> {
    let (client, connection) = server.config(database).connect(NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}
