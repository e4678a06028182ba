//! The reader: bytes in, entries out.
//!
//! Where the input is torn into chunks changes nothing. Memory stays bounded whatever the log's
//! length: the open entries, and while a prefix is inferred the first lines.

use crate::base::{Note, NoteCode};
use crate::log::csv::Csv;
use crate::log::json::Json;
use crate::log::lines::Lines;
use crate::log::text::{Text, TextLine};
use crate::log::window::Window;
use crate::log::{Entry, LogForm, syslog};

/// Bytes of the longest entry, and of all that are still open together. Plans of 100,000 nodes
/// are of this size; what is longer is cut, and a note says so.
pub const ENTRY_BYTES_MAX: usize = 8 << 20;

/// Reads one log.
///
/// ```
/// use pgsextant_core::log::{Event, LogForm, LogReader};
///
/// let mut reader = LogReader::new(LogForm::Stderr, None);
/// let mut found = Vec::new();
/// reader.feed(b"2026-11-20 14:20:15.378 UTC [7] LOG:  duration: 1.2", &mut found);
/// reader.feed(b"63 ms  statement: select 1\n", &mut found);
/// let notes = reader.finish(&mut found);
/// assert!(matches!(&found[0].event, Event::Duration { time, .. } if time.0 == 1.263));
/// assert_eq!(notes.len(), 1); // the prefix that was inferred
/// ```
#[derive(Debug)]
pub struct LogReader {
    lines: Lines,
    rest: Rest,
}

/// Everything behind the lines.
#[derive(Debug)]
struct Rest {
    form: LogForm,
    text: Text,
    csv: Csv,
    json: Json,
    window: Window,
    /// Lines without the daemon's head.
    headless: u64,
}

impl LogReader {
    /// A reader of a form. The prefix is `log_line_prefix` as the server has it; without one it
    /// is inferred from the first lines.
    pub fn new(form: LogForm, prefix: Option<&str>) -> Self {
        let rest = Rest {
            form,
            text: Text::new(prefix),
            csv: Csv::default(),
            json: Json::default(),
            window: Window::default(),
            headless: 0,
        };
        Self { lines: Lines::default(), rest }
    }

    /// More bytes of the log, torn anywhere. Entries that are whole go to `found`, in the log's
    /// order; the last few stay until more comes or all is read.
    pub fn feed(&mut self, bytes: &[u8], found: &mut Vec<Entry>) {
        let rest = &mut self.rest;
        self.lines.feed(bytes, |number, line| rest.line(number, line, found));
    }

    /// The log ends: the last entries go to `found`. Says what was cut, passed over or guessed.
    pub fn finish(mut self, found: &mut Vec<Entry>) -> Vec<Note> {
        let rest = &mut self.rest;
        self.lines.finish(|number, line| rest.line(number, line, found));
        rest.text.settle(&mut rest.window, found);
        rest.csv.finish();
        rest.json.finish();
        rest.window.finish(found);
        self.notes()
    }

    fn notes(&self) -> Vec<Note> {
        let Rest { text, csv, json, window, headless, .. } = &self.rest;
        let mut notes = Vec::new();
        let mut count = |code, number: u64, what: &str| {
            if number > 0 {
                notes.push(Note::new(code, "log", format!("{number} {what}")));
            }
        };
        let limit = ENTRY_BYTES_MAX >> 20;
        let cut = self.lines.cut.max(window.cut);
        count(NoteCode::Limit, cut, &format!("entries are longer than {limit} MB and were cut"));
        count(NoteCode::Damaged, csv.damaged, "records of csvlog are cut or have other columns");
        count(NoteCode::Damaged, json.damaged, "objects are cut or are no JSON");
        count(NoteCode::Unknown, json.strangers, "objects hold no entry of a server");
        count(NoteCode::Unknown, *headless, "lines are none of syslog's");
        count(NoteCode::Unknown, text.strays, "lines belong to no entry");
        if let Some(prefix) = &text.inferred {
            let message = format!("log_line_prefix was inferred as '{prefix}'");
            let note = Note::new(NoteCode::Method, "log", message);
            notes.push(note.with_remedy(
                "Give the server's own setting with --log-prefix where names are missing.",
            ));
        }
        if let Some(word) = &text.language {
            let message = format!("messages are in another language ({word}), read by their shape");
            let note = Note::new(NoteCode::Method, "log", message);
            notes.push(note.with_remedy("lc_messages = 'C' makes logs that every tool reads."));
        }
        notes
    }
}

impl Rest {
    fn line(&mut self, number: u64, line: &str, found: &mut Vec<Entry>) {
        let Self { text, window, .. } = self;
        match self.form {
            LogForm::Stderr => {
                let line = TextLine { number, text: line.to_owned(), ..TextLine::default() };
                text.feed(line, window, found);
            }
            LogForm::Syslog => match syslog::strip(number, line) {
                Some(line) => text.feed(line, window, found),
                None => self.headless += u64::from(!line.trim().is_empty()),
            },
            LogForm::Csv => self.csv.feed((number, line), text, window, found),
            LogForm::Json => self.json.feed((number, line), text, window, found),
        }
    }
}
