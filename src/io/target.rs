//! Where to connect and as whom, found the way psql finds it.
//!
//! Order: what is said on the command line, then the URI or key=value string, then PG*
//! variables, then `DATABASE_URL`, then `~/.pgpass`, then libpq's defaults. It refuses service
//! files (not read yet), start-up options (they would reach other sessions behind a pooler) and
//! unknown keys; PGAPPNAME is ignored. A password is never printed.

mod parse;
mod passfile;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::io::{ServerError, ServerErrorKind};

/// Where to connect and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Hosts or socket folders with their ports, in the order to try.
    pub hosts: Vec<Place>,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// Whether and how to encrypt.
    pub encryption: Encryption,
    /// How long to wait for each host.
    pub connect_timeout: Duration,
    /// A standby is wanted (`target_session_attrs`), or a primary, or whatever there is.
    pub session: SessionWanted,
    password: Option<String>,
}

/// One place to try.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// A host name, an address, or the folder of a socket.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// `sslmode`, as far as it is supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// Plain.
    Disable,
    /// Encrypted where the server offers it; nobody's certificate is looked at.
    Prefer,
    /// Encrypted; nobody's certificate is looked at, as libpq does.
    Require,
    /// Encrypted, the certificate signed by one of these roots (the public ones when `None`)
    /// and made out to the host. `verify-ca` is held to the same.
    Verify(Option<PathBuf>),
}

/// `target_session_attrs`, as far as it is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionWanted {
    /// The first that answers.
    Any,
    /// One that takes writes.
    Primary,
    /// One that does not.
    Standby,
}

/// What was said on the command line besides the connection string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spoken {
    /// `-h`.
    pub host: Option<String>,
    /// `-p`.
    pub port: Option<String>,
    /// `-U`.
    pub user: Option<String>,
    /// `-d`: a name, or a connection string.
    pub database: Option<String>,
}

/// Everything around us that decides where to connect: taken once, so that tests can make one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// The name of the operating system's user.
    pub account: String,
    /// The home folder.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let home = environment.get("HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
        Self { account: account_name(&environment), home, environment }
    }
}

impl Target {
    /// Finds the target. `dsn` is a URI or a key=value string, or a bare database name.
    pub fn find(
        dsn: Option<&str>,
        spoken: &Spoken,
        around: &Surroundings,
    ) -> Result<Self, ServerError> {
        let mut words = parse::environment_words(&around.environment)?;
        let said = [dsn, spoken.database.as_deref()];
        for text in said.into_iter().flatten() {
            words.extend(parse::words(text)?);
        }
        let spoken_words = [("host", &spoken.host), ("port", &spoken.port), ("user", &spoken.user)];
        for (key, value) in spoken_words {
            words.extend(value.clone().map(|value| (key.to_owned(), value)));
        }
        let target = Self::of_words(&words, around)?;
        Ok(target.with_passfile(&words, around))
    }

    /// The password, for the connection alone.
    pub(in crate::io) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The first place is a socket folder.
    pub fn is_local(&self) -> bool {
        self.hosts.iter().all(Place::is_socket)
    }

    fn of_words(
        words: &BTreeMap<String, String>,
        around: &Surroundings,
    ) -> Result<Self, ServerError> {
        let said = |key: &str| words.get(key).filter(|it| !it.is_empty()).cloned();
        let user = said("user").unwrap_or_else(|| around.account.clone());
        if user.is_empty() {
            return Err(refusal("there is no user name").with_remedy("Name the role with -U."));
        }
        let seconds = match said("connect_timeout") {
            None => CONNECT_SECONDS,
            Some(text) => whole(&text, "connect_timeout")?,
        };
        Ok(Self {
            hosts: places(said("hostaddr").or(said("host")).as_deref(), said("port").as_deref())?,
            database: said("dbname").unwrap_or_else(|| user.clone()),
            encryption: encryption(words, around)?,
            connect_timeout: Duration::from_secs(seconds.max(1)),
            session: session_wanted(said("target_session_attrs").as_deref())?,
            password: said("password"),
            user,
        })
    }

    /// The same target with a password from the password file, when it has none.
    fn with_passfile(self, words: &BTreeMap<String, String>, around: &Surroundings) -> Self {
        if self.password.is_some() {
            return self;
        }
        let named = words.get("passfile").map(PathBuf::from);
        let path = named.or_else(|| around.home.as_ref().map(|home| home.join(".pgpass")));
        let found = path.and_then(|path| passfile::password(&path, &self));
        Self { password: found, ..self }
    }

    /// What to do when the connection fails, in the words of this target.
    pub fn remedy(&self, kind: ServerErrorKind) -> String {
        let places = self.places_in_words();
        match kind {
            ServerErrorKind::Unreachable => {
                format!(
                    "Is the server running, and does it listen on {places}? PGHOST and PGPORT, or \
                     the connection string, name another place."
                )
            }
            ServerErrorKind::Authentication => format!(
                "Check the password of role {} for {places}: PGPASSWORD, ~/.pgpass (mode 0600), \
                 or another role.",
                self.user
            ),
            ServerErrorKind::Missing => {
                format!(
                    "There is no database {} on {places}: PGDATABASE, or the connection string, \
                     names another.",
                    self.database
                )
            }
            _ => kind.remedy().to_owned(),
        }
    }

    fn places_in_words(&self) -> String {
        let places: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        places.join(" or ")
    }
}

/// Seconds to wait for a host when nothing is said.
const CONNECT_SECONDS: u64 = 10;

/// The port when nothing is said.
const PORT: u16 = 5432;

impl Place {
    /// It is the folder of a socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/') || self.host.starts_with('@')
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_socket() {
            write!(out, "{}/.s.PGSQL.{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} on {} as {}", self.database, self.places_in_words(), self.user)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Target({self}, {:?})", self.encryption)
    }
}

/// The hosts and ports, paired as libpq pairs them: one port for all, or one each.
fn places(hosts: Option<&str>, ports: Option<&str>) -> Result<Vec<Place>, ServerError> {
    let hosts: Vec<String> = match hosts {
        None => vec![default_host()],
        Some(text) => text.split(',').map(ToOwned::to_owned).collect(),
    };
    let ports: Vec<&str> = ports.map_or_else(Vec::new, |text| text.split(',').collect());
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err(refusal(&format!("{} ports for {} hosts", ports.len(), hosts.len())));
    }
    hosts
        .into_iter()
        .enumerate()
        .map(|(position, host)| {
            let port = ports.get(position).or(ports.first()).filter(|it| !it.is_empty());
            let port = match port {
                None => PORT,
                Some(text) => u16::try_from(whole(text, "port")?)
                    .map_err(|_| refusal(&format!("port {text} is not a port")))?,
            };
            let host = if host.is_empty() { default_host() } else { host };
            Ok(Place { host, port })
        })
        .collect()
}

/// The socket folder that Debian's or everybody's server uses, else this machine by name.
fn default_host() -> String {
    const FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
    let holds_socket = |folder: &&str| {
        let entries = std::fs::read_dir(folder).ok().into_iter().flatten().flatten();
        let mut names = entries.map(|it| it.file_name());
        names.any(|name| name.to_string_lossy().starts_with(".s.PGSQL."))
    };
    let found = FOLDERS.iter().copied().find(|it| holds_socket(it));
    found.unwrap_or("localhost").to_owned()
}

fn encryption(
    words: &BTreeMap<String, String>,
    around: &Surroundings,
) -> Result<Encryption, ServerError> {
    let roots = || match words.get("sslrootcert").map(String::as_str) {
        Some("system") => None,
        Some(path) => Some(PathBuf::from(path)),
        None => {
            let home = around.home.as_ref().map(|it| it.join(".postgresql/root.crt"));
            home.filter(|it| it.exists())
        }
    };
    match words.get("sslmode").map_or("prefer", String::as_str) {
        "disable" | "allow" => Ok(Encryption::Disable),
        "" | "prefer" => Ok(Encryption::Prefer),
        "require" => Ok(Encryption::Require),
        "verify-ca" | "verify-full" => Ok(Encryption::Verify(roots())),
        other => Err(refusal(&format!("sslmode {other} is not known"))
            .with_remedy("One of disable, prefer, require, verify-ca, verify-full.".to_owned())),
    }
}

fn session_wanted(word: Option<&str>) -> Result<SessionWanted, ServerError> {
    match word.unwrap_or("any") {
        "any" | "prefer-standby" => Ok(SessionWanted::Any),
        "read-write" | "primary" => Ok(SessionWanted::Primary),
        "read-only" | "standby" => Ok(SessionWanted::Standby),
        other => Err(refusal(&format!("target_session_attrs {other} is not known"))),
    }
}

fn whole(text: &str, key: &str) -> Result<u64, ServerError> {
    text.trim().parse().map_err(|_| refusal(&format!("{key} {text} is not a number")))
}

/// A connection string that makes no sense.
fn refusal(message: &str) -> ServerError {
    ServerError::new(ServerErrorKind::Unsupported, "read where to connect", message)
}

/// The name of the operating system's user: by the environment, else by the password file.
fn account_name(environment: &BTreeMap<String, String>) -> String {
    let id = rustix::process::geteuid().as_raw().to_string();
    let accounts = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    let by_id = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    });
    let said = ["USER", "LOGNAME"].iter().find_map(|it| environment.get(*it)).cloned();
    by_id.or(said).unwrap_or_default()
}

#[cfg(test)]
mod tests;
