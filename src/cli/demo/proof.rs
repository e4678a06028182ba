//! Two proofs by experiment: the declined index is slower, the dropped one is not missed.

use std::collections::BTreeSet;

use crate::base::{Bytes, QualifiedName};
use crate::catalog::{Index, KeyTerm};
use crate::cli::advise::Told;
use crate::indexes::{Candidate, Refusal, RefusalReason, ddl};
use crate::io::Progress;
use crate::io::demo::{Block, Day, DayOptions, DemoServer, Played, Trap};
use crate::report::fact;
use crate::rules::{Finding, Subject};

use super::effect::{Mean, words};

/// A shop in which to try something.
#[derive(Clone, Copy)]
pub struct Laboratory<'a> {
    /// The server.
    pub server: &'a DemoServer,
    /// Its day.
    pub day: &'a Day<'a>,
    /// The statements of the day.
    pub blocks: &'a [Block],
    /// What was advised.
    pub told: &'a Told,
    /// Whom to tell.
    pub progress: &'a dyn Progress,
}

/// A statement before and after one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What reports call it.
    pub label: String,
    /// Before.
    pub before: Mean,
    /// After.
    pub after: Mean,
}

/// What a declined index would have done.
#[derive(Debug, Clone, PartialEq)]
pub struct Declined {
    /// The index.
    pub words: String,
    /// Why it was declined, with the figures.
    pub why: String,
    /// The statement with the index built all the same.
    pub change: Change,
}

/// What the dropped index was good for.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropped {
    /// The index.
    pub name: QualifiedName,
    /// Why it could go.
    pub why: String,
    /// Its size on disk.
    pub bytes: Bytes,
    /// The statements that could use it.
    pub changes: Vec<Change>,
}

/// Bytes of a block: the servers we start are built with the usual size.
const BLOCK: Bytes = Bytes(8192);

/// Builds what was declined, measures it, drops it again. `None` when no index was declined
/// that the trap is about.
pub async fn declined(
    laboratory: &Laboratory<'_>,
    trap: &Trap,
) -> anyhow::Result<Option<Declined>> {
    let told = laboratory.told;
    let Some((candidate, refusal)) = refused(told, trap) else { return Ok(None) };
    let catalog = &told.capture.catalog;
    let name = ddl::name_for(&candidate.definition, catalog);
    let create = ddl::create(&candidate.definition, &name, catalog, told.capture.server.version)?;
    let labels = BTreeSet::from([trap.statement.clone()]);
    let before = laboratory.play(&labels).await?;
    laboratory.server.build(&create).await?;
    let after = laboratory.play(&labels).await?;
    laboratory.server.build(&ddl::undo(&candidate.definition, &name, catalog)).await?;
    let changes = laboratory.changes(&labels, &before, &after);
    Ok(changes.into_iter().next().map(|change| Declined {
        words: words(&candidate.definition),
        why: refusal.detail.clone(),
        change,
    }))
}

/// The declined index that the trap is about: one given up for its estimate rather than another,
/// and the narrowest of several.
fn refused<'a>(told: &'a Told, trap: &Trap) -> Option<(&'a Candidate, &'a Refusal)> {
    let suits = |it: &&Candidate| {
        let definition = &it.definition;
        definition.table.plain() == trap.table
            && definition.columns().next().is_some_and(|it| it.as_str() == trap.column)
    };
    let candidates = told.judged.candidates.iter().filter(suits);
    let pairs = candidates.filter_map(|candidate| {
        let text = candidate.definition.canonical();
        let refusal = told.advice.refusals.iter().find(|it| it.subject == text)?;
        Some((candidate, refusal))
    });
    pairs.min_by_key(|(candidate, refusal)| {
        (refusal.reason != RefusalReason::EstimateWrong, candidate.definition.keys.len())
    })
}

/// Drops an index that was found to be needless and replays what could use it. `None` when no
/// such index was found.
pub async fn dropped(laboratory: &Laboratory<'_>) -> anyhow::Result<Option<Dropped>> {
    let told = laboratory.told;
    let Some((finding, index)) = needless(told) else { return Ok(None) };
    let labels = readers(told, index);
    let (drop, _) = ddl::remove(index, &told.capture.catalog)?;
    let before = laboratory.play(&labels).await?;
    laboratory.server.build(&drop).await?;
    let after = laboratory.play(&labels).await?;
    Ok(Some(Dropped {
        name: index.name.clone(),
        why: finding.facts.first().map_or_else(|| finding.rule.to_owned(), fact),
        bytes: index.file_pages.unwrap_or(index.pages).bytes(BLOCK),
        changes: laboratory.changes(&labels, &before, &after),
    }))
}

/// The rules whose findings end in a drop, the most telling first: an index that another one
/// replaces is in use, so that dropping it has to be proved.
const DROPS: [&str; 2] = ["redundant-index", "unused-index"];

fn needless(told: &Told) -> Option<(&Finding, &Index)> {
    let catalog = &told.capture.catalog;
    let found = DROPS
        .iter()
        .flat_map(|rule| told.judged.findings.iter().filter(move |it| it.rule == *rule));
    let mut pairs = found.filter_map(|finding| match &finding.subject {
        Subject::Index(name) => Some((finding, catalog.index(catalog.find_index(name)?))),
        _ => None,
    });
    pairs.find(|(_, index)| index.valid && index.definition.is_some())
}

/// Labels of the statements that could use an index: those that ask for its first column, or,
/// when none does, all that read its table.
fn readers(told: &Told, index: &Index) -> BTreeSet<String> {
    let first = index.keys.first().and_then(|it| match &it.term {
        KeyTerm::Column(name) => Some(name),
        KeyTerm::Expression(_) => None,
    });
    let table = told.capture.catalog.find_table(&index.table);
    let wishes = || told.judged.wishes.iter().filter(|it| Some(it.table) == table);
    let label = |statement| {
        let case = told.judged.cases.iter().find(|it| it.draft.id == statement);
        case.map(|it| it.draft.label.clone())
    };
    let asking = wishes().filter(|wish| {
        let equal = wish.equalities.iter().map(|it| &it.column);
        let ordered = wish.order.iter().map(|it| &it.column);
        equal.chain(&wish.ranges).chain(ordered).any(|it| Some(it) == first)
    });
    let labels: BTreeSet<String> = asking.filter_map(|it| label(it.statement)).collect();
    if !labels.is_empty() {
        return labels;
    }
    wishes().filter_map(|it| label(it.statement)).collect()
}

impl Laboratory<'_> {
    /// Replays the statements of these labels.
    async fn play(&self, labels: &BTreeSet<String>) -> anyhow::Result<Played> {
        let named = |block: &&Block| labels.iter().any(|it| block.text.contains(it.as_str()));
        let only: BTreeSet<String> =
            self.blocks.iter().filter(named).map(|it| it.name.clone()).collect();
        anyhow::ensure!(!only.is_empty(), "no statement of the workload could use the index");
        let options = DayOptions { only, ..DayOptions::whole("replaying") };
        Ok(self.day.play(&options, self.progress).await?)
    }

    fn changes(&self, labels: &BTreeSet<String>, before: &Played, after: &Played) -> Vec<Change> {
        let cases = self.told.judged.cases.iter().filter(|it| labels.contains(&it.draft.label));
        cases
            .filter_map(|case| {
                let text = &case.draft.text;
                Some(Change {
                    label: case.draft.label.clone(),
                    before: Mean::of(before.statements.of(text)?),
                    after: Mean::of(after.statements.of(text)?),
                })
            })
            .collect()
    }
}
