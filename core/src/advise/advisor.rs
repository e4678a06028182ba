//! The conversation: questions out, answers in, advice at the end.
//!
//! Holds no server, no clock and no thread: whoever drives it may stop at any answer, and gets
//! the best that is known by then.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::indexes::{Candidate, Refusal};
use crate::whatif::{Answers, Wave};
use crate::workload::{Capture, Case, Wish};

use super::advice::{Advice, Effort, Method};
use super::board::{Board, Question, wave};
use super::ending::{Ending, conclude};
use super::ground::Ground;
use super::option::{Options, Pricer};
use super::search::{Outcome, Search};
use super::structure::by_structure;

/// What to decide about. Cases stand in the capture's order, one for each statement.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The recorded world.
    pub capture: &'a Capture,
    /// Its statements.
    pub cases: &'a [Case],
    /// What they ask for.
    pub wishes: &'a [Wish],
    /// What might help, in the order of ids.
    pub candidates: &'a [Candidate],
    /// What was refused before any pricing.
    pub refusals: &'a [Refusal],
}

/// What the advisor wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Make these candidates known to the pricer; answer with empty `Answers`. Asked once.
    Define(Vec<Candidate>),
    /// Answer these questions, in their order.
    Ask(Wave),
    /// Finished.
    Done(Box<Advice>),
}

/// What the ending needs besides the search.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub catalog: Catalog,
    /// The age of the counters.
    pub days: Option<f64>,
    pub wishes: Vec<Wish>,
    pub refusals: Vec<Refusal>,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Advisor {
    ground: Ground,
    record: Record,
    options: Options,
    pricer: Pricer,
    board: Board,
    effort: Effort,
    asked: Option<Wave>,
}

impl Advisor {
    /// Begins. A pricer that cannot add indexes ends it at once, ranked by structure.
    pub fn new(task: &Task<'_>, options: &Options, pricer: Pricer) -> (Self, Step) {
        let record = Record {
            catalog: task.capture.catalog.clone(),
            days: task.capture.server.counter_days,
            wishes: task.wishes.to_vec(),
            refusals: task.refusals.to_vec(),
        };
        Self::on(Ground::of(task, options, pricer), record, options, pricer)
    }

    /// Begins on a ground that stands already.
    pub(super) fn on(
        ground: Ground,
        record: Record,
        options: &Options,
        pricer: Pricer,
    ) -> (Self, Step) {
        let advisor = Self {
            effort: Effort { candidates: ground.candidates.len(), ..Effort::default() },
            ground,
            record,
            options: options.clone(),
            pricer,
            board: Board::default(),
            asked: None,
        };
        if pricer.method == Method::Structure || !pricer.abilities.add {
            let advice = by_structure(&advisor.ground, &advisor.record, &advisor.options);
            return (advisor, Step::Done(Box::new(advice)));
        }
        let wanted = advisor.ground.candidates.iter();
        let wanted = wanted.filter(|it| !advisor.ground.declined.contains(&it.id));
        let wanted: Vec<Candidate> = wanted.cloned().collect();
        if wanted.is_empty() {
            let step = advisor.next(Stop::No);
            return advisor.after(step);
        }
        (advisor, Step::Define(wanted))
    }

    /// Goes on with the answers to the last step.
    pub fn resume(mut self, answers: Answers) -> (Self, Step) {
        let Answers { answers, stop } = answers;
        if let Some(wave) = self.asked.take() {
            self.board = self.board.with(wave, answers, &self.ground.by_text);
        }
        let stop = match (stop, self.effort.waves >= self.options.waves_max) {
            (true, _) => Stop::Asked,
            (false, true) => Stop::Bound,
            (false, false) => Stop::No,
        };
        let step = self.next(stop);
        self.after(step)
    }

    /// Remembers what was asked.
    fn after(mut self, step: Step) -> (Self, Step) {
        if let Step::Ask(wave) = &step {
            self.effort.waves += 1;
            self.effort.planner_calls += wave.0.iter().map(|it| it.cells.len()).sum::<usize>();
            self.asked = Some(wave.clone());
        }
        (self, step)
    }

    fn next(&self, stop: Stop) -> Step {
        let (ground, options, board) = (&self.ground, &self.options, &self.board);
        let asking = Search::asking(ground, options, board);
        let missing: BTreeSet<Question> = match asking.run() {
            Ok(outcome) => return self.done(&outcome, Stop::No),
            Err(missing) => missing,
        };
        if stop == Stop::No {
            return Step::Ask(wave(&missing));
        }
        let closing = Search::closing(ground, options, board);
        let outcome = closing.run().unwrap_or_default();
        self.done(&outcome, stop)
    }

    fn done(&self, outcome: &Outcome, stop: Stop) -> Step {
        // The report may look at more than the search did; it must not ask.
        let quiet = Search::closing(&self.ground, &self.options, &self.board);
        let ending = Ending {
            search: &quiet,
            outcome,
            record: &self.record,
            method: self.pricer.method,
            effort: Effort { reused: self.board.followed(), ..self.effort },
            stop,
        };
        Step::Done(Box::new(conclude(&ending)))
    }
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// There was nothing more to ask.
    No,
    /// Whoever drives it said so.
    Asked,
    /// The number of waves is bounded.
    Bound,
}
