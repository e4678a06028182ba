//! Types and values for the parameters of a statement.
use crate::base::Note;
use crate::catalog::Catalog;
use crate::sql::Statement;
use crate::workload::{ParameterSet, Resolution};

/// The most parameter sets of one statement.
pub const SETS_MAX: usize = 5;

pub(super) fn parameter_sets(
    statement: &Statement,
    resolution: &Resolution,
    label: &str,
    catalog: &Catalog,
) -> (Vec<ParameterSet>, Vec<Note>) {
    let _ = (statement, resolution, label, catalog);
    (Vec::new(), Vec::new())
}
