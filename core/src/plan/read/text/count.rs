//! Lines of counters that have names of their own: `shared hit=1 read=2, temp read=3`.
//!
//! What such a line leaves out was counted, too, and is zero.

use super::make::{Entries, entry, has, measure, whole, zero_time};
use crate::plan::read::key::{Key, key};
use crate::plan::read::value::Value;

/// Counters and their keys: those of a line that has some of them were all counted.
type Counters<const N: usize> = [(&'static str, &'static str); N];

const HEAP_BLOCKS: Counters<2> = [("exact", "Exact Heap Blocks"), ("lossy", "Lossy Heap Blocks")];

const TUPLES: Counters<4> = [
    ("inserted", "Tuples Inserted"),
    ("updated", "Tuples Updated"),
    ("deleted", "Tuples Deleted"),
    ("skipped", "Tuples Skipped"),
];

const BUFFERS: Counters<10> = [
    ("shared hit", "Shared Hit Blocks"),
    ("shared read", "Shared Read Blocks"),
    ("shared dirtied", "Shared Dirtied Blocks"),
    ("shared written", "Shared Written Blocks"),
    ("local hit", "Local Hit Blocks"),
    ("local read", "Local Read Blocks"),
    ("local dirtied", "Local Dirtied Blocks"),
    ("local written", "Local Written Blocks"),
    ("temp read", "Temp Read Blocks"),
    ("temp written", "Temp Written Blocks"),
];

const WAL: Counters<3> = [("records", "WAL Records"), ("fpi", "WAL FPI"), ("bytes", "WAL Bytes")];

/// Up to 16 shared and temporary tables share a pair of times.
const TIMES: Counters<10> = [
    ("shared read", "Shared I/O Read Time"),
    ("shared write", "Shared I/O Write Time"),
    ("local read", "Local I/O Read Time"),
    ("local write", "Local I/O Write Time"),
    ("temp read", "Temp I/O Read Time"),
    ("temp write", "Temp I/O Write Time"),
    ("read", "I/O Read Time"),
    ("write", "I/O Write Time"),
    ("shared/local read", "I/O Read Time"),
    ("shared/local write", "I/O Write Time"),
];

/// `exact=5 lossy=3`: what the line leaves out is zero.
fn counted<const N: usize>(value: &str, counters: &Counters<N>, out: &mut Entries) -> Option<()> {
    let pairs = pairs(value)?;
    let mut found = Entries::new();
    for (name, key) in counters {
        let given = pairs.iter().find(|(given, _)| given == name);
        found.push(entry(key, given.map_or(Some(whole(0)), |(_, value)| measure(value))?));
    }
    for (name, value) in &pairs {
        if !counters.iter().any(|(known, _)| known == name) {
            found.push(entry(name, measure(value)?));
        }
    }
    out.extend(found);
    Some(())
}

/// `exact=5 lossy=3`
pub(super) fn heap_blocks(value: &str, out: &mut Entries) -> Option<()> {
    counted(value, &HEAP_BLOCKS, out)
}

/// `inserted=1 skipped=2`
pub(super) fn tuples(value: &str, out: &mut Entries) -> Option<()> {
    counted(value, &TUPLES, out)
}

/// `shared hit=1 read=2, local …, temp …`
pub(super) fn buffers(value: &str, out: &mut Entries) -> Option<()> {
    counted(value, &BUFFERS, out)
}

/// All buffer counters, where the server counted none.
pub(super) fn no_buffers() -> impl Iterator<Item = (Key, Value)> {
    BUFFERS.iter().map(|(_, key)| entry(key, whole(0)))
}

/// All I/O times, where the server met none.
pub(super) fn no_io() -> impl Iterator<Item = (Key, Value)> {
    TIMES.iter().take(6).map(|(_, key)| entry(key, zero_time()))
}

/// All counters of WAL, where the server made none.
pub(super) fn no_wal() -> impl Iterator<Item = (Key, Value)> {
    WAL.iter().map(|(_, key)| entry(key, whole(0)))
}

/// `read=1.5 write=0.2` up to 16, `shared read=1.5, temp write=0.2` from 17.
pub(super) fn io_times(value: &str, out: &mut Entries) -> Option<()> {
    let mut found = Entries::new();
    for (name, value) in pairs(value)? {
        let known = TIMES.iter().find(|(known, _)| *known == name);
        let key =
            known.map_or_else(|| Key::Owned(format!("I/O Timings {name}")), |(_, name)| key(name));
        found.push((key, measure(value)?));
    }
    out.extend(found);
    Some(())
}

/// `records=1 fpi=1 bytes=8192 buffers full=2`
pub(super) fn wal(value: &str, out: &mut Entries) -> Option<()> {
    let mut found = Entries::new();
    for (name, value) in pairs(value)? {
        let key = match name.as_str() {
            "fpi" => "WAL FPI".into(),
            "buffers full" => "WAL Buffers Full".into(),
            "fpi bytes" => "WAL FPI Bytes".into(),
            other => WAL
                .iter()
                .find(|(known, _)| *known == other)
                .map_or_else(|| Key::Owned(format!("WAL {other}")), |(_, name)| key(name)),
        };
        found.push((key, measure(value)?));
    }
    let missing: Vec<_> = no_wal().filter(|(key, _)| !has(&found, key)).collect();
    out.extend(found);
    out.extend(missing);
    Some(())
}

/// `used=8kB  allocated=16kB`
pub(super) fn memory(value: &str, out: &mut Entries) -> Option<()> {
    let pairs = pairs(value)?;
    let mut found = Entries::new();
    for (name, value) in &pairs {
        let key = match name.as_str() {
            "used" => "Memory Used",
            "allocated" => "Memory Allocated",
            other => other,
        };
        found.push(entry(key, measure(value)?));
    }
    out.extend(found);
    Some(())
}

/// `shared hit=1 read=2, temp read=3` as (`shared hit`, 1), (`shared read`, 2), (`temp read`, 3).
///
/// A word alone holds for all that follows up to a comma; one that stands between two pairs is
/// the first half of a name (`buffers full=2`).
fn pairs(value: &str) -> Option<Vec<(String, &str)>> {
    let mut found = Vec::new();
    for group in value.split(',') {
        let mut scope = "";
        let mut half = "";
        for word in group.split_whitespace() {
            match word.split_once('=') {
                Some((name, value)) => {
                    let words: Vec<&str> =
                        [scope, half, name].into_iter().filter(|it| !it.is_empty()).collect();
                    found.push((words.join(" "), value));
                    half = "";
                }
                None if scope.is_empty() && SCOPES.contains(&word) => scope = word,
                None if half.is_empty() => half = word,
                None => return None,
            }
        }
        if !half.is_empty() {
            return None;
        }
    }
    (!found.is_empty()).then_some(found)
}

const SCOPES: &[&str] = &["shared", "local", "temp", "shared/local"];
