//! Rows that a node keeps for reading again: how many bytes went to files, and what memory would
//! have held them.
//!
//! Refuses to judge: the rules do.

use crate::base::Bytes;
use crate::plan::{Node, Place};
use crate::rules::PlanOf;

/// Kept rows take up to so many times more room in memory than in a temporary file: each carries
/// about 30 bytes of pointer and headers there. Our own measurement on 18: 1.03 times for rows of
/// 1,000 bytes, 1.3 for 110, 1.7 for 45, 3.1 for 14, which are seldom kept by the megabyte.
const MEMORY_PER_DISK: u64 = 2;

/// The block size of all stock servers; a plan does not say it.
const BLOCK: Bytes = Bytes(8192);

impl PlanOf<'_> {
    /// Bytes that the node kept in temporary files: as the server says it from version 18 on,
    /// before that the pages that the node itself wrote.
    pub fn kept_on_disk(&self, node: &Node) -> Option<Bytes> {
        if let Some(storage) = &node.storage {
            return (storage.place == Place::Disk).then_some(storage.space);
        }
        let pages = self.plan.temp_written(node.id);
        (pages.0 > 0).then(|| pages.bytes(BLOCK))
    }
}

/// The `work_mem` that would have kept so many bytes of a file in memory, rounded up to whole
/// megabytes, by our model.
pub fn memory_needed(spilled: Bytes) -> Bytes {
    const MEGABYTE: u64 = 1 << 20;
    Bytes(spilled.0.saturating_mul(MEMORY_PER_DISK).div_ceil(MEGABYTE) * MEGABYTE)
}
