//! Time of a statement that passed beside its tree: planning, triggers, turning rows into text,
//! starting and ending.

use crate::base::Millis;

use super::tree::{Plan, Trigger};

/// Where the time of a statement went that no node of its tree accounts for.
///
/// Execution time is the sum of the tree, `triggers`, `serialization` and `rest`; planning stands
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Beside {
    /// Planning.
    pub planning: Millis,
    /// Triggers that fired after the tree had ended.
    pub triggers: Millis,
    /// Turning rows into their wire form.
    pub serialization: Millis,
    /// Starting and ending the executor, sending rows, just-in-time compilation before the first
    /// row; what nothing else accounts for.
    pub rest: Millis,
}

impl Beside {
    /// All of it.
    pub fn total(self) -> Millis {
        Millis(self.planning.0 + self.triggers.0 + self.serialization.0 + self.rest.0)
    }
}

impl Plan {
    /// What passed beside the tree; `None` for a plan without times.
    pub fn beside(&self) -> Option<Beside> {
        let tree = self.wall_time(self.root().id)?;
        let late = self.time_beside_root().unwrap_or_default();
        let planning = self.planning.unwrap_or_default();
        let Some(execution) = self.execution else {
            return Some(Beside { planning, ..Beside::default() });
        };
        let mut left = (execution.0 - tree.0 - late.0).max(0.0);
        let mut take = |wanted: f64| {
            let part = wanted.min(left);
            left -= part;
            Millis(part)
        };
        let after: f64 = self.late_triggers().filter_map(|it| it.time).map(|it| it.0).sum();
        let triggers = take(after);
        let serialized = self.serialization.as_ref().and_then(|it| it.time).unwrap_or_default();
        let serialization = take(serialized.0);
        Some(Beside { planning, triggers, serialization, rest: Millis(left) })
    }

    /// The triggers that fired after the tree had ended.
    ///
    /// EXPLAIN does not tell BEFORE from AFTER. Those that uphold a constraint are AFTER triggers
    /// (source: `CreateTrigger`, `trigger.c`); of the others those for which the execution leaves
    /// room beside the tree.
    pub fn late_triggers(&self) -> impl Iterator<Item = &Trigger> {
        let time = |it: &Trigger| it.time.map_or(0.0, |it| it.0);
        let tree = self.wall_time(self.root().id).map_or(0.0, |it| it.0);
        let upheld: f64 = self.triggers.iter().filter(|it| upholds(it)).map(time).sum();
        let mut room = self.execution.map_or(0.0, |it| it.0) - tree - upheld;
        self.triggers.iter().filter(move |it| {
            if upholds(it) {
                return true;
            }
            // A tenth of slack: starting a trigger is not part of its time.
            let fits = time(it) <= room * 1.1;
            room -= if fits { time(it) } else { 0.0 };
            fits
        })
    }
}

/// The trigger upholds a constraint.
fn upholds(trigger: &Trigger) -> bool {
    trigger.constraint.is_some() || trigger.name.starts_with("RI_ConstraintTrigger_")
}
