//! What might help: candidates, what serves what, how large, and the SQL that builds them.

mod candidate;
mod generate;
mod lattice;
mod size;
pub mod ddl;

pub use candidate::{Candidate, Definition, KeyColumn, Refusal, RefusalReason, Size};
pub use ddl::{DdlError, DdlStatement};
pub use generate::{
    CandidateLimits, KEPT_SHARE_MAX, TABLE_BYTES_MIN, WIDTH_MAX, candidates, table_pages,
    table_rows, wish_words,
};
pub use lattice::{Lattice, Served, begins_with, serves};
pub use size::{key_width, size};
