//! Tables of every kind, their columns, counters and foreign keys.

use serde::{Deserialize, Serialize};

use crate::base::{Bytes, Name, Pages, QualifiedName, Rows};
use crate::catalog::ColumnStatistics;

/// One relation that holds or shows rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Schema and name.
    pub name: QualifiedName,
    /// What kind of relation.
    pub kind: TableKind,
    /// Its columns by number, dropped ones left out.
    pub columns: Vec<Column>,
    /// `reltuples`; `None` when never vacuumed or analyzed (-1 from 14 on, 0 with no pages before).
    pub rows: Option<Rows>,
    /// `relpages`.
    pub pages: Pages,
    /// `relallvisible`.
    pub all_visible: Pages,
    /// The file's length now; `None` when it could not be read without waiting for a lock.
    pub file_pages: Option<Pages>,
    /// The partitioned or inherited parents, as qualified names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<QualifiedName>,
    /// Row security is enabled for it.
    #[serde(default)]
    pub row_security: bool,
    /// The owner's name.
    pub owner: Name,
    /// The counters since the last reset; `None` where they could not be read.
    pub activity: Option<Activity>,
    /// Changed rows since the last ANALYZE, of all kinds, on the node that was read.
    pub modified_since_analyze: Option<u64>,
    /// Whether ANALYZE, by hand or by autovacuum, has ever run as far as the counters know.
    pub analyzed: Option<bool>,
}

/// The kinds of relation, `pg_class.relkind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// An ordinary table, or a leaf partition.
    Table,
    /// A partitioned table: no rows of its own.
    Partitioned,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    Foreign,
    /// Another kind, by its letter.
    Other(char),
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// `attnum`.
    pub number: i16,
    /// Its name.
    pub name: Name,
    /// The type as `format_type` prints it, such as `character varying(20)`.
    pub type_name: String,
    /// `typlen`: bytes of a fixed-length type, -1 for variable ones.
    pub type_length: i16,
    /// `typalign`: `c`, `s`, `i` or `d`.
    pub type_alignment: char,
    /// The type has a default b-tree operator class.
    pub sortable: bool,
    /// NOT NULL.
    pub not_null: bool,
    /// What ANALYZE found; `None` when there is no row for it, or none that we may see.
    pub statistics: Option<ColumnStatistics>,
}

/// Counters of one table, `pg_stat_user_tables`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Activity {
    /// Sequential scans started.
    pub seq_scans: u64,
    /// Rows read by them.
    pub seq_rows: u64,
    /// Index scans started.
    pub index_scans: u64,
    /// Rows inserted.
    pub inserted: u64,
    /// Rows updated.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Rows updated without touching an index.
    pub hot_updated: u64,
    /// Dead rows, as far as known.
    pub dead_rows: u64,
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: Name,
    /// The table that refers.
    pub child: QualifiedName,
    /// Its columns, in the constraint's order.
    pub child_columns: Vec<Name>,
    /// The table referred to.
    pub parent: QualifiedName,
    /// Its columns, in the same order.
    pub parent_columns: Vec<Name>,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &Name) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == *name)
    }

    /// Rows as the planner sees them: density of the last ANALYZE times the file's size now,
    /// `None` when the table was never analyzed (source: `estimate_rel_size`, `plancat.c`).
    pub fn planner_rows(&self) -> Option<Rows> {
        let rows = self.rows?;
        match (self.file_pages, self.pages) {
            (Some(now), then) if then.0 > 0 => Some(rows * (now.0 as f64 / then.0 as f64)),
            _ => Some(rows),
        }
    }

    /// The file's size in pages, by its length where known, else by the last VACUUM's count.
    pub fn size(&self) -> Pages {
        self.file_pages.unwrap_or(self.pages)
    }

    /// Rows live in this relation's own file, so an index on it would hold entries.
    pub fn stores_rows(&self) -> bool {
        matches!(self.kind, TableKind::Table | TableKind::MaterializedView)
    }
}

impl Column {
    /// The average width of a value in bytes: by statistics, else the type's fixed length,
    /// else the planner's 32 (source: `get_typavgwidth`, `lsyscache.c`).
    pub fn width(&self) -> Bytes {
        const UNKNOWN_WIDTH: u64 = 32;
        match (&self.statistics, u64::try_from(self.type_length)) {
            (_, Ok(length)) => Bytes(length),
            (Some(statistics), _) => statistics.width,
            (None, Err(_)) => Bytes(UNKNOWN_WIDTH),
        }
    }
}
