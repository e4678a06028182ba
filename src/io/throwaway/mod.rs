//! Throwaway servers: a local Postgres that lives as long as its owner and leaves nothing behind.
//!
//! [`find_servers`] says which binaries there are, [`Throwaway::start`] starts one of them. The
//! server is not our child but the child of a *guard*, our own program run as
//! `pgsextant __guard`, which holds the read end of a pipe. When the pipe ends, for whatever
//! reason the owner had to let go of it (`kill -9` included), the guard stops the server by its
//! pid and removes the folder. If the guard is killed too, [`sweep`] does both at the next start.
//!
//! Refuses to kill anything by name, to stop a process that it cannot prove to be the server of
//! that very folder, to touch folders of other users, and to run a server as root.

mod account;
mod copy;
mod error;
mod find;
mod folder;
mod guard;
mod orphan;
mod seed;
mod server;
mod wire;

pub use account::Account;
pub use error::ThrowawayError;
pub use find::{Found, Origin, Search, ServerBinaries, find_servers, missing_message};
pub use folder::{Swept, sweep};
pub use guard::run_guard;
pub use server::{Guard, Options, Throwaway};
pub use wire::Listen;
