//! Existing indexes, whole enough to say what each serves and to write its exact undo.

use serde::{Deserialize, Serialize};

use crate::base::{Name, Pages, QualifiedName, Rows};

/// One index of the catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Schema and name.
    pub name: QualifiedName,
    /// The table it stands on.
    pub table: QualifiedName,
    /// The access method, such as `btree`.
    pub method: Name,
    /// The key terms in order.
    pub keys: Vec<IndexKey>,
    /// Columns carried but not searched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    /// The predicate of a partial index, as the server prints it.
    pub predicate: Option<String>,
    /// UNIQUE.
    pub unique: bool,
    /// NULLs count as equal (15 and later).
    #[serde(default)]
    pub nulls_not_distinct: bool,
    /// The constraint it backs: primary key, unique or exclusion.
    pub constraint: Option<Name>,
    /// `indisprimary`.
    pub primary: bool,
    /// `indisexclusion`.
    pub exclusion: bool,
    /// `indisvalid`.
    pub valid: bool,
    /// `indisready`.
    pub ready: bool,
    /// `indisreplident`.
    pub replica_identity: bool,
    /// `indisclustered`.
    pub clustered: bool,
    /// A foreign key of another table refers to it (`pg_constraint.conindid`).
    pub referenced: bool,
    /// The partitioned index it belongs to.
    pub parent: Option<QualifiedName>,
    /// `relpages`.
    pub pages: Pages,
    /// The file's length now, where it could be read.
    pub file_pages: Option<Pages>,
    /// `reltuples`; `None` when unknown.
    pub rows: Option<Rows>,
    /// The server's own CREATE INDEX text; `None` when it could not be had without a lock wait.
    pub definition: Option<String>,
    /// Counters; `None` where they could not be read.
    pub usage: Option<IndexUsage>,
    /// An extension owns it.
    #[serde(default)]
    pub of_extension: bool,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexKey {
    /// A column or an expression.
    pub term: KeyTerm,
    /// The operator class's name; `None` for the type's default.
    pub operator_class: Option<Name>,
    /// The collation when it is not the column's own.
    pub collation: Option<QualifiedName>,
    /// Descending.
    pub descending: bool,
    /// NULLs come first.
    pub nulls_first: bool,
}

/// What a key is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyTerm {
    /// A plain column.
    Column(Name),
    /// An expression as the server prints it.
    Expression(String),
}

/// Counters of one index, `pg_stat_user_indexes`, on the node that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IndexUsage {
    /// Scans started since the counters' last reset.
    pub scans: u64,
    /// Entries returned by them.
    pub rows_read: u64,
    /// The last scan's time in ISO form (16 and later).
    pub last_scan: Option<String>,
}

impl Index {
    /// The leading plain columns, up to the first expression.
    pub fn columns(&self) -> impl Iterator<Item = &Name> {
        self.keys.iter().map_while(|key| match &key.term {
            KeyTerm::Column(name) => Some(name),
            KeyTerm::Expression(_) => None,
        })
    }

    /// The file's size in pages.
    pub fn size(&self) -> Pages {
        self.file_pages.unwrap_or(self.pages)
    }

    /// A plain b-tree that the planner may use: valid, not partial, columns only.
    pub fn is_plain_btree(&self) -> bool {
        self.method.as_str() == "btree"
            && self.valid
            && self.predicate.is_none()
            && self.keys.iter().all(|key| matches!(key.term, KeyTerm::Column(_)))
    }
}
