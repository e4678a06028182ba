//! Copies of throwaway servers: standbys, and clusters that need no initdb of their own.
//!
//! Refuses tablespaces (see `seed`), and base backups: a copy of a stopped server needs neither
//! a replication protocol nor `pg_basebackup`, which stock binaries lack.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Config, NoTls};

use super::wire::{Listen, Source};
use super::{Options, Throwaway, ThrowawayError};

const WAL_FLUSHED: &str = include_str!("../queries/own/wal_flushed.sql");
const WAL_REPLAYED: &str = include_str!("../queries/own/wal_replayed.sql");

/// How long a standby may take to catch up.
const REPLAY_PATIENCE: Duration = Duration::from_secs(60);

/// How often to ask it.
const GLANCE: Duration = Duration::from_millis(10);

impl Throwaway {
    /// Starts a server on a copy of this one's data; this one must be halted and may stay so.
    /// Much faster than initdb. The copy has the same roles and passwords, and goes its own way.
    pub async fn start_copy(&self, options: Options) -> Result<Self, ThrowawayError> {
        if self.server_id().is_some() {
            return Err(ThrowawayError::new("copying a server", "it runs: halt it first"));
        }
        Self::seed(&self.binaries, options, self.source(None)).await?.launched().await
    }

    fn source(&self, primary: Option<String>) -> Source {
        Source::Copy { data: self.data_folder(), password: self.password().to_owned(), primary }
    }

    /// Starts a standby that follows this server, which is stopped for as long as the copy takes
    /// (its connections are lost). The standby has the same settings, roles and passwords, takes
    /// queries, and has caught up when this returns. It ends on its own: stop it first.
    pub async fn standby(&mut self) -> Result<Self, ThrowawayError> {
        let options = Options {
            name: format!("{}-standby", self.options.name),
            listen: Listen::Socket,
            ..self.options.clone()
        };
        let source = self.source(Some(self.connection_string("postgres")));
        self.halt().await?;
        let seeded = Self::seed(&self.binaries, options, source).await;
        // Whatever came of the copy, the primary goes on.
        self.launch().await?;
        let standby = seeded?.launched().await?;
        standby.catch_up(self).await?;
        Ok(standby)
    }

    /// Waits until this standby shows everything that `primary` has committed by now.
    pub async fn catch_up(&self, primary: &Self) -> Result<(), ThrowawayError> {
        let failed = |error: tokio_postgres::Error| {
            ThrowawayError::of_database("waiting for the standby to catch up", &error)
        };
        let target: String = ask(&primary.config("postgres"), |client| async move {
            client.query_one(WAL_FLUSHED, &[]).await?.try_get(0)
        })
        .await
        .map_err(failed)?;
        let replayed = ask(&self.config("postgres"), |client| async move {
            let end = Instant::now() + REPLAY_PATIENCE;
            loop {
                let reached = client.query_one(WAL_REPLAYED, &[&target]).await?.try_get(0)?;
                if reached || Instant::now() > end {
                    return Ok(reached);
                }
                sleep(GLANCE).await;
            }
        })
        .await
        .map_err(failed)?;
        if replayed {
            return Ok(());
        }
        Err(ThrowawayError::new("waiting for the standby to catch up", "it is too far behind"))
    }
}

/// Connects, asks, and hangs up.
async fn ask<T, F>(
    config: &Config,
    question: impl FnOnce(tokio_postgres::Client) -> F,
) -> Result<T, tokio_postgres::Error>
where
    F: Future<Output = Result<T, tokio_postgres::Error>>,
{
    let (client, connection) = config.connect(NoTls).await?;
    // The connection ends by itself when the client is dropped.
    let (answer, ended) = tokio::join!(question(client), connection);
    ended?;
    answer
}
