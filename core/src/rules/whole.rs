//! A plan as a whole: planning, triggers and compilation stand outside of its tree.
//!
//! Refuses to judge: the rules do.

use crate::base::{Millis, Rows, Share};
use crate::plan::{Node, Relationship};
use crate::rules::{Finding, PlanOf, Rule, Severity, Subject};

/// Part of the run from which on a fault is worth acting on.
const NOTICEABLE: Share = Share::percent(10.0);

impl PlanOf<'_> {
    /// A finding without facts and remedies yet: a warning from a tenth of the run on, below
    /// that for information; never above the rule's own severity.
    pub fn finding(&self, rule: &Rule, subject: Subject, share: Share) -> Finding {
        let severity = if share.0 >= NOTICEABLE.0 { Severity::Warn } else { Severity::Info };
        Finding {
            rule: rule.name,
            severity: severity.min(rule.severity),
            confidence: self.confidence(),
            subject,
            facts: Vec::new(),
            wishes: Vec::new(),
            remedies: Vec::new(),
            weight: self.weight(share),
        }
    }

    /// The statement as the subject of a finding, or the plan where none is known.
    pub fn whole(&self) -> Subject {
        let label = self.label.to_owned();
        match self.statement {
            Some(statement) => Subject::Statement { statement, label },
            None => Subject::Plan { label },
        }
    }

    /// Milliseconds that one run took: execution, with triggers and compilation, and the
    /// serialization of its rows. Planning is apart, since a prepared statement is spared it.
    ///
    /// None where the plan was not run. Up to 9.3 and in `auto_explain` the execution is not
    /// printed; then the root's time stands for it.
    pub fn run_time(&self) -> Option<Millis> {
        let root = self.plan.root();
        let execution = self.plan.execution.or_else(|| self.plan.wall_time(root.id))?;
        root.measured?;
        let serialization = self.plan.serialization.as_ref().and_then(|it| it.time);
        Some(execution + serialization.unwrap_or_default())
    }

    /// Part of the run's time.
    pub fn share_of_run(&self, time: Millis) -> Share {
        Share::of(time.0, self.run_time().map_or(0.0, |it| it.0))
    }

    /// Processes that may have worked side by side: the leader and the most workers of a Gather.
    pub fn processes_at_most(&self) -> f64 {
        let gathers = self.plan.nodes().filter_map(|it| it.gather);
        gathers.filter_map(|it| it.workers_launched).max().unwrap_or(0) as f64 + 1.0
    }

    /// A setting as the plan says that it ran with it (SETTINGS, where it differs from the
    /// default).
    pub fn ran_with(&self, name: &str) -> Option<&str> {
        self.plan.settings.get(name).map(String::as_str)
    }

    /// Rows that came into a node from its outer side, over all loops; for a scan none.
    pub fn rows_in(&self, node: &Node) -> Option<Rows> {
        let outer = self.plan.child(node.id, &Relationship::Outer)?;
        self.plan.total_rows(outer.id)
    }
}

/// Whether a column that an aggregation hands up is one that it groups by.
///
/// Of one table alone the server prints the table's name before keys, but not before columns.
pub(super) fn is_group_key(node: &Node, column: &str) -> bool {
    let tail = |key: &String| key.strip_suffix(column).is_some_and(|it| it.ends_with('.'));
    node.keys.group.iter().any(|key| key == column || tail(key))
}
