//! The guard: the process that owns a throwaway server and outlives whoever asked for it.
//!
//! Runs as `pgsextant __guard` in a process group of its own, reads orders from the pipe on its
//! standard input and answers on its standard output. The end of the pipe is noticed at every
//! moment, also in the middle of an order: then the server is stopped by its pid and the folder
//! removed. Refuses to be ended by interrupts, hang-ups and polite requests, because then nobody
//! would clean up; `kill -9` leaves the work to the next [`sweep`](super::sweep).

use std::fs;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::ThrowawayError;
use super::folder::{Folder, random_word, remove};
use super::orphan::stop_child;
use super::seed::{self, SUPERUSER};
use super::wire::{Order, Reply, Seeded, Source, Spec};

/// How long initdb may take; it takes a second or less on an idle machine.
const SETUP_PATIENCE: Duration = Duration::from_secs(120);

/// How long the servers that initdb runs may outlive it.
const SETUP_END_PATIENCE: Duration = Duration::from_secs(5);

/// How long a server may take until it answers.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// How long one attempt to connect may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How often to knock at a server that starts.
const GLANCE: Duration = Duration::from_millis(10);

/// Lines of the server's log that go into an error.
const LOG_LINES: usize = 4;

/// What `pgsextant __guard` does: obeys the orders on standard input, cleans up at their end.
/// Makes a runtime of its own, so it is to be called outside of any.
pub fn run_guard() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_or(ExitCode::from(2), |runtime| runtime.block_on(guard()))
}

async fn guard() -> ExitCode {
    // A handler, unlike an ignored signal, is not inherited by the server.
    let deaf = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let (Ok(orders), true) = (order_pipe(), deaf.iter().all(Result::is_ok)) else {
        say(&Reply::Failed(ThrowawayError::new("guarding a server", "there is no pipe of orders")));
        return ExitCode::from(2);
    };
    let (sender, inbox) = mpsc::unbounded_channel();
    let mut ward = Ward::default();
    tokio::select! {
        () = read_orders(orders, sender) => {}
        () = ward.serve(inbox) => {}
    }
    ward.end().await
}

fn order_pipe() -> io::Result<pipe::Receiver> {
    pipe::Receiver::from_owned_fd(io::stdin().as_fd().try_clone_to_owned()?)
}

/// Passes orders on until the pipe ends, or holds something that is no order.
async fn read_orders(orders: pipe::Receiver, sender: mpsc::UnboundedSender<Order>) {
    let mut lines = BufReader::new(orders).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line).map(|order| sender.send(order)) {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// Answers the owner. Nobody may be there to hear it, which the pipe of orders tells better.
fn say(reply: &Reply) {
    let line = serde_json::to_string(reply).expect("replies are plain values");
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// What is guarded, as far as it exists.
#[derive(Default)]
struct Ward {
    folder: Option<Folder>,
    setup: Option<Child>,
    site: Option<(Box<Spec>, Seeded)>,
    server: Option<Child>,
}

impl Ward {
    async fn serve(&mut self, mut inbox: mpsc::UnboundedReceiver<Order>) {
        while let Some(order) = inbox.recv().await {
            let reply = match order {
                Order::Seed(spec) => self.seed(spec).await,
                Order::Launch => self.launch().await,
                Order::Halt => self.halt().await,
            };
            say(&reply.unwrap_or_else(Reply::Failed));
        }
    }

    async fn seed(&mut self, spec: Box<Spec>) -> Result<Reply, ThrowawayError> {
        let doing = format!("making the data of PostgreSQL {}", spec.major);
        let failed = |error: io::Error| ThrowawayError::new(doing.clone(), error);
        if self.folder.is_some() {
            return Err(ThrowawayError::new(doing, "they are made already"));
        }
        let folder = Folder::create(&spec.base, &spec.name, spec.account.as_ref())?;
        let folder = self.folder.insert(folder);
        let password = match &spec.source {
            Source::Fresh { initdb } => {
                let password = random_word(16).map_err(failed)?;
                let mut command = seed::initdb(&spec, folder, &password, initdb).map_err(failed)?;
                let child = self.setup.insert(command.spawn().map_err(failed)?);
                let ended = timeout(SETUP_PATIENCE, child.wait()).await;
                let done = matches!(&ended, Ok(Ok(status)) if status.success());
                if !done {
                    return Err(ThrowawayError::new(doing, complaint(folder, "initdb", 0)));
                }
                self.setup = None;
                fs::remove_file(folder.path().join("password")).map_err(failed)?;
                password
            }
            Source::Copy { data, password, primary } => {
                seed::copy_cluster(&spec, folder, data).map_err(failed)?;
                if primary.is_some() {
                    seed::sign_standby(&spec, folder).map_err(failed)?;
                }
                password.clone()
            }
        };
        let port = seed::port(spec.listen).map_err(failed)?;
        let seeded = Seeded { folder: folder.path().to_owned(), password, port };
        self.site = Some((spec, seeded.clone()));
        Ok(Reply::Seeded(seeded))
    }

    async fn launch(&mut self) -> Result<Reply, ThrowawayError> {
        let (Some(folder), Some((spec, seeded))) = (&self.folder, &self.site) else {
            return Err(ThrowawayError::new("starting a server", "there are no data for it"));
        };
        let doing = format!("starting PostgreSQL {}", spec.major);
        let failed = |error: io::Error| ThrowawayError::new(doing.clone(), error);
        if let Some(running) = &mut self.server
            && running.try_wait().map_err(failed)?.is_none()
        {
            return Err(ThrowawayError::new(doing, "it runs already"));
        }
        let text = seed::configuration(spec, folder, seeded.port)
            .map_err(|why| ThrowawayError::new(doing.clone(), why))?;
        let file = folder.write("postgresql.conf", &text, spec.account.as_ref()).map_err(failed)?;
        let written = fs::metadata(folder.log()).map_or(0, |it| it.len());
        let mut command = seed::program(spec, folder, "postgres").map_err(failed)?;
        command.arg("-D").arg(folder.data()).arg("-c");
        command.arg(format!("config_file={}", file.display()));
        let server = self.server.insert(command.spawn().map_err(failed)?);
        let id = server.id();
        let waited = wait_ready(server, &connection(folder, seeded)).await;
        match (waited, id) {
            (Ok(()), Some(server)) => Ok(Reply::Ready { server }),
            (Err(Waited::Ended), _) | (Ok(()), None) => {
                Err(ThrowawayError::new(doing, complaint(folder, "the server", written)))
            }
            (Err(Waited::Refused(why)), _) => Err(ThrowawayError::new(doing, why)),
        }
    }

    async fn halt(&mut self) -> Result<Reply, ThrowawayError> {
        let doing = "stopping a server";
        let Some(mut server) = self.server.take() else {
            return Err(ThrowawayError::new(doing, "it does not run"));
        };
        match stop_child(&mut server).await {
            Some(status) if status.success() => Ok(Reply::Halted),
            Some(status) => Err(ThrowawayError::new(doing, format!("it ended with {status}"))),
            None => {
                self.server = Some(server);
                Err(ThrowawayError::new(doing, "it does not stop"))
            }
        }
    }

    /// Leaves nothing behind.
    async fn end(mut self) -> ExitCode {
        if let Some(mut setup) = self.setup.take() {
            end_setup(&mut setup).await;
        }
        if let Some(mut server) = self.server.take() {
            stop_child(&mut server).await;
        }
        let Some(folder) = &self.folder else { return ExitCode::SUCCESS };
        remove(folder.path()).await.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
    }
}

/// Ends initdb and the servers that it runs. Those read from it and end cleanly when it is gone;
/// killed themselves they would leave System V shared memory behind.
async fn end_setup(setup: &mut Child) {
    let Some(group) = setup.id().and_then(|it| Pid::from_raw(it.try_into().ok()?)) else {
        return;
    };
    drop(setup.kill().await);
    let end = Instant::now() + SETUP_END_PATIENCE;
    while test_kill_process_group(group).is_ok() {
        if Instant::now() > end {
            let _gone_already = kill_process_group(group, Signal::KILL);
            return;
        }
        sleep(GLANCE).await;
    }
}

fn connection(folder: &Folder, seeded: &Seeded) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(folder.sockets())
        .port(seeded.port)
        .user(SUPERUSER)
        .password(&seeded.password)
        .dbname("postgres");
    config
}

/// Why waiting for a server came to nothing.
enum Waited {
    /// The server ended.
    Ended,
    /// It turned us away, or did not answer in time.
    Refused(String),
}

/// Knocks until the server lets us in.
async fn wait_ready(server: &mut Child, config: &tokio_postgres::Config) -> Result<(), Waited> {
    let end = Instant::now() + START_PATIENCE;
    loop {
        let why = match timeout(CONNECT_PATIENCE, config.connect(NoTls)).await {
            Ok(Ok(_)) => return Ok(()),
            Err(_) => "it does not answer".to_owned(),
            Ok(Err(error)) => match error.as_db_error() {
                Some(said) if *said.code() != SqlState::CANNOT_CONNECT_NOW => {
                    return Err(Waited::Refused(said.message().to_owned()));
                }
                _ => error.to_string(),
            },
        };
        if !matches!(server.try_wait(), Ok(None)) {
            return Err(Waited::Ended);
        }
        if Instant::now() > end {
            return Err(Waited::Refused(format!("it takes no connection: {why}")));
        }
        sleep(GLANCE).await;
    }
}

/// The last words in the log from byte `written` on. All of them: the cause of a `FATAL` often
/// stands in the `LOG` line above it.
fn complaint(folder: &Folder, who: &str, written: u64) -> String {
    let log = fs::read(folder.log()).unwrap_or_default();
    let since = usize::try_from(written).unwrap_or(0).min(log.len());
    let text = String::from_utf8_lossy(&log[since..]).into_owned();
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let last = lines.split_off(lines.len().saturating_sub(LOG_LINES));
    if last.is_empty() {
        return format!("{who} failed and wrote nothing");
    }
    format!("{who} failed: {}", last.join("; "))
}
