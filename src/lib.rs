//! pgsextant: which indexes a Postgres workload needs, and why.
//!
//! The pure floors are the package `pgsextant-core` below `core`, seen here under their own
//! names; `io` and `cli` are the only ones that touch the world. `clippy.toml` bans files,
//! sockets, clock, environment and processes, and the exceptions below are all there are.

pub use pgsextant_core::{
    advise, base, catalog, indexes, log, plan, report, rules, sql, whatif, workload,
};

#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "touches the world")]
pub mod io;

#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "reads arguments and environment, writes results")]
pub mod cli;
