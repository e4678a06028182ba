//! What ANALYZE knows of a column, as `pg_stats` shows it.

use serde::{Deserialize, Serialize};

use crate::base::{Bytes, Rows, Share};

/// Planner statistics of one column. Values are texts under ISO dates and UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// `null_frac`.
    pub null_share: Share,
    /// `avg_width`.
    pub width: Bytes,
    /// `n_distinct`, its two meanings told apart.
    pub distinct: Distinct,
    /// Most common values with their share of all rows, most common first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<(String, Share)>,
    /// Bounds of the equal-height histogram of the other values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<String>,
    /// Physical against logical order, -1 to 1.
    pub correlation: Option<f64>,
}

/// The number of distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distinct {
    /// A count that does not grow with the table (`n_distinct` > 0).
    Count(f64),
    /// A fraction of the rows (`n_distinct` < 0, stored positive).
    Fraction(f64),
    /// Zero: not known.
    Unknown,
}

impl Distinct {
    /// Reads `pg_stats.n_distinct`.
    pub fn from_catalog(value: f64) -> Self {
        match value {
            value if value > 0.0 => Self::Count(value),
            value if value < 0.0 => Self::Fraction(-value),
            _ => Self::Unknown,
        }
    }

    /// The count in a table of so many rows; the planner's 200 where unknown
    /// (source: `DEFAULT_NUM_DISTINCT`, `selfuncs.h`).
    pub fn count(self, rows: Rows) -> f64 {
        const DEFAULT_DISTINCT: f64 = 200.0;
        match self {
            Self::Count(count) => count.max(1.0),
            Self::Fraction(fraction) => (fraction * rows.0).max(1.0),
            Self::Unknown => DEFAULT_DISTINCT.min(rows.0.max(1.0)),
        }
    }
}

impl ColumnStatistics {
    /// The share of rows that equal one value which is not among the common ones: what they
    /// leave, spread evenly (source: `var_eq_const`, `selfuncs.c`).
    pub fn uncommon_share(&self, rows: Rows) -> Share {
        let common: f64 = self.common.iter().map(|(_, share)| share.0).sum();
        let left = (1.0 - self.null_share.0 - common).max(0.0);
        let distinct = self.distinct.count(rows) - self.common.len() as f64;
        Share(left / distinct.max(1.0))
    }

    /// The share of rows that equal this value.
    pub fn share_of(&self, value: &str, rows: Rows) -> Share {
        self.common
            .iter()
            .find(|(common, _)| common == value)
            .map_or_else(|| self.uncommon_share(rows), |(_, share)| *share)
    }
}
