//! The ground that a search stands on: what it needs of cases and candidates, and no more.
//!
//! Decides at once about statements that no index can be asked for, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{
    Bytes, CandidateId, Millis, Name, NoteCode, QualifiedName, Rows, SetId, Share, StatementId,
    TableId,
};
use crate::catalog::Catalog;
use crate::indexes::{Candidate, table_rows};
use crate::plan::{Direction, Plan};
use crate::sql::{Action, Kind};
use crate::workload::{Case, PlanOrigin};

use super::advice::{Fate, Method};
use super::advisor::Task;
use super::option::{Options, Pricer};

/// Everything that the search reads.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// One line per statement, in the capture's order.
    pub lines: Vec<Line>,
    /// Positions of lines in an order that does not depend on the capture's.
    pub order: Vec<usize>,
    /// The candidates, in the order of their ids.
    pub candidates: Vec<Candidate>,
    /// Their canonical texts, in the same order.
    pub texts: Vec<String>,
    /// Candidates by canonical text.
    pub by_text: BTreeMap<String, CandidateId>,
    /// Candidates that the user declined: never asked about.
    pub declined: BTreeSet<CandidateId>,
    /// All recorded time.
    pub total: Millis,
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub statement: StatementId,
    pub key: String,
    pub label: String,
    pub calls: u64,
    pub total: Millis,
    pub mean: Millis,
    /// Its share of the recorded time.
    pub share: Share,
    /// Its parameter sets with their weights.
    pub sets: Vec<(SetId, f64)>,
    /// Tables that its plans or wishes name, partitions with their parents.
    pub tables: BTreeSet<TableId>,
    /// Tables that its wishes are about.
    pub wished: BTreeSet<TableId>,
    /// What was decided before any pricing.
    pub verdict: Option<(Fate, String)>,
    /// Tables whose row estimates were measured to be wrong.
    pub doubts: BTreeMap<TableId, Doubt>,
    /// What it writes.
    pub writes: Vec<Write>,
    /// Rows that it returned or changed.
    pub rows: u64,
    /// How long its plan took when it was run, where it was.
    pub executed: Option<Millis>,
}

/// One wrong estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Doubt {
    pub planned: Rows,
    pub actual: Rows,
    pub direction: Direction,
    pub table_rows: Option<Rows>,
}

/// One written table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Write {
    pub schema: Option<Name>,
    pub table: Name,
    pub action: Action,
    pub columns: Vec<Name>,
}

/// An estimate this many times off is wrong; below it planners live with it every day.
const WRONG_FACTOR_MIN: f64 = 10.0;

/// Measured time this far below the recorded mean says that the rest was waiting.
const WAIT_FACTOR_MIN: f64 = 10.0;

/// Below this mean nobody looks for waits.
const WAIT_MEAN_MIN: Millis = Millis(10.0);

impl Ground {
    pub(super) fn of(task: &Task<'_>, options: &Options, pricer: Pricer) -> Self {
        let total: Millis = task.cases.iter().map(|it| it.draft.counters.total).sum();
        let mut wished: BTreeMap<StatementId, BTreeSet<TableId>> = BTreeMap::new();
        for wish in task.wishes {
            wished.entry(wish.statement).or_default().insert(wish.table);
        }
        let none = BTreeSet::new();
        let lines: Vec<Line> = task
            .cases
            .iter()
            .map(|case| {
                let wished = wished.get(&case.draft.id).unwrap_or(&none);
                line(
                    case,
                    wished,
                    &Around { catalog: &task.capture.catalog, total, options, pricer },
                )
            })
            .collect();
        Self::new(lines, task.candidates.to_vec()).without(&options.declined)
    }

    /// The same ground with the candidates of these canonical texts declined.
    fn without(self, declined: &BTreeMap<String, String>) -> Self {
        let ids = self.by_text.iter().filter(|(text, _)| declined.contains_key(*text));
        let declined = ids.map(|(_, id)| *id).collect();
        Self { declined, ..self }
    }

    /// A ground of lines that are known otherwise: tests, and nothing else outside of this file.
    pub(super) fn new(lines: Vec<Line>, candidates: Vec<Candidate>) -> Self {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by(|one, two| lines[*one].key.cmp(&lines[*two].key).then(one.cmp(two)));
        let texts: Vec<String> = candidates.iter().map(|it| it.definition.canonical()).collect();
        let by_text = texts.iter().cloned().zip(candidates.iter().map(|it| it.id)).collect();
        let total = order.iter().map(|it| lines[*it].total).sum();
        let declined = BTreeSet::new();
        Self { lines, order, candidates, texts, by_text, declined, total }
    }

    /// The candidate of an id.
    pub(super) fn candidate(&self, id: CandidateId) -> &Candidate {
        &self.candidates[id.position()]
    }

    /// The canonical text of a candidate.
    pub(super) fn text(&self, id: CandidateId) -> &str {
        &self.texts[id.position()]
    }

    /// The model's size of a candidate.
    pub(super) fn bytes(&self, id: CandidateId) -> Bytes {
        self.candidate(id).size.bytes.high
    }

    /// The candidates that a line's planner could see at all, by id.
    pub(super) fn relevant(&self, line: &Line) -> BTreeSet<CandidateId> {
        let seen = self.candidates.iter().filter(|it| line.tables.contains(&it.table));
        seen.map(|it| it.id).filter(|it| !self.declined.contains(it)).collect()
    }
}

struct Around<'a> {
    catalog: &'a Catalog,
    total: Millis,
    options: &'a Options,
    pricer: Pricer,
}

fn line(case: &Case, wished: &BTreeSet<TableId>, around: &Around<'_>) -> Line {
    let draft = &case.draft;
    let counters = &draft.counters;
    let weight: f64 = draft.sets.iter().map(|it| it.share.0).sum();
    let even = 1.0 / draft.sets.len().max(1) as f64;
    let sets = draft.sets.iter().enumerate().map(|(position, set)| {
        let share = if weight > 0.0 { set.share.0 / weight } else { even };
        (SetId::at(position), share)
    });
    let measured = case.plans.iter().filter(|it| it.origin == PlanOrigin::Measured);
    let mut tables = wished.clone();
    for plan in &case.plans {
        tables.extend(tables_of(&plan.plan, around.catalog));
    }
    let writes = case.statement().into_iter().flat_map(|it| &it.targets).map(|it| Write {
        schema: it.relation.schema.clone(),
        table: it.relation.name.clone(),
        action: it.action,
        columns: it.columns.clone(),
    });
    Line {
        statement: draft.id,
        key: draft.key.clone(),
        label: draft.label.clone(),
        calls: counters.calls,
        total: counters.total,
        mean: counters.mean,
        share: Share::of(counters.total.0, around.total.0),
        sets: sets.collect(),
        wished: wished.clone(),
        verdict: verdict(case, wished, around),
        doubts: measured.clone().flat_map(|it| doubts(&it.plan, around.catalog)).collect(),
        tables,
        writes: writes.collect(),
        rows: counters.rows,
        executed: measured.filter_map(|it| it.plan.execution).max_by(Millis::total_cmp),
    }
}

impl Line {
    /// Most of its recorded time was not its plan's: it was fast when it was run.
    pub(super) fn waits(&self) -> bool {
        let fast = |executed: Millis| self.mean.0 > executed.0 * WAIT_FACTOR_MIN;
        self.mean.0 >= WAIT_MEAN_MIN.0 && self.executed.is_some_and(fast)
    }
}

/// What can be said of a statement without any pricing.
fn verdict(case: &Case, wished: &BTreeSet<TableId>, around: &Around<'_>) -> Option<(Fate, String)> {
    if let Some(reason) = around.options.declined_statements.get(&case.draft.key) {
        return Some((Fate::Declined, reason.clone()));
    }
    let noted =
        |code: NoteCode| case.notes.iter().chain(&case.draft.notes).find(|it| it.code == code);
    let statement = match &case.draft.statement {
        Ok(statement) => statement,
        Err(note) => {
            let fate = match note.code {
                NoteCode::Privilege => Fate::Hidden,
                _ => Fate::Unparsed,
            };
            return Some((fate, note.message.clone()));
        }
    };
    if statement.kind == Kind::Utility {
        let name = statement.utility_name.as_deref().unwrap_or("a utility statement");
        return Some((Fate::Utility, format!("{name} has no plan")));
    }
    if wished.is_empty() && statement.kind == Kind::Insert {
        return Some((Fate::WriteOnly, "it inserts and looks nothing up".to_owned()));
    }
    let codes = [
        (NoteCode::Privilege, Fate::Hidden),
        (NoteCode::AmbiguousNames, Fate::Unplanned),
        (NoteCode::Untyped, Fate::Untyped),
    ];
    let refusals = [
        (NoteCode::Unsafe, Fate::Unsafe),
        (NoteCode::Unplanned, Fate::Unplanned),
        (NoteCode::Cancelled, Fate::Unplanned),
    ];
    // A shadow plans what the user's server may not, or did not.
    if case.plans.is_empty() && around.pricer.method != Method::Shadow {
        // What may not be planned may still be advised by its structure.
        let by_structure = around.pricer.method == Method::Structure && !wished.is_empty();
        let refusals = refusals.iter().filter(|_| !by_structure);
        let mut known = codes.iter().chain(refusals);
        let found = known.find_map(|(code, fate)| Some((*fate, noted(*code)?)));
        if let Some((fate, note)) = found {
            return Some((fate, note.message.clone()));
        }
    }
    case.draft
        .sets
        .is_empty()
        .then(|| (Fate::Untyped, "no parameter values could be made for it".to_owned()))
}

/// The tables that a plan names, with the parents of partitions.
fn tables_of(plan: &Plan, catalog: &Catalog) -> BTreeSet<TableId> {
    let mut found: BTreeSet<TableId> = BTreeSet::new();
    let mut open: Vec<TableId> = plan
        .nodes()
        .filter_map(|node| node.relation.as_ref())
        .flat_map(|it| named(catalog, it.schema.as_ref(), &it.name))
        .collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let parents = &catalog.table(id).parents;
            open.extend(parents.iter().filter_map(|it: &QualifiedName| catalog.find_table(it)));
        }
    }
    found
}

fn named<'a>(
    catalog: &'a Catalog,
    schema: Option<&'a Name>,
    name: &'a Name,
) -> impl Iterator<Item = TableId> + 'a {
    let fits = move |id: &TableId| schema.is_none_or(|it| catalog.table(*id).name.schema == *it);
    catalog.tables_named(name).iter().copied().filter(fits)
}

/// The scans whose estimates were wrong, worst of each table first to last kept.
fn doubts(plan: &Plan, catalog: &Catalog) -> BTreeMap<TableId, Doubt> {
    let mut found: BTreeMap<TableId, (f64, Doubt)> = BTreeMap::new();
    for node in plan.nodes().filter(|it| it.kind.is_scan()) {
        let Some(relation) = &node.relation else { continue };
        let Some(error) = plan.row_error(node.id) else { continue };
        if error.factor < WRONG_FACTOR_MIN {
            continue;
        }
        for table in named(catalog, relation.schema.as_ref(), &relation.name) {
            let doubt = Doubt {
                planned: error.estimated,
                actual: error.actual,
                direction: error.direction,
                table_rows: table_rows(catalog, table),
            };
            let known = found.entry(table).or_insert((error.factor, doubt));
            if error.factor > known.0 {
                *known = (error.factor, doubt);
            }
            for parent in &catalog.table(table).parents {
                if let Some(parent) = catalog.find_table(parent) {
                    found.entry(parent).or_insert((error.factor, doubt));
                }
            }
        }
    }
    found.into_iter().map(|(table, (_, doubt))| (table, doubt)).collect()
}
