//! Operands and predicates: what is compared with what, and in which shape.

use crate::base::Name;

use super::block::{BlockId, JoinKind};
use super::statement::TypeNameUse;

/// A column as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnUse {
    /// The schema in `schema.table.column`.
    pub schema: Option<Name>,
    /// The alias or table before the dot.
    pub qualifier: Option<Name>,
    /// The column. A bare name may also mean a whole row.
    pub column: Name,
    /// The block in which it is written; it may belong to one further out.
    pub block: BlockId,
}

/// A constant as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// Its value as text, without quotes; `t` and `f` are spelled out.
    pub text: String,
    /// What kind of constant.
    pub kind: LiteralKind,
}

impl Literal {
    /// TRUE or FALSE.
    pub fn boolean(value: bool) -> Self {
        Self { text: value.to_string(), kind: LiteralKind::Boolean }
    }

    /// NULL.
    pub fn null() -> Self {
        Self { text: "null".to_owned(), kind: LiteralKind::Null }
    }
}

/// The kinds of constants that the grammar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiteralKind {
    /// A number without a point that fits 32 bits.
    Integer,
    /// Any other number.
    Float,
    /// A string, of no type yet.
    Text,
    /// TRUE, FALSE.
    Boolean,
    /// `B'…'`, `X'…'`.
    Bits,
    /// NULL.
    Null,
}

/// One side of a comparison, a sort key, an output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A column.
    Column(ColumnUse),
    /// `$n`.
    Parameter(u16),
    /// A constant.
    Literal(Literal),
    /// An IN list, `ARRAY[…]`, or a row.
    List(Vec<Operand>),
    /// A subquery.
    Subquery(BlockId),
    /// A cast of a column, parameter, constant or list.
    Cast {
        /// What is cast.
        inner: Box<Operand>,
        /// To which type.
        type_name: TypeNameUse,
    },
    /// Everything else.
    Expression(Expression),
}

/// An expression that is more than a column, a constant or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expression {
    /// Its columns, in written order, those of subqueries inside it left out.
    pub columns: Vec<ColumnUse>,
    /// Its parameters, in written order, likewise.
    pub parameters: Vec<u16>,
    /// The subqueries inside it.
    pub subqueries: Vec<BlockId>,
    /// As SQL in one canonical layout; empty when it cannot be written back.
    pub text: String,
}

impl Operand {
    /// The column under any casts; None when it is something else.
    pub fn column(&self) -> Option<&ColumnUse> {
        match self {
            Self::Column(column) => Some(column),
            Self::Cast { inner, .. } => inner.column(),
            _ => None,
        }
    }

    /// All columns in it, in written order.
    pub fn columns(&self) -> Vec<&ColumnUse> {
        match self {
            Self::Column(column) => vec![column],
            Self::Cast { inner, .. } => inner.columns(),
            Self::List(members) => members.iter().flat_map(Self::columns).collect(),
            Self::Expression(expression) => expression.columns.iter().collect(),
            Self::Parameter(_) | Self::Literal(_) | Self::Subquery(_) => Vec::new(),
        }
    }

    /// All parameters in it, in written order.
    pub fn parameters(&self) -> Vec<u16> {
        match self {
            Self::Parameter(number) => vec![*number],
            Self::Cast { inner, .. } => inner.parameters(),
            Self::List(members) => members.iter().flat_map(Self::parameters).collect(),
            Self::Expression(expression) => expression.parameters.clone(),
            Self::Column(_) | Self::Literal(_) | Self::Subquery(_) => Vec::new(),
        }
    }

    /// The subqueries directly in it, in written order.
    pub fn subqueries(&self) -> Vec<BlockId> {
        match self {
            Self::Subquery(block) => vec![*block],
            Self::Cast { inner, .. } => inner.subqueries(),
            Self::List(members) => members.iter().flat_map(Self::subqueries).collect(),
            Self::Expression(expression) => expression.subqueries.clone(),
            Self::Column(_) | Self::Literal(_) | Self::Parameter(_) => Vec::new(),
        }
    }
}

/// What an index could do with a predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// `column = value`.
    Equality,
    /// `<`, `<=`, `>`, `>=`, and rows compared by them.
    Range,
    /// `column IN (…)`, `column = ANY (…)`, or an OR of equalities of one column.
    AnyOf,
    /// LIKE, ILIKE, SIMILAR TO, regular expressions, `^@`.
    Pattern,
    /// `IS NULL`.
    IsNull,
    /// `IS NOT NULL`.
    IsNotNull,
    /// Anything else; the operator says what.
    Other,
}

/// One conjunct of WHERE or of a join's condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The side with a column of this block, if any: `$1 = column` is turned round.
    pub left: Operand,
    /// The operator's symbol, or `is null`, `is not null`, `= any`, `<> all`, `exists`,
    /// `not exists`, `is not distinct from` and so on, always in lower case.
    pub operator: String,
    /// The schema in `OPERATOR(schema.symbol)`.
    pub operator_schema: Option<Name>,
    /// The other side; the constant true or false for a bare condition.
    pub right: Operand,
    /// What an index could do with it.
    pub shape: Shape,
    /// The columns of a row comparison, of which `left` is the first; empty otherwise.
    pub row: Vec<Operand>,
    /// Stands under an OR: cannot be used alone.
    pub alternative: Option<Alternative>,
    /// The join it was written in; None in WHERE.
    pub join: Option<JoinKind>,
}

/// Which OR of a block a predicate stands under, and in which of its arms. All arms of a group
/// have to be served by an index for the OR to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alternative {
    /// The OR, counted within the block.
    pub group: u32,
    /// The arm of that OR.
    pub arm: u32,
}
