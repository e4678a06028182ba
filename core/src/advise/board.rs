//! All answers of this run, and what follows from them without asking.
//!
//! A plan that was made with the candidates S and uses only U of them has the same cost for
//! every set between U and S: the planner would have found nothing cheaper with fewer. Of
//! several answers that fit, the first given counts, so that a decision once made stays.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{CandidateId, Cost, StatementId};
use crate::whatif::{Answer, Cell, Configuration, Experiment, Priced, Want, Wave};

/// A set of candidates.
pub(super) type Set = BTreeSet<CandidateId>;

/// One thing to find out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    pub add: Set,
    pub cell: Cell,
}

/// What is known of one cell under one set.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Priced { cost: Cost, used: Set, priced: Arc<Priced> },
    Refused(String),
}

#[derive(Debug, Clone)]
struct Entry {
    add: Set,
    known: Known,
}

/// The answers so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Board {
    entries: BTreeMap<Cell, Vec<Entry>>,
    /// Costs that are known for good, since an answer once given stays.
    credits: RefCell<BTreeMap<(StatementId, Set), Credit>>,
    /// What followed from answers to other questions.
    followed: RefCell<BTreeSet<Question>>,
}

/// A statement's cost without and with a set, as far as it counts; `None` when unknown.
pub(super) type Credit = Option<(Cost, Cost)>;

/// Cells in one wave: large enough to keep every worker busy, small enough that Ctrl-C and a
/// time limit are heard within seconds. Never the number of workers, which would change results.
const WAVE_CELLS_MAX: usize = 2_000;

impl Board {
    /// A cost that was worked out before.
    pub(super) fn credit(&self, statement: StatementId, add: &Set) -> Option<Credit> {
        self.credits.borrow().get(&(statement, add.clone())).copied()
    }

    /// Keeps a cost of which every part is known.
    pub(super) fn keep_credit(&self, statement: StatementId, add: Set, credit: Credit) {
        self.credits.borrow_mut().insert((statement, add), credit);
    }

    /// How many questions did not have to be asked.
    pub(super) fn followed(&self) -> usize {
        self.followed.borrow().len()
    }

    /// What is known, or follows.
    pub(super) fn look_up(&self, cell: Cell, add: &Set) -> Option<&Known> {
        let entries = self.entries.get(&cell)?;
        let fits = |entry: &&Entry| match &entry.known {
            Known::Priced { used, .. } => used.is_subset(add) && add.is_subset(&entry.add),
            Known::Refused(_) => entry.add == *add,
        };
        let entry = entries.iter().find(fits)?;
        if entry.add != *add {
            self.followed.borrow_mut().insert(Question { add: add.clone(), cell });
        }
        Some(&entry.known)
    }

    /// The board with the answers to a wave. A question left without answer, or with one that
    /// was not asked for, counts as refused: nothing waits for ever.
    pub(super) fn with(
        mut self,
        wave: Wave,
        answers: Vec<Vec<Answer>>,
        by_text: &BTreeMap<String, CandidateId>,
    ) -> Self {
        let given = answers.into_iter().chain(std::iter::repeat_with(Vec::new));
        for (experiment, given) in wave.0.into_iter().zip(given) {
            let given = given.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
            for (cell, answer) in experiment.cells.into_iter().zip(given) {
                let add = experiment.configuration.add.clone();
                let known = understand(answer, &add, by_text);
                self.entries.entry(cell).or_default().push(Entry { add, known });
            }
        }
        self
    }
}

fn understand(answer: Option<Answer>, add: &Set, by_text: &BTreeMap<String, CandidateId>) -> Known {
    match answer {
        Some(Answer::Priced(priced)) if priced.cost.0.is_finite() => {
            let used = priced.used.iter().filter_map(|it| by_text.get(it).copied());
            let used: Set = used.filter(|it| add.contains(it)).collect();
            Known::Priced { cost: priced.cost, used, priced }
        }
        Some(Answer::Refused(reason)) => Known::Refused(reason),
        Some(_) => Known::Refused("the answer was of another kind".to_owned()),
        None => Known::Refused("no answer came".to_owned()),
    }
}

/// The questions as one wave: each set once, cells in order; what is too much comes later.
pub(super) fn wave(questions: &BTreeSet<Question>) -> Wave {
    let mut experiments: Vec<Experiment> = Vec::new();
    for question in questions.iter().take(WAVE_CELLS_MAX) {
        match experiments.last_mut() {
            Some(last) if last.configuration.add == question.add => last.cells.push(question.cell),
            _ => experiments.push(Experiment {
                configuration: Configuration {
                    add: question.add.clone(),
                    ..Configuration::default()
                },
                cells: vec![question.cell],
                want: Want::Plan,
            }),
        }
    }
    Wave(experiments)
}
