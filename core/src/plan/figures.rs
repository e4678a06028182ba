//! What the planner expected of a node and what the server counted, each with its unit.
//!
//! Times and rows are averages over loops, as EXPLAIN prints them; buffers, I/O times and WAL
//! are totals over all loops and hold those of the children too. `walk` and `account` turn
//! them into totals and own shares; nothing here does.

use crate::base::{Bytes, Cost, Millis, Pages, Rows};

/// What the planner expected, for one loop.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// Cost before the first row.
    pub startup: Cost,
    /// Cost of all rows.
    pub total: Cost,
    /// Rows; below a Gather those of one process, by the planner's divisor.
    pub rows: Rows,
    /// Average width of a row.
    pub width: Bytes,
}

/// What ANALYZE saw, averaged over loops; all zero when the node never ran.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Time to the first row; absent under TIMING OFF.
    pub startup: Option<Millis>,
    /// Time to the last row; absent under TIMING OFF.
    pub total: Option<Millis>,
    /// Rows returned, rounded by the server.
    pub rows: Rows,
    /// How far the server's rounding may have moved `rows`: 0.5 up to version 17, 0.005 from
    /// 18, zero where a single loop leaves nothing to average.
    pub rounding: Rows,
    /// How often the node was started, summed over processes.
    pub loops: f64,
}

/// Buffers touched, a total over all loops that includes the children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buffers {
    /// Shared pages found in the cache.
    pub shared_hit: Pages,
    /// Shared pages that had to be read.
    pub shared_read: Pages,
    /// Shared pages that became dirty.
    pub shared_dirtied: Pages,
    /// Shared pages written out by this process.
    pub shared_written: Pages,
    /// Pages of temporary tables found in the cache.
    pub local_hit: Pages,
    /// Pages of temporary tables that had to be read.
    pub local_read: Pages,
    /// Pages of temporary tables that became dirty.
    pub local_dirtied: Pages,
    /// Pages of temporary tables written out.
    pub local_written: Pages,
    /// Pages of temporary files read.
    pub temp_read: Pages,
    /// Pages of temporary files written: work that did not fit into memory.
    pub temp_written: Pages,
}

impl Buffers {
    /// How many counters there are.
    pub(super) const COUNTERS: usize = 10;

    /// All counters in the order of the fields.
    pub(super) fn counters(self) -> [u64; Self::COUNTERS] {
        [
            self.shared_hit,
            self.shared_read,
            self.shared_dirtied,
            self.shared_written,
            self.local_hit,
            self.local_read,
            self.local_dirtied,
            self.local_written,
            self.temp_read,
            self.temp_written,
        ]
        .map(|pages| pages.0)
    }

    /// Made of counters in the order of the fields.
    pub(super) fn of_counters(counters: [u64; Self::COUNTERS]) -> Self {
        let [
            shared_hit,
            shared_read,
            shared_dirtied,
            shared_written,
            local @ ..,
            temp_read,
            temp_written,
        ] = counters.map(Pages);
        let [local_hit, local_read, local_dirtied, local_written] = local;
        Self {
            shared_hit,
            shared_read,
            shared_dirtied,
            shared_written,
            local_hit,
            local_read,
            local_dirtied,
            local_written,
            temp_read,
            temp_written,
        }
    }

    /// Pages asked for: hits and reads, shared, local and temporary.
    pub fn touched(self) -> Pages {
        let parts =
            [self.shared_hit, self.shared_read, self.local_hit, self.local_read, self.temp_read];
        Pages(parts.iter().fold(0, |sum, part| sum.saturating_add(part.0)))
    }

    /// Counter by counter, the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (mut sum, more) = (self.counters(), other.counters());
        for (left, right) in sum.iter_mut().zip(more) {
            *left = left.saturating_add(right);
        }
        Self::of_counters(sum)
    }

    /// Whether nothing was touched at all.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Time spent in reading and writing (`track_io_timing`), a total over all loops and processes
/// that includes the children; below a Gather it may exceed the time that passed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IoTime {
    /// Reading shared pages; up to version 16 also those of temporary tables.
    pub shared_read: Millis,
    /// Writing shared pages; up to version 16 also those of temporary tables.
    pub shared_write: Millis,
    /// Reading pages of temporary tables, from version 17.
    pub local_read: Millis,
    /// Writing pages of temporary tables, from version 17.
    pub local_write: Millis,
    /// Reading temporary files, from version 15.
    pub temp_read: Millis,
    /// Writing temporary files, from version 15.
    pub temp_write: Millis,
}

/// Write-ahead log made, a total over all loops that includes the children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wal {
    /// Records.
    pub records: u64,
    /// Full page images.
    pub full_page_images: u64,
    /// Size.
    pub bytes: Bytes,
    /// How often the WAL buffers were full, from version 18.
    pub buffers_full: u64,
}

/// Where working storage lay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In memory.
    Memory,
    /// In temporary files.
    Disk,
    /// Somewhere that this version does not know, by its name.
    Other(String),
}

impl Place {
    /// The place of this name, as EXPLAIN prints it.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Memory" => Self::Memory,
            "Disk" => Self::Disk,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// The name as EXPLAIN prints it.
    pub fn name(&self) -> &str {
        match self {
            Self::Memory => "Memory",
            Self::Disk => "Disk",
            Self::Other(name) => name,
        }
    }
}

/// How a sort went, in one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortUse {
    /// The server's name for the method: `quicksort`, `external merge`, `top-N heapsort`.
    pub method: String,
    /// Where the rows lay.
    pub place: Place,
    /// How much they took there.
    pub space: Bytes,
}

/// How rows that are read more than once were kept (CTE Scan, Materialize, `WindowAgg`; from 18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageUse {
    /// Where the rows lay.
    pub place: Place,
    /// How much they took at most.
    pub space: Bytes,
}

/// How the hash table of a hash join turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashUse {
    /// Buckets in the end.
    pub buckets: u64,
    /// Buckets planned.
    pub original_buckets: u64,
    /// Batches in the end; more than one went through temporary files.
    pub batches: u64,
    /// Batches planned.
    pub original_batches: u64,
    /// Memory at most.
    pub peak_memory: Bytes,
}

/// How a hashed aggregation turned out, in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashAggregateUse {
    /// Partitions that the planner expected to spill; zero when none.
    pub planned_partitions: u64,
    /// Batches; more than one went through temporary files.
    pub batches: u64,
    /// Memory at most.
    pub peak_memory: Bytes,
    /// Temporary files.
    pub disk: Bytes,
}

/// How a Memoize cache did, a total over loops, in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoizeUse {
    /// Rows served from the cache.
    pub hits: u64,
    /// Lookups that ran the child.
    pub misses: u64,
    /// Entries thrown out for want of memory.
    pub evictions: u64,
    /// Lookups whose rows alone did not fit.
    pub overflows: u64,
    /// Memory at most.
    pub peak_memory: Bytes,
}
