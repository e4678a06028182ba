//! The search: which candidates together save most recorded time.
//!
//! Written as one function of the answers so far. Where it lacks some, it says which, and runs
//! again from the start when they are there; every decision depends on answers alone, so the
//! same answers give the same choice however they arrive.
//!
//! Greedy by time saved, with sets of two or three that only help together as single moves, and
//! by time saved per byte where storage is limited, the better of the two. Refuses to choose
//! what makes any statement dearer than allowed, or what rests on a wrong estimate.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::{CandidateId, Cost, Rows, StatementId};
use crate::whatif::{Cell, Priced};

use super::board::{Board, Credit, Known, Question, Set};
use super::estimate::doubted;
use super::greedy::Field;
use super::ground::{Doubt, Ground, Line};
use super::option::Options;

/// Hypothetical indexes alive at once on one table; planning slows down with each (0.35 ms
/// with none, 2.1 ms with 100, 5.8 ms with 1,000: measured).
const PROBE_CHUNK: usize = 100;

/// Probes of one statement: the best plan, then twice the best without what that used.
const PROBES_MAX: usize = 3;

/// Most members of a move: plans that need more new indexes at once are rare, and each
/// member has to pay for itself anyway.
const GROUP_MAX: usize = 3;

/// What the search came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// In the order of choice.
    pub chosen: Vec<CandidateId>,
    /// Candidates that some plan used when all were there, by line.
    pub potential: Vec<Set>,
    /// Given up because a statement got dearer: which, and from what to what.
    pub banned: BTreeMap<CandidateId, Regression>,
    /// Worth it, but beyond the budget.
    pub unaffordable: Set,
    /// Dropped again, since the other chosen ones do the same.
    pub needless: Set,
    /// Lines whose plan under the final set could not be checked.
    pub unchecked: usize,
    /// Positions of lines that were not offered every candidate.
    pub unprobed: BTreeSet<usize>,
}

/// One statement that got dearer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Regression {
    pub statement: StatementId,
    pub before: Cost,
    pub after: Cost,
}

/// A search over what is known.
pub(super) struct Search<'a> {
    pub ground: &'a Ground,
    pub options: &'a Options,
    pub board: &'a Board,
    /// What it would like to know; `None` when time is up and nothing more may be asked.
    wanted: Option<RefCell<BTreeSet<Question>>>,
}

/// One line under one set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Weighted planner cost.
    pub cost: Cost,
    /// Every cell was answered.
    pub whole: bool,
}

impl<'a> Search<'a> {
    /// A search that may ask.
    pub(super) fn asking(ground: &'a Ground, options: &'a Options, board: &'a Board) -> Self {
        Self { ground, options, board, wanted: Some(RefCell::default()) }
    }

    /// A search that has to make do with what is known.
    pub(super) fn closing(ground: &'a Ground, options: &'a Options, board: &'a Board) -> Self {
        Self { ground, options, board, wanted: None }
    }

    /// The outcome, or what is missing.
    pub(super) fn run(&self) -> Result<Outcome, BTreeSet<Question>> {
        let open: Vec<usize> = self.open_lines();
        for position in &open {
            self.reading(&self.ground.lines[*position], &Set::new());
        }
        self.settled()?;
        let mut potential = vec![Set::new(); self.ground.lines.len()];
        let mut groups: BTreeSet<Set> = BTreeSet::new();
        let mut unprobed = BTreeSet::new();
        for position in &open {
            let line = &self.ground.lines[*position];
            let probed = self.probe(line);
            let whole = |it: &Set| self.reading(line, it).is_some_and(|it| it.whole);
            if !self.chunks(line).iter().all(whole) {
                unprobed.insert(*position);
            }
            potential[*position] = probed.iter().flatten().copied().collect();
            groups.extend(probed.into_iter().filter(|it| (2..=GROUP_MAX).contains(&it.len())));
        }
        self.settled()?;
        groups.extend(potential.iter().flatten().map(|it| Set::from([*it])));
        let field = Field { potential, moves: groups };
        let mut banned = BTreeMap::new();
        loop {
            let pick = self.pick(&field, &banned)?;
            let (worst, unchecked) = self.worst(&pick.chosen)?;
            let Some((guilty, regression)) = worst else {
                return Ok(Outcome {
                    chosen: pick.chosen,
                    potential: field.potential,
                    banned,
                    unaffordable: pick.unaffordable,
                    needless: pick.needless,
                    unchecked,
                    unprobed,
                });
            };
            banned.insert(guilty, regression);
        }
    }

    /// Lines that are still to be decided and could see a candidate.
    fn open_lines(&self) -> Vec<usize> {
        let open = |position: &usize| {
            let line = &self.ground.lines[*position];
            line.verdict.is_none() && !self.ground.relevant(line).is_empty()
        };
        self.ground.order.iter().copied().filter(open).collect()
    }

    /// An error with all that is missing, if anything is.
    pub(super) fn settled(&self) -> Result<(), BTreeSet<Question>> {
        match &self.wanted {
            Some(wanted) if !wanted.borrow().is_empty() => Err(wanted.borrow().clone()),
            _ => Ok(()),
        }
    }

    fn known(&self, line: &Line, set: Cell, add: &Set) -> Option<&'a Known> {
        let add = self.visible(line, add);
        let known = self.board.look_up(set, &add);
        if let (None, Some(wanted)) = (known, &self.wanted) {
            wanted.borrow_mut().insert(Question { add, cell: set });
        }
        known
    }

    /// The part of a set that a line's planner could see.
    fn visible(&self, line: &Line, add: &Set) -> Set {
        let of_line = |id: &CandidateId| line.tables.contains(&self.ground.candidate(*id).table);
        add.iter().copied().filter(of_line).collect()
    }

    /// What is known of each of a line's cells under a set.
    pub(super) fn cells(&self, line: &Line, add: &Set) -> Vec<(f64, Option<&'a Known>)> {
        let cell = |set| Cell { statement: line.statement, set };
        line.sets.iter().map(|(set, share)| (*share, self.known(line, cell(*set), add))).collect()
    }

    /// A line's weighted cost. Sets that could not be planned without any candidate are left
    /// out; one that could not be planned with some counts with its cost without. `None` when
    /// none of its sets could be planned at all.
    pub(super) fn reading(&self, line: &Line, add: &Set) -> Option<Reading> {
        let plain = self.cells(line, &Set::new());
        let under = self.cells(line, add);
        let (mut cost, mut weight, mut whole) = (0.0, 0.0, true);
        for ((share, plain), (_, under)) in plain.iter().zip(&under) {
            let Some(Known::Priced { cost: before, .. }) = plain else { continue };
            let after = if let Some(Known::Priced { cost, .. }) = under {
                *cost
            } else {
                whole = false;
                *before
            };
            cost += share * after.0;
            weight += share;
        }
        (weight > 0.0).then(|| Reading { cost: Cost(cost / weight), whole })
    }

    /// What a line's plans use under a set.
    pub(super) fn used(&self, line: &Line, add: &Set) -> Set {
        let known = self.cells(line, add).into_iter().filter_map(|(_, known)| known);
        known
            .flat_map(|it| match it {
                Known::Priced { used, .. } => used.clone(),
                Known::Refused(_) => Set::new(),
            })
            .collect()
    }

    /// The wrong estimate that a line's plans under a set would rest on.
    pub(super) fn doubt(&self, line: &Line, add: &Set) -> Option<Doubt> {
        self.cells(line, add).into_iter().find_map(|(_, known)| match known {
            Some(Known::Priced { used, priced, .. }) => self.doubt_of(line, used, priced),
            _ => None,
        })
    }

    fn doubt_of(&self, line: &Line, used: &Set, priced: &Priced) -> Option<Doubt> {
        let tables = used.iter().map(|it| self.ground.candidate(*it).table);
        tables.filter_map(|it| line.doubts.get(&it)).find(|it| doubted(it, priced)).copied()
    }

    /// Rows that a line's plan returns: what its LIMIT asks for, where there is one.
    pub(super) fn rows(&self, line: &Line, add: &Set) -> Option<Rows> {
        let known = self.cells(line, add).into_iter().filter_map(|(_, known)| known);
        let rows = known.filter_map(|it| match it {
            Known::Priced { priced, .. } => Some(priced.rows),
            Known::Refused(_) => None,
        });
        rows.max_by(Rows::total_cmp)
    }

    /// The cost that counts: the one without candidates when the fall is too small to matter,
    /// or rests on a wrong estimate.
    pub(super) fn credited(&self, line: &Line, add: &Set) -> Credit {
        let add = self.visible(line, add);
        if let Some(known) = self.board.credit(line.statement, &add) {
            return known;
        }
        let credit = self.fresh_credit(line, &add);
        let known = |add: &Set| self.cells(line, add).iter().all(|(_, known)| known.is_some());
        if known(&Set::new()) && known(&add) {
            self.board.keep_credit(line.statement, add, credit);
        }
        credit
    }

    fn fresh_credit(&self, line: &Line, add: &Set) -> Credit {
        let before = self.reading(line, &Set::new())?.cost;
        let after = self.reading(line, add)?.cost;
        let small = after.0 > before.0 * (1.0 - self.options.gain_min.0);
        let falls = after.0 < before.0;
        let void = falls && (small || self.doubt(line, add).is_some());
        Some((before, if void { before } else { after }))
    }

    /// What each probe of a line used: all candidates, then without those used, and so on.
    fn probe(&self, line: &Line) -> Vec<Set> {
        let mut found = Vec::new();
        let Some(before) = self.reading(line, &Set::new()) else { return found };
        for chunk in self.chunks(line) {
            let mut offered = chunk;
            for _ in 0..PROBES_MAX {
                let Some(after) = self.reading(line, &offered) else { break };
                let used = self.used(line, &offered);
                if used.is_empty() || after.cost.0 >= before.cost.0 {
                    break;
                }
                offered.retain(|it| !used.contains(it));
                found.push(used);
            }
        }
        found
    }

    /// The candidates that a line can see, at most so many a table at once.
    fn chunks(&self, line: &Line) -> Vec<Set> {
        let mut chunks: Vec<Set> = Vec::new();
        let mut counted: BTreeMap<_, usize> = BTreeMap::new();
        for id in self.ground.relevant(line) {
            let count = counted.entry(self.ground.candidate(id).table).or_default();
            let chunk = *count / PROBE_CHUNK;
            *count += 1;
            if chunk == chunks.len() {
                chunks.push(Set::new());
            }
            chunks[chunk].insert(id);
        }
        chunks
    }

    /// The statement that a set makes dearest beyond what is allowed, with the candidate to
    /// blame; and how many statements could not be checked.
    #[expect(clippy::type_complexity, reason = "a pair for one caller ten lines above")]
    fn worst(
        &self,
        chosen: &[CandidateId],
    ) -> Result<(Option<(CandidateId, Regression)>, usize), BTreeSet<Question>> {
        let set: Set = chosen.iter().copied().collect();
        let mut worst: Option<(f64, CandidateId, Regression)> = None;
        let mut unchecked = 0;
        for position in self.open_lines() {
            let line = &self.ground.lines[position];
            let touched =
                chosen.iter().any(|it| line.tables.contains(&self.ground.candidate(*it).table));
            let readings = (self.reading(line, &Set::new()), self.reading(line, &set));
            let (true, (Some(before), Some(after))) = (touched, readings) else { continue };
            unchecked += usize::from(!after.whole);
            let rise = after.cost.0 / before.cost.0.max(f64::MIN_POSITIVE) - 1.0;
            if rise <= self.options.regression_max.0 || worst.is_some_and(|it| it.0 >= rise) {
                continue;
            }
            let used = self.used(line, &set);
            let guilty = chosen.iter().rev().find(|it| used.contains(it)).or_else(|| {
                let here =
                    |it: &&CandidateId| line.tables.contains(&self.ground.candidate(**it).table);
                chosen.iter().rev().find(here)
            });
            if let Some(guilty) = guilty {
                let (before, after) = (before.cost, after.cost);
                let regression = Regression { statement: line.statement, before, after };
                worst = Some((rise, *guilty, regression));
            }
        }
        self.settled()?;
        Ok((worst.map(|(_, guilty, regression)| (guilty, regression)), unchecked))
    }
}
