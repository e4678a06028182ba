//! The access that a case asks for, table by table, whether today's plan is at fault or not.
//!
//! A wish names columns, never an index: which index would grant it is `indexes`' business.

use serde::{Deserialize, Serialize};

use crate::base::{Name, Rows, Share, StatementId, TableId};

/// Position of a wish in the list of all wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WishId(pub u32);

/// One access to one table that a statement's query level asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Its position.
    pub id: WishId,
    /// The statement.
    pub statement: StatementId,
    /// The table.
    pub table: TableId,
    /// Columns compared by equality, in the order of the table's columns.
    pub equalities: Vec<EqualityWish>,
    /// Columns compared by `<`, `<=`, `>`, `>=` or an anchored pattern, in the same order.
    pub ranges: Vec<Name>,
    /// The order asked for, when it is on plain columns of this table alone.
    pub order: Vec<OrderWish>,
    /// Rows stop after a LIMIT.
    pub limited: bool,
    /// Every column of the table that the statement reads at this level; `None` for all of them.
    pub columns: Option<Vec<Name>>,
    /// Rows of the table that all these conditions keep, by the planner's statistics.
    pub kept: Option<Rows>,
}

/// One column compared by equality.
#[derive(Debug, Clone, PartialEq)]
pub struct EqualityWish {
    /// The column.
    pub column: Name,
    /// What it is compared with.
    pub with: EqualityKind,
    /// The share of rows that one value keeps, by statistics.
    pub kept: Option<Share>,
}

/// What a column is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EqualityKind {
    /// A parameter or literal.
    Value,
    /// A list of values (`IN`, `= ANY`).
    List,
    /// IS NULL.
    Null,
    /// A column of this other table, or of an outer query: a parameterised inner side.
    Join(TableId),
}

/// One term of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderWish {
    /// The column.
    pub column: Name,
    /// Descending.
    pub descending: bool,
    /// NULLs first.
    pub nulls_first: bool,
}
