//! A candidate: an index that does not exist, as a value; and why one was given up.

use serde::{Deserialize, Serialize};

use crate::base::{Bytes, CandidateId, Name, Pages, QualifiedName, Range, TableId};
use crate::workload::WishId;

/// An index that might help.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its position in canonical order: by table, then by definition.
    pub id: CandidateId,
    /// The table.
    pub table: TableId,
    /// What it would be.
    pub definition: Definition,
    /// How large it would be.
    pub size: Size,
    /// The wishes it would grant, wholly or in part.
    pub wishes: Vec<WishId>,
}

/// The definition of a b-tree that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// The table it stands on.
    pub table: QualifiedName,
    /// The access method.
    pub method: Name,
    /// The keys in order.
    pub keys: Vec<KeyColumn>,
    /// Columns carried along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Name>,
    /// The predicate, when partial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
}

/// One key column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyColumn {
    /// The column.
    pub column: Name,
    /// Descending.
    #[serde(default)]
    pub descending: bool,
    /// NULLs first.
    #[serde(default)]
    pub nulls_first: bool,
}

/// How large an index would be, by our size model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Pages, the figure that is used for pricing.
    pub pages: Pages,
    /// Bytes with the model's error range.
    pub bytes: Range<Bytes>,
    /// B-tree levels above the leaves.
    pub height: u32,
}

/// Why a candidate, or a wish, came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    /// What was refused: a definition in words, or a statement's label.
    pub subject: String,
    /// The reason.
    pub reason: RefusalReason,
    /// The figures behind it, for people.
    pub detail: String,
}

/// The reasons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    /// An existing index serves it.
    AlreadyServed,
    /// The table is so small that a sequential scan is as good.
    SmallTable,
    /// The conditions keep too much of the table.
    NotSelective,
    /// The relation holds no rows of its own, or is foreign, temporary or a system catalog.
    NotIndexable,
    /// A column's type has no b-tree order.
    NoOrder,
    /// Its key would be wider than a b-tree entry may be.
    TooWide,
    /// The planner would not use it.
    NotUsed,
    /// Its gain is below the threshold.
    BelowThreshold,
    /// Another chosen index does the same for less.
    ServedByChosen,
    /// It would make some statement dearer than allowed.
    Regression,
    /// The estimate that it relies on was measured to be wrong.
    EstimateWrong,
    /// It does not fit the storage budget or the number allowed.
    Budget,
    /// Time was up before it was priced, or nothing could price it.
    Unpriced,
    /// The user declined it.
    Declined,
}

impl Definition {
    /// One text per definition, the same in every run: equal texts mean equal indexes.
    pub fn canonical(&self) -> String {
        format!("{} {}", self.table, self.shape())
    }

    /// Everything behind the table's name, as SQL: `USING btree (a, b DESC) INCLUDE (c)`.
    pub fn shape(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(KeyColumn::to_string).collect();
        let mut text = format!("USING {} ({})", self.method, keys.join(", "));
        if !self.include.is_empty() {
            let columns: Vec<String> = self.include.iter().map(Name::to_string).collect();
            text.push_str(&format!(" INCLUDE ({})", columns.join(", ")));
        }
        if let Some(predicate) = &self.predicate {
            text.push_str(&format!(" WHERE {predicate}"));
        }
        text
    }

    /// The key columns' names, in order.
    pub fn columns(&self) -> impl Iterator<Item = &Name> {
        self.keys.iter().map(|key| &key.column)
    }
}

impl std::fmt::Display for KeyColumn {
    /// Prints the key as CREATE INDEX needs it, defaults left out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let direction = match (self.descending, self.nulls_first) {
            (false, false) => "",
            (false, true) => " NULLS FIRST",
            (true, true) => " DESC",
            (true, false) => " DESC NULLS LAST",
        };
        write!(out, "{}{direction}", self.column)
    }
}
