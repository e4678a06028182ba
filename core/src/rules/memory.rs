//! How much `work_mem` would have held what went to temporary files.
//!
//! Each formula reckons the bytes that the server itself counts against its limit, from what the
//! plan shows of rows and files. All were checked by real runs on 13, 15 and 18: with the amount
//! advised nothing is written. It refuses to guess where the plan shows neither rows nor files.

use crate::base::{Bytes, Rows};
use crate::plan::{HashAggregateUse, HashUse, Node, Place, Plan};
use crate::rules::whole::is_group_key;
use crate::rules::{Fact, PlanOf};

/// Room for what the formulas leave out: growth in steps, blocks begun and not filled.
const MARGIN: f64 = 1.15;

/// Header of a chunk of memory: 16 bytes up to 15, 8 from 16 (`aset.c`, `memutils_memorychunk.h`).
const CHUNK_HEADER: f64 = 16.0;

/// Bytes of a row in memory before its columns: `MinimalTupleData` with an aligned header.
const ROW_HEADER: f64 = 16.0;

/// Bytes of a row in a sort's file before its columns: a length word, and the header without its
/// first ten bytes (`MINIMAL_TUPLE_DATA_OFFSET`).
const FILE_HEADER: f64 = 10.0;

/// One entry of a sort's array (`SortTuple`).
const SORT_SLOT: f64 = 24.0;

/// One entry of a tuplestore's array: a pointer.
const STORE_SLOT: f64 = 8.0;

/// Bytes before each row of a hash join's table (`HashJoinTupleData`), aligned.
const HASH_ROW_HEADER: f64 = 16.0;

/// One bucket of a hash join's table: a pointer.
const BUCKET: f64 = 8.0;

/// A hash table's memory, and the `work_mem` that allows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HashMemory {
    /// Memory of the table.
    pub memory: Bytes,
    /// `work_mem` that allows it.
    pub work_mem: Bytes,
    /// `hash_mem_multiplier` that this is reckoned with.
    pub multiplier: f64,
}

impl HashMemory {
    /// As a fact of a finding.
    pub fn fact(self) -> Fact {
        let Self { memory, work_mem, multiplier } = self;
        Fact::HashMemoryNeeded { memory, work_mem, multiplier }
    }
}

/// `work_mem` that the largest of a sort's processes would have sorted within.
///
/// tuplesort.c counts a chunk and a slot for each row. The columns' bytes follow from the file:
/// each row is written as it is with a shorter header. Chunks are rounded to powers of two up to
/// 14, and are taken to be wherever the plan does not show a newer server.
pub(super) fn of_sort(plan: &Plan, sort: &Node) -> Option<Bytes> {
    let workers = sort.workers.iter().filter_map(|it| it.sort.as_ref());
    let runs = sort.sort.iter().chain(workers).filter(|it| it.place == Place::Disk);
    let rows = rows_of_a_process(plan, sort)? * uneven(plan, sort);
    let largest = runs.map(|it| it.space.0).max()?;
    let in_file = largest as f64 / rows_of_a_process(plan, sort)?.0.max(1.0);
    let columns = (in_file - FILE_HEADER).max(8.0);
    Some(whole(rows.0 * (chunk(plan, ROW_HEADER + columns) + SORT_SLOT) * MARGIN))
}

/// `work_mem` that would have held rows kept for reading again (`tuplestore.c`), given their
/// bytes in the file.
pub(super) fn of_store(plan: &Plan, node: &Node, in_file: Bytes) -> Bytes {
    let input = plan.children(node.id).next().unwrap_or(node);
    let columns = input.estimate.map_or(8.0, |it| it.width.0 as f64).max(8.0);
    let each_in_memory = chunk(plan, ROW_HEADER + columns) + STORE_SLOT;
    whole(in_file.0 as f64 * each_in_memory / (FILE_HEADER + columns) * MARGIN)
}

/// Memory of a hash join's table, had it been one batch, and the `work_mem` that allows it.
///
/// nodeHash.c counts each row with a header, and a bucket for each row rounded up to a power of
/// two. It plans batches by the estimate, so the larger of estimate and count decides. The
/// processes of a parallel hash share one table and put their memory together.
pub(super) fn of_hash(plan: &PlanOf<'_>, node: &Node, hash: HashUse) -> Option<HashMemory> {
    let input = plan.plan.children(node.id).next()?;
    let shared = node.parallel_aware;
    let measured = node.measured?;
    let processes = if shared { plan.plan.processes(node.id).max(1.0) } else { 1.0 };
    let counted = input.measured.map_or(0.0, |it| it.rows.0) * processes;
    let expected = input.estimate.map_or(0.0, |it| it.rows.0) * processes;
    let rows = counted.max(expected).max(1.0);
    let loops = if shared { 1.0 } else { measured.loops.max(1.0) };
    let files = plan.plan.own_buffers(node.id).map_or(0.0, |it| it.temp_written.0 as f64) * PAGE;
    let outside = 1.0 - 1.0 / hash.batches.max(2) as f64;
    let by_file = files / loops / (counted * outside).max(1.0) - 4.0;
    let width = input.estimate.map_or(8.0, |it| it.width.0 as f64);
    let by_width = ROW_HEADER + aligned(width);
    let row = HASH_ROW_HEADER + aligned(by_width.max(by_file));
    let memory = rows * row + power_of_two(rows) * BUCKET;
    let limit = hash.peak_memory.0 as f64 / processes;
    Some(hash_memory(plan, memory * MARGIN / processes, limit))
}

/// Memory of a hashed aggregation, had it been one batch, and the `work_mem` that allows it.
///
/// nodeAgg.c counts for each group a chunk with the key, a chunk with the states of its aggregates,
/// and an entry of a table that is a power of two. More than all batches at the limit it cannot
/// be, since each group was held in one of them.
pub(super) fn of_hash_aggregate(plan: &PlanOf<'_>, node: &Node) -> Option<HashMemory> {
    let workers = node.workers.iter().filter_map(|it| it.hash_aggregate);
    let used: Vec<HashAggregateUse> =
        node.hash_aggregate.into_iter().chain(workers).filter(|it| it.disk.0 > 0).collect();
    let largest = used.into_iter().max_by_key(|it| it.disk)?;
    let groups = node.measured?.rows.0.max(1.0) * uneven(plan.plan, node);
    let width = node.estimate.map_or(8.0, |it| it.width.0 as f64);
    let peak = largest.peak_memory.0 as f64;
    let most = peak * largest.batches.max(2) as f64 * MARGIN;
    let each = states(node).map(|it| chunk(plan.plan, ROW_HEADER + width) + it);
    let entries = power_of_two(groups / TABLE_FILL) * GROUP_ENTRY;
    let memory = each.map_or(most, |it| ((groups * it + entries) * BLOCKS_MARGIN).min(most));
    Some(hash_memory(plan, memory, peak))
}

/// How full a table of groups becomes before it doubles (`simplehash.h`).
const TABLE_FILL: f64 = 0.9;

/// One entry of a table of groups (`TupleHashEntryData`).
const GROUP_ENTRY: f64 = 24.0;

/// Blocks of memory count whole, filled or not, and grow up to a sixteenth of the limit each.
const BLOCKS_MARGIN: f64 = 1.3;

/// Bytes of the states of a group's aggregates; none where they cannot be told.
///
/// A state by value lies in 16 bytes. An average takes some 300 more (own measurement), a sum none
/// or, of bigint, some 80; one of numeric, which a plan shows by a cast only, is reckoned too low
/// by a third. A copied value takes as much as it is long; collected values have no bound.
fn states(node: &Node) -> Option<f64> {
    let computed: Vec<&String> = node.output.iter().filter(|it| !is_group_key(node, it)).collect();
    if node.output.is_empty() || computed.iter().any(|it| it.contains("_agg(")) {
        return None;
    }
    let one = |text: &&String| match text.split('(').next().unwrap_or_default() {
        "count" => 16.0,
        "min" | "max" => 16.0 + 64.0,
        "sum" if !text.contains("numeric") => 16.0 + 80.0,
        _ => 16.0 + 300.0,
    };
    Some(CHUNK_HEADER + computed.iter().map(one).sum::<f64>())
}

/// Bytes of a page; other block sizes than the usual are not seen in a plan.
const PAGE: f64 = 8192.0;

/// The `work_mem` that allows a hash this much memory.
///
/// The multiplier stands in the plan where it was changed and SETTINGS was asked for. Its default
/// is 1 up to 14 and 2 from 15; which server it was shows in the memory used: more than
/// `work_mem` it can only take by a multiplier. Where nothing shows, 1 is safe.
fn hash_memory(plan: &PlanOf<'_>, memory: f64, used: f64) -> HashMemory {
    let said = plan.ran_with("hash_mem_multiplier").and_then(|it| it.parse::<f64>().ok());
    let work_mem = plan.work_mem_kb.map_or(DEFAULT_WORK_MEM, |it| it as f64 * 1024.0);
    let doubled = is_from_15(plan.plan) || used > work_mem * OVERSHOT;
    let multiplier = said.unwrap_or(if doubled { 2.0 } else { 1.0 });
    HashMemory { memory: whole(memory), work_mem: whole(memory / multiplier), multiplier }
}

/// How far a hash may be above its limit before it notices: it looks after each row, but memory
/// comes in blocks. Own runs on 13 saw up to a fifth; a multiplier of 2 is well above.
const OVERSHOT: f64 = 1.6;

/// `work_mem` where nobody changed it.
const DEFAULT_WORK_MEM: f64 = 4.0 * 1024.0 * 1024.0;

/// Whether the plan shows something that only servers from 15 on print.
fn is_from_15(plan: &Plan) -> bool {
    let from_17 = plan.planner_memory.is_some() || plan.serialization.is_some();
    from_17
        || plan.nodes().any(|node| {
            let counted =
                node.measured.is_some_and(|it| it.rounding.0 > 0.0 && it.rounding.0 < 0.1);
            counted || node.storage.is_some() || node.access.index_searches.is_some()
        })
}

/// Rows that came into the fullest process of a node, in one loop.
fn rows_of_a_process(plan: &Plan, node: &Node) -> Option<Rows> {
    let input = plan.children(node.id).next()?;
    let measured = input.measured?;
    let of_workers = input.workers.iter().filter_map(|it| it.measured).map(|it| it.rows.0);
    let fullest = of_workers.fold(measured.rows.0, f64::max);
    // The leader's own rows are what the workers left of all.
    let by_workers: f64 =
        input.workers.iter().filter_map(|it| it.measured).map(|it| it.rows.0 * it.loops).sum();
    let leader = measured.rows.0 * measured.loops - by_workers;
    Some(Rows(if input.workers.is_empty() { fullest } else { fullest.max(leader) }))
}

/// How many more rows a process may get the next time, where several share them.
fn uneven(plan: &Plan, node: &Node) -> f64 {
    const MORE: f64 = 1.5;
    if plan.inside_gather(node.id) { MORE } else { 1.0 }
}

/// Bytes of a chunk: rounded up to a power of two as by `aset.c`, up to 8 kB.
fn chunk(plan: &Plan, bytes: f64) -> f64 {
    let exact = bytes > 8192.0 || is_from_15(plan);
    CHUNK_HEADER + if exact { aligned(bytes) } else { power_of_two(bytes) }
}

fn aligned(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

fn power_of_two(value: f64) -> f64 {
    value.max(1.0).log2().ceil().exp2()
}

/// Rounded up: to whole megabytes, below one to 64 kB.
fn whole(bytes: f64) -> Bytes {
    const MEGABYTE: f64 = 1_048_576.0;
    let step = if bytes < MEGABYTE { MEGABYTE / 16.0 } else { MEGABYTE };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and sizes are never negative"
    )]
    let rounded = ((bytes / step).ceil().max(1.0) * step) as u64;
    Bytes(rounded)
}
