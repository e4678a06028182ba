//! A session on the user's server: one short read-only transaction per statement.
//!
//! Every setting is local to its transaction, so that a pooler hands nothing of ours to an
//! application. It refuses what would outlive a transaction: session settings, named prepared
//! statements, advisory locks, start-up options.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turnstile, MutexGuard};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{CancelToken, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::base::quote_literal;
use crate::io::tls::connector;
use crate::io::{
    Deeds, Encryption, Place, Record, ServerError, ServerErrorKind, SessionWanted, Target,
    TextValue,
};

/// Time limits of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `statement_timeout`.
    pub statement: Duration,
    /// `lock_timeout`.
    pub lock: Duration,
}

impl Default for Limits {
    /// Below the 30 s after which a standby with default settings cancels readers anyway.
    fn default() -> Self {
        Self { statement: Duration::from_secs(15), lock: Duration::from_millis(100) }
    }
}

impl Limits {
    /// The same limits with another time for the statement.
    pub fn within(self, statement: Duration) -> Self {
        Self { statement, ..self }
    }
}

/// One statement to send, with what it runs under.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is being done, fit for "could not …".
    pub doing: &'a str,
    /// One SQL statement.
    pub text: &'a str,
    /// Values for `$1` and so on.
    pub values: &'a [TextValue],
    /// The search path; ours when nothing is said.
    pub search_path: Option<&'a str>,
    /// Time limits; the session's when nothing is said.
    pub limits: Option<Limits>,
}

impl<'a> Question<'a> {
    /// A question of our own: nothing bound, under our own search path.
    pub fn new(doing: &'a str, text: &'a str) -> Self {
        Self { doing, text, values: &[], search_path: None, limits: None }
    }

    /// The same question with values.
    pub fn with_values(self, values: &'a [TextValue]) -> Self {
        Self { values, ..self }
    }

    /// The same question within other limits.
    pub fn within(self, limits: Limits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    /// The same question as somebody else would ask it.
    pub fn with_search_path(self, search_path: Option<&'a str>) -> Self {
        Self { search_path, ..self }
    }
}

/// A connection and what was done through it.
#[derive(Debug)]
pub struct Session {
    client: Client,
    cancel: CancelHandle,
    limits: Limits,
    turn: Turnstile<Turn>,
    deeds: Mutex<Deeds>,
}

/// What the last transaction left behind.
#[derive(Debug, Default)]
struct Turn {
    /// A transaction was begun and not ended: its future was dropped.
    open: bool,
}

/// The way to stop what a session is doing, from another task.
#[derive(Clone)]
pub struct CancelHandle {
    token: CancelToken,
    connector: MakeRustlsConnect,
}

impl std::fmt::Debug for CancelHandle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("CancelHandle")
    }
}

impl CancelHandle {
    /// Asks the server to cancel the statement that runs now.
    pub async fn cancel(&self) -> Result<(), ServerError> {
        let sent = self.token.cancel_query(self.connector.clone()).await;
        sent.map_err(|error| ServerError::of("cancel the running statement", &error))
    }
}

/// The comment that every text of ours carries after its first word, so that we can tell our
/// own entries of pg_stat_statements from the application's.
pub const MARKER: &str = "/* pgsextant */";

/// The search path of our own statements: nothing of a user's can stand in front.
const OWN_SEARCH_PATH: &str = "pg_catalog, pg_temp";

/// Pauses before a statement is tried again after a conflict with replay.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

impl Session {
    /// Connects to the first place that answers and suits.
    pub async fn connect(target: &Target, limits: Limits) -> Result<Self, ServerError> {
        let mut refused = None;
        for place in &target.hosts {
            match Self::connect_to(target, place, limits).await {
                Ok(session) => return Ok(session),
                Err(error) if error.kind == ServerErrorKind::Authentication => return Err(error),
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.unwrap_or_else(|| {
            ServerError::new(ServerErrorKind::Unreachable, "connect", "there is no host")
        }))
    }

    async fn connect_to(
        target: &Target,
        place: &Place,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        let doing = format!("connect to {} on {place} as {}", target.database, target.user);
        let connector = connector(&target.encryption)?;
        let config = configuration(target, place);
        let limit = target.connect_timeout;
        let connected = tokio::time::timeout(limit, config.connect(connector.clone())).await;
        let (client, connection) = match connected {
            Err(_) => {
                let kind = ServerErrorKind::Unreachable;
                let message = format!("no answer within {} s", limit.as_secs());
                return Err(
                    ServerError::new(kind, &doing, message).with_remedy(target.remedy(kind))
                );
            }
            Ok(Err(error)) => {
                let error = ServerError::of(&doing, &error);
                let remedy = target.remedy(error.kind);
                return Err(error.with_remedy(remedy));
            }
            Ok(Ok(pair)) => pair,
        };
        // Ends by itself when the client is dropped; its error also reaches the statement that
        // was waiting, which is where it is reported.
        drop(tokio::spawn(connection));
        let cancel = CancelHandle { token: client.cancel_token(), connector };
        Ok(Self { client, cancel, limits, turn: Turnstile::default(), deeds: Mutex::default() })
    }

    /// Asks one question in a transaction of its own. A conflict with replay is tried again.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Vec<Record>, ServerError> {
        let mut pauses = PAUSES.iter();
        loop {
            let asked = self.ask_once(question).await;
            match (asked, pauses.next()) {
                (Err(error), Some(pause)) if error.kind == ServerErrorKind::Conflict => {
                    tokio::time::sleep(*pause).await;
                }
                (asked, _) => return asked,
            }
        }
    }

    async fn ask_once(&self, question: &Question<'_>) -> Result<Vec<Record>, ServerError> {
        let mut transaction = self.begin(question).await?;
        let asked = transaction.ask(question.doing, question.text, question.values).await;
        let ended = transaction.end().await;
        let records = asked?;
        ended.map(|()| records)
    }

    /// Begins a transaction for several statements; the question's text is not sent.
    pub async fn begin(&self, frame: &Question<'_>) -> Result<Transaction<'_>, ServerError> {
        let mut turn = self.turn.lock().await;
        if turn.open {
            self.send(frame.doing, ROLLBACK).await?;
        }
        turn.open = true;
        let limits = frame.limits.unwrap_or(self.limits);
        let path = frame.search_path.unwrap_or(OWN_SEARCH_PATH);
        self.send(frame.doing, &prologue(limits, path)).await?;
        Ok(Transaction { session: self, turn })
    }

    /// Sends a text without an answer by the simple protocol: frames of transactions only.
    async fn send(&self, doing: &str, text: &str) -> Result<(), ServerError> {
        let sent = self.client.batch_execute(text).await;
        self.record(|deeds| deeds.framed(text));
        sent.map_err(|error| self.sorted(doing, &error))
    }

    fn sorted(&self, doing: &str, error: &tokio_postgres::Error) -> ServerError {
        let sorted = ServerError::of(doing, error);
        if self.client.is_closed() && error.as_db_error().is_none() {
            return ServerError { kind: ServerErrorKind::Gone, ..sorted };
        }
        sorted
    }

    /// What was done through this session so far.
    pub fn deeds(&self) -> Deeds {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts what only the caller knows: that a statement of the user's was planned or run.
    pub(in crate::io) fn record(&self, change: impl FnOnce(&mut Deeds)) {
        change(&mut self.deeds.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The way to stop what this session is doing.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// The connection is over.
    pub fn is_gone(&self) -> bool {
        self.client.is_closed()
    }
}

/// An open read-only transaction. When it is dropped without [`Transaction::end`], the next one
/// of the session rolls it back first.
#[derive(Debug)]
pub struct Transaction<'a> {
    session: &'a Session,
    turn: MutexGuard<'a, Turn>,
}

impl Transaction<'_> {
    /// Sends one statement by the extended protocol, unnamed, its values as text.
    pub async fn ask(
        &mut self,
        doing: &str,
        text: &str,
        values: &[TextValue],
    ) -> Result<Vec<Record>, ServerError> {
        let bound: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|it| (it as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
        let begun = Instant::now();
        let asked = self.session.client.query_typed(text, &bound).await;
        let took = begun.elapsed();
        self.session.record(|deeds| deeds.sent(text, took));
        match asked {
            Ok(rows) => Ok(rows.into_iter().map(Record).collect()),
            Err(error) => {
                let error = self.session.sorted(doing, &error);
                if error.kind == ServerErrorKind::Locked {
                    self.session.record(|it| it.lock_wait_max = it.lock_wait_max.max(took));
                }
                Err(error)
            }
        }
    }

    /// The same, but a refusal leaves the transaction as it was before.
    pub async fn attempt(
        &mut self,
        doing: &str,
        text: &str,
        values: &[TextValue],
    ) -> Result<Vec<Record>, ServerError> {
        self.session.send(doing, "savepoint /* pgsextant */ attempt").await?;
        let asked = self.ask(doing, text, values).await;
        let back = match &asked {
            Ok(_) => "release /* pgsextant */ attempt",
            Err(error) if error.kind == ServerErrorKind::Gone => return asked,
            Err(_) => "rollback /* pgsextant */ to attempt",
        };
        self.session.send(doing, back).await?;
        asked
    }

    /// Rolls back.
    pub async fn end(mut self) -> Result<(), ServerError> {
        self.session.send("end a transaction", ROLLBACK).await?;
        self.turn.open = false;
        Ok(())
    }
}

const ROLLBACK: &str = "rollback /* pgsextant */";

/// The start of a transaction: everything that our statements rely on, for its length only.
pub(in crate::io) fn prologue(limits: Limits, search_path: &str) -> String {
    let idle = limits.statement.max(Duration::from_secs(10));
    let settings = [
        ("statement_timeout", limits.statement.as_millis().to_string()),
        ("lock_timeout", limits.lock.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", idle.as_millis().to_string()),
        ("search_path", search_path.to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        ("datestyle", "ISO, YMD".to_owned()),
        ("intervalstyle", "postgres".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("extra_float_digits", "1".to_owned()),
        ("quote_all_identifiers", "off".to_owned()),
    ];
    let calls = settings.iter().map(|(name, value)| {
        format!("pg_catalog.set_config('{name}', {}, true)", quote_literal(value))
    });
    let calls: Vec<String> = calls.collect();
    format!(
        "begin {MARKER} isolation level read committed read only; select {MARKER} {}",
        calls.join(", ")
    )
}

/// What the client library is told.
fn configuration(target: &Target, place: &Place) -> Config {
    let mut config = Config::new();
    config
        .host(&place.host)
        .port(place.port)
        .user(&target.user)
        .dbname(&target.database)
        .application_name("pgsextant")
        .connect_timeout(target.connect_timeout)
        .ssl_mode(match target.encryption {
            _ if place.is_socket() => SslMode::Disable,
            Encryption::Disable => SslMode::Disable,
            Encryption::Prefer => SslMode::Prefer,
            Encryption::Require | Encryption::Verify(_) => SslMode::Require,
        })
        .target_session_attrs(match target.session {
            SessionWanted::Any => TargetSessionAttrs::Any,
            SessionWanted::Primary => TargetSessionAttrs::ReadWrite,
            SessionWanted::Standby => TargetSessionAttrs::ReadOnly,
        });
    if let Some(password) = target.password() {
        config.password(password);
    }
    config
}
