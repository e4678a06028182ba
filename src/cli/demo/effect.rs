//! What was predicted of an index, and what was measured once it stood there.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::{Advice, Helped};
use crate::base::{Millis, QualifiedName, Range, StatementId};
use crate::indexes::Definition;
use crate::io::demo::{IndexScans, Reading, Tally};
use crate::workload::Capture;

/// One index that was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// As people say it: `orders (tenant_id, status)`.
    pub words: String,
    /// Its name in the database.
    pub name: QualifiedName,
    /// How often the replay read it.
    pub scans: u64,
    /// The statements it was said to help.
    pub effects: Vec<Effect>,
}

/// One statement before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The statement.
    pub statement: StatementId,
    /// What reports call it.
    pub label: String,
    /// Executions in the first run.
    pub calls: u64,
    /// Time of one execution to expect; `None` when it was not priced.
    pub predicted: Option<Range<Millis>>,
    /// Measured in the first run.
    pub before: Mean,
    /// Measured in the replay; `None` when it did not run there.
    pub after: Option<Mean>,
}

/// Means of one execution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Time in the executor.
    pub time: Millis,
    /// Blocks touched.
    pub blocks: f64,
}

/// Times and blocks move this much from run to run without a reason: a share and an amount.
const NOISE_TIME: (f64, Millis) = (0.5, Millis(0.5));
/// The same for blocks, which repeat much better; a wider index may be one level higher.
const NOISE_BLOCKS: (f64, f64) = (0.1, 2.0);

impl Mean {
    /// Of a tally.
    pub fn of(tally: &Tally) -> Self {
        Self { time: tally.mean(), blocks: tally.blocks_each() }
    }

    /// Slower than before by more than runs differ anyway, in time or in blocks.
    pub fn is_slower_than(&self, before: &Self) -> bool {
        let time = before.time * (1.0 + NOISE_TIME.0) + NOISE_TIME.1;
        let blocks = before.blocks * (1.0 + NOISE_BLOCKS.0) + NOISE_BLOCKS.1;
        self.time > time || self.blocks > blocks
    }
}

impl Effect {
    /// The replay took a time outside of the predicted range.
    pub fn is_off(&self) -> bool {
        match (self.predicted, self.after) {
            (Some(predicted), Some(after)) => {
                after.time < predicted.low || after.time > predicted.high
            }
            _ => false,
        }
    }
}

/// What the two runs measured.
#[derive(Debug, Clone, Copy)]
pub struct Runs<'a> {
    /// Of the first.
    pub before: &'a Reading,
    /// Of the replay.
    pub after: &'a Reading,
    /// How often the replay read each index.
    pub scans: &'a IndexScans,
}

/// Every advised index with what it came to.
pub fn built(advice: &Advice, capture: &Capture, runs: Runs<'_>) -> Vec<Built> {
    let recommendations = advice.recommendations.iter();
    recommendations
        .map(|it| Built {
            words: words(&it.definition),
            name: it.name.clone(),
            scans: runs.scans.get(&it.name).copied().unwrap_or(0),
            effects: it.helped.iter().filter_map(|it| effect(it, capture, runs)).collect(),
        })
        .collect()
}

fn effect(helped: &Helped, capture: &Capture, runs: Runs<'_>) -> Option<Effect> {
    let recorded = capture.statements.get(helped.statement.position())?;
    let before = runs.before.of(&recorded.text)?;
    Some(Effect {
        statement: helped.statement,
        label: helped.label.clone(),
        calls: before.calls,
        predicted: helped.expected,
        before: Mean::of(before),
        after: runs.after.of(&recorded.text).map(Mean::of),
    })
}

/// Every statement whose time was predicted wrong, once.
pub fn off(built: &[Built]) -> Vec<&Effect> {
    let effects = built.iter().flat_map(|it| &it.effects).filter(|it| it.is_off());
    let once: BTreeMap<&str, &Effect> = effects.map(|it| (it.label.as_str(), it)).collect();
    once.into_values().collect()
}

/// Statements with a prediction, each once.
pub fn predicted(built: &[Built]) -> usize {
    let effects = built.iter().flat_map(|it| &it.effects).filter(|it| it.predicted.is_some());
    effects.map(|it| it.label.as_str()).collect::<BTreeSet<_>>().len()
}

/// A definition as people say it: the table without its schema, and the columns.
pub fn words(definition: &Definition) -> String {
    let shape = definition.shape();
    let shape = shape.strip_prefix("USING btree ").unwrap_or(&shape);
    format!("{} {shape}", definition.table.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_not_slower() {
        let mean = |time, blocks| Mean { time: Millis(time), blocks };
        assert!(!mean(0.4, 5.0).is_slower_than(&mean(0.02, 4.0)));
        assert!(!mean(14.0, 1_050.0).is_slower_than(&mean(10.0, 1_000.0)));
        assert!(mean(83.0, 1_000.0).is_slower_than(&mean(15.0, 1_000.0)));
        assert!(mean(0.02, 2_000.0).is_slower_than(&mean(0.02, 4.0)));
    }
}
