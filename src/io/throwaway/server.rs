//! A running throwaway server, as its owner sees it.
//!
//! Dropping it is enough to end it: the guard cleans up on its own. [`Throwaway::stop`] also
//! waits for that and says whether it worked. Refuses to give the password to `Debug`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{env, fmt, io};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::folder::{data_of, socket_fits, sockets_of, sweep};
use super::seed::SUPERUSER;
use super::wire::{Order, Reply, Seeded, Source, Spec};
use super::{Account, Listen, ServerBinaries, ThrowawayError, missing_message};

/// How long the guard may take for one order: longer than all its own limits.
const REPLY_PATIENCE: Duration = Duration::from_secs(180);

/// Characters of a name that make it into the folder's.
const NAME_MAX: usize = 20;

/// How to run the guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// A program that calls [`run_guard`](super::run_guard) when run with `args`.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

impl Guard {
    /// `PROGRAM __guard`.
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: vec![OsString::from("__guard")] }
    }

    /// The guard that the running `pgsextant` is.
    pub fn this_program() -> io::Result<Self> {
        env::current_exe().map(Self::of)
    }
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A word for the folder's name and the server's title.
    pub name: String,
    /// Settings for `postgresql.conf`; later ones win.
    pub settings: Vec<(String, String)>,
    /// Further arguments for initdb; they win over ours (UTF8, C.UTF-8, no checksums).
    pub initdb: Vec<String>,
    /// Where the folder goes; none for the system's temporary folder.
    pub base: Option<PathBuf>,
    /// The account that runs the server if we are root; none for `postgres` or `nobody`.
    pub account: Option<String>,
    /// Where the server listens.
    pub listen: Listen,
    /// Who guards it.
    pub guard: Guard,
}

impl Options {
    /// A server with settings as they come, on its Unix socket alone.
    pub fn new(name: impl Into<String>, guard: Guard) -> Self {
        Self {
            name: name.into(),
            settings: Vec::new(),
            initdb: Vec::new(),
            base: None,
            account: None,
            listen: Listen::Socket,
            guard,
        }
    }
}

/// A server of our own that ends with us.
pub struct Throwaway {
    pub(super) binaries: ServerBinaries,
    pub(super) options: Options,
    pub(super) seeded: Seeded,
    account: Option<Account>,
    server: Option<u32>,
    line: GuardLine,
}

impl Throwaway {
    /// Makes a cluster and starts it; sweeps up abandoned ones on the way.
    pub async fn start(
        binaries: &ServerBinaries,
        options: Options,
    ) -> Result<Self, ThrowawayError> {
        let source = Source::Fresh { initdb: options.initdb.clone() };
        Self::seed(binaries, options, source).await?.launched().await
    }

    /// Makes the folder and the data; the server is yet to be launched.
    pub(super) async fn seed(
        binaries: &ServerBinaries,
        options: Options,
        source: Source,
    ) -> Result<Self, ThrowawayError> {
        let account = Account::for_servers(options.account.as_deref())?;
        check_reach(binaries, account.as_ref())?;
        let name = folder_name(&options.name);
        let base = choose_base(&options, &name, account.as_ref())?;
        sweep(&base).await;
        let mut line = GuardLine::open(&options.guard)?;
        let spec = Spec {
            major: binaries.major,
            bin: binaries.bin.clone(),
            libdir: binaries.libdir.clone(),
            name,
            base,
            account: account.clone(),
            settings: options.settings.clone(),
            listen: options.listen,
            source,
        };
        match line.ask(&Order::Seed(Box::new(spec))).await {
            Ok(Reply::Seeded(seeded)) => {
                let binaries = binaries.clone();
                Ok(Self { binaries, options, seeded, account, server: None, line })
            }
            Ok(_) => Err(out_of_step()),
            Err(error) => {
                line.close().await;
                Err(error)
            }
        }
    }

    /// Launches it, or takes it down again.
    pub(super) async fn launched(mut self) -> Result<Self, ThrowawayError> {
        if let Err(error) = self.launch().await {
            drop(self.stop().await);
            return Err(error);
        }
        Ok(self)
    }

    /// Starts the server after a [`halt`](Self::halt), on the data as they are now.
    pub async fn launch(&mut self) -> Result<(), ThrowawayError> {
        match self.line.ask(&Order::Launch).await? {
            Reply::Ready { server } => self.server = Some(server),
            _ => return Err(out_of_step()),
        }
        Ok(())
    }

    /// Shuts the server down cleanly and keeps its data, to be changed or copied.
    pub async fn halt(&mut self) -> Result<(), ThrowawayError> {
        self.server = None;
        match self.line.ask(&Order::Halt).await? {
            Reply::Halted => Ok(()),
            _ => Err(out_of_step()),
        }
    }

    /// Ends the server for good and waits until its folder is gone.
    pub async fn stop(mut self) -> Result<(), ThrowawayError> {
        self.line.close().await;
        // Gone, unless the guard was killed; then the cleaning up is ours.
        if let (true, Some(base)) = (self.folder().exists(), self.folder().parent()) {
            sweep(base).await;
        }
        if self.folder().exists() {
            let doing = format!("removing {}", self.folder().display());
            return Err(ThrowawayError::new(doing, "something in it could not be removed"));
        }
        Ok(())
    }

    /// Its binaries.
    pub fn binaries(&self) -> &ServerBinaries {
        &self.binaries
    }

    /// Its folder, which goes away with it.
    pub fn folder(&self) -> &Path {
        &self.seeded.folder
    }

    /// Its data directory.
    pub fn data_folder(&self) -> PathBuf {
        data_of(self.folder())
    }

    /// The directory of its Unix socket: the `host` of its connections.
    pub fn socket_folder(&self) -> PathBuf {
        sockets_of(self.folder())
    }

    /// Its port: part of the socket's name, and a port of 127.0.0.1 if that was asked for.
    pub fn port(&self) -> u16 {
        self.seeded.port
    }

    /// The random password of its superuser `postgres`.
    pub fn password(&self) -> &str {
        &self.seeded.password
    }

    /// The account that its files belong to; none when they are ours.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The process of the server; none while it is halted.
    pub fn server_id(&self) -> Option<u32> {
        self.server
    }

    /// The process of its guard; none when that has ended.
    pub fn guard_id(&self) -> Option<u32> {
        self.line.guard.id()
    }

    /// How to connect as the superuser.
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(self.socket_folder())
            .port(self.port())
            .user(SUPERUSER)
            .password(self.password())
            .dbname(database);
        config
    }

    /// The same as text, for libpq and everything that reads its strings. Holds the password.
    pub fn connection_string(&self, database: &str) -> String {
        let (host, port) = (self.socket_folder().display().to_string(), self.port().to_string());
        [
            ("host", host.as_str()),
            ("port", &port),
            ("user", SUPERUSER),
            ("password", self.password()),
            ("dbname", database),
        ]
        .map(|(word, value)| format!("{word}={}", conninfo_quoted(value)))
        .join(" ")
    }
}

impl fmt::Debug for Throwaway {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Throwaway")
            .field("binaries", &self.binaries)
            .field("folder", &self.seeded.folder)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// A value of a libpq connection string; bare when it can be.
fn conninfo_quoted(value: &str) -> String {
    let bare = |it: char| it.is_ascii_alphanumeric() || "/._-".contains(it);
    if !value.is_empty() && value.chars().all(bare) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name as part of a folder's.
fn folder_name(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    name.chars().take(NAME_MAX).map(plain).collect()
}

fn check_reach(binaries: &ServerBinaries, account: Option<&Account>) -> Result<(), ThrowawayError> {
    match account {
        Some(account) if !account.reaches(&binaries.bin) => {
            let doing = format!("starting PostgreSQL {}", binaries.major);
            let why = format!("{} cannot reach {}", account.name, binaries.bin.display());
            Err(ThrowawayError::new(doing, why).with_remedy(format!(
                "run `scripts/setup`, which finds a folder that {0} can reach, or name another \
                 account with --pg-user; {1}",
                account.name,
                missing_message(Some(binaries.major)),
            )))
        }
        _ => Ok(()),
    }
}

/// Where the folder goes: where the server's account can get and a socket's path still fits.
fn choose_base(
    options: &Options,
    name: &str,
    account: Option<&Account>,
) -> Result<PathBuf, ThrowawayError> {
    let places = match &options.base {
        Some(base) => vec![base.clone()],
        None => vec![env::temp_dir(), PathBuf::from("/tmp")],
    };
    let mut whys = Vec::new();
    for place in places {
        let base = match place.canonicalize() {
            Ok(base) => base,
            Err(error) => {
                whys.push(format!("{}: {error}", place.display()));
                continue;
            }
        };
        match account.filter(|it| !it.reaches(&base)) {
            Some(account) => whys.push(format!("{} cannot reach {}", account.name, base.display())),
            None if socket_fits(&base, name) => return Ok(base),
            None => whys.push(format!("{} is too long for a socket's path", base.display())),
        }
    }
    Err(ThrowawayError::new("choosing a folder for the server", whys.join("; "))
        .with_remedy("name a short folder that everybody may enter with --tmp"))
}

/// The guard and the two pipes to it.
struct GuardLine {
    guard: Child,
    replies: Lines<BufReader<ChildStdout>>,
}

impl GuardLine {
    fn open(guard: &Guard) -> Result<Self, ThrowawayError> {
        let doing = "starting the server's guard";
        let mut child = Command::new(&guard.program)
            .args(&guard.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| {
                ThrowawayError::new(doing, format!("{}: {error}", guard.program.display()))
            })?;
        let replies = child.stdout.take().expect("its standard output is a pipe");
        Ok(Self { guard: child, replies: BufReader::new(replies).lines() })
    }

    async fn ask(&mut self, order: &Order) -> Result<Reply, ThrowawayError> {
        let doing = "asking the server's guard";
        let order = serde_json::to_string(order).expect("orders are plain values");
        let sent = match &mut self.guard.stdin {
            Some(pipe) => pipe.write_all(format!("{order}\n").as_bytes()).await,
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        if sent.is_err() {
            return Err(ThrowawayError::new(doing, self.last_words().await));
        }
        let Ok(line) = timeout(REPLY_PATIENCE, self.replies.next_line()).await else {
            // A late answer must not be taken for that to a later order.
            drop(self.guard.stdin.take());
            return Err(ThrowawayError::new(doing, "it does not answer"));
        };
        let Ok(Some(line)) = line else {
            return Err(ThrowawayError::new(doing, self.last_words().await));
        };
        match serde_json::from_str(&line) {
            Ok(Reply::Failed(error)) => Err(error),
            Ok(reply) => Ok(reply),
            Err(_) => Err(ThrowawayError::new(doing, format!("it says \"{line}\""))),
        }
    }

    /// What a guard that ended before its time had to say.
    async fn last_words(&mut self) -> String {
        let mut words = String::new();
        if let Some(stderr) = &mut self.guard.stderr {
            drop(timeout(Duration::from_secs(5), stderr.read_to_string(&mut words)).await);
        }
        match words.trim() {
            "" => "it has ended".to_owned(),
            words => format!("it has ended: {words}"),
        }
    }

    /// Ends the pipe and waits until the guard has cleaned up and gone.
    async fn close(&mut self) {
        drop(self.guard.stdin.take());
        drop(timeout(REPLY_PATIENCE, self.guard.wait()).await);
    }
}

fn out_of_step() -> ThrowawayError {
    ThrowawayError::new("asking the server's guard", "it answered something else")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_quotes_what_it_must() {
        assert_eq!(conninfo_quoted("/tmp/a-b.c_1"), "/tmp/a-b.c_1");
        assert_eq!(conninfo_quoted("it's \\"), "'it\\'s \\\\'");
        assert_eq!(conninfo_quoted(""), "''");
    }

    #[test]
    fn a_name_becomes_a_plain_word() {
        assert_eq!(folder_name("Shadow of ../orders and more"), "shadow-of----orders-");
    }

    #[test]
    fn a_base_without_room_for_a_socket_is_refused() {
        let top =
            crate::io::throwaway::find::tests::scratch("a-name-that-goes-on-and-on-and-on-and-on");
        let options =
            Options { base: Some(top.clone()), ..Options::new("x", Guard::of("/bin/false")) };
        let error = choose_base(&options, "x", None).unwrap_err();
        assert!(error.why.contains("too long for a socket's path"), "{error}");
        std::fs::remove_dir_all(&top).unwrap();
    }
}
