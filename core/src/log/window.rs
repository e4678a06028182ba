//! The entries that may still grow, in the log's order.
//!
//! DETAIL, STATEMENT and further lines come after their message, in some forms with lines of
//! other processes between. So the last few entries stay open, and the oldest is handed out when
//! there are too many or they are too large.

use std::collections::VecDeque;

use crate::log::event::entry;
use crate::log::raw::Raw;
use crate::log::word::Part;
use crate::log::{ENTRY_BYTES_MAX, Entry};

/// Entries that stay open. The server writes an entry in one piece, so only what lies between
/// (a syslog daemon, an exporter) mixes them, and never by much.
const OPEN_MAX: usize = 64;

/// Open entries, and what happened to the closed ones.
#[derive(Debug, Default)]
pub(super) struct Window {
    open: VecDeque<Raw>,
    /// The number of entries that were closed: the first open one has this number.
    closed: u64,
    /// The number of the entry that was touched last.
    touched: u64,
    /// Entries that were cut because they were too long.
    pub(super) cut: u64,
}

impl Window {
    /// A new entry; the oldest go where there are too many.
    pub(super) fn begin(&mut self, raw: Raw, found: &mut Vec<Entry>) {
        self.open.push_back(raw);
        self.touched = self.closed + self.open.len() as u64 - 1;
        let mut bytes: usize = self.open.iter().map(Raw::bytes).sum();
        while self.open.len() > OPEN_MAX || (bytes > ENTRY_BYTES_MAX && self.open.len() > 1) {
            bytes -= self.open.front().map_or(0, Raw::bytes);
            self.close(found);
        }
    }

    /// The last entry of this process, else the one that was touched last; it is touched now.
    pub(super) fn last(&mut self, process: Option<u32>) -> Option<&mut Raw> {
        if let Some(process) = process {
            let wanted = |it: &Raw| it.session.process == Some(process);
            let at = self.open.iter().rposition(wanted)?;
            self.touched = self.closed + at as u64;
            return self.open.get_mut(at);
        }
        let at = usize::try_from(self.touched.checked_sub(self.closed)?).ok()?;
        self.open.get_mut(at)
    }

    /// A part of the last entry of this process; false when there is no such entry.
    pub(super) fn part(&mut self, process: Option<u32>, part: Part, text: &str) -> bool {
        let Some(raw) = self.last(process) else { return false };
        raw.push(part, text);
        true
    }

    /// Nothing follows any more.
    pub(super) fn finish(&mut self, found: &mut Vec<Entry>) {
        while !self.open.is_empty() {
            self.close(found);
        }
    }

    fn close(&mut self, found: &mut Vec<Entry>) {
        let Some(raw) = self.open.pop_front() else { return };
        self.closed += 1;
        self.cut += u64::from(raw.is_cut);
        found.push(entry(raw));
    }
}
