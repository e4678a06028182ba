//! An entry before it is understood: fields and parts as the form has them.

use crate::base::start_of;
use crate::log::ENTRY_BYTES_MAX;
use crate::log::prefix::{Head, virtual_transaction, without_port};
use crate::log::word::Part;
use crate::log::{Session, Severity};

/// Fields and parts of one entry, collected line by line.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) line: u64,
    pub(super) time: String,
    pub(super) session: Session,
    pub(super) severity: Option<Severity>,
    pub(super) sqlstate: Option<String>,
    pub(super) position: Option<u32>,
    parts: Vec<(Part, String)>,
    bytes: usize,
    pub(super) is_cut: bool,
}

impl Raw {
    /// An entry of which only the line is known.
    pub(super) fn at(line: u64) -> Self {
        Self { line, ..Self::default() }
    }

    /// An entry that begins with this head of a line.
    pub(super) fn of_head(line: u64, head: Head, severity: Severity) -> Self {
        let Head { time, session, sqlstate } = head;
        Self { line, time, session, sqlstate, severity: Some(severity), ..Self::default() }
    }

    /// Begins a part.
    pub(super) fn push(&mut self, part: Part, text: &str) {
        self.parts.push((part, String::new()));
        self.extend(text);
    }

    /// More text of the part that was begun last.
    pub(super) fn extend(&mut self, text: &str) {
        let room = ENTRY_BYTES_MAX.saturating_sub(self.bytes);
        self.is_cut |= text.len() > room;
        let Some((_, part)) = self.parts.last_mut() else { return };
        part.push_str(start_of(text, room));
        self.bytes += text.len().min(room);
    }

    /// One more line of the part that was begun last.
    pub(super) fn extend_line(&mut self, text: &str) {
        self.extend("\n");
        self.extend(text);
    }

    /// The part's text, taken out; none when there is none.
    pub(super) fn take(&mut self, part: Part) -> Option<String> {
        let found = self.parts.iter_mut().find(|it| it.0 == part)?;
        Some(std::mem::take(&mut found.1)).filter(|it| !it.is_empty())
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A field by its name in csvlog or jsonlog; names of neither are passed over.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if value.is_empty() || value == "[unknown]" {
            return;
        }
        let text = || Some(value.to_owned());
        match name {
            "timestamp" | "log_time" => value.clone_into(&mut self.time),
            "user" | "user_name" => self.session.user = text(),
            "dbname" | "database_name" => self.session.database = text(),
            "pid" | "process_id" => self.session.process = value.parse().ok(),
            "remote_host" => self.session.host = text(),
            "connection_from" => self.session.host = Some(without_port(value, ':').to_owned()),
            "session_id" => self.session.id = text(),
            "vxid" | "virtual_transaction_id" => {
                self.session.virtual_transaction = virtual_transaction(value);
            }
            "txid" | "transaction_id" => {
                self.session.transaction = value.parse().ok().filter(|it| *it != 0);
            }
            "error_severity" => self.severity = Some(severity(value)),
            "state_code" | "sql_state_code" => self.sqlstate = text(),
            "application_name" => self.session.application = text(),
            "backend_type" => self.session.backend = text(),
            "query_id" => self.session.query_id = value.parse().ok().filter(|it| *it != 0),
            "cursor_position" | "query_pos" => self.position = value.parse().ok(),
            "message" => self.push(Part::Message, value),
            "detail" => self.push(Part::Detail, value),
            "hint" => self.push(Part::Hint, value),
            "internal_query" => self.push(Part::Query, value),
            "context" => self.push(Part::Context, value),
            "statement" | "query" => self.push(Part::Statement, value),
            _ => {}
        }
    }
}

/// A severity in any language known here.
pub(super) fn severity(word: &str) -> Severity {
    match crate::log::word::known(word) {
        Some(crate::log::word::Word::Begin(severity)) => severity,
        _ => Severity::of(word),
    }
}
