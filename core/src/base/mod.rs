//! The words everybody uses: ids, quantities, names, notes.
//!
//! Refuses to know anything about Postgres beyond how it quotes a name.

mod id;
mod name;
mod note;
mod quantity;
mod text;

pub use id::{CandidateId, IndexId, NodeId, SetId, StatementId, TableId, stable_id};
pub use name::{Name, QualifiedName, quote_identifier, quote_literal};
pub use note::{Note, NoteCode};
pub use quantity::{Bytes, Cost, Millis, Origin, Pages, Range, Rows, Share};
pub use text::start_of;
