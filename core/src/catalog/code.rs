//! Functions that a workload names, and everything that runs code nobody vouched for.
//!
//! Why this is in the catalog at all: EXPLAIN evaluates immutable and stable functions while it
//! plans, so whose code a statement can reach decides whether it may even be planned.

use serde::{Deserialize, Serialize};

use crate::base::QualifiedName;

/// One function, aggregate or procedure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Function {
    /// Schema and name; overloads share it.
    pub name: QualifiedName,
    /// Argument types as the server prints them.
    pub arguments: String,
    /// What kind of routine.
    pub kind: FunctionKind,
    /// How its result may change.
    pub volatility: Volatility,
    /// The language it is written in.
    pub language: Language,
    /// It came with the server (its oid is below 16384).
    pub built_in: bool,
    /// It may be used below a security barrier without leaking values.
    pub leakproof: bool,
}

/// `pg_proc.prokind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FunctionKind {
    /// A plain function.
    Function,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
    /// A procedure.
    Procedure,
}

/// `pg_proc.provolatile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Volatility {
    /// The planner folds it.
    Immutable,
    /// The planner evaluates it for estimates.
    Stable,
    /// Evaluated at run time only.
    Volatile,
}

/// The languages that matter for safety.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Part of the server's executable.
    Internal,
    /// A shared library.
    C,
    /// SQL.
    Sql,
    /// Any other, by name.
    Other(String),
}

/// One object through which planning could run code of an owner nobody vouched for: the
/// transitive closure over `pg_depend` of all functions that are neither built in, nor of an
/// allow-listed extension, nor owned by a superuser or a role named with `--trust-owner`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Untrusted {
    /// What kind of object.
    pub kind: UntrustedKind,
    /// Schema and name; the schema is empty for `Everything`.
    pub name: QualifiedName,
    /// The function that it leads to, and its owner, for people.
    pub reaches: String,
}

/// The kinds of object that a statement can name or reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UntrustedKind {
    /// A function of this name exists; overloads are not told apart.
    Function,
    /// An operator of this name exists; likewise.
    Operator,
    /// A type, by its input, its domain's checks, or a cast from or to it.
    Type,
    /// A relation, by its view rule, policies, defaults, checks, index expressions, statistics.
    Relation,
    /// A built-in object is tied to untrusted code: nothing may be planned here.
    Everything,
}
