//! What a run did to the server, for the one line at its end.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use crate::base::{Bytes, Millis, Pages, stable_id};

/// Everything that was done to one server through one session.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deeds {
    /// Queries of our own, each framed by BEGIN READ ONLY and ROLLBACK.
    pub queries: u64,
    /// Statements of the user's that were planned.
    pub planned: u64,
    /// Statements of the user's that were executed.
    pub executed: u64,
    /// Time the server took to answer all of it.
    pub busy: Duration,
    /// Blocks that executed statements touched, in the cache or not.
    pub blocks: Pages,
    /// The longest time a query of ours waited for a lock before it gave up; a wait that ended
    /// in time cannot be told from work and is not counted.
    pub lock_wait_max: Duration,
    /// Entries that pg_stat_statements gained by us: the distinct texts sent, which is the most
    /// that they can be.
    pub entries: u64,
    texts: BTreeSet<String>,
}

impl Deeds {
    /// Counts one text that was sent.
    pub(in crate::io) fn sent(&mut self, text: &str, took: Duration) {
        self.queries += 1;
        self.busy += took;
        if self.texts.insert(stable_id(&[text])) {
            self.entries += 1;
        }
    }

    /// Counts the frame of a transaction: pg_stat_statements keeps its texts without their
    /// constants, so what stands before the first of them tells them apart.
    pub(in crate::io) fn framed(&mut self, text: &str) {
        for statement in text.split(';') {
            let beginning = statement.split("set_config").next().unwrap_or(statement);
            if self.texts.insert(stable_id(&[beginning])) {
                self.entries += 1;
            }
        }
    }

    /// What was done to several servers, or through several sessions.
    pub fn with(mut self, other: &Self) -> Self {
        self.queries += other.queries;
        self.planned += other.planned;
        self.executed += other.executed;
        self.busy += other.busy;
        self.blocks = Pages(self.blocks.0.saturating_add(other.blocks.0));
        self.lock_wait_max = self.lock_wait_max.max(other.lock_wait_max);
        self.texts.extend(other.texts.iter().cloned());
        self.entries = self.texts.len() as u64;
        self
    }
}

impl fmt::Display for Deeds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BLOCK: Bytes = Bytes(8192);
        write!(
            out,
            "{} queries sent, {} statements planned, {} executed, {} of server time, {} of \
             blocks read, longest lock wait {}, at most {} entries added to pg_stat_statements",
            self.queries,
            self.planned,
            self.executed,
            millis(self.busy),
            self.blocks.bytes(BLOCK),
            millis(self.lock_wait_max),
            self.entries,
        )
    }
}

fn millis(duration: Duration) -> Millis {
    Millis(duration.as_secs_f64() * 1_000.0)
}
