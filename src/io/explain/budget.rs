//! What planning may take from the server: entries of pg_stat_statements and lock slots.
//!
//! Planning 3,000 texts evicted every entry of the application (measured), and 1,500 partitions
//! with three indexes took 6,003 lock slots (measured).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Note, NoteCode, QualifiedName};
use crate::catalog::{Catalog, Server};
use crate::io::collect::fixed;
use crate::io::{Question, Record, Session};
use crate::sql::RelationName;
use crate::workload::{Capture, Draft};

/// Our entries may take this part of the free ones: one in ten.
const ENTRIES_PART: u64 = 10;
/// Planning one statement may take this part of the free lock slots: one in four.
const LOCKS_PART: u64 = 4;

/// Lock slots by relation.
type Slots = BTreeMap<RelationName, u64>;

/// What is left.
pub struct Budget {
    /// Entries of pg_stat_statements; `None` where it counts nothing.
    entries: Option<u64>,
    /// Lock slots that one statement may take.
    locks: u64,
    /// Lock slots by relation, partitions and indexes included.
    slots: Slots,
}

impl Budget {
    /// What the server has to spare.
    pub async fn new(session: &Session, capture: &Capture, found: &mut Vec<Note>) -> Self {
        let locks = read(session, include_str!("../queries/locks.sql"), found).await;
        let taken = locks.first().map_or(0, |it| it.count("taken"));
        let views = read(session, include_str!("../queries/views.sql"), found).await;
        let name = |it: &Record, schema: &str, name: &str| {
            QualifiedName::new(&it.word(schema), &it.word(name))
        };
        let views: Vec<(QualifiedName, QualifiedName)> = views
            .iter()
            .map(|it| (name(it, "schema", "name"), name(it, "read_schema", "read_name")))
            .collect();
        let spent = session.deeds().entries;
        Self {
            entries: entries(capture).map(|it| it.saturating_sub(spent)),
            locks: lock_table(capture).saturating_sub(taken) / LOCKS_PART,
            slots: slots(&capture.catalog, &views),
        }
    }

    /// Takes what planning one statement needs, or says why it may not be planned here.
    pub fn take(&mut self, draft: &Draft) -> Result<(), Note> {
        let relations = draft.statement.iter().flat_map(|it| &it.relations);
        let locks: u64 = relations.map(|it| self.slots.get(it).copied().unwrap_or(1)).sum();
        if locks > self.locks {
            let message = format!(
                "planning it would take {locks} lock slots, more than a quarter of the free \
                 ones; it is not planned here"
            );
            return Err(Note::new(NoteCode::Unplanned, &draft.label, message)
                .with_remedy("Raise max_locks_per_transaction."));
        }
        match &mut self.entries {
            None => Ok(()),
            Some(0) => {
                let message = "pg_stat_statements has too few free entries to plan it without \
                               pushing out the application's";
                Err(Note::new(NoteCode::Unplanned, &draft.label, message)
                    .with_remedy("Raise pg_stat_statements.max."))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// Takes one entry for running a statement that was planned.
    pub fn take_run(&mut self) -> bool {
        match &mut self.entries {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

async fn read(session: &Session, query: &str, found: &mut Vec<Note>) -> Vec<Record> {
    let text = fixed(query);
    match session.ask(&Question::new("see what planning may take", &text)).await {
        Ok(records) => records,
        Err(error) => {
            found.push(error.note("planning"));
            Vec::new()
        }
    }
}

/// Entries that we may add; none are counted where utility statements are not tracked.
fn entries(capture: &Capture) -> Option<u64> {
    let extension = capture.server.statements.as_ref()?;
    let untracked = ["pg_stat_statements.track_utility", "pg_stat_statements.track"]
        .iter()
        .any(|it| matches!(Server::setting(&capture.settings, it), Some("off" | "none")));
    if untracked {
        return None;
    }
    Some(extension.entries_max.saturating_sub(extension.entries) / ENTRIES_PART)
}

/// The size of the shared lock table (source: `NLOCKENTS`, `lock.c`); the smallest possible
/// default where settings could not be read.
fn lock_table(capture: &Capture) -> u64 {
    let number = |name: &str, default: u64| {
        let value = Server::setting(&capture.settings, name);
        value.and_then(|it| it.parse().ok()).unwrap_or(default)
    };
    let sessions = number("max_connections", 100) + number("max_prepared_transactions", 0);
    number("max_locks_per_transaction", 64).saturating_mul(sessions)
}

/// Lock slots by name, with and without schema: the relation, its indexes, and the same of all
/// partitions, children and relations that a view reads; of several schemas the dearest counts.
fn slots(catalog: &Catalog, views: &[(QualifiedName, QualifiedName)]) -> Slots {
    let mut below: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut own: BTreeMap<_, u64> = catalog.tables().map(|(_, it)| (&it.name, 1)).collect();
    for (_, index) in catalog.indexes() {
        own.entry(&index.table).and_modify(|it| *it += 1);
    }
    for (_, table) in catalog.tables() {
        for parent in &table.parents {
            below.entry(parent).or_default().push(&table.name);
        }
    }
    for (view, read) in views {
        below.entry(view).or_default().push(read);
    }
    let mut slots = Slots::new();
    for (_, table) in catalog.tables() {
        let mut seen = BTreeSet::new();
        let mut open = vec![&table.name];
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(below.get(name).into_iter().flatten().copied());
            }
        }
        let taken: u64 = seen.iter().map(|it| own.get(*it).copied().unwrap_or(1)).sum();
        let name = table.name.name.clone();
        for schema in [None, Some(table.name.schema.clone())] {
            let most = slots.entry(RelationName { schema, name: name.clone() }).or_default();
            *most = taken.max(*most);
        }
    }
    slots
}
