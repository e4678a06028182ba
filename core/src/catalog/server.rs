//! The server itself: version, place in replication, settings, roles.

use serde::{Deserialize, Serialize};

use crate::base::{Bytes, Name};

/// A server version as `server_version_num` has it: 150018 is 15.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u32);

impl Version {
    /// The major version.
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.0 / 10_000, self.0 % 10_000)
    }
}

/// Facts about the node that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Its version.
    pub version: Version,
    /// The database's name.
    pub database: Name,
    /// It is a standby.
    pub standby: bool,
    /// The encoding of the database.
    pub encoding: String,
    /// The collation of the database.
    pub collation: String,
    /// `block_size`.
    pub block: Bytes,
    /// The role that read all this.
    pub role: Name,
    /// That role is a superuser.
    pub superuser: bool,
    /// When the counters of tables and indexes were last reset, in ISO form, where known.
    pub counters_since: Option<String>,
    /// When the server started, in ISO form.
    pub started_at: Option<String>,
    /// Days from the later of the two to `captured_at`; the age of the counters.
    pub counter_days: Option<f64>,
    /// The sum of active time of all sessions of this database, `pg_stat_database.active_time`
    /// (14 and later), in milliseconds.
    pub active_time_ms: Option<f64>,
    /// pg_stat_statements where it is installed.
    pub statements: Option<StatementsExtension>,
    /// HypoPG's version where it is installed.
    pub hypopg: Option<String>,
}

/// The installed pg_stat_statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementsExtension {
    /// The extension's version, which decides its columns; not the server's.
    pub version: String,
    /// The schema it is installed in.
    pub schema: Name,
    /// Entries in use.
    pub entries: u64,
    /// `pg_stat_statements.max`.
    pub entries_max: u64,
    /// Entries evicted since the reset (1.9 and later).
    pub evicted: Option<u64>,
    /// When it was last reset, in ISO form (1.9 and later).
    pub since: Option<String>,
    /// Rows whose text this role may not see.
    pub hidden: u64,
}

/// One setting that is not at its default or that the planner reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value with the server's unit applied, as SHOW prints it.
    pub value: String,
    /// Where it applies: empty for the server, else `role:x`, `database:y` or both.
    #[serde(default)]
    pub scope: String,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// SUPERUSER.
    pub superuser: bool,
    /// BYPASSRLS.
    pub bypasses_row_security: bool,
    /// Its search_path in this database, when set for it.
    pub search_path: Option<String>,
    /// Roles it is a member of.
    #[serde(default)]
    pub member_of: Vec<Name>,
}

impl Server {
    /// The value of a server-wide setting.
    pub fn setting<'a>(settings: &'a [Setting], name: &str) -> Option<&'a str> {
        settings.iter().find(|it| it.name == name && it.scope.is_empty()).map(|it| &*it.value)
    }
}
