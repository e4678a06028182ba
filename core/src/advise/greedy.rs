//! Greedy choice: the best next move until none is worth it, then what is needless goes.
//!
//! Refuses moves that make a statement they touch dearer than allowed, or that cost more than
//! they may. Several published searches were compared; greedy is within two hundredths of the
//! optimum wherever that is known, for a small part of the planner calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::CandidateId;

use super::board::{Question, Set};
use super::search::{Regression, Search};

/// What the probes found.
pub(super) struct Field {
    /// Candidates that some plan used, by line.
    pub potential: Vec<Set>,
    /// Candidates to be added together.
    pub moves: BTreeSet<Set>,
}

#[derive(Clone, Copy)]
enum Ranking {
    Time,
    TimePerByte,
}

struct Try {
    new: Set,
    saved: f64,
}

/// One greedy run's result.
#[derive(Default)]
pub(super) struct Pick {
    pub chosen: Vec<CandidateId>,
    saved: f64,
    pub unaffordable: Set,
    pub needless: Set,
}

impl Search<'_> {
    /// The better of the rankings that make sense.
    pub(super) fn pick(
        &self,
        field: &Field,
        banned: &BTreeMap<CandidateId, Regression>,
    ) -> Result<Pick, BTreeSet<Question>> {
        let by_time = self.greedy(field, banned, Ranking::Time);
        if self.options.storage.is_none() {
            return by_time;
        }
        let by_byte = self.greedy(field, banned, Ranking::TimePerByte);
        let (by_time, by_byte) = (by_time?, by_byte?);
        let better = by_byte.saved > by_time.saved;
        Ok(if better { by_byte } else { by_time })
    }

    fn greedy(
        &self,
        field: &Field,
        banned: &BTreeMap<CandidateId, Regression>,
        ranking: Ranking,
    ) -> Result<Pick, BTreeSet<Question>> {
        let least = self.options.saved_min.0 * self.ground.total.0;
        let mut pick = Pick::default();
        let allowed = |it: &&Set| it.iter().all(|id| !banned.contains_key(id));
        loop {
            let now: Set = pick.chosen.iter().copied().collect();
            let tries: Vec<Try> = field
                .moves
                .iter()
                .filter(allowed)
                .filter_map(|it| self.attempt(field, &now, it))
                .collect();
            self.settled()?;
            let worth = tries
                .into_iter()
                .filter(|it| it.saved / it.new.len() as f64 >= least.max(f64::MIN_POSITIVE));
            let (fits, beyond): (Vec<Try>, Vec<Try>) = worth.partition(|it| self.affords(&now, it));
            let best = fits.into_iter().max_by(|one, two| self.compare(one, two, ranking));
            let Some(best) = best else {
                pick.unaffordable = beyond.into_iter().flat_map(|it| it.new).collect();
                break;
            };
            pick.saved += best.saved;
            pick.chosen.extend(best.new);
        }
        self.prune(field, pick, least)
    }

    /// What a move on top of a set would save, if it is new and nobody that it touches gets
    /// dearer than allowed.
    fn attempt(&self, field: &Field, now: &Set, step: &Set) -> Option<Try> {
        let new: Set = step.difference(now).copied().collect();
        if new.is_empty() {
            return None;
        }
        let then: Set = now.union(&new).copied().collect();
        let saved = self.saved_between(field, now, &then)?;
        Some(Try { new, saved })
    }

    /// Recorded time saved by going from one set to another; `None` when a statement that
    /// could use the difference gets dearer than allowed.
    fn saved_between(&self, field: &Field, now: &Set, then: &Set) -> Option<f64> {
        let changed: Set = now.symmetric_difference(then).copied().collect();
        let mut saved = 0.0;
        let mut bearable = true;
        for position in &self.ground.order {
            if field.potential[*position].is_disjoint(&changed) {
                continue;
            }
            let line = &self.ground.lines[*position];
            let (Some((before, here)), Some((_, there))) =
                (self.credited(line, now), self.credited(line, then))
            else {
                continue;
            };
            bearable &= there.0 <= before.0 * (1.0 + self.options.regression_max.0);
            if before.0 > 0.0 {
                saved += line.total.0 * (here.0 - there.0) / before.0;
            }
        }
        bearable.then_some(saved)
    }

    fn affords(&self, now: &Set, step: &Try) -> bool {
        let count = now.len() + step.new.len();
        let bytes: u64 = now.iter().chain(&step.new).map(|it| self.ground.bytes(*it).0).sum();
        count <= self.options.indexes_max
            && self.options.storage.is_none_or(|budget| bytes <= budget.0)
    }

    /// The order of moves: time saved by each new member, or by each byte; then the other of
    /// the two, then the canonical texts.
    fn compare(&self, one: &Try, two: &Try, ranking: Ranking) -> std::cmp::Ordering {
        let by_time = |it: &Try| it.saved / it.new.len() as f64;
        let by_byte = |it: &Try| {
            let bytes: u64 = it.new.iter().map(|id| self.ground.bytes(*id).0).sum();
            it.saved / bytes.max(1) as f64
        };
        let time = by_time(one).total_cmp(&by_time(two));
        let byte = by_byte(one).total_cmp(&by_byte(two));
        let texts =
            |it: &Try| it.new.iter().map(|id| self.ground.text(*id).to_owned()).collect::<Vec<_>>();
        let first = match ranking {
            Ranking::Time => time.then(byte),
            Ranking::TimePerByte => byte.then(time),
        };
        first.then_with(|| texts(two).cmp(&texts(one)))
    }

    /// Drops what the others have made needless, last chosen first.
    fn prune(&self, field: &Field, pick: Pick, least: f64) -> Result<Pick, BTreeSet<Question>> {
        let mut pick = pick;
        for id in pick.chosen.clone() {
            let now: Set = pick.chosen.iter().copied().collect();
            let mut less = now.clone();
            less.remove(&id);
            let lost = self.saved_between(field, &less, &now);
            self.settled()?;
            let lost = lost.unwrap_or(0.0);
            if lost < least.max(f64::MIN_POSITIVE) {
                pick.chosen.retain(|it| *it != id);
                pick.needless.insert(id);
                pick.saved -= lost;
            }
        }
        self.drop_unused(pick)
    }

    /// Drops what no helped statement uses: it was chosen for a gain too small to be counted.
    fn drop_unused(&self, pick: Pick) -> Result<Pick, BTreeSet<Question>> {
        let mut pick = pick;
        loop {
            let now: Set = pick.chosen.iter().copied().collect();
            let mut useful = Set::new();
            for line in self.ground.lines.iter().filter(|it| it.verdict.is_none()) {
                if self.ground.relevant(line).is_disjoint(&now) {
                    continue;
                }
                let helped = self.credited(line, &now).is_some_and(|it| it.1.0 < it.0.0);
                if helped {
                    useful.extend(self.used(line, &now));
                }
            }
            self.settled()?;
            if now.is_subset(&useful) {
                return Ok(pick);
            }
            pick.chosen.retain(|it| useful.contains(it));
            pick.needless.extend(now.difference(&useful));
        }
    }
}
