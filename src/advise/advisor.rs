//! The conversation: questions out, answers in, advice at the end.

use crate::indexes::{Candidate, Refusal};
use crate::whatif::{Answers, Wave};
use crate::workload::{Capture, Case, Wish};

use super::advice::Advice;
use super::option::{Options, Pricer};

/// What to decide about. Cases stand in the capture's order, one for each statement.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The recorded world.
    pub capture: &'a Capture,
    /// Its statements.
    pub cases: &'a [Case],
    /// What they ask for.
    pub wishes: &'a [Wish],
    /// What might help.
    pub candidates: &'a [Candidate],
    /// What was refused before any pricing.
    pub refusals: &'a [Refusal],
}

/// What the advisor wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Make these candidates known to the pricer; answer with empty `Answers`.
    Define(Vec<Candidate>),
    /// Answer these questions, in their order.
    Ask(Wave),
    /// Finished.
    Done(Box<Advice>),
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Advisor {}

impl Advisor {
    /// Begins. A pricer that cannot add indexes ends it at once, ranked by structure.
    pub fn new(task: &Task<'_>, options: &Options, pricer: Pricer) -> (Self, Step) {
        let _ = (task, options, pricer);
        (Self {}, Step::Define(Vec::new()))
    }

    /// Goes on with the answers to the last step.
    pub fn resume(self, answers: Answers) -> (Self, Step) {
        let _ = answers;
        (self, Step::Define(Vec::new()))
    }
}
