//! What the demo's server measured: statements, indexes, processor time.
//!
//! Refuses to reset anything on its own: a measurement is the difference of two readings.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::Client;

use crate::base::{Millis, QualifiedName};

use super::DemoError;

/// How often each index was read.
pub type IndexScans = BTreeMap<QualifiedName, u64>;

/// The counters of one role's statements, by text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading(BTreeMap<String, Tally>);

/// What one statement did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// Executions.
    pub calls: u64,
    /// Their time in the executor.
    pub total: Millis,
    /// Blocks touched, cached or not.
    pub blocks: u64,
    /// Rows returned or changed.
    pub rows: u64,
}

impl Tally {
    /// Mean time of one execution.
    pub fn mean(&self) -> Millis {
        Millis(self.total.0 / self.calls.max(1) as f64)
    }

    /// Mean blocks of one execution.
    pub fn blocks_each(&self) -> f64 {
        self.blocks as f64 / self.calls.max(1) as f64
    }
}

impl Reading {
    /// Reads the counters.
    pub(super) async fn take(superuser: &Client, role: &str) -> Result<Self, DemoError> {
        let query = include_str!("../queries/own/demo_statements.sql");
        let rows = superuser.query(query, &[&role]).await;
        let rows = rows.map_err(|error| DemoError::server("read the counters", &error))?;
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        let tallies = rows.iter().map(|row| {
            let tally = Tally {
                calls: count(row.get("calls")),
                total: Millis(row.get("total_ms")),
                blocks: count(row.get("blocks")),
                rows: count(row.get("rows")),
            };
            (row.get("text"), tally)
        });
        Ok(Self(tallies.collect()))
    }

    /// What was done since an earlier reading; statements that did not run are left out.
    pub fn since(&self, earlier: &Self) -> Self {
        let change = |(text, now): (&String, &Tally)| {
            let then = earlier.0.get(text).copied().unwrap_or_default();
            let tally = Tally {
                calls: now.calls.checked_sub(then.calls).filter(|it| *it > 0)?,
                total: now.total - then.total,
                blocks: now.blocks.saturating_sub(then.blocks),
                rows: now.rows.saturating_sub(then.rows),
            };
            Some((text.clone(), tally))
        };
        Self(self.0.iter().filter_map(change).collect())
    }

    /// What a statement did, by its recorded text.
    pub fn of(&self, text: &str) -> Option<&Tally> {
        self.0.get(text)
    }

    /// All statements, by text.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Tally)> {
        self.0.iter().map(|(text, tally)| (text.as_str(), tally))
    }

    /// Time of all statements in the executor.
    pub fn total(&self) -> Millis {
        self.0.values().map(|it| it.total).sum()
    }
}

#[cfg(test)]
impl FromIterator<(String, Tally)> for Reading {
    fn from_iter<I: IntoIterator<Item = (String, Tally)>>(tallies: I) -> Self {
        Self(tallies.into_iter().collect())
    }
}

/// Reads how often each index was read.
pub(super) async fn index_scans(superuser: &Client) -> Result<IndexScans, DemoError> {
    let query = include_str!("../queries/own/demo_index_scans.sql");
    let rows = superuser.query(query, &[]).await;
    let rows = rows.map_err(|error| DemoError::server("read the indexes' counters", &error))?;
    let scans = rows.iter().map(|row| {
        let name = QualifiedName::new(row.get("schema"), row.get("name"));
        (name, u64::try_from(row.get::<_, i64>("scans")).unwrap_or(0))
    });
    Ok(scans.collect())
}

/// Processor time of a server: of its first process, its children, and those that have ended.
/// `None` where the system does not tell (anything but Linux).
pub(super) fn processor_time(server: u32) -> Option<Duration> {
    let ticks: u64 = own_and_ended(&stat(server)?)?;
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let ids = processes.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let children = ids.filter_map(stat).filter(|it| parent(it) == Some(server));
    let all = ticks + children.filter_map(|it| own_and_ended(&it)).sum::<u64>();
    Some(Duration::from_secs_f64(all as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// Whether a process is there, be it only as an entry that nobody has read yet.
pub(super) fn exists(process: u32) -> bool {
    stat(process).is_some()
}

/// The fields of `/proc/ID/stat` behind the command's name, which may hold anything.
fn stat(process: u32) -> Option<Vec<u64>> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    fields(&text)
}

fn fields(text: &str) -> Option<Vec<u64>> {
    let (_, rest) = text.rsplit_once(')')?;
    // The state is a letter, and a few later fields are negative; none of those is looked at.
    Some(rest.split_whitespace().map(|it| it.parse().unwrap_or(0)).collect())
}

/// Field 4 of `proc(5)`; ours begin with field 3.
fn parent(fields: &[u64]) -> Option<u32> {
    u32::try_from(*fields.get(1)?).ok()
}

/// Fields 14 to 17: utime, stime, cutime, cstime.
fn own_and_ended(fields: &[u64]) -> Option<u64> {
    Some(fields.get(11..15)?.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_processor_time_behind_any_name() {
        let text = "42 (post) gres (x) S 7 42 42 0 -1 4194560 900 10 0 0 11 12 13 14 20 0 1 0 9";
        let fields = fields(text).unwrap();
        assert_eq!(parent(&fields), Some(7));
        assert_eq!(own_and_ended(&fields), Some(50));
    }

    #[test]
    fn a_measurement_is_a_difference() {
        let tally = |calls, total, blocks| Tally { calls, total: Millis(total), blocks, rows: 0 };
        let earlier = Reading::from_iter([
            ("a".to_owned(), tally(2, 10.0, 100)),
            ("b".to_owned(), tally(1, 1.0, 1)),
        ]);
        let later = Reading::from_iter([
            ("a".to_owned(), tally(4, 11.0, 104)),
            ("b".to_owned(), tally(1, 1.0, 1)),
        ]);
        let change = later.since(&earlier);
        assert_eq!(change.all().count(), 1);
        let change = change.of("a").unwrap();
        assert_eq!((change.mean(), change.blocks_each()), (Millis(0.5), 2.0));
    }
}
