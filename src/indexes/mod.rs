//! What might help: candidates, what serves what, how large, and the SQL that builds them.

mod candidate;

pub use candidate::{Candidate, Definition, KeyColumn, Refusal, RefusalReason, Size};
