//! EXPLAIN (FORMAT TEXT) into values with the keys of EXPLAIN's JSON.
//!
//! Takes plain lines as the server prints them; refuses frames, which are taken off before.

use std::collections::BTreeSet;

use crate::base::Note;

use super::error::{PlanError, PlanErrorKind};
use super::value::Value;

/// All plans of a text in printed order.
pub(super) fn values(_text: &str, _found: &mut BTreeSet<Note>) -> Result<Vec<Value>, PlanError> {
    Err(PlanError { at: "$".to_owned(), kind: PlanErrorKind::NotAPlan })
}
