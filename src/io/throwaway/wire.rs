//! What owner and guard say to each other: one JSON object a line, orders in, replies out.
//!
//! Orders travel through the pipe and not as arguments, because arguments are everybody's to
//! read and a standby's orders hold a password. The end of the pipe is the last order.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Account, ThrowawayError};

/// What the guard is to do. Not `Debug`: it may hold a password.
#[derive(Serialize, Deserialize)]
pub(super) enum Order {
    /// Make the folder and the data in it. Once, first.
    Seed(Box<Spec>),
    /// Start the server and wait until it takes connections.
    Launch,
    /// Stop the server cleanly and keep the data.
    Halt,
}

/// Everything the guard has to know about its server.
#[derive(Serialize, Deserialize)]
pub(super) struct Spec {
    /// The major version.
    pub(super) major: u32,
    /// The folder with `postgres` and `initdb`.
    pub(super) bin: PathBuf,
    /// The folder with their libraries.
    pub(super) libdir: Option<PathBuf>,
    /// A word for the folder's name and the server's title.
    pub(super) name: String,
    /// Where the folder goes.
    pub(super) base: PathBuf,
    /// Who runs the server; none when we do.
    pub(super) account: Option<Account>,
    /// Settings, later ones win.
    pub(super) settings: Vec<(String, String)>,
    /// Where the server listens.
    pub(super) listen: Listen,
    /// Where the data come from.
    pub(super) source: Source,
}

/// Where the data come from.
#[derive(Serialize, Deserialize)]
pub(super) enum Source {
    /// A new cluster, with further arguments for initdb.
    Fresh {
        /// Arguments behind ours, so that they win.
        initdb: Vec<String>,
    },
    /// A copy of a cluster whose server is stopped.
    Copy {
        /// Its data folder.
        data: PathBuf,
        /// Its superuser's password, which the copy shares.
        password: String,
        /// How to reach it, as `primary_conninfo` wants it; none for a copy that goes its own way.
        primary: Option<String>,
    },
}

/// Where a server listens. Its Unix socket is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listen {
    /// The Unix socket alone.
    Socket,
    /// A free port of 127.0.0.1 as well.
    Loopback,
}

/// What the guard answers: one reply an order.
#[derive(Serialize, Deserialize)]
pub(super) enum Reply {
    /// The folder is there and holds data.
    Seeded(Seeded),
    /// The server takes connections.
    Ready {
        /// The server's process.
        server: u32,
    },
    /// The server was shut down cleanly.
    Halted,
    /// It could not be done; the guard still waits for orders or for the end.
    Failed(ThrowawayError),
}

/// What was made.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seeded {
    /// The folder that goes away at the end.
    pub(super) folder: PathBuf,
    /// The superuser's password.
    pub(super) password: String,
    /// The port: the socket's name, and the one of 127.0.0.1 if that was asked for.
    pub(super) port: u16,
}
