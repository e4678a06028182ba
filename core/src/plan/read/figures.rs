//! The groups of keys that nodes, workers and the planner share.

use crate::base::{Bytes, Cost, Millis, Pages, Rows};
use crate::plan::figures::{
    Buffers, Estimate, HashAggregateUse, HashUse, IoTime, Measured, MemoizeUse, Place, SortUse,
    StorageUse, Wal,
};

use super::fields::{Fields, Taken};
use super::value::Number;

pub(super) fn estimate(from: &mut Fields) -> Taken<Option<Estimate>> {
    let startup = from.float("Startup Cost")?.map(Cost);
    let total = from.float("Total Cost")?.map(Cost);
    let rows = from.rows("Plan Rows")?;
    let width = from.count("Plan Width")?.map(Bytes);
    if startup.is_none() && total.is_none() && rows.is_none() {
        return Ok(None);
    }
    Ok(Some(Estimate {
        startup: startup.unwrap_or_default(),
        total: total.unwrap_or_default(),
        rows: rows.unwrap_or_default(),
        width: width.unwrap_or_default(),
    }))
}

/// Times, rows and loops. A count of rows written with a point was rounded to two digits.
pub(super) fn measured(from: &mut Fields) -> Taken<Option<Measured>> {
    let startup = from.millis("Actual Startup Time")?;
    let total = from.millis("Actual Total Time")?;
    let rows = from.number("Actual Rows")?;
    let loops = from.float("Actual Loops")?;
    if rows.is_none() && loops.is_none() {
        return Ok(None);
    }
    let loops = loops.unwrap_or(1.0);
    let rounding = match rows {
        _ if loops <= 1.0 => 0.0,
        Some(Number::Broken(_)) => 0.005,
        _ => 0.5,
    };
    let rows = Rows(rows.map_or(0.0, Number::float));
    Ok(Some(Measured { startup, total, rows, rounding: Rows(rounding), loops }))
}

pub(super) fn buffers(from: &mut Fields) -> Taken<Option<Buffers>> {
    const KEYS: [&str; Buffers::COUNTERS] = [
        "Shared Hit Blocks",
        "Shared Read Blocks",
        "Shared Dirtied Blocks",
        "Shared Written Blocks",
        "Local Hit Blocks",
        "Local Read Blocks",
        "Local Dirtied Blocks",
        "Local Written Blocks",
        "Temp Read Blocks",
        "Temp Written Blocks",
    ];
    let mut counters = [0; Buffers::COUNTERS];
    let mut any = false;
    for (counter, key) in counters.iter_mut().zip(KEYS) {
        let Some(Pages(pages)) = from.pages(key)? else { continue };
        *counter = pages;
        any = true;
    }
    Ok(any.then(|| Buffers::of_counters(counters)))
}

/// I/O times; up to 16 one pair of keys held those of shared and temporary tables together.
pub(super) fn io(from: &mut Fields) -> Taken<Option<IoTime>> {
    let mut times = [Millis(0.0); 6];
    let mut any = false;
    for (position, key) in [
        (0, "I/O Read Time"),
        (1, "I/O Write Time"),
        (0, "Shared I/O Read Time"),
        (1, "Shared I/O Write Time"),
        (2, "Local I/O Read Time"),
        (3, "Local I/O Write Time"),
        (4, "Temp I/O Read Time"),
        (5, "Temp I/O Write Time"),
    ] {
        let Some(time) = from.millis(key)? else { continue };
        times[position] += time;
        any = true;
    }
    let [shared_read, shared_write, local_read, local_write, temp_read, temp_write] = times;
    Ok(any.then_some(IoTime {
        shared_read,
        shared_write,
        local_read,
        local_write,
        temp_read,
        temp_write,
    }))
}

pub(super) fn wal(from: &mut Fields) -> Taken<Option<Wal>> {
    let records = from.count("WAL Records")?;
    let full_page_images = from.count("WAL FPI")?.unwrap_or(0);
    let bytes = Bytes(from.count("WAL Bytes")?.unwrap_or(0));
    let buffers_full = from.count("WAL Buffers Full")?.unwrap_or(0);
    Ok(records.map(|records| Wal { records, full_page_images, bytes, buffers_full }))
}

pub(super) fn sort(from: &mut Fields) -> Taken<Option<SortUse>> {
    let Some(method) = from.text("Sort Method")? else { return Ok(None) };
    let place = from.text("Sort Space Type")?.unwrap_or_default();
    let space = from.kilobytes("Sort Space Used")?.unwrap_or_default();
    Ok(Some(SortUse { method, place: Place::from_name(&place), space }))
}

pub(super) fn storage(from: &mut Fields) -> Taken<Option<StorageUse>> {
    let Some(place) = from.text("Storage")? else { return Ok(None) };
    let space = from.kilobytes("Maximum Storage")?.unwrap_or_default();
    Ok(Some(StorageUse { place: Place::from_name(&place), space }))
}

pub(super) fn hash(from: &mut Fields) -> Taken<Option<HashUse>> {
    let Some(buckets) = from.count("Hash Buckets")? else { return Ok(None) };
    let batches = from.count("Hash Batches")?.unwrap_or(1);
    Ok(Some(HashUse {
        buckets,
        original_buckets: from.count("Original Hash Buckets")?.unwrap_or(buckets),
        batches,
        original_batches: from.count("Original Hash Batches")?.unwrap_or(batches),
        peak_memory: from.kilobytes("Peak Memory Usage")?.unwrap_or_default(),
    }))
}

pub(super) fn hash_aggregate(from: &mut Fields) -> Taken<Option<HashAggregateUse>> {
    let planned_partitions = from.count("Planned Partitions")?;
    let batches = from.count("HashAgg Batches")?;
    // A plan that did not run and expects no partitions says nothing; TEXT leaves that out.
    if planned_partitions.unwrap_or(0) == 0 && batches.is_none() {
        return Ok(None);
    }
    Ok(Some(HashAggregateUse {
        planned_partitions: planned_partitions.unwrap_or(0),
        batches: batches.unwrap_or(0),
        peak_memory: from.kilobytes("Peak Memory Usage")?.unwrap_or_default(),
        disk: from.kilobytes("Disk Usage")?.unwrap_or_default(),
    }))
}

pub(super) fn memoize(from: &mut Fields) -> Taken<Option<MemoizeUse>> {
    let Some(hits) = from.count("Cache Hits")? else { return Ok(None) };
    Ok(Some(MemoizeUse {
        hits,
        misses: from.count("Cache Misses")?.unwrap_or(0),
        evictions: from.count("Cache Evictions")?.unwrap_or(0),
        overflows: from.count("Cache Overflows")?.unwrap_or(0),
        peak_memory: from.kilobytes("Peak Memory Usage")?.unwrap_or_default(),
    }))
}
