//! A log's entries by statement: how often, how long, by whom, and the worst plans.
//!
//! Streams: an entry goes in and is forgotten, a bounded number of groups stays. Plans are kept
//! as text and read on demand. Refuses to guess which execution a plan belongs to: durations and
//! plans are counted apart.

mod hidden;
mod shape;
mod tally;

use std::collections::BTreeMap;

use crate::base::{Millis, Note, NoteCode, start_of};
use crate::log::{Entry, Event, Phase, Session, tags};

use shape::Shapes;
pub use tally::{LoggedTime, Named};

/// Statements kept. A workload of more is one of generated texts: what comes later is counted
/// and told, never kept.
pub const LOGGED_STATEMENTS_MAX: usize = 5_000;
/// Plans kept of one statement, the slowest: enough to compare, and few enough to print.
pub const LOGGED_PLANS_MAX: usize = 3;
/// Bytes of all plans kept, with their statements' texts: what a log of any length may hold
/// in memory. When it is full, a new plan is kept only in the place of one of its statement.
pub const LOGGED_PLAN_BYTES_MAX: usize = 16 << 20;
/// Bytes of an example's text.
const TEXT_BYTES_MAX: usize = 32 << 10;
/// Sessions whose last statement is remembered, for durations that come without a text.
const SESSIONS_MAX: usize = 1_000;

/// What a log says of its statements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Logged {
    /// The statements, by total time, the longest first; ties by key.
    pub statements: Vec<LoggedStatement>,
    /// Entries read.
    pub entries: u64,
    /// Entries of a severity of ERROR and worse.
    pub failures: u64,
    /// The time of the first entry that has one, as written; empty when none has.
    pub first: String,
    /// The time of the last entry that has one, as written.
    pub last: String,
    /// Executions of statements beyond `LOGGED_STATEMENTS_MAX`, which are not told apart.
    pub others: LoggedTime,
    /// What was cut, skipped or not understood.
    pub notes: Vec<Note>,
}

/// One statement of a log: all executions that differ in constants only.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedStatement {
    /// The family's fingerprint where the text parses, else a sum of the text without constants.
    pub key: String,
    /// The text of its first execution, cut at 32 kB.
    pub text: String,
    /// Executions with their times, from lines of durations.
    pub durations: LoggedTime,
    /// Executions with a plan, from `auto_explain`; the same ones may be among the durations.
    pub planned: LoggedTime,
    /// The time spent in parsing and binding, which is not in `durations`.
    pub prepared: LoggedTime,
    /// The slowest executions with a plan, the slowest first, `LOGGED_PLANS_MAX` at most.
    pub plans: Vec<LoggedPlan>,
    /// Executions that failed.
    pub failures: u64,
    /// Its sessions, by session id or process.
    pub sessions: Named,
    /// Its applications.
    pub applications: Named,
    /// Its databases.
    pub databases: Named,
    /// Its roles.
    pub users: Named,
    /// What its comments say, by key.
    pub tags: BTreeMap<String, Named>,
}

/// One plan of a log, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedPlan {
    /// The execution's time.
    pub time: Millis,
    /// The file or input that it stands in, where [`LogGroups::begin`] said so.
    pub source: String,
    /// The line of the input.
    pub line: u64,
    /// When, as written.
    pub when: String,
    /// Who ran it.
    pub session: Session,
    /// The statement's text, where the entry says it.
    pub query: Option<String>,
    /// The values of its parameters.
    pub parameters: Vec<Option<String>>,
    /// The plan's text, in any format of EXPLAIN; read it with `plan::read`.
    pub document: String,
}

impl LoggedStatement {
    /// Executions: those with a duration or those with a plan, whichever the log has more of.
    pub fn time(&self) -> LoggedTime {
        if self.planned.count > self.durations.count { self.planned } else { self.durations }
    }
}

/// Takes entries and groups them.
#[derive(Debug, Default)]
pub struct LogGroups {
    logged: Logged,
    groups: BTreeMap<String, LoggedStatement>,
    shapes: Shapes,
    /// By session: the statement that `log_statement` announced last.
    announced: BTreeMap<String, String>,
    source: String,
    plan_bytes: usize,
    plans_dropped: u64,
    unparsed: u64,
}

impl LogGroups {
    /// No entry yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entries that follow stand in this file or input.
    pub fn begin(&mut self, source: &str) {
        source.clone_into(&mut self.source);
    }

    /// One more entry, in the log's order.
    ///
    /// Parses texts: call it where the stack is deep enough for the grammar (64 MB).
    pub fn add(&mut self, entry: &Entry) {
        self.logged.entries += 1;
        if !entry.time.is_empty() {
            if self.logged.first.is_empty() {
                entry.time.clone_into(&mut self.logged.first);
            }
            entry.time.clone_into(&mut self.logged.last);
        }
        if entry.severity.is_failure() {
            self.logged.failures += 1;
        }
        match &entry.event {
            Event::Statement { text, .. } => self.announce(entry, text),
            Event::Duration { statement: None, .. } => {
                let known = session_key(entry).and_then(|it| self.announced.remove(&it));
                if let Some(text) = known {
                    self.count(entry, &text);
                }
            }
            Event::Cancelled { .. } | Event::Failed { .. } | Event::Duration { .. } => {
                if let Some(text) = entry.text() {
                    self.count(entry, text);
                }
            }
            Event::Plan { .. } => self.count(entry, entry.text().unwrap_or_default()),
            Event::TempFile { .. } | Event::LockWait { .. } | Event::Other { .. } => {}
        }
    }

    /// The statements, with what was not kept.
    pub fn finish(mut self, notes: Vec<Note>) -> Logged {
        self.logged.notes = notes;
        if self.logged.others.count > 0 {
            self.logged.notes.push(Note::new(
                NoteCode::Limit,
                "statements",
                format!(
                    "{} executions are of statements beyond the first {LOGGED_STATEMENTS_MAX}, \
                     and only counted",
                    self.logged.others.count
                ),
            ));
        }
        if self.plans_dropped > 0 {
            self.logged.notes.push(Note::new(
                NoteCode::Limit,
                "plans",
                format!(
                    "{} plans were not kept, because plans of {} MB were already",
                    self.plans_dropped,
                    LOGGED_PLAN_BYTES_MAX >> 20
                ),
            ));
        }
        if self.unparsed > 0 {
            self.logged.notes.push(Note::new(
                NoteCode::Unparsed,
                "statements",
                format!("texts that do not parse, grouped by their words: {}", self.unparsed),
            ));
        }
        self.logged.statements = self.groups.into_values().collect();
        self.logged.statements.sort_by(|a, b| {
            let (long, short) = (b.time().total, a.time().total);
            long.total_cmp(&short).then_with(|| a.key.cmp(&b.key))
        });
        self.logged
    }

    /// Remembers a statement for the duration that follows without a text.
    fn announce(&mut self, entry: &Entry, text: &str) {
        let Some(key) = session_key(entry) else { return };
        if self.announced.len() >= SESSIONS_MAX && !self.announced.contains_key(&key) {
            self.announced.pop_first();
        }
        self.announced.insert(key, start_of(text, TEXT_BYTES_MAX).to_owned());
    }

    /// Counts an entry for the statement of this text.
    fn count(&mut self, entry: &Entry, text: &str) {
        let (key, parsed) = self.shapes.key(text);
        if !parsed {
            self.unparsed += 1;
        }
        if !self.groups.contains_key(&key) {
            if self.groups.len() >= LOGGED_STATEMENTS_MAX {
                count_time(entry, &mut self.logged.others);
                return;
            }
            self.groups.insert(key.clone(), LoggedStatement::new(&key, text));
        }
        let Some(group) = self.groups.get_mut(&key) else { return };
        group.sessions.add(session_key(entry).as_deref());
        group.applications.add(entry.session.application.as_deref());
        group.databases.add(entry.session.database.as_deref());
        group.users.add(entry.session.user.as_deref());
        for (name, value) in tags(text) {
            group.tag(name, &value);
        }
        match &entry.event {
            Event::Duration { time, phase, .. } if phase.is_execution() => {
                group.durations.add(*time);
            }
            Event::Duration { time, phase: Phase::Fetch, .. } => {
                group.durations.prolong(*time);
            }
            Event::Duration { time, .. } => group.prepared.add(*time),
            Event::Plan { time, .. } => {
                group.planned.add(*time);
                self.keep_plan(&key, entry);
            }
            _ => group.failures += u64::from(entry.severity.is_failure()),
        }
    }

    /// Keeps a plan when it is among its statement's slowest and there is room.
    fn keep_plan(&mut self, key: &str, entry: &Entry) {
        let Some(group) = self.groups.get_mut(key) else { return };
        let Some(plan) = LoggedPlan::of(entry, &self.source) else { return };
        let at = group.plans.partition_point(|it| it.time.total_cmp(&plan.time).is_ge());
        if at >= LOGGED_PLANS_MAX {
            return;
        }
        let size = plan.bytes();
        let full = group.plans.len() >= LOGGED_PLANS_MAX;
        let freed = group.plans.last().filter(|_| full).map_or(0, LoggedPlan::bytes);
        if self.plan_bytes - freed + size > LOGGED_PLAN_BYTES_MAX {
            self.plans_dropped += 1;
            return;
        }
        group.plans.truncate(LOGGED_PLANS_MAX - 1);
        group.plans.insert(at, plan);
        self.plan_bytes = self.plan_bytes - freed + size;
    }
}

impl LoggedStatement {
    fn new(key: &str, text: &str) -> Self {
        Self {
            key: key.to_owned(),
            text: start_of(text, TEXT_BYTES_MAX).to_owned(),
            durations: LoggedTime::default(),
            planned: LoggedTime::default(),
            prepared: LoggedTime::default(),
            plans: Vec::new(),
            failures: 0,
            sessions: Named::default(),
            applications: Named::default(),
            databases: Named::default(),
            users: Named::default(),
            tags: BTreeMap::new(),
        }
    }

    /// One more value of a tag; of new keys only so many as there may be values of one.
    fn tag(&mut self, name: String, value: &str) {
        if self.tags.len() < tally::NAMES_MAX || self.tags.contains_key(&name) {
            self.tags.entry(name).or_default().add(Some(value));
        }
    }
}

impl LoggedPlan {
    fn of(entry: &Entry, source: &str) -> Option<Self> {
        let Event::Plan { time, document, query } = &entry.event else { return None };
        Some(Self {
            time: *time,
            source: source.to_owned(),
            line: entry.line,
            when: entry.time.clone(),
            session: entry.session.clone(),
            query: query.as_deref().map(|it| start_of(it, TEXT_BYTES_MAX).to_owned()),
            parameters: entry.parameters.clone(),
            document: document.clone(),
        })
    }

    fn bytes(&self) -> usize {
        let values: usize = self.parameters.iter().flatten().map(String::len).sum();
        self.document.len() + self.query.as_ref().map_or(0, String::len) + values
    }
}

/// The session id, else the process.
fn session_key(entry: &Entry) -> Option<String> {
    entry.session.id.clone().or_else(|| entry.session.process.map(|it| it.to_string()))
}

fn count_time(entry: &Entry, out: &mut LoggedTime) {
    match &entry.event {
        Event::Duration { time, phase, .. } if phase.is_execution() => out.add(*time),
        Event::Plan { time, .. } => out.add(*time),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
