//! What was counted for each server, and the tables it is told in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::plans::Encoding;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Those that are as they should be.
    pub good: usize,
    /// All of them.
    pub all: usize,
}

impl Share {
    /// One more.
    pub fn count(&mut self, good: bool) {
        self.all += 1;
        self.good += usize::from(good);
    }

    fn plus(self, other: Self) -> Self {
        Self { good: self.good + other.good, all: self.all + other.all }
    }

    /// `12 of 12`; the short form where nothing is missing.
    fn words(self) -> String {
        if self.all == 0 { "none".to_owned() } else { format!("{} of {}", self.good, self.all) }
    }

    /// Whether at most this part of a hundred is not as it should be.
    pub fn misses_at_most(self, percent: usize) -> bool {
        (self.all - self.good) * 100 <= self.all * percent
    }
}

/// The counts of one server, or of all.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Files of each encoding that were read.
    pub read: BTreeMap<Encoding, Share>,
    /// Files without an unknown key or kind.
    pub known: Share,
    /// Measured plans whose printed times allow an assignment.
    pub times_possible: Share,
    /// Measured plans whose exclusive times are one, are not negative, and add up to the root's.
    pub times: Share,
    /// Measured plans whose printed blocks allow an assignment.
    pub blocks_possible: Share,
    /// Measured plans whose exclusive blocks are one and add up to the root's.
    pub blocks: Share,
    /// JSON documents that we wrote in this encoding as the server did.
    pub written: BTreeMap<Encoding, Share>,
    /// JSON documents that read the same in this encoding.
    pub same: BTreeMap<Encoding, Share>,
    /// Plans only estimated, of which the server's own four documents read the same.
    pub planned: BTreeMap<Encoding, Share>,
    /// Plans measured without times, of which the server's own documents have one shape.
    pub untimed: BTreeMap<Encoding, Share>,
    /// Measured plans.
    pub plans: usize,
    /// Findings on them.
    pub findings: usize,
    /// Plans with a warning or an error.
    pub warned: usize,
    /// Misestimates that are right.
    pub misestimates: Share,
    /// Plans of which the times cannot be told apart, and why.
    pub listed: Vec<String>,
}

fn plus(
    one: &BTreeMap<Encoding, Share>,
    other: &BTreeMap<Encoding, Share>,
) -> BTreeMap<Encoding, Share> {
    let mut sum = one.clone();
    for (encoding, share) in other {
        let before = sum.entry(*encoding).or_default();
        *before = before.plus(*share);
    }
    sum
}

impl Row {
    /// Both together.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            read: plus(&self.read, &other.read),
            known: self.known.plus(other.known),
            times_possible: self.times_possible.plus(other.times_possible),
            times: self.times.plus(other.times),
            blocks_possible: self.blocks_possible.plus(other.blocks_possible),
            blocks: self.blocks.plus(other.blocks),
            written: plus(&self.written, &other.written),
            same: plus(&self.same, &other.same),
            planned: plus(&self.planned, &other.planned),
            untimed: plus(&self.untimed, &other.untimed),
            plans: self.plans + other.plans,
            findings: self.findings + other.findings,
            warned: self.warned + other.warned,
            misestimates: self.misestimates.plus(other.misestimates),
            listed: [self.listed.as_slice(), &other.listed].concat(),
        }
    }
}

/// The rows by server, then the sum, as two Markdown tables.
pub(super) fn tables(rows: &BTreeMap<String, Row>) -> String {
    let all = rows.values().fold(Row::default(), |sum, row| sum.plus(row));
    let mut lines: Vec<(&str, &Row)> = rows.iter().map(|(it, row)| (it.as_str(), row)).collect();
    lines.sort_by_key(|(label, _)| (label.trim_end_matches("jit").parse::<u32>().ok(), *label));
    lines.push(("all", &all));
    let mut out = String::from(
        "| server | plans measured | files read | nothing unknown | times can be told apart | \
         exclusive times hold | blocks can be told apart | exclusive blocks hold | findings | \
         misestimates right |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (label, row) in &lines {
        let read = row.read.values().fold(Share::default(), |sum, it| sum.plus(*it));
        let _ = writeln!(
            out,
            "| {label} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.plans,
            read.words(),
            row.known.words(),
            row.times_possible.words(),
            row.times.words(),
            row.blocks_possible.words(),
            row.blocks.words(),
            row.findings,
            row.misestimates.words(),
        );
    }
    out += "\n| encoding | files read | written as the server does | same tree and findings from \
            the same document | same tree from the server's own, estimated | same shape from the \
            server's own, run again |\n| --- | --- | --- | --- | --- | --- |\n";
    for encoding in Encoding::ALL {
        let words =
            |of: &BTreeMap<Encoding, Share>| of.get(&encoding).copied().unwrap_or_default().words();
        let _ = writeln!(
            out,
            "| {encoding} | {} | {} | {} | {} | {} |",
            words(&all.read),
            words(&all.written),
            words(&all.same),
            words(&all.planned),
            words(&all.untimed),
        );
    }
    out
}
