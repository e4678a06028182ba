//! Where each `$n` stands: what its values can be read from.

use crate::base::Name;

use super::operand::ColumnUse;
use super::statement::{FunctionName, RelationName, TypeNameUse};

/// One place of one parameter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParameterUse {
    /// The n of `$n`.
    pub number: u16,
    /// What stands around it.
    pub context: ParameterContext,
}

/// What stands around a parameter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterContext {
    /// Compared with a column; the operator as if the column stood on the left. `= any` for
    /// `column = ANY ($n)`: the value is an array.
    Compared(ColumnUse, String),
    /// A member of a list that a column is compared with.
    ListMember(ColumnUse),
    /// `LIMIT $n`.
    Limit,
    /// `OFFSET $n`.
    Offset,
    /// Cast, and not compared with a column.
    CastTo(TypeNameUse),
    /// A value of an INSERT.
    InsertValue {
        /// The table.
        relation: RelationName,
        /// The column; None when the INSERT names none.
        column: Option<Name>,
        /// The position in the row, from 0.
        position: usize,
    },
    /// The new value of a column.
    Assigned {
        /// The table.
        relation: RelationName,
        /// The column.
        column: Name,
    },
    /// An argument of a function.
    FunctionArgument {
        /// The function.
        function: FunctionName,
        /// The argument's position, from 0.
        position: usize,
    },
    /// A condition by itself, as in `ON $n`: a normalized TRUE.
    Condition,
    /// An operand of an operator that does not compare, as in `payload ->> $n` or `due + $n`.
    Operated {
        /// The operator.
        operator: String,
        /// The column on its other side, where a plain one stands there.
        column: Option<ColumnUse>,
    },
    /// Anything else.
    Other,
}
