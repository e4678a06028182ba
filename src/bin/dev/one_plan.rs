//! Records one plan as a rule's case: a throwaway server, the case's set-up, one EXPLAIN.
//!
//! Refuses what would make the plan chance: autovacuum is off, and the statement runs twice, so
//! that the second run finds caches warm.

use std::path::Path;

use anyhow::Context as _;
use pgsextant::base::quote_literal;
use pgsextant::io::throwaway::Throwaway;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::script;

/// What EXPLAIN is asked for unless `-- options:` says otherwise.
const OPTIONS: &str = "analyze, verbose, buffers, wal, settings";

/// The server that a case is recorded on unless `-- major:` says otherwise.
const MAJOR: u32 = 18;

/// Autovacuum would make plans chance. Compilation is left to those cases that are about it.
pub(crate) const SETTINGS: [(&str, &str); 2] = [("autovacuum", "off"), ("fsync", "off")];

/// `statement.sql`: a statement, and how it is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The server's major version.
    pub(crate) major: u32,
    options: String,
    settings: Vec<(String, String)>,
    start: Start,
    text: String,
}

/// What the statement finds in the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Warm,
    Cold,
}

/// Whether the case is one plan and not a whole capture.
pub(crate) fn is_one(case: &Path) -> bool {
    case.join("statement.sql").exists()
}

/// Reads `statement.sql`.
pub(crate) fn asked(case: &Path) -> anyhow::Result<Asked> {
    let file = case.join("statement.sql");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("could not read {}", file.display()))?;
    read(&text).with_context(|| format!("in {}", file.display()))
}

fn read(text: &str) -> anyhow::Result<Asked> {
    let mut asked = Asked {
        major: MAJOR,
        options: OPTIONS.to_owned(),
        settings: Vec::new(),
        start: Start::Warm,
        text: String::new(),
    };
    for line in text.lines() {
        let Some(said) = line.strip_prefix("--").map(str::trim) else {
            asked.text.push_str(line);
            asked.text.push('\n');
            continue;
        };
        match said.split_once(':').map(|(word, value)| (word, value.trim())) {
            Some(("major", value)) => asked.major = value.parse().context("major is no number")?,
            Some(("options", value)) => value.clone_into(&mut asked.options),
            Some(("set", value)) => {
                let (name, value) = value.split_once('=').context("set has no value")?;
                asked.settings.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            None if said == "cold" => asked.start = Start::Cold,
            _ => anyhow::bail!("a comment says neither major, options, set nor cold: {line}"),
        }
    }
    asked.text = asked.text.trim().trim_end_matches(';').to_owned();
    anyhow::ensure!(!asked.text.is_empty(), "there is no statement");
    Ok(asked)
}

/// Sets the case up and writes its `plan.json`.
pub(crate) async fn record(
    server: &mut Throwaway,
    database: &str,
    case: &Path,
    asked: &Asked,
) -> anyhow::Result<()> {
    let owner = connect(server, "postgres").await?;
    owner.batch_execute(&format!("create database {database}")).await?;
    let mut client = connect(server, database).await?;
    for order in script::read(&case.join("setup.sql"))? {
        let text = placed(&order.text, server, database);
        let done = client.batch_execute(&text).await;
        if !order.may_fail {
            done.with_context(|| format!("could not run {text}"))?;
        }
    }
    if asked.start == Start::Cold {
        drop((owner, client));
        server.halt().await?;
        server.launch().await?;
        client = connect(server, database).await?;
    }
    let document = explain(&client, asked).await?;
    let file = case.join("plan.json");
    std::fs::write(&file, document + "\n")
        .with_context(|| format!("could not write {}", file.display()))
}

/// `{host}`, `{port}`, `{user}`, `{password}` and `{database}`, as quoted literals: how a foreign
/// server reaches the very server that it stands on.
fn placed(text: &str, server: &Throwaway, database: &str) -> String {
    let host = server.socket_folder().display().to_string();
    [
        ("{host}", host.as_str()),
        ("{port}", &server.port().to_string()),
        ("{user}", "postgres"),
        ("{password}", server.password()),
        ("{database}", database),
    ]
    .iter()
    .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, &quote_literal(value)))
}

/// The document of the second run; of the first where the caches shall be cold.
async fn explain(client: &Client, asked: &Asked) -> anyhow::Result<String> {
    let explain = format!("explain ({}, format json) {}", asked.options, asked.text);
    if asked.start == Start::Warm {
        // A statement that writes is refused here and runs once only: its first run would leave
        // dead rows behind.
        client.batch_execute("begin read only").await?;
        set(client, asked).await?;
        drop(client.batch_execute(&explain).await);
        client.batch_execute("rollback").await?;
    }
    client.batch_execute("begin").await?;
    set(client, asked).await?;
    let messages =
        client.simple_query(&explain).await.with_context(|| format!("could not run {explain}"))?;
    client.batch_execute("rollback").await?;
    let lines = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

async fn set(client: &Client, asked: &Asked) -> anyhow::Result<()> {
    for (name, value) in &asked.settings {
        let setting = format!("set local {name} = {value}");
        client.batch_execute(&setting).await.with_context(|| format!("could not run {setting}"))?;
    }
    Ok(())
}

async fn connect(server: &Throwaway, database: &str) -> anyhow::Result<Client> {
    let (client, connection) = server.config(database).connect(NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_a_statement_is_explained() {
        let said = "-- major: 13\n-- set: work_mem = '64kB'\n-- cold\nselect 1\nfrom t;\n";
        let asked = read(said).expect("the head is sound");
        assert_eq!((asked.major, asked.start), (13, Start::Cold));
        assert_eq!(asked.settings, [("work_mem".to_owned(), "'64kB'".to_owned())]);
        assert_eq!((asked.options.as_str(), asked.text.as_str()), (OPTIONS, "select 1\nfrom t"));
        assert!(read("-- majr: 13\nselect 1").is_err());
        assert!(read("-- cold\n").is_err());
    }
}
