//! Counts with bounds: times, and the most seen of names.

use std::collections::BTreeMap;

use crate::base::Millis;

/// Names told apart of one statement; more are counted together. A screen shows fewer.
pub const NAMES_MAX: usize = 32;

/// Executions and their times.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LoggedTime {
    /// How many.
    pub count: u64,
    /// Of all together.
    pub total: Millis,
    /// Of the longest.
    pub max: Millis,
}

impl LoggedTime {
    /// The mean; zero of none.
    pub fn mean(&self) -> Millis {
        if self.count == 0 { Millis(0.0) } else { Millis(self.total.0 / self.count as f64) }
    }

    pub(super) fn add(&mut self, time: Millis) {
        self.count += 1;
        self.total += time;
        self.max = if time.total_cmp(&self.max).is_gt() { time } else { self.max };
    }

    /// More time of an execution that is already counted.
    pub(super) fn prolong(&mut self, time: Millis) {
        self.total += time;
    }
}

/// Names with how often each was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// By name, the first `NAMES_MAX` that were seen.
    pub counts: BTreeMap<String, u64>,
    /// Times that another name was seen.
    pub others: u64,
}

impl Named {
    /// The most seen first; ties by name.
    pub fn most(&self) -> Vec<(&str, u64)> {
        let mut found: Vec<(&str, u64)> =
            self.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        found
    }

    pub(super) fn add(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|it| !it.is_empty()) else { return };
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < NAMES_MAX {
            self.counts.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }
}
