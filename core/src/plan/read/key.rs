//! The keys of EXPLAIN: those that this version knows are kept once, and told apart by a sign.
//!
//! A plan repeats some forty keys in every node. A known key costs no memory of its own, and a
//! key is looked for by sixteen bits before its letters are compared. Refuses no key: one that
//! is not known is kept as it was written.

use std::borrow::Cow;

/// A key of an object.
pub(super) type Key = Cow<'static, str>;

/// The key of this name; without memory of its own where it is known.
pub(super) fn key(name: &str) -> Key {
    known(name).map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed)
}

/// Sixteen bits of a name, by its length and some of its letters; never zero.
pub(super) const fn sign(name: &str) -> u16 {
    let letters = name.as_bytes();
    let length = letters.len();
    if length == 0 {
        return 1;
    }
    let (first, middle, late, last) = (
        letters[0] as usize,
        letters[length / 2] as usize,
        letters[length * 3 / 4] as usize,
        letters[length - 1] as usize,
    );
    let mixed = length * 0x9E5 + first * 0x2C1B + middle * 0x1F35 + late * 0x3D4D + last * 0x6A7;
    #[expect(clippy::cast_possible_truncation, reason = "masked to sixteen bits")]
    let short = ((mixed ^ (mixed >> 9)) & 0xFFFF) as u16;
    if short == 0 { 1 } else { short }
}

fn known(name: &str) -> Option<&'static str> {
    let mut place = sign(name) as usize % PLACES;
    while let Some(known) = TABLE[place] {
        if known == name {
            return Some(known);
        }
        place = (place + 1) % PLACES;
    }
    None
}

/// A power of two, some four times the keys: nearly every search ends at its first place.
const PLACES: usize = 512;

/// The known keys, each at the place of its sign or behind it.
static TABLE: [Option<&str>; PLACES] = table();

const fn table() -> [Option<&'static str>; PLACES] {
    let mut table = [None; PLACES];
    let mut at = 0;
    while at < KEYS.len() {
        let mut place = sign(KEYS[at]) as usize % PLACES;
        while table[place].is_some() {
            place = (place + 1) % PLACES;
        }
        table[place] = Some(KEYS[at]);
        at += 1;
    }
    table
}

/// The keys that plans repeat (source: `explain.c` of versions 9.4 to 18).
const KEYS: &[&str] = &[
    "Actual Loops",
    "Actual Rows",
    "Actual Startup Time",
    "Actual Total Time",
    "Alias",
    "Async Capable",
    "CTE Name",
    "Cache Evictions",
    "Cache Hits",
    "Cache Key",
    "Cache Misses",
    "Cache Mode",
    "Cache Overflows",
    "Calls",
    "Command",
    "Conflict Arbiter Indexes",
    "Conflict Filter",
    "Conflict Resolution",
    "Conflicting Tuples",
    "Constraint Name",
    "Disabled",
    "Disk Usage",
    "Exact Heap Blocks",
    "Execution Time",
    "Filter",
    "Format",
    "Full-sort Groups",
    "Function Name",
    "Functions",
    "Group Count",
    "Group Key",
    "Hash Batches",
    "Hash Buckets",
    "Hash Cond",
    "HashAgg Batches",
    "Heap Fetches",
    "I/O Read Time",
    "I/O Write Time",
    "Index Cond",
    "Index Name",
    "Index Searches",
    "Inner Unique",
    "JIT",
    "Join Filter",
    "Join Type",
    "Local Dirtied Blocks",
    "Local Hit Blocks",
    "Local I/O Read Time",
    "Local I/O Write Time",
    "Local Read Blocks",
    "Local Written Blocks",
    "Lossy Heap Blocks",
    "Maximum Storage",
    "Memory Allocated",
    "Memory Used",
    "Merge Cond",
    "Node Type",
    "One-Time Filter",
    "Operation",
    "Options",
    "Order By",
    "Original Hash Batches",
    "Original Hash Buckets",
    "Output",
    "Output Volume",
    "Parallel Aware",
    "Parent Relationship",
    "Partial Mode",
    "Peak Memory Usage",
    "Plan",
    "Plan Rows",
    "Plan Width",
    "Planned Partitions",
    "Planning",
    "Planning Time",
    "Plans",
    "Pre-sorted Groups",
    "Presorted Key",
    "Query Identifier",
    "Query Parameters",
    "Query Text",
    "Recheck Cond",
    "Relation",
    "Relation Name",
    "Rows Removed by Conflict Filter",
    "Rows Removed by Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Join Filter",
    "Run Condition",
    "Scan Direction",
    "Schema",
    "Serialization",
    "Settings",
    "Shared Dirtied Blocks",
    "Shared Hit Blocks",
    "Shared I/O Read Time",
    "Shared I/O Write Time",
    "Shared Read Blocks",
    "Shared Written Blocks",
    "Single Copy",
    "Sort Key",
    "Sort Method",
    "Sort Space Type",
    "Sort Space Used",
    "Startup Cost",
    "Storage",
    "Strategy",
    "Subplan Name",
    "Subplans Removed",
    "TID Cond",
    "Temp I/O Read Time",
    "Temp I/O Write Time",
    "Temp Read Blocks",
    "Temp Written Blocks",
    "Time",
    "Timing",
    "Total",
    "Total Cost",
    "Trigger Name",
    "Triggers",
    "Tuples Deleted",
    "Tuples Inserted",
    "Tuples Skipped",
    "Tuples Updated",
    "WAL Buffers Full",
    "WAL Bytes",
    "WAL FPI",
    "WAL Records",
    "Window",
    "Worker Number",
    "Workers",
    "Workers Launched",
    "Workers Planned",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_known_key_and_no_other() {
        for name in KEYS {
            assert!(matches!(key(name), Cow::Borrowed(it) if it == *name), "{name}");
        }
        for name in ["", "x", "Actual Loop", "Größe", "Plan rows"] {
            assert!(matches!(key(name), Cow::Owned(it) if it == name), "{name}");
        }
    }
}
