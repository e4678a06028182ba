//! A small shop with a workload, one server a major version for all tests, and the program
//! itself, run from outside.
//!
//! Refuses to share what a test changes: who writes takes a database of his own.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use pgsextant::base::quote_identifier;
use pgsextant::io::throwaway::Options;
use tokio::sync::{Mutex, OnceCell};

use crate::harness::{
    LiveServer, MAJORS, Which, binaries, connect, copy_with, options, psql, runtime,
};

/// The application's role: it may read and write the shop and nothing else.
pub const APP: &str = "app";

/// What every line of the server's log begins with: database, program, process, virtual
/// transaction, transaction.
const LOG_SETTINGS: [(&str, &str); 4] = [
    ("log_statement", "all"),
    ("log_line_prefix", "%d|%a|%p|%v|%x|"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// Tables and rows. `sale` lacks an index by customer and day, `product_name` repeats another,
/// and nothing looks up `line` by its product.
const TABLES: &str = "
    create table customer (id int primary key, mail text not null, country text not null);
    create table sale (id int primary key, customer int not null references customer,
        status text not null, placed timestamptz not null, total numeric not null);
    create table line (id int primary key, sale int not null references sale,
        product int not null, amount int not null);
    create table product (id int primary key, name text not null, stock int not null);
    create sequence ticket;
    create index sale_placed on sale (placed);
    create index line_sale on line (sale);
    create index product_name on product (name);
    create index product_name_again on product (name);
    create view open_sale as select id, customer, placed from sale where status = 'open';
    insert into customer select n, 'c' || n || '@example.com',
        (array['de', 'fr', 'at', 'ch'])[1 + n % 4] from generate_series(1, 4000) n;
    insert into product select n, 'product ' || n, n % 90 from generate_series(1, 1000) n;
    insert into sale select n, 1 + (n * 7919) % 4000, (array['open', 'paid', 'sent', 'back'])
        [1 + n % 4], timestamptz '2026-01-01' + n * interval '1 min', n % 500
        from generate_series(1, 50000) n;
    insert into line select n, 1 + n / 2, 1 + (n * 31) % 997, 1 + n % 5
        from generate_series(1, 50000) n;
";

/// What the application sends over and over, each with one number.
const WORKLOAD: [(&str, i32); 12] = [
    (
        "select id, total from sale where customer = $1 and status = 'open' order by placed desc \
      limit 20",
        30,
    ),
    ("select mail from customer where id = $1", 30),
    ("update sale set status = 'paid' where id = $1", 10),
    ("select sum(amount) from line where product = $1", 5),
    (
        "select l.product, sum(l.amount) from line l join sale s on s.id = l.sale \
      where s.customer = $1 group by l.product order by 2 desc limit 10",
        5,
    ),
    ("insert into product values (100000 + $1, 'new', 0)", 3),
    ("select name from product where id = $1 for update", 3),
    ("select nextval('ticket') + $1", 3),
    (
        "with gone as (delete from product where id = 100000 + $1 returning id) \
      select count(*) from gone",
        3,
    ),
    ("select count(*) from open_sale where customer = $1", 3),
    ("select country, count(*) from customer where id > $1 group by country", 3),
    ("select name from product where name = 'product ' || $1::int", 3),
];

/// The database that the others are copied from; nobody connects to it once it is made.
const TEMPLATE: &str = "shop_template";

/// The shared server of a major version, with the database `shop`.
pub async fn shared(major: u32) -> &'static LiveServer {
    static SERVERS: [OnceCell<LiveServer>; MAJORS.len()] =
        [const { OnceCell::const_new() }; MAJORS.len()];
    let at = MAJORS.iter().position(|it| *it == major).unwrap();
    SERVERS[at]
        .get_or_init(async || {
            let live = own(major, &[]).await;
            copy(&live, "shop").await;
            live
        })
        .await
}

/// A server of the test's own, with the template and no shop yet.
pub async fn own(major: u32, settings: &[(&str, &str)]) -> LiveServer {
    let mut options = options("shop");
    let given = LOG_SETTINGS.iter().chain(settings);
    options.settings.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    own_of(major, options).await
}

/// The same with options of every kind.
pub async fn own_of(major: u32, options: Options) -> LiveServer {
    let live = copy_with(major, options).await;
    live.role(APP, "").await;
    live.psql(&format!("create database {TEMPLATE}")).await;
    let dsn = live.dsn("postgres", TEMPLATE);
    psql(&dsn, TABLES).await;
    let preloaded = psql(&dsn, "show shared_preload_libraries").await;
    if preloaded[0][0].contains("pg_stat_statements") {
        psql(&dsn, "create extension pg_stat_statements").await;
    }
    let known = psql(&dsn, "select 1 from pg_available_extensions where name = 'hypopg'").await;
    if !known.is_empty() {
        psql(&dsn, "create extension hypopg").await;
    }
    let grants = format!(
        "grant select, insert, update, delete on all tables in schema public to {APP};
        grant all on sequence ticket to {APP}; vacuum analyze;"
    );
    for statement in grants.split(';').filter(|it| !it.trim().is_empty()) {
        psql(&dsn, statement).await;
    }
    live
}

/// A database with the shop's tables, where the application has worked.
pub async fn copy(live: &LiveServer, name: &str) {
    empty_copy(live, name).await;
    work(live, name).await;
}

/// A database with the shop's tables that nobody has used.
pub async fn empty_copy(live: &LiveServer, name: &str) {
    /// Two copies at once would find the template in use.
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;
    let name = quote_identifier(name);
    live.psql(&format!("create database {name} template {TEMPLATE}")).await;
}

/// Lets the application work.
pub async fn work(live: &LiveServer, database: &str) {
    let app = connect(&live.dsn(APP, database)).await;
    for (text, times) in WORKLOAD {
        let statement = app.prepare_typed(text, &[tokio_postgres::types::Type::INT4]).await;
        let statement = statement.unwrap();
        for number in 1..=times {
            app.query(&statement, &[&number]).await.unwrap();
        }
    }
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Told {
    /// Its exit code.
    pub code: i32,
    /// Its result.
    pub out: String,
    /// What it said besides.
    pub err: String,
}

impl Told {
    /// The result as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The result in one line, so that a phrase is found wherever it was wrapped.
    pub fn flat(&self) -> String {
        self.out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What was said besides, in one line.
    pub fn said(&self) -> String {
        self.err.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The same, when it went well.
    pub fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// A figure of the closing line, such as `executed`.
    pub fn deed(&self, what: &str) -> u64 {
        let flat = self.flat();
        let closing = &flat[flat.find("Done to the server:").unwrap_or_else(|| panic!("{flat}"))..];
        let before = &closing[..closing.find(what).unwrap_or_else(|| panic!("{closing}"))];
        let number = before.split_whitespace().last().unwrap();
        number.parse().unwrap_or_else(|_| panic!("{what}: {closing}"))
    }
}

/// Runs the program with nothing in its environment but what is given here.
pub fn run_with(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Told {
    let home = Folder::new("home");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgsextant"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path()).args(arguments);
    command.envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who does not read its input may have ended already.
    let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Told {
        code: output.status.code().unwrap_or_else(|| panic!("killed: {output:?}")),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program in an empty environment.
pub fn run(arguments: &[&str]) -> Told {
    run_with(arguments, &[], "")
}

/// Runs `advise` on a database.
pub fn advise(live: &LiveServer, user: &str, database: &str, arguments: &[&str]) -> Told {
    let dsn = live.dsn(user, database);
    run(&[&["advise", dsn.as_str()], arguments].concat())
}

/// Runs a check on the shared servers of some major versions.
pub fn on(majors: &[u32], check: impl AsyncFn(&'static LiveServer)) {
    runtime().block_on(async {
        for major in majors {
            let _which = Which(*major);
            check(shared(*major).await).await;
        }
    });
}

/// Whether the binaries of a major version came with HypoPG.
pub fn has_hypopg(major: u32) -> bool {
    binaries().of_major(major).is_some_and(|it| it.has_hypopg)
}

/// A folder of the test's own that goes away with it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // Not `pgsextant-…`: an empty folder of that name is one that the next server sweeps away.
        let name = format!("live-pgsextant-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A place in it, as an argument.
    pub fn at(&self, name: impl AsRef<OsStr>) -> String {
        self.0.join(name.as_ref()).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is the system's to clean.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// One line of a server's log that one of our sessions caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The server's process.
    pub process: String,
    /// The virtual transaction.
    pub virtual_transaction: String,
    /// The transaction that may write; 0 when none was needed.
    pub transaction: String,
    /// Everything after the prefix, with its further lines.
    pub text: String,
}

/// The length of a server's log now.
pub fn log_end(live: &LiveServer) -> usize {
    std::fs::read(live.server.folder().join("log")).unwrap().len()
}

/// The lines from `since` on that sessions of a program caused in a database.
pub fn log_of(live: &LiveServer, since: usize, database: &str, program: &str) -> Vec<LogLine> {
    let log = std::fs::read(live.server.folder().join("log")).unwrap();
    let text = String::from_utf8_lossy(&log[since..]).into_owned();
    let prefix = format!("{database}|{program}|");
    let mut lines: Vec<LogLine> = Vec::new();
    let mut ours = false;
    for line in text.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let (true, Some(last)) = (ours, lines.last_mut()) {
                last.text.push('\n');
                last.text.push_str(more);
            }
            continue;
        }
        ours = line.starts_with(&prefix);
        if let (true, [_, _, process, virtual_transaction, transaction, text]) =
            (ours, line.splitn(6, '|').collect::<Vec<_>>().as_slice())
        {
            lines.push(LogLine {
                process: (*process).to_owned(),
                virtual_transaction: (*virtual_transaction).to_owned(),
                transaction: (*transaction).to_owned(),
                text: (*text).to_owned(),
            });
        }
    }
    lines
}
