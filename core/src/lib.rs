//! The pure floors of pgsextant: everything that needs no file, socket, clock or environment.
//!
//! The floors stand here in the order in which they may use each other, each only those above
//! it. `clippy.toml` bans the world, and `testing` is the only exception.

pub mod base;
pub mod catalog;
pub mod sql;
pub mod plan;
pub mod log;
pub mod workload;
pub mod rules;
pub mod indexes;
pub mod whatif;
pub mod advise;
pub mod report;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "reads fixtures")]
mod testing;
