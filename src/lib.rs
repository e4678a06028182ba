//! pgsextant: which indexes a Postgres workload needs, and why.
//!
//! The floors stand here in the order in which they may use each other, each only those above
//! it. Everything but `io` and `cli` is pure: `clippy.toml` bans files, sockets, clock,
//! environment and processes, and the exceptions below are all there are.

pub mod base;
pub mod catalog;
pub mod sql;
pub mod plan;
pub mod workload;
pub mod rules;
pub mod indexes;
pub mod whatif;
pub mod advise;
pub mod report;

#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "touches the world")]
pub mod io;

#[cfg(feature = "live")]
#[expect(clippy::disallowed_methods, reason = "reads arguments and environment, writes results")]
pub mod cli;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "reads fixtures")]
mod testing;
