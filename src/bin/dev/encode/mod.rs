//! Writes a plan that is given as JSON down in another encoding, as `explain.c` would have.
//!
//! A test tool: the same document in four encodings must read as the same plan. That it writes
//! what servers write is itself checked, against documents that servers wrote. Refuses nothing;
//! what a text cannot hold (zero counters, the schema of a table without VERBOSE) it leaves out
//! as the server does.

mod around;
mod figures;
mod node;
mod tagged;
mod text;

pub(crate) use tagged::{xml, yaml};
pub(crate) use text::{Dialect, text};
