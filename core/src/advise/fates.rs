//! What became of each statement: exactly one fate, with a reason that has its figures.

use std::collections::BTreeMap;

use crate::base::{CandidateId, Cost, QualifiedName, Share};
use crate::indexes::{Served, serves, wish_words};
use crate::workload::Wish;

use super::advice::{Fate, StatementFate};
use super::advisor::Record;
use super::board::{Known, Set};
use super::ending::Ending;
use super::estimate;
use super::ground::{Ground, Line};

/// One fate per statement, in the capture's order.
pub(super) fn fates(
    ending: &Ending<'_>,
    chosen: &BTreeMap<CandidateId, QualifiedName>,
) -> Vec<StatementFate> {
    let lines = ending.search.ground.lines.iter().enumerate();
    lines
        .map(|(position, line)| {
            let (fate, reason) = fate(ending, chosen, position);
            told(line, fate, reason)
        })
        .collect()
}

/// A line's fate as the report has it.
pub(super) fn told(line: &Line, fate: Fate, reason: String) -> StatementFate {
    StatementFate {
        statement: line.statement,
        label: line.label.clone(),
        share: line.share,
        fate,
        reason,
    }
}

fn fate(
    ending: &Ending<'_>,
    chosen: &BTreeMap<CandidateId, QualifiedName>,
    position: usize,
) -> (Fate, String) {
    let line = &ending.search.ground.lines[position];
    if let Some((fate, reason)) = &line.verdict {
        return (*fate, reason.clone());
    }
    if let Some((before, after)) = ending.help(line) {
        let used = ending.search.used(line, &ending.chosen());
        let names: Vec<&str> =
            used.iter().filter_map(|it| chosen.get(it)).map(|it| it.name.as_str()).collect();
        let names = names.join(", ");
        return (Fate::Advised, format!("cost {before} to {after} with {names}"));
    }
    if let Some(settled) = without_pricing(line, ending.search.ground, ending.record) {
        return settled;
    }
    let Some(before) = ending.search.reading(line, &Set::new()) else {
        return unplanned(ending, line);
    };
    missed(ending, position, before.cost)
}

/// What can be said of a line that no candidate is about; also without a pricer.
pub(super) fn without_pricing(
    line: &Line,
    ground: &Ground,
    record: &Record,
) -> Option<(Fate, String)> {
    if line.wished.is_empty() {
        let reason = "it asks for no rows by equality, range or order of a table's own columns";
        return Some((Fate::NoIndexHelps, reason.to_owned()));
    }
    let wishes: Vec<&Wish> =
        record.wishes.iter().filter(|it| it.statement == line.statement).collect();
    let servers: Vec<Option<&QualifiedName>> = wishes
        .iter()
        .map(|wish| {
            let mut indexes = record.catalog.indexes_of(wish.table);
            let found = indexes.find(|(_, index)| serves(index, wish) == Served::Fully);
            found.map(|(_, index)| &index.name)
        })
        .collect();
    if servers.iter().all(Option::is_some) && !servers.is_empty() {
        let mut names: Vec<&str> =
            servers.into_iter().flatten().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if line.waits() {
            return Some(waits(line));
        }
        let reason = format!("served by {}", names.join(", "));
        return Some((Fate::AlreadyServed, reason));
    }
    if !ground.relevant(line).is_empty() {
        return None;
    }
    let refusals = wishes.iter().filter_map(|wish| {
        let words = wish_words(wish, record.catalog.table(wish.table));
        record.refusals.iter().find(|it| it.subject == words)
    });
    let details: Vec<&str> = refusals.map(|it| it.detail.as_str()).collect();
    let reason = match details.as_slice() {
        [] => "no candidate is about its tables".to_owned(),
        details => details.join("; "),
    };
    Some(if line.waits() { waits(line) } else { (Fate::NoIndexHelps, reason) })
}

fn waits(line: &Line) -> (Fate, String) {
    let executed = line.executed.unwrap_or_default();
    let reason = format!("it takes {} on average, but its plan ran in {executed}", line.mean);
    (Fate::WaitsNotPlans, reason)
}

/// Nothing is known of its cost.
fn unplanned(ending: &Ending<'_>, line: &Line) -> (Fate, String) {
    let refused =
        ending.search.cells(line, &Set::new()).into_iter().find_map(|(_, known)| match known {
            Some(Known::Refused(reason)) => Some(reason.clone()),
            _ => None,
        });
    match refused {
        Some(reason) => (Fate::Unplanned, reason),
        None => (Fate::Unpriced, "the search ended before it was planned".to_owned()),
    }
}

/// A line that could have been helped, or not: why it was not.
fn missed(ending: &Ending<'_>, position: usize, before: Cost) -> (Fate, String) {
    let (search, outcome) = (ending.search, ending.outcome);
    let line = &search.ground.lines[position];
    let none = Set::new();
    let potential = outcome.potential.get(position).unwrap_or(&none);
    let alone = |id: &CandidateId| Set::from([*id]);
    let banned = potential.iter().find_map(|id| Some((id, outcome.banned.get(id)?)));
    if let Some((id, regression)) = banned {
        let label = ending.label(regression.statement.position());
        let reason = format!(
            "{} would help, but take statement {label} from cost {} to {}",
            search.ground.text(*id),
            regression.before,
            regression.after
        );
        return (Fate::Blocked, reason);
    }
    let doubt = potential.iter().find_map(|id| {
        let doubt = search.doubt(line, &alone(id))?;
        Some(estimate::words(&doubt, search.rows(line, &alone(id))))
    });
    if let Some(words) = doubt {
        return (Fate::StatisticsFirst, words);
    }
    if let Some(id) = potential.iter().find(|it| outcome.unaffordable.contains(it)) {
        let reason = format!("{} would help, but the budget is spent", search.ground.text(*id));
        return (Fate::BudgetSpent, reason);
    }
    let best = potential
        .iter()
        .filter_map(|id| search.reading(line, &alone(id)))
        .filter(|it| it.whole && it.cost.0 < before.0)
        .min_by(|one, two| one.cost.total_cmp(&two.cost));
    if let Some(best) = best {
        let gain = Share::of(before.0 - best.cost.0, before.0);
        let reason = format!(
            "the best candidate takes {gain} off its cost of {before}; {} of the recorded time \
             is the least that counts",
            search.options.saved_min
        );
        return (Fate::BelowThreshold, reason);
    }
    if line.waits() {
        return waits(line);
    }
    if outcome.unprobed.contains(&position) || outcome.potential.is_empty() {
        let reason = "not every candidate could be tried on it".to_owned();
        return (Fate::Unpriced, reason);
    }
    let count = search.ground.relevant(line).len();
    if let Some(names) = existing(ending, line) {
        let reason = format!("its plan uses {names}, and none of {count} candidates beats it");
        return (Fate::AlreadyServed, reason);
    }
    (Fate::NoIndexHelps, format!("its cost stays at {before} with all {count} candidates"))
}

/// The existing indexes of its plans, when there is one on every table that it wishes about.
fn existing(ending: &Ending<'_>, line: &Line) -> Option<String> {
    let catalog = &ending.record.catalog;
    let mut names: Vec<&QualifiedName> = Vec::new();
    for (_, known) in ending.search.cells(line, &Set::new()) {
        if let Some(Known::Priced { priced, .. }) = known {
            names.extend(&priced.used_existing);
        }
    }
    names.sort();
    names.dedup();
    let stands = |name: &QualifiedName, table: &QualifiedName| {
        catalog.find_index(name).is_some_and(|it| catalog.index(it).table == *table)
    };
    let covered = |table: &crate::base::TableId| {
        names.iter().any(|name| stands(name, &catalog.table(*table).name))
    };
    let plain: Vec<&str> = names.iter().map(|it| it.name.as_str()).collect();
    line.wished.iter().all(covered).then(|| plain.join(", "))
}
