//! stderr: a prefix, a word, a message; further lines begin with a tab.
//!
//! With a prefix that nobody said, the first lines wait until it can be inferred from them.
//! Every form that carries such lines inside (syslog, exports of clouds) comes through here.

use crate::log::Entry;
use crate::log::infer::infer;
use crate::log::prefix::Prefix;
use crate::log::raw::Raw;
use crate::log::window::Window;
use crate::log::word::{self, Word};

/// Lines from which a prefix is inferred; a busy server writes as many in a second.
const SAMPLE_LINES: usize = 500;
/// Bytes of these lines, at most.
const SAMPLE_BYTES: usize = 256 << 10;

/// One line, with what stood around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TextLine {
    pub(super) number: u64,
    pub(super) text: String,
    /// When, where the form says it beside the line.
    pub(super) time: Option<String>,
    /// Which process, where the form says it beside the line.
    pub(super) process: Option<u32>,
    /// Where it stands in its message.
    pub(super) piece: Piece,
}

/// Where a line stands in its message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Piece {
    /// The form does not say.
    #[default]
    Line,
    /// The first of its message.
    First,
    /// A later one: a further line, or the rest of one that was too long.
    Later,
}

/// Reads lines.
#[derive(Debug, Default)]
pub(super) struct Text {
    prefix: Option<Prefix>,
    sample: Vec<TextLine>,
    sample_bytes: usize,
    /// Whether further lines begin with a tab, as the server writes them.
    tabs: bool,
    /// Lines that belong to no entry.
    pub(super) strays: u64,
    /// A word of another language that was seen.
    pub(super) language: Option<String>,
    /// The prefix that was inferred, in the setting's language.
    pub(super) inferred: Option<String>,
}

impl Text {
    /// A reader of lines with this prefix, or with one to be inferred.
    pub(super) fn new(prefix: Option<&str>) -> Self {
        Self { prefix: prefix.map(Prefix::of), ..Self::default() }
    }

    /// One more line.
    pub(super) fn feed(&mut self, line: TextLine, window: &mut Window, found: &mut Vec<Entry>) {
        if self.prefix.is_some() {
            self.read(&line, window, found);
            return;
        }
        self.sample_bytes += line.text.len();
        self.sample.push(line);
        if self.sample.len() >= SAMPLE_LINES || self.sample_bytes >= SAMPLE_BYTES {
            self.settle(window, found);
        }
    }

    /// Reads the lines that waited for a prefix.
    pub(super) fn settle(&mut self, window: &mut Window, found: &mut Vec<Entry>) {
        if self.prefix.is_none() && !self.sample.is_empty() {
            let prefix = infer(self.sample.iter().map(|it| it.text.as_str()));
            self.inferred = Some(prefix.told());
            self.prefix = Some(prefix);
        }
        for line in std::mem::take(&mut self.sample) {
            self.read(&line, window, found);
        }
    }

    fn read(&mut self, line: &TextLine, window: &mut Window, found: &mut Vec<Entry>) {
        if let Some(rest) = line.text.strip_prefix('\t') {
            self.tabs = true;
            match window.last(line.process) {
                Some(raw) => raw.extend_line(rest),
                None => self.strays += 1,
            }
            return;
        }
        if self.begin(line, window, found) {
            return;
        }
        // A line without a head: the rest of one that was too long, or one whose tab was lost
        // on the way. Where tabs arrive, it is none of the server's.
        let raw = if line.piece == Piece::First { None } else { window.last(line.process) };
        match raw {
            Some(raw) if line.piece == Piece::Later => raw.extend(&line.text),
            Some(raw) if !self.tabs => raw.extend_line(&line.text),
            _ => self.strays += u64::from(!line.text.trim().is_empty()),
        }
    }

    /// Begins an entry or a part of one; false when the line has no head.
    fn begin(&mut self, line: &TextLine, window: &mut Window, found: &mut Vec<Entry>) -> bool {
        let head = self.prefix.as_ref().and_then(|it| it.head(&line.text));
        let Some((mut head, rest)) = head else { return false };
        let Some((name, body)) = word::split(rest) else { return false };
        let known = word::known(name);
        // Where the prefix says nothing, a word that is not known is any word.
        if known.is_none() && head.time.is_empty() && head.session.process.is_none() {
            return false;
        }
        if self.language.is_none() && word::is_localised(name) {
            self.language = Some(name.to_owned());
        }
        if head.session.process.is_none() {
            head.session.process = line.process;
        }
        if let (true, Some(time)) = (head.time.is_empty(), &line.time) {
            head.time.clone_from(time);
        }
        match known.unwrap_or(Word::Begin(crate::log::Severity::of(name))) {
            Word::Begin(severity) => {
                let mut raw = Raw::of_head(line.number, head, severity);
                raw.push(word::Part::Message, body);
                window.begin(raw, found);
            }
            Word::Part(part) => {
                self.strays += u64::from(!window.part(head.session.process, part, body));
            }
        }
        true
    }
}
