//! What a server wrote down: any form of log in, typed entries out.
//!
//! A [`LogReader`] is fed bytes and hands out [`Entry`]s in the log's order, in bounded memory.
//! Everything later (grouping by statement, finding loops) reads entries and never a line.
//! Refuses to understand SQL and plans: texts and documents are handed on as written.

mod entry;
mod tags;

pub use entry::{Entry, Event, LockState, Phase, Session, Severity};
pub use tags::tags;
