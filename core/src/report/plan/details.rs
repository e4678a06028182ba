//! What there is to say below a node: its conditions, and what went wrong in it.
//!
//! Short lines, the most telling first. Figures that every node has stand in the tree's columns.

use crate::base::{NodeId, Rows};
use crate::plan::{Node, Place, Plan};
use crate::report::Run;
use crate::report::plan::words::count;

/// The lines below a node.
pub(super) fn details(plan: &Plan, node: &Node) -> Vec<Vec<Run>> {
    let mut lines: Vec<String> =
        node.conditions.each().map(|(key, text)| format!("{key}: {text}")).collect();
    for (key, keys) in [
        ("Sort Key", &node.keys.sort),
        ("Presorted Key", &node.keys.presorted),
        ("Group Key", &node.keys.group),
    ] {
        if !keys.is_empty() {
            lines.push(format!("{key}: {}", keys.join(", ")));
        }
    }
    let removed: Vec<String> = removed(node).collect();
    if !removed.is_empty() {
        lines.push(removed.join(", "));
    }
    let memory: Vec<String> = memory(node).collect();
    if !memory.is_empty() {
        lines.push(memory.join(", "));
    }
    let traffic: Vec<String> = traffic(plan, node.id).collect();
    if !traffic.is_empty() {
        lines.push(traffic.join(", "));
    }
    lines.into_iter().map(|line| vec![Run::new(line, crate::report::Tone::Dim)]).collect()
}

/// What was read for nothing, for one loop.
fn removed(node: &Node) -> impl Iterator<Item = String> {
    let rows = |rows: Option<Rows>, by: &str| {
        rows.filter(|it| it.0 > 0.0).map(|it| format!("{} rows removed by {by}", count(it.0)))
    };
    let pages = |pages: Option<u64>, what: &str| {
        pages.filter(|it| *it > 0).map(|it| format!("{} {what}", count(it as f64)))
    };
    [
        rows(node.removed.by_filter, "filter"),
        rows(node.removed.by_join_filter, "join filter"),
        rows(node.removed.by_recheck, "recheck"),
        rows(node.removed.by_conflict_filter, "conflict filter"),
        pages(node.access.heap_fetches, "heap fetches"),
        pages(node.access.lossy_heap_blocks, "lossy blocks"),
        pages(node.access.index_searches.filter(|it| *it > 1), "index searches"),
        pages(node.subplans_removed, "subplans removed"),
    ]
    .into_iter()
    .flatten()
}

/// What the node itself waited for in reading and writing, and what it wrote ahead.
fn traffic(plan: &Plan, id: NodeId) -> impl Iterator<Item = String> {
    let io = plan.own_io(id).unwrap_or_default();
    let reading = io.shared_read + io.local_read + io.temp_read;
    let writing = io.shared_write + io.local_write + io.temp_write;
    let waited = [(reading, "reading blocks"), (writing, "writing blocks")];
    let waited = waited.into_iter().filter(|(time, _)| time.0 > 0.0);
    let waited = waited.map(|(time, what)| format!("{time} in {what}"));
    let wal = plan.own_wal(id).filter(|it| it.records > 0 || it.bytes.0 > 0).map(|it| {
        let images = match it.full_page_images {
            0 => String::new(),
            images => format!(" with {} full-page images", count(images as f64)),
        };
        format!("{} of WAL in {} records{images}", it.bytes, count(it.records as f64))
    });
    waited.chain(wal)
}

/// How its memory went, and its workers.
fn memory(node: &Node) -> impl Iterator<Item = String> {
    let sort = node.sort.as_ref().map(|it| {
        let place = if it.place == Place::Disk { "on disk" } else { "in memory" };
        format!("{}, {} {place}", it.method, it.space)
    });
    let hash = node.hash.map(|it| match it.batches {
        0 | 1 => format!("hash table {}", it.peak_memory),
        batches => format!("hash table in {batches} batches, {} each", it.peak_memory),
    });
    let aggregate = node.hash_aggregate.map(|it| {
        let disk = if it.disk.0 > 0 { format!(", {} on disk", it.disk) } else { String::new() };
        format!("hash table {}{disk}", it.peak_memory)
    });
    let cache = node.memoize.map(|it| {
        format!("cache: {} hits, {} misses, {} evictions", it.hits, it.misses, it.evictions)
    });
    let storage =
        node.storage.as_ref().map(|it| format!("kept in {}: {}", it.place.name(), it.space));
    let workers = node.gather.map(|it| match it.workers_launched {
        Some(launched) => format!("{launched} of {} workers launched", it.workers_planned),
        None => format!("{} workers planned", it.workers_planned),
    });
    [sort, hash, aggregate, cache, storage, workers].into_iter().flatten()
}
