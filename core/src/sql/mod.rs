//! What was asked: one SQL text in, one [`Statement`] out.
//!
//! Knows the grammar and no catalog: names stay as written, types stay unknown. Refuses to
//! guess what a name means; [`Statement::relation_of`] only follows aliases.

mod statement;

mod block;
mod operand;
mod parameter;

mod error;
mod parse;

mod depth;
mod locate;
mod tokens;

mod names;
mod tree;

mod outline;

mod from;
mod selects;
mod writes;

mod children;
mod conditions;
mod operands;
mod operators;
mod surveys;

mod family;
mod repair;
mod script;
mod tag;

pub use block::{
    Action, Arbiter, Assignment, Block, BlockId, JoinKind, OrderTerm, Output, OutputValue,
    RelationSource, RelationUse, Role,
};
pub use error::{SqlError, SqlErrorKind};
pub use family::family_fingerprint;
pub use operand::{
    Alternative, ColumnUse, Expression, Literal, LiteralKind, Operand, Predicate, Shape,
};
pub use parameter::{ParameterContext, ParameterUse};
pub use parse::parse;
pub use script::{ScriptStatement, script};
pub use statement::{
    CollationName, FunctionName, Gap, Kind, OperatorName, RelationName, Statement, TypeNameUse,
};

#[cfg(test)]
mod tests;
