//! The result: recommendations, one fate per statement, and a reason for everything not advised.

use serde::{Deserialize, Serialize};

use crate::base::{Bytes, Cost, Millis, Note, Origin, QualifiedName, Range, Share, StatementId};
use crate::indexes::{Definition, Refusal, Size};

/// What to do, and what was decided about every statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// How gains were priced.
    pub method: Method,
    /// Best first.
    pub recommendations: Vec<Recommendation>,
    /// Exactly one per statement of the capture, in its order.
    pub fates: Vec<StatementFate>,
    /// Everything that was considered and given up.
    pub refusals: Vec<Refusal>,
    /// What was done to come to this: planner calls, rounds.
    pub effort: Effort,
    /// Remarks.
    pub notes: Vec<Note>,
}

/// How candidates were priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Not priced: ranked by covered time, no gain printed.
    Structure,
    /// The server's planner with HypoPG's hypothetical indexes.
    Hypopg,
    /// The planner of a shadow database.
    Shadow,
}

/// One index to build.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The same in every run: made of the definition.
    pub id: String,
    /// What to build.
    pub definition: Definition,
    /// The name that the script gives it.
    pub name: QualifiedName,
    /// How large it would be.
    pub size: Size,
    /// Over all statements that it helps; `None` when it was not priced.
    pub gain: Option<Gain>,
    /// The statements it helps, most saved time first.
    pub helped: Vec<Helped>,
    /// What writers pay.
    pub write_price: Option<WritePrice>,
    /// What could go wrong, one sentence each.
    pub risks: Vec<String>,
}

/// A gain: planner cost before and after, and what that should mean in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Planner cost before, weighted by calls, over the statements helped.
    pub before: Cost,
    /// The same after.
    pub after: Cost,
    /// Time of the recorded window that should be saved.
    pub saved: Range<Millis>,
    /// Where the costs come from.
    pub origin: Origin,
}

/// One statement that an index helps.
#[derive(Debug, Clone, PartialEq)]
pub struct Helped {
    /// The statement.
    pub statement: StatementId,
    /// What reports call it.
    pub label: String,
    /// Its executions in the window.
    pub calls: u64,
    /// Its share of the recorded time.
    pub time_share: Share,
    /// Planner cost before, weighted over its parameter sets; `None` when not priced.
    pub before: Option<Cost>,
    /// The same after.
    pub after: Option<Cost>,
    /// Mean time of one execution now, as recorded.
    pub mean: Millis,
    /// Mean time of one execution to expect, by the time model.
    pub expected: Option<Range<Millis>>,
}

/// What an index costs those who write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WritePrice {
    /// Rows inserted or updated per day that would each write an entry.
    pub entries_per_day: Option<f64>,
    /// Updates that would lose HOT because a key column is set by a recorded statement.
    pub hot_at_risk: Option<u64>,
    /// Bytes on disk.
    pub bytes: Bytes,
}

/// What became of one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementFate {
    /// The statement.
    pub statement: StatementId,
    /// What reports call it.
    pub label: String,
    /// Its share of the recorded time.
    pub share: Share,
    /// The one fate.
    pub fate: Fate,
    /// The reason with its figures.
    pub reason: String,
}

/// The fates there are; every statement has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A recommended index helps it.
    Advised,
    /// Its plan already uses an index for every access it asks for.
    AlreadyServed,
    /// No candidate makes its plan cheaper.
    NoIndexHelps,
    /// Something would help, but less than the threshold.
    BelowThreshold,
    /// Something would help, but the budget is spent.
    BudgetSpent,
    /// Something would help, but makes another statement dearer.
    Blocked,
    /// Its estimates were measured to be wrong: statistics come first.
    StatisticsFirst,
    /// Its time goes into waits that no plan changes.
    WaitsNotPlans,
    /// It only writes: an INSERT of values.
    WriteOnly,
    /// A utility statement.
    Utility,
    /// It belongs to another database.
    OtherDatabase,
    /// Its text is not visible to this role.
    Hidden,
    /// The grammar refuses it.
    Unparsed,
    /// A parameter has no type.
    Untyped,
    /// It may not be planned on this server.
    Unsafe,
    /// The server refused to plan it, or it was not asked to.
    Unplanned,
    /// It was planned, but nothing could price an index for it.
    Unpriced,
    /// The user declined it.
    Declined,
}

/// What the decision took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Effort {
    /// Candidates considered.
    pub candidates: usize,
    /// Statements planned under some pretended world.
    pub planner_calls: usize,
    /// Answers taken from what was known already.
    pub reused: usize,
    /// Waves asked.
    pub waves: usize,
}
