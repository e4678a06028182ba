//! One statement with everything known of it: first a draft without plans, then a case with them.

use serde::{Deserialize, Serialize};

use crate::base::{Name, Note, Share, StatementId};
use crate::plan::Plan;
use crate::sql::Statement;
use crate::workload::{Counters, Resolution};

/// A statement that has been read, resolved and given parameters, but not planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its position in the capture.
    pub id: StatementId,
    /// `RecordedStatement::key`.
    pub key: String,
    /// What reports call it: its tag, else its key.
    pub label: String,
    /// The recorded text.
    pub text: String,
    /// The role that ran it.
    pub role: Name,
    /// The parsed statement, or why there is none.
    pub statement: Result<Statement, Note>,
    /// Which table and column each name means.
    pub resolution: Resolution,
    /// What it did.
    pub counters: Counters,
    /// Up to `SETS_MAX` parameter sets; one empty set when it has no parameters; none when a
    /// parameter has no type, and then a note says so.
    pub sets: Vec<ParameterSet>,
    /// Remarks so far.
    pub notes: Vec<Note>,
}

/// A draft with one plan per parameter set, where there could be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The statement.
    pub draft: Draft,
    /// Plans in the order of the sets; an executed plan stands beside the planned one.
    pub plans: Vec<CasePlan>,
    /// Remarks made while planning, and why there is no plan when there is none.
    pub notes: Vec<Note>,
}

/// One plan of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CasePlan {
    /// The parameter set it was planned with, by position in `Draft::sets`.
    pub set: usize,
    /// How it was made.
    pub origin: PlanOrigin,
    /// The plan.
    pub plan: Plan,
}

/// How a plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanOrigin {
    /// Executed by EXPLAIN (ANALYZE).
    Measured,
    /// Planned with these values.
    Planner,
    /// Planned without values.
    Generic,
}

/// Values for every parameter of one statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterSet {
    /// One per `$n`, in order.
    pub values: Vec<BoundValue>,
    /// The share of executions it stands for; the shares of a statement add to 1.
    pub share: Share,
    /// Where the values come from.
    pub origin: SetOrigin,
}

/// One value to bind, in text format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoundValue {
    /// The type as `format_type` prints it.
    pub type_name: String,
    /// The value's text.
    pub text: String,
}

/// Where a parameter set comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetOrigin {
    /// Seen in a log.
    Captured,
    /// The most common values.
    Common,
    /// The row-weighted median value.
    Typical,
    /// A rare value.
    Rare,
    /// The end of the histogram.
    Boundary,
    /// The statement has no parameters.
    Literal,
    /// No value known.
    Generic,
}

impl Case {
    /// The parsed statement, where there is one.
    pub fn statement(&self) -> Option<&Statement> {
        self.draft.statement.as_ref().ok()
    }

    /// The plan to judge: an executed one where there is one, else the first planned one.
    pub fn best_plan(&self) -> Option<&CasePlan> {
        let measured = self.plans.iter().find(|it| it.origin == PlanOrigin::Measured);
        measured.or_else(|| self.plans.first())
    }
}
