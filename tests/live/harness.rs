//! Servers for live tests: one of each supported major version, started for the test that asks.
//!
//! Refuses to skip: a major version without binaries fails the test and says how to get them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pgsextant::base::{quote_identifier, quote_literal};
use pgsextant::io::throwaway::{
    Found, Guard, Options, Search, ServerBinaries, Throwaway, find_servers, missing_message,
};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The major versions that live tests run on.
pub const MAJORS: [u32; 6] = [13, 14, 15, 16, 17, 18];

/// What every server of a live test preloads.
const SETTINGS: [(&str, &str); 2] =
    [("shared_preload_libraries", "pg_stat_statements"), ("max_connections", "30")];

/// A running server of one major version.
pub struct LiveServer {
    /// Its major version.
    pub major: u32,
    /// From the order to start it to the answer to its first query.
    pub first_answer: Duration,
    /// The server itself, to halt, to copy, to look at.
    pub server: Throwaway,
}

impl LiveServer {
    /// A connection string for a role made with [`role`](Self::role), or for `postgres`.
    pub fn dsn(&self, user: &str, database: &str) -> String {
        dsn(&self.server, user, database)
    }

    /// Runs statements as the superuser in `postgres` and returns the rows of them all as text;
    /// null is the empty text.
    pub async fn psql(&self, sql: &str) -> Vec<Vec<String>> {
        psql(&self.dsn("postgres", "postgres"), sql).await
    }

    /// Makes a login role; `attributes` is what `create role` takes, or nothing.
    pub async fn role(&self, name: &str, attributes: &str) {
        let password = quote_literal(self.server.password());
        let name = quote_identifier(name);
        self.psql(&format!("create role {name} login password {password} {attributes}")).await;
    }
}

/// Runs a check on a server of every major version, one after the other.
#[expect(clippy::needless_pass_by_value, reason = "a closure is written where it is used")]
pub fn each_major(check: impl AsyncFn(&mut LiveServer)) {
    runtime().block_on(async {
        for major in MAJORS {
            let _which = Which(major);
            let mut server = copy_with(major, options("live")).await;
            check(&mut server).await;
            server.server.stop().await.unwrap();
        }
    });
}

/// Starts one server; the time counts to its first answer.
pub async fn start(binaries: &ServerBinaries) -> LiveServer {
    let begun = Instant::now();
    let server = Throwaway::start(binaries, options("live")).await.unwrap();
    answering(server, begun).await
}

/// Starts a copy of the template of a major version, with options.
pub async fn copy_with(major: u32, options: Options) -> LiveServer {
    let template = template(binaries_of(&binaries(), major)).await;
    let begun = Instant::now();
    let server = template.start_copy(options).await.unwrap();
    answering(server, begun).await
}

/// A halted server to copy: initdb runs once a major version and test run. Its guard cleans up
/// when this process ends.
async fn template(binaries: &ServerBinaries) -> &'static Throwaway {
    static TEMPLATES: [OnceCell<Throwaway>; MAJORS.len()] =
        [const { OnceCell::const_new() }; MAJORS.len()];
    let at = MAJORS.iter().position(|major| *major == binaries.major).unwrap();
    let made = TEMPLATES[at].get_or_init(async || {
        let mut server = Throwaway::start(binaries, options("template")).await.unwrap();
        server.halt().await.unwrap();
        server
    });
    made.await
}

async fn answering(server: Throwaway, begun: Instant) -> LiveServer {
    let rows = psql(&dsn(&server, "postgres", "postgres"), "select 1").await;
    assert_eq!(rows, [["1"]]);
    LiveServer { major: server.binaries().major, first_answer: begun.elapsed(), server }
}

/// Options that every live test starts from.
pub fn options(name: &str) -> Options {
    let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Options {
        settings: settings.to_vec(),
        ..Options::new(name, Guard::of(env!("CARGO_BIN_EXE_pgsextant")))
    }
}

/// A connection string to any throwaway server.
pub fn dsn(server: &Throwaway, user: &str, database: &str) -> String {
    format!(
        "host={} port={} user='{user}' password={} dbname='{database}'",
        server.socket_folder().display(),
        server.port(),
        server.password(),
    )
}

/// A connection, driven by the runtime until it is dropped.
pub async fn connect(dsn: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Runs statements and returns the rows of them all as text; null is the empty text.
pub async fn psql(dsn: &str, sql: &str) -> Vec<Vec<String>> {
    let messages = connect(dsn).await.simple_query(sql).await.unwrap();
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        })
        .collect()
}

/// The server binaries of this machine, seen from the checkout.
pub fn binaries() -> Found {
    let here = Search::here(None).unwrap();
    find_servers(&Search { start: PathBuf::from(env!("CARGO_MANIFEST_DIR")), ..here })
}

/// Those of one major version; fails the test when there are none.
pub fn binaries_of(found: &Found, major: u32) -> &ServerBinaries {
    found.of_major(major).unwrap_or_else(|| panic!("{}", missing_message(Some(major))))
}

/// The runtime of a test.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Says on which major version a test failed.
pub struct Which(pub u32);

impl Drop for Which {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "goes with the test's own report")]
            {
                eprintln!("failed on PostgreSQL {}", self.0);
            }
        }
    }
}
