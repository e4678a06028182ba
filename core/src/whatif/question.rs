//! Experiments and their answers: the one form in which anything is priced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{CandidateId, Cost, IndexId, QualifiedName, Rows, SetId, StatementId, TableId};

/// A bundle of experiments that may be answered in any order, and are returned in this one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wave(pub Vec<Experiment>);

/// Statements to be planned under one pretended world.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The world.
    pub configuration: Configuration,
    /// What to plan in it.
    pub cells: Vec<Cell>,
    /// What to report.
    pub want: Want,
}

/// What is pretended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Configuration {
    /// Candidates that are there.
    pub add: BTreeSet<CandidateId>,
    /// Existing indexes that are not.
    pub hide: BTreeSet<IndexId>,
    /// Settings that differ.
    pub settings: BTreeMap<String, String>,
}

/// One statement with one parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The statement.
    pub statement: StatementId,
    /// The set.
    pub set: SetId,
}

/// What to report.
#[derive(Debug, Clone, PartialEq)]
pub enum Want {
    /// The plan's figures.
    Plan,
    /// The planner's row estimate of a predicate on a table.
    Rows {
        /// The table.
        table: TableId,
        /// The predicate as SQL of our own making.
        predicate: String,
    },
}

/// One answer to one cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was planned.
    Priced(Arc<Priced>),
    /// The planner's row estimate.
    Rows(Rows),
    /// It was not planned, and why.
    Refused(String),
}

/// What a plan says, reduced to what selection needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priced {
    /// Total cost of the plan.
    pub cost: Cost,
    /// Rows of the plan's top node.
    pub rows: Rows,
    /// Candidates that the plan uses, by the canonical text of their definition.
    pub used: BTreeSet<String>,
    /// Existing indexes that the plan uses.
    pub used_existing: BTreeSet<QualifiedName>,
    /// Pages that the planner expects to touch, by our model of the plan's leaves.
    pub pages: Option<f64>,
    /// A LIMIT above a scan in index order lets the plan stop early, while a filter or a join
    /// between the two may throw rows away: the plan counts on finding enough of them soon.
    pub stops_early: bool,
}

/// The answers of one wave, per experiment and cell, in the order of the questions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// One list per experiment, one answer per cell.
    pub answers: Vec<Vec<Answer>>,
    /// Time is up or the user pressed Ctrl-C: make the best of what is known.
    pub stop: bool,
}

/// What a pricer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Plan with indexes that do not exist.
    pub add: bool,
    /// Plan without indexes that do.
    pub hide: bool,
    /// Plan under other settings.
    pub settings: bool,
    /// Estimate the rows of a predicate.
    pub rows: bool,
}

impl Abilities {
    /// What a pricer that can do nothing can do.
    pub const NONE: Self = Self { add: false, hide: false, settings: false, rows: false };
}
