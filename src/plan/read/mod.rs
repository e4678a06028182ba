//! EXPLAIN (FORMAT JSON) into `Plan`s.

mod error;

pub use error::{PlanError, PlanErrorKind};

use crate::base::Note;

use super::tree::Plan;

/// Reads all plans of a text.
pub fn read_json(text: &str) -> Result<(Vec<Plan>, Vec<Note>), PlanError> {
    let _ = text;
    Err(PlanError { at: "$".to_owned(), kind: PlanErrorKind::Empty })
}
