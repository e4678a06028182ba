//! What the user may set about a search, each with a default and its reason.

use std::collections::BTreeMap;

use crate::base::{Bytes, Share};
use crate::whatif::Abilities;

use super::advice::Method;

/// Thresholds, budgets and bounds of one search.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// A statement counts as helped when its planner cost falls by at least this share.
    pub gain_min: Share,
    /// An index is worth building when it saves at least this share of the recorded time.
    pub saved_min: Share,
    /// No statement's cost may rise by more than this share.
    pub regression_max: Share,
    /// At most so many indexes.
    pub indexes_max: usize,
    /// At most so many bytes in all; `None` for no limit.
    pub storage: Option<Bytes>,
    /// At most so many waves; then the best so far counts.
    pub waves_max: usize,
    /// Definitions that the user declined, by canonical text, each with the reason.
    pub declined: BTreeMap<String, String>,
    /// Statements that the user declined, by key, each with the reason.
    pub declined_statements: BTreeMap<String, String>,
}

/// Below a tenth, run-to-run noise of one and the same plan (up to 40 % was measured on a busy
/// machine) hides any gain.
pub const GAIN_SHARE_MIN: Share = Share::percent(10.0);

/// An index costs every writer for ever; a thousandth of the recorded time is the least that
/// we would ask anybody to pay that for.
pub const SAVED_SHARE_MIN: Share = Share::percent(0.1);

/// The planner's own figures move by this much from one ANALYZE to the next.
pub const REGRESSION_SHARE_MAX: Share = Share::percent(10.0);

/// More than anybody builds from one report, and a bound on the greedy rounds.
pub const INDEXES_MAX: usize = 20;

/// About three waves for each index chosen, four times over; a bound, not an aim.
pub const WAVES_MAX: usize = 240;

impl Default for Options {
    fn default() -> Self {
        Self {
            gain_min: GAIN_SHARE_MIN,
            saved_min: SAVED_SHARE_MIN,
            regression_max: REGRESSION_SHARE_MAX,
            indexes_max: INDEXES_MAX,
            storage: None,
            waves_max: WAVES_MAX,
            declined: BTreeMap::new(),
            declined_statements: BTreeMap::new(),
        }
    }
}

/// Who answers, and what it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pricer {
    /// What reports call it.
    pub method: Method,
    /// What it can do.
    pub abilities: Abilities,
}
