//! The demo's server: started, filled, built upon and thrown away.
//!
//! Four roles, as in a well-kept shop: the superuser who made it, the owner of the tables, the
//! application that reads and writes them, and the auditor who may look. Refuses any server but
//! its own.

use std::path::PathBuf;

use tokio_postgres::{Client, Config, NoTls};

use crate::base::{Name, quote_literal};
use crate::indexes::ddl::DdlStatement;
use crate::io::Progress;
use crate::io::throwaway::{
    Guard, Options, Origin, Search, ServerBinaries, Throwaway, find_servers, missing_message,
};
use crate::sql::{ScriptStatement, script};

use super::{DemoError, IndexScans, Reading, World};

/// The role that the workload runs as.
pub const APPLICATION: &str = "web";
/// The database, and the role that owns it.
const SHOP: &str = "shop";
/// The role that looks.
const AUDITOR: &str = "auditor";

/// Settings of the server. Its data are thrown away, so nothing waits for the disk; one process
/// for each statement, so that times compare; planner settings as usual for solid state disks.
const SETTINGS: [(&str, &str); 19] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
    ("shared_buffers", "512MB"),
    ("maintenance_work_mem", "256MB"),
    ("work_mem", "4MB"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("track_io_timing", "on"),
    ("random_page_cost", "1.1"),
    ("effective_cache_size", "4GB"),
    ("shared_preload_libraries", "pg_stat_statements"),
    ("pg_stat_statements.track_planning", "off"),
    ("max_connections", "30"),
];

/// The oldest server that pgsextant speaks to; older ones may lie beside it to make plans with.
const MAJOR_MIN: u32 = 13;

/// Which binaries to use, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerWish {
    /// The folder that holds `postgres` and `initdb`.
    pub bin: Option<PathBuf>,
    /// The unprivileged account to run as, when we are root.
    pub account: Option<String>,
}

/// The binaries to use: those that were asked for; else with HypoPG, which prices best; else
/// the newest.
pub fn choose(wish: &ServerWish) -> Result<ServerBinaries, DemoError> {
    let search = Search::here(wish.bin.clone()).map_err(|source| {
        let path = PathBuf::from(".");
        DemoError::File { path, source }
    })?;
    let found = find_servers(&search).servers.into_iter();
    let suits = |it: &ServerBinaries| match wish.bin {
        None => it.major >= MAJOR_MIN,
        Some(_) => it.origin == Origin::Flag,
    };
    found
        .filter(suits)
        .max_by_key(|it| (it.has_hypopg, it.major))
        .ok_or_else(|| DemoError::NoBinaries(missing_message(None)))
}

/// A running server with the shop's database.
#[derive(Debug)]
pub struct DemoServer {
    throwaway: Throwaway,
    superuser: Client,
    owner: Client,
}

impl DemoServer {
    /// Starts a server and makes roles and database.
    pub async fn start(binaries: &ServerBinaries, wish: &ServerWish) -> Result<Self, DemoError> {
        let guard = Guard::this_program()
            .map_err(|source| DemoError::File { path: PathBuf::from("pgsextant"), source })?;
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options =
            Options { settings, account: wish.account.clone(), ..Options::new("demo", guard) };
        let throwaway = Throwaway::start(binaries, options).await?;
        make_database(&throwaway).await?;
        // What we ask in between is no part of the workload.
        let unrecorded = "-c pg_stat_statements.track=none";
        let superuser = connect(throwaway.config(SHOP).options(unrecorded)).await?;
        for statement in database_statements(binaries) {
            send(&superuser, "make the extensions", &statement).await?;
        }
        let owner = connect(throwaway.config(SHOP).user(SHOP)).await?;
        Ok(Self { throwaway, superuser, owner })
    }

    /// Makes tables and rows.
    pub async fn load(
        &self,
        world: &World,
        seed: i64,
        progress: &dyn Progress,
    ) -> Result<(), DemoError> {
        let scripts = [("schema.sql", &world.schema), ("load.sql", &world.load)];
        let mut statements: Vec<(&'static str, ScriptStatement<'_>)> = Vec::new();
        for (file, text) in scripts {
            let found = script(text).map_err(|error| DemoError::Line {
                file,
                line: 1,
                why: error.to_string(),
            })?;
            statements.extend(found.into_iter().map(|it| (file, it)));
        }
        self.seed(seed).await?;
        progress.begin("loading", statements.len() as u64);
        for (file, statement) in &statements {
            let may_fail = statement.comments.iter().any(|it| it.trim() == "-- expect-error");
            match self.owner.batch_execute(statement.text).await {
                Err(error) if error.as_db_error().is_none() || !may_fail => {
                    let why = DemoError::server("run it", &error).to_string();
                    return Err(DemoError::Line { file, line: statement.line, why });
                }
                Ok(()) | Err(_) => progress.step(),
            }
        }
        send(&self.owner, "let the application in", GRANTS_APPLICATION).await?;
        if self.throwaway.binaries().major < 14 {
            send(&self.owner, "let the auditor in", GRANTS_AUDITOR_13).await?;
        }
        self.settle().await
    }

    async fn seed(&self, seed: i64) -> Result<(), DemoError> {
        let query = include_str!("../queries/own/demo_seed.sql");
        let set = self.owner.query(query, &[&seed.to_string()]).await;
        set.map(drop).map_err(|error| DemoError::server("set the seed", &error))
    }

    /// Writes out what is dirty, so that it does not disturb what is measured next.
    pub async fn settle(&self) -> Result<(), DemoError> {
        send(&self.superuser, "make a checkpoint", "checkpoint").await
    }

    /// Forgets what was counted for statements so far.
    pub async fn reset(&self) -> Result<(), DemoError> {
        let query = include_str!("../queries/own/demo_reset.sql");
        let reset = self.superuser.query(query, &[]).await;
        reset.map(drop).map_err(|error| DemoError::server("reset the counters", &error))
    }

    /// Runs statements as the owner of the tables, each by itself.
    pub async fn build(&self, statements: &[DdlStatement]) -> Result<(), DemoError> {
        for statement in statements {
            let words = statement.sql.lines().filter(|it| !it.starts_with("--"));
            let doing = format!("run {}", words.collect::<Vec<_>>().join(" "));
            send(&self.owner, &doing, &statement.sql).await?;
        }
        Ok(())
    }

    /// What the application's statements did so far.
    pub async fn reading(&self) -> Result<Reading, DemoError> {
        Reading::take(&self.superuser, APPLICATION).await
    }

    /// How often each index was read so far.
    pub async fn index_scans(&self) -> Result<IndexScans, DemoError> {
        super::measure::index_scans(&self.superuser).await
    }

    /// Rows of all tables.
    pub async fn rows(&self) -> Result<u64, DemoError> {
        let query = include_str!("../queries/own/demo_rows.sql");
        let row = self.superuser.query_one(query, &[]).await;
        let row = row.map_err(|error| DemoError::server("count the rows", &error))?;
        Ok(u64::try_from(row.get::<_, i64>("rows")).unwrap_or(0))
    }

    /// How the auditor connects, as text. Holds the password.
    pub fn auditor_dsn(&self) -> String {
        let words = [
            ("host", self.throwaway.socket_folder().display().to_string()),
            ("port", self.throwaway.port().to_string()),
            ("user", AUDITOR.to_owned()),
            ("password", self.throwaway.password().to_owned()),
            ("dbname", SHOP.to_owned()),
        ];
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
        let words = words.map(|(word, value)| format!("{word}='{}'", quoted(&value)));
        words.join(" ")
    }

    /// Stops it and waits until nothing of it is left.
    pub async fn stop(self) -> Result<(), DemoError> {
        drop((self.superuser, self.owner));
        Ok(self.throwaway.stop().await?)
    }

    pub(super) fn superuser(&self) -> &Client {
        &self.superuser
    }

    pub(super) fn owner(&self) -> &Client {
        &self.owner
    }

    pub(super) fn process(&self) -> Option<u32> {
        self.throwaway.server_id()
    }

    /// How the application connects. Each execution is planned for its own values.
    pub(super) fn application(&self) -> Config {
        let mut config = self.throwaway.config(SHOP);
        config.user(APPLICATION).application_name("web shop");
        config.options("-c plan_cache_mode=force_custom_plan");
        config
    }
}

/// What the application may do: all that its statements do.
const GRANTS_APPLICATION: &str = "grant usage on schema shop to web; \
    grant select, insert, update, delete on all tables in schema shop to web; \
    grant usage on all sequences in schema shop to web";

/// What the auditor needs where there is no `pg_read_all_data`.
const GRANTS_AUDITOR_13: &str = "grant usage on schema shop to auditor; \
    grant select on all tables in schema shop to auditor";

/// Roles and database, by the superuser.
async fn make_database(throwaway: &Throwaway) -> Result<(), DemoError> {
    let first = connect(&throwaway.config("postgres")).await?;
    let password = quote_literal(throwaway.password());
    for role in [SHOP, APPLICATION, AUDITOR] {
        let statement = format!("create role {} login password {password}", Name::from(role));
        send(&first, "make a role", &statement).await?;
    }
    let statements = [
        "grant pg_monitor to auditor",
        "create database shop owner shop",
        "alter database shop set search_path = shop, public",
    ];
    for statement in statements {
        send(&first, "make the database", statement).await?;
    }
    if throwaway.binaries().major >= 14 {
        send(&first, "let the auditor read", "grant pg_read_all_data to auditor").await?;
    }
    Ok(())
}

/// What the superuser makes in the database.
fn database_statements(binaries: &ServerBinaries) -> Vec<String> {
    let extensions = ["pg_stat_statements", "hypopg"].into_iter();
    let wanted = extensions.filter(|it| *it != "hypopg" || binaries.has_hypopg);
    wanted.map(|it| format!("create extension {it} schema public")).collect()
}

/// Connects, and keeps the connection going until the client is dropped.
pub(super) async fn connect(config: &Config) -> Result<Client, DemoError> {
    let connected = config.connect(NoTls).await;
    let (client, connection) =
        connected.map_err(|error| DemoError::server("connect to the demo's server", &error))?;
    drop(tokio::spawn(connection));
    Ok(client)
}

pub(super) async fn send(client: &Client, doing: &str, text: &str) -> Result<(), DemoError> {
    client.batch_execute(text).await.map_err(|error| DemoError::server(doing, &error))
}
