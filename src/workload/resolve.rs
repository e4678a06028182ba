//! What each name of a statement means.
use std::collections::BTreeMap;

use crate::base::{Name, Note, TableId};
use crate::sql::{BlockId, ColumnUse, RelationName, Statement};
use crate::workload::Capture;

/// Where a column of a statement stands, once its names are resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnPlace {
    /// The block whose FROM holds the table; another than the column's own when it was looked
    /// up outwards, or through a derived table.
    pub block: BlockId,
    /// The position in that block's relations.
    pub relation: usize,
    /// The table.
    pub table: TableId,
    /// The column as the catalog names it.
    pub column: Name,
}

/// Which table each relation of a statement means, and which column each column use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    names: BTreeMap<RelationName, TableId>,
    columns: BTreeMap<ColumnUse, ColumnPlace>,
}

impl Resolution {
    /// The table that a relation's name means; `None` when it was not found.
    pub fn relation(&self, name: &RelationName) -> Option<TableId> {
        self.names.get(name).copied()
    }

    /// All relations that were found, by name as written.
    pub fn relations(&self) -> impl Iterator<Item = (&RelationName, TableId)> {
        self.names.iter().map(|(name, table)| (name, *table))
    }

    /// The table and column that a column use means, derived tables looked through.
    pub fn column(&self, column: &ColumnUse) -> Option<(TableId, Name)> {
        self.place(column).map(|it| (it.table, it.column.clone()))
    }

    /// The same, with the entry of FROM that it belongs to.
    pub fn place(&self, column: &ColumnUse) -> Option<&ColumnPlace> {
        self.columns.get(column)
    }
}

pub(super) fn resolve(
    statement: &Statement,
    label: &str,
    role: &Name,
    capture: &Capture,
) -> (Resolution, Vec<Note>) {
    let _ = (statement, label, role, capture);
    (Resolution::default(), Vec::new())
}
