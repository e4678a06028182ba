//! What a server wrote down: any form of log in, typed entries out.
//!
//! A [`LogReader`] is fed bytes and hands out [`Entry`]s in the log's order, in bounded memory.
//! Everything later (grouping by statement, finding loops) reads entries and never a line.
//! Refuses to understand SQL and plans: texts and documents are handed on as written.

mod entry;
mod tags;
mod values;
mod form;
mod reader;
mod lines;
mod prefix;
mod infer;
mod word;
mod text;
mod syslog;
mod csv;
mod json;
mod window;
mod raw;
mod event;
mod document;

pub use entry::{Entry, Event, LockState, Phase, Session, Severity};
pub use form::{FORM_BYTES, LogForm};
pub use reader::{ENTRY_BYTES_MAX, LogReader};
pub use tags::tags;
pub use values::parameter_values;

#[cfg(test)]
mod tests;
