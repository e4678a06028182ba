//! What the server did, or would do: EXPLAIN read into a `Plan`, walked, and accounted for.
//!
//! Reading is total: a node kind or key that this version does not know is kept and noted.
//! Plans are read, never rewritten: iterators, no visitors. This floor refuses to judge a plan;
//! rules do.

mod account;
mod across;
mod beside;
mod charge;
mod clock;
mod condition;
mod expression;
mod figures;
mod kind;
mod node;
mod outline;
mod read;
mod shape;
mod stop;
mod tree;
mod unsaid;
mod walk;
mod word;

#[cfg(test)]
mod tests;

pub use beside::Beside;
pub use condition::{ColumnCondition, ConditionTerm, condition_columns, plain_column};
pub use expression::{WrappedColumn, Wrapping, or_arms, qualifiers, wrapped_columns};
pub use figures::{
    Buffers, Estimate, HashAggregateUse, HashUse, IoTime, Measured, MemoizeUse, Place, SortUse,
    StorageUse, Wal,
};
pub use kind::{NodeKind, Relationship};
pub use node::{
    Access, Conditions, GatherUse, Keys, ModifyUse, Node, RelationName, Removed, Worker,
};
pub use outline::outline;
pub use read::{
    Identity, PlanError, PlanErrorKind, Reading, read, read_document, read_json, read_text,
};
pub use tree::{Jit, Memory, Plan, Serialization, Trigger};
pub use unsaid::{Executions, differences};
pub use walk::{Direction, RowError};
