//! Records a rule's fixture: a throwaway server, the case's set-up, and one capture or one plan.

use std::path::Path;

use anyhow::Context as _;
use pgsextant::base::{Name, quote_literal};
use pgsextant::catalog::Catalog;
use pgsextant::io::throwaway::{Guard, Options, Search, Throwaway, find_servers, missing_message};
use pgsextant::io::{
    CollectOptions, Consent, ConsentMode, Limits, Session, Silent, Spoken, Surroundings, Target,
    TextValue, collect, plan_drafts,
};
use pgsextant::workload::{Capture, drafts};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls};

use crate::fixture::{self, keep_schema, normalized};
use crate::script::{self, Order};
use crate::{one_plan, root, say};

/// The database that every case is recorded in; `setup.sql` may alter it by this name.
const DATABASE: &str = "shop";

/// The role that runs every workload.
const ROLE: &str = "app";

/// Statistics of ten values a column keep fixtures small; autovacuum would make them chance.
const SETTINGS: [(&str, &str); 6] = [
    ("shared_preload_libraries", "pg_stat_statements"),
    ("default_statistics_target", "10"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("fsync", "off"),
    ("max_parallel_workers_per_gather", "0"),
];

/// Brings the counters of a session to the shared ones at once, not after a second (15 on).
const FLUSH: &str = "select pg_stat_force_next_flush()";

/// Records one case, or all cases of a rule.
pub(crate) fn record(rule: &str, case: Option<&str>, major: u32) -> anyhow::Result<()> {
    let cases = match case {
        Some(case) => vec![fixture::folder(rule, case)],
        None => folders(&fixture::rule_folder(rule))?,
    };
    let runtime = tokio::runtime::Runtime::new().context("could not start the runtime")?;
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(64 << 20)
        .build()
        .context("could not start threads")?;
    runtime.block_on(async {
        for case in cases {
            say(&case.display().to_string());
            if one_plan::is_one(&case) {
                let asked = one_plan::asked(&case)?;
                let mut server = start(asked.major, &one_plan::SETTINGS).await?;
                let done = one_plan::record(&mut server, DATABASE, &case, &asked).await;
                server.stop().await?;
                done?;
                continue;
            }
            let server = start(major, &SETTINGS).await?;
            let capture = world(&server, &case, &pool).await;
            server.stop().await?;
            fixture::write(&capture?, &case)?;
        }
        Ok(())
    })
}

fn folders(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not read {}", folder.display()))?;
    let mut found: Vec<_> =
        entries.filter_map(|it| Some(it.ok()?.path())).filter(|it| it.is_dir()).collect();
    found.sort();
    Ok(found)
}

async fn start(major: u32, settings: &[(&str, &str)]) -> anyhow::Result<Throwaway> {
    let search = Search { start: root().to_path_buf(), ..Search::here(None)? };
    let found = find_servers(&search);
    let binaries = found.of_major(major).with_context(|| missing_message(Some(major)))?;
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings = settings.iter().map(owned).collect();
    let options = Options { settings, ..Options::new("record", Guard::this_program()?) };
    Ok(Throwaway::start(binaries, options).await?)
}

/// Sets the case up, runs its workload, and reads everything.
async fn world(
    server: &Throwaway,
    case: &Path,
    pool: &rayon::ThreadPool,
) -> anyhow::Result<Capture> {
    let owner = connect(&server.config("postgres")).await?;
    let password = quote_literal(server.password());
    let made = format!(
        "create role {ROLE} login password {password} in role pg_read_all_data, pg_write_all_data"
    );
    for statement in [made.as_str(), &format!("create database {DATABASE}")] {
        owner.batch_execute(statement).await?;
    }
    let owner = connect(&server.config(DATABASE)).await?;
    owner
        .batch_execute("create schema monitor; create extension pg_stat_statements schema monitor")
        .await?;
    for order in script::read(&case.join("setup.sql"))? {
        let done = owner.batch_execute(&order.text).await;
        if !order.may_fail {
            done.with_context(|| format!("could not run {}", order.text))?;
        }
        // Else the counts of an INSERT arrive after the ANALYZE that follows it.
        owner.batch_execute(FLUSH).await?;
    }
    let mut config = server.config(DATABASE);
    let application = connect(config.user(ROLE)).await?;
    for order in script::read(&case.join("workload.sql"))? {
        run(&application, &order).await.with_context(|| format!("could not run {}", order.text))?;
    }
    for client in [&application, &owner] {
        client.batch_execute(FLUSH).await?;
    }
    read(server, pool).await
}

async fn run(client: &Client, order: &Order) -> anyhow::Result<()> {
    for call in 1..=order.calls {
        let values: Vec<TextValue> = order.values(call).into_iter().map(TextValue::of).collect();
        let bound: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|it| (it as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
        client.query_typed(&order.text, &bound).await?;
    }
    Ok(())
}

/// The capture with its plans, those of SELECTs measured.
async fn read(server: &Throwaway, pool: &rayon::ThreadPool) -> anyhow::Result<Capture> {
    let around = Surroundings::default();
    let dsn = server.connection_string(DATABASE);
    let target = Target::find(Some(&dsn), &Spoken::default(), &around)?;
    let session = Session::connect(&target, Limits::default()).await?;
    let mut capture = collect(&session, &CollectOptions::default(), &Silent).await?;
    let parts = keep_schema(capture.catalog.parts(), &Name::from("public"));
    capture.catalog = Catalog::new(parts);
    let role = Name::from(ROLE);
    capture.statements.retain(|it| it.role == role && it.text != FLUSH);
    let read = pool.install(|| drafts(&capture));
    let consent = Consent { mode: ConsentMode::Always, ..Consent::default() };
    let (plans, notes) = plan_drafts(&session, &read, &capture, &consent, &Silent).await;
    for note in capture.gaps.iter().chain(&notes) {
        say(&format!("  {}: {}: {}", note.code, note.subject, note.message));
    }
    capture.plans = plans;
    Ok(normalized(capture, &role))
}

async fn connect(config: &Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}
