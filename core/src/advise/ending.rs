//! From the chosen set to advice: recommendations with gains, prices and risks, and refusals.

use std::collections::BTreeMap;

use crate::base::{
    CandidateId, Cost, Millis, Note, NoteCode, Origin, QualifiedName, Range, stable_id,
};
use crate::indexes::{Definition, Refusal, RefusalReason, begins_with, ddl};
use crate::whatif::expected;

use super::advice::{Advice, Effort, Gain, Helped, Method, Recommendation};
use super::advisor::{Record, Stop};
use super::board::Set;
use super::estimate;
use super::fates::fates;
use super::ground::Line;
use super::risk::{risks, write_price};
use super::search::{Outcome, Search};

/// Everything that the advice is made of.
pub(super) struct Ending<'a> {
    pub search: &'a Search<'a>,
    pub outcome: &'a Outcome,
    pub record: &'a Record,
    pub method: Method,
    pub effort: Effort,
    pub stop: Stop,
}

/// One helped line with its part in an index's gain.
pub(super) struct Part<'a> {
    pub line: &'a Line,
    pub before: Cost,
    pub after: Cost,
    /// One over the number of chosen indexes that its plans use.
    pub weight: f64,
}

/// The finished advice.
pub(super) fn conclude(ending: &Ending<'_>) -> Advice {
    let mut helped: Vec<(CandidateId, Vec<Part<'_>>)> =
        ending.outcome.chosen.iter().map(|id| (*id, ending.parts(*id))).collect();
    // Chosen early on and overtaken since: nobody's plan uses it in the end.
    helped.retain(|(_, parts)| !parts.is_empty());
    let saved = |parts: &[Part<'_>]| parts.iter().map(Part::saved).sum::<f64>();
    helped.sort_by(|(one, left), (two, right)| {
        let text = |id: &CandidateId| ending.search.ground.text(*id).to_owned();
        saved(right).total_cmp(&saved(left)).then_with(|| text(one).cmp(&text(two)))
    });
    let definitions: Vec<Definition> = helped
        .iter()
        .map(|(id, _)| ending.search.ground.candidate(*id).definition.clone())
        .collect();
    let names = ddl::names_for(&definitions, &ending.record.catalog);
    let by_id: BTreeMap<CandidateId, QualifiedName> =
        helped.iter().map(|(id, _)| *id).zip(names).collect();
    let recommendations =
        helped.iter().map(|(id, parts)| ending.recommendation(*id, &by_id[id], parts)).collect();
    Advice {
        method: ending.method,
        recommendations,
        fates: fates(ending, &by_id),
        refusals: ending.refusals(&by_id),
        effort: ending.effort,
        notes: ending.notes(),
    }
}

impl Part<'_> {
    /// Recorded time saved if time went with cost: for ranking.
    fn saved(&self) -> f64 {
        let share = 1.0 - self.after.0 / self.before.0.max(f64::MIN_POSITIVE);
        self.line.total.0 * share * self.weight
    }
}

impl Ending<'_> {
    /// The chosen set.
    pub(super) fn chosen(&self) -> Set {
        self.outcome.chosen.iter().copied().collect()
    }

    /// A line's cost before and after, when the chosen set helps it.
    pub(super) fn help(&self, line: &Line) -> Option<(Cost, Cost)> {
        if line.verdict.is_some() {
            return None;
        }
        let (before, after) = self.search.credited(line, &self.chosen())?;
        (after.0 < before.0).then_some((before, after))
    }

    /// The lines that one chosen index helps, most saved time first.
    fn parts(&self, id: CandidateId) -> Vec<Part<'_>> {
        let chosen = self.chosen();
        let mut parts: Vec<Part<'_>> = Vec::new();
        for line in &self.search.ground.lines {
            let Some((before, after)) = self.help(line) else { continue };
            let used = self.search.used(line, &chosen);
            if used.contains(&id) {
                parts.push(Part { line, before, after, weight: 1.0 / used.len() as f64 });
            }
        }
        parts.sort_by(|one, two| {
            two.saved().total_cmp(&one.saved()).then(one.line.key.cmp(&two.line.key))
        });
        parts
    }

    fn recommendation(
        &self,
        id: CandidateId,
        name: &QualifiedName,
        parts: &[Part<'_>],
    ) -> Recommendation {
        let candidate = self.search.ground.candidate(id);
        let weighted = |cost: fn(&Part<'_>) -> Cost| -> Cost {
            parts.iter().map(|it| cost(it) * (it.line.calls as f64 * it.weight)).sum()
        };
        let low = parts.iter().map(|it| it.saved_time().low).sum::<Millis>();
        let high = parts.iter().map(|it| it.saved_time().high).sum::<Millis>();
        let gain = Gain {
            before: weighted(|it| it.before),
            after: weighted(|it| it.after),
            saved: Range { low, high },
            origin: Origin::Planner,
        };
        let helped = parts.iter().map(|it| Helped {
            statement: it.line.statement,
            label: it.line.label.clone(),
            calls: it.line.calls,
            time_share: it.line.share,
            before: Some(it.before),
            after: Some(it.after),
            mean: it.line.mean,
            expected: Some(expected(it.line.mean, it.before, it.after)),
        });
        Recommendation {
            id: stable_id(&["index", self.search.ground.text(id)]),
            definition: candidate.definition.clone(),
            name: name.clone(),
            size: candidate.size,
            gain: Some(gain),
            helped: helped.collect(),
            write_price: write_price(candidate, &self.search.ground.lines, self.record),
            risks: risks(self, candidate, parts),
        }
    }

    fn refusals(&self, chosen: &BTreeMap<CandidateId, QualifiedName>) -> Vec<Refusal> {
        let ids = self.search.ground.candidates.iter().map(|it| it.id);
        let refused = ids.filter(|it| !chosen.contains_key(it)).map(|id| {
            let (reason, detail) = self.refuse(id, chosen);
            Refusal { subject: self.search.ground.text(id).to_owned(), reason, detail }
        });
        let mut refusals: Vec<Refusal> =
            self.record.refusals.iter().cloned().chain(refused).collect();
        refusals.sort();
        refusals.dedup();
        refusals
    }

    /// Why a candidate is not among the recommendations.
    fn refuse(
        &self,
        id: CandidateId,
        chosen: &BTreeMap<CandidateId, QualifiedName>,
    ) -> (RefusalReason, String) {
        let (ground, outcome) = (self.search.ground, self.outcome);
        if ground.declined.contains(&id) {
            let reason = self.search.options.declined.get(ground.text(id));
            return (RefusalReason::Declined, reason.cloned().unwrap_or_default());
        }
        if let Some(regression) = outcome.banned.get(&id) {
            let label = self.label(regression.statement.position());
            let (before, after) = (regression.before, regression.after);
            let detail = format!("statement {label} would go from cost {before} to {after}");
            return (RefusalReason::Regression, detail);
        }
        let users = || {
            let all = outcome.potential.iter().enumerate();
            all.filter(|(_, it)| it.contains(&id)).map(|(position, _)| &ground.lines[position])
        };
        let alone = Set::from([id]);
        let mut doubts =
            users().filter_map(|it| Some((it, self.search.doubt(it, &alone)?))).collect::<Vec<_>>();
        doubts.sort_by(|(one, _), (two, _)| {
            two.total.total_cmp(&one.total).then_with(|| one.key.cmp(&two.key))
        });
        if let Some((line, doubt)) = doubts.first() {
            let words = estimate::words(doubt, self.search.rows(line, &alone));
            return (RefusalReason::EstimateWrong, format!("statement {}: {words}", line.label));
        }
        let definition = &ground.candidate(id).definition;
        let wider = chosen
            .iter()
            .find(|(it, _)| begins_with(&ground.candidate(**it).definition, definition));
        if let Some((_, name)) = wider {
            let detail = format!("{} begins with the same keys", name.name.as_str());
            return (RefusalReason::ServedByChosen, detail);
        }
        if outcome.unaffordable.contains(&id) {
            let size = ground.candidate(id).size.pages;
            return (RefusalReason::Budget, format!("it would take {size} more"));
        }
        let unprobed = |line: &&Line| ground.relevant(line).contains(&id);
        let left = outcome.unprobed.iter().map(|it| &ground.lines[*it]).filter(unprobed).count();
        match users().count() {
            0 if left > 0 || outcome.potential.is_empty() => {
                (RefusalReason::Unpriced, "it was not offered to every statement".to_owned())
            }
            0 => (RefusalReason::NotUsed, "no plan uses it when all candidates exist".to_owned()),
            count
                if outcome.needless.contains(&id) || users().all(|it| self.help(it).is_some()) =>
            {
                let detail =
                    format!("the chosen indexes help the {count} statements it would help");
                (RefusalReason::ServedByChosen, detail)
            }
            count => {
                let share = self.search.options.saved_min;
                let detail = format!(
                    "{count} statements would use it, for less than {share} of the recorded time"
                );
                (RefusalReason::BelowThreshold, detail)
            }
        }
    }

    pub(super) fn label(&self, position: usize) -> &str {
        self.search.ground.lines.get(position).map_or("?", |it| &it.label)
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let ended = match self.stop {
            Stop::No => None,
            Stop::Asked => Some("the search was stopped early; this is the best known by then"),
            Stop::Bound => Some("the search reached its bound on rounds"),
        };
        notes.extend(ended.map(|it| Note::new(NoteCode::Limit, "advice", it)));
        if self.outcome.unchecked > 0 {
            let message = format!(
                "{} statements could not be planned with all recommended indexes, so it is not \
                 known that none of them gets dearer",
                self.outcome.unchecked
            );
            notes.push(Note::new(NoteCode::Unplanned, "advice", message));
        }
        if self.method == Method::Hypopg {
            notes.push(Note::new(
                NoteCode::Method,
                "hypopg",
                "it leaves out the descent through an index's levels, which is added here, and \
                 plans with its own size of an index, which knows no deduplication: 1.4 to 6.7 \
                 times the real one (measured)",
            ));
        }
        notes
    }
}

impl Part<'_> {
    /// Recorded time that should be saved, by the time model.
    fn saved_time(&self) -> Range<Millis> {
        let then = expected(self.line.mean, self.before, self.after);
        let times = self.line.calls as f64 * self.weight;
        let saved = |mean: Millis| Millis(((self.line.mean.0 - mean.0) * times).max(0.0));
        Range { low: saved(then.high), high: saved(then.low) }
    }
}
