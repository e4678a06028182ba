//! Advice without any planner: candidates ranked by the recorded time that they cover.
//!
//! Refuses to print a gain. One index per wish, the widest that serves it, and of two where one
//! begins with the other only the wider.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{CandidateId, Millis, Note, NoteCode, StatementId, stable_id};
use crate::indexes::{Lattice, Refusal, RefusalReason, ddl};
use crate::workload::{Wish, WishId};

use super::advice::{Advice, Effort, Fate, Helped, Method, Recommendation, StatementFate};
use super::advisor::Record;
use super::fates::{told, without_pricing};
use super::ground::{Ground, Line};
use super::option::Options;
use super::risk::{unpriced_risks, write_price};

/// One candidate with the statements that it serves.
struct Ranked<'a> {
    id: CandidateId,
    lines: Vec<&'a Line>,
    covered: Millis,
}

/// The advice by structure alone.
pub(super) fn by_structure(ground: &Ground, record: &Record, options: &Options) -> Advice {
    let mut ranked = rank(ground, record);
    let least = options.saved_min.0 * ground.total.0;
    let cut = beyond(ground, &ranked, options);
    let over: Vec<Ranked<'_>> = ranked.split_off(cut);
    let (ranked, small): (Vec<_>, Vec<_>) =
        ranked.into_iter().partition(|it| it.covered.0 >= least);
    let definitions: Vec<_> =
        ranked.iter().map(|it| ground.candidate(it.id).definition.clone()).collect();
    let names = ddl::names_for(&definitions, &record.catalog);
    let recommendations = ranked.iter().zip(&names).map(|(it, name)| {
        let candidate = ground.candidate(it.id);
        Recommendation {
            id: stable_id(&["index", ground.text(it.id)]),
            definition: candidate.definition.clone(),
            name: name.clone(),
            size: candidate.size,
            gain: None,
            helped: it.lines.iter().map(|line| helped(line)).collect(),
            write_price: write_price(candidate, &ground.lines, record),
            risks: unpriced_risks(candidate, &ground.lines, record),
        }
    });
    let named: Vec<(&Ranked<'_>, &str)> =
        ranked.iter().zip(names.iter().map(|it| it.name.as_str())).collect();
    let shelves = Shelves { ground, record, named: &named, small: &small, over: &over };
    let fates = ground.lines.iter().map(|line| fate(line, &shelves));
    let unpriced = "nothing priced these indexes: they are ranked by the recorded time of the \
                    statements that ask for them";
    let remedy = "Install HypoPG for gains.";
    Advice {
        method: Method::Structure,
        fates: fates.collect(),
        refusals: refusals(ground, record, &shelves, options),
        recommendations: recommendations.collect(),
        effort: Effort { candidates: ground.candidates.len(), ..Effort::default() },
        notes: vec![Note::new(NoteCode::Method, "advice", unpriced).with_remedy(remedy)],
    }
}

/// How many fit the budget, from the best on.
fn beyond(ground: &Ground, ranked: &[Ranked<'_>], options: &Options) -> usize {
    let mut bytes = 0_u64;
    let fits = ranked.iter().take(options.indexes_max).take_while(|it| {
        bytes = bytes.saturating_add(ground.bytes(it.id).0);
        options.storage.is_none_or(|budget| bytes <= budget.0)
    });
    fits.count()
}

/// The widest candidate of each wish, narrower ones folded into it, most covered time first.
fn rank<'a>(ground: &'a Ground, record: &Record) -> Vec<Ranked<'a>> {
    let by_statement: BTreeMap<StatementId, &Line> =
        ground.lines.iter().map(|it| (it.statement, it)).collect();
    let wishes: BTreeMap<WishId, &Wish> = record.wishes.iter().map(|it| (it.id, it)).collect();
    let lattice = Lattice::of(&ground.candidates);
    let mut chosen: BTreeMap<CandidateId, BTreeSet<StatementId>> = BTreeMap::new();
    for wish in wishes.values() {
        let granting = ground
            .candidates
            .iter()
            .filter(|it| it.wishes.contains(&wish.id) && !ground.declined.contains(&it.id));
        let widest = granting.max_by_key(|it| (it.definition.keys.len(), std::cmp::Reverse(it.id)));
        if let Some(widest) = widest {
            chosen.entry(widest.id).or_default().insert(wish.statement);
        }
    }
    let ids: Vec<CandidateId> = chosen.keys().copied().collect();
    for wide in &ids {
        for narrow in lattice.narrower(*wide) {
            if let (true, Some(moved)) = (chosen.contains_key(wide), chosen.remove(&narrow)) {
                chosen.entry(*wide).or_default().extend(moved);
            }
        }
    }
    let mut ranked: Vec<Ranked<'_>> = chosen
        .into_iter()
        .map(|(id, statements)| {
            let mut lines: Vec<&Line> = statements
                .iter()
                .filter_map(|it| by_statement.get(it).copied())
                .filter(|it| it.verdict.is_none())
                .collect();
            lines.sort_by(|one, two| {
                two.total.total_cmp(&one.total).then_with(|| one.key.cmp(&two.key))
            });
            let covered = lines.iter().map(|it| it.total).sum();
            Ranked { id, lines, covered }
        })
        .filter(|it| !it.lines.is_empty())
        .collect();
    ranked.sort_by(|one, two| {
        two.covered
            .total_cmp(&one.covered)
            .then_with(|| ground.text(one.id).cmp(ground.text(two.id)))
    });
    ranked
}

fn helped(line: &Line) -> Helped {
    Helped {
        statement: line.statement,
        label: line.label.clone(),
        calls: line.calls,
        time_share: line.share,
        before: None,
        after: None,
        mean: line.mean,
        expected: None,
    }
}

/// The ranked candidates, by what came of them.
struct Shelves<'a> {
    ground: &'a Ground,
    record: &'a Record,
    named: &'a [(&'a Ranked<'a>, &'a str)],
    small: &'a [Ranked<'a>],
    over: &'a [Ranked<'a>],
}

fn fate(line: &Line, shelves: &Shelves<'_>) -> StatementFate {
    let has = |it: &Ranked<'_>| it.lines.iter().any(|held| held.statement == line.statement);
    if let Some((fate, reason)) = &line.verdict {
        return told(line, *fate, reason.clone());
    }
    let names: Vec<&str> =
        shelves.named.iter().filter(|(it, _)| has(it)).map(|(_, name)| *name).collect();
    if !names.is_empty() {
        let reason = format!("it asks for what {} gives; not priced", names.join(", "));
        return told(line, Fate::Advised, reason);
    }
    if let Some((fate, reason)) = without_pricing(line, shelves.ground, shelves.record) {
        return told(line, fate, reason);
    }
    if shelves.over.iter().any(has) {
        return told(line, Fate::BudgetSpent, "its index is beyond the budget".to_owned());
    }
    if shelves.small.iter().any(has) {
        let reason = "the statements that ask for its index take too little time".to_owned();
        return told(line, Fate::BelowThreshold, reason);
    }
    told(line, Fate::Unpriced, "nothing could price an index for it".to_owned())
}

fn refusals(
    ground: &Ground,
    record: &Record,
    shelves: &Shelves<'_>,
    options: &Options,
) -> Vec<Refusal> {
    let chosen: BTreeSet<CandidateId> = shelves.named.iter().map(|(it, _)| it.id).collect();
    let one_of = |list: &[Ranked<'_>], id: CandidateId| list.iter().any(|it| it.id == id);
    let refuse = |id: CandidateId| {
        let (reason, detail) = if ground.declined.contains(&id) {
            let reason = options.declined.get(ground.text(id)).cloned();
            (RefusalReason::Declined, reason.unwrap_or_default())
        } else if one_of(shelves.over, id) {
            (RefusalReason::Budget, "it does not fit what was allowed".to_owned())
        } else if one_of(shelves.small, id) {
            let detail = format!("it covers less than {} of the recorded time", options.saved_min);
            (RefusalReason::BelowThreshold, detail)
        } else {
            (RefusalReason::ServedByChosen, "a wider candidate grants the same wishes".to_owned())
        };
        Refusal { subject: ground.text(id).to_owned(), reason, detail }
    };
    let ids = ground.candidates.iter().map(|it| it.id).filter(|it| !chosen.contains(it));
    let mut refusals: Vec<Refusal> =
        record.refusals.iter().cloned().chain(ids.map(refuse)).collect();
    refusals.sort();
    refusals.dedup();
    refusals
}
