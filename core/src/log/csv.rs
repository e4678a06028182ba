//! csvlog: 23 columns up to 12, 24 in 13, 26 from 14 on; and exports with a line of names.
//!
//! Refuses to lose the rest of a file to one record that was cut: a line that begins as a record
//! does ends an open one.

use crate::log::prefix::typed_length;
use crate::log::raw::Raw;
use crate::log::text::{Text, TextLine};
use crate::log::window::Window;
use crate::log::{ENTRY_BYTES_MAX, Entry};

/// The columns that this reader uses by their place (`write_csvlog` in `csvlog.c`).
const COLUMNS: &[&str] = &[
    "log_time",
    "user_name",
    "database_name",
    "process_id",
    "connection_from",
    "session_id",
    "session_line_num",
    "command_tag",
    "session_start_time",
    "virtual_transaction_id",
    "transaction_id",
    "error_severity",
    "sql_state_code",
    "message",
    "detail",
    "hint",
    "internal_query",
    "internal_query_pos",
    "context",
    "query",
    "query_pos",
    "location",
    "application_name",
    "backend_type",
    "leader_pid",
    "query_id",
];
/// Columns of the oldest server that is read.
const COLUMNS_MIN: usize = 22;

/// Reads records.
#[derive(Debug, Default)]
pub(super) struct Csv {
    record: String,
    begin: u64,
    is_open: bool,
    /// The names of the columns, when the first line says them.
    names: Option<Vec<String>>,
    /// Records that were cut or have too few columns.
    pub(super) damaged: u64,
}

impl Csv {
    /// One more line; `text` reads the lines that some exports hold in a column.
    pub(super) fn feed(
        &mut self,
        (number, line): (u64, &str),
        text: &mut Text,
        window: &mut Window,
        found: &mut Vec<Entry>,
    ) {
        if self.is_open && (begins(line) || self.record.len() > ENTRY_BYTES_MAX) {
            self.damaged += 1;
            self.is_open = false;
        }
        if self.is_open {
            self.record.push('\n');
        } else {
            self.record.clear();
            self.begin = number;
        }
        self.record.push_str(line);
        let quotes = line.bytes().filter(|it| *it == b'"').count();
        self.is_open ^= quotes % 2 == 1;
        if !self.is_open && !self.record.is_empty() {
            let fields = fields(&self.record);
            self.take(&fields, text, window, found);
            self.record.clear();
        }
    }

    /// Whether a record was still open at the end.
    pub(super) fn finish(&mut self) {
        self.damaged += u64::from(self.is_open);
    }

    fn take(
        &mut self,
        fields: &[String],
        text: &mut Text,
        window: &mut Window,
        found: &mut Vec<Entry>,
    ) {
        let is_record = fields.first().is_some_and(|it| typed_length('m', it).is_some());
        let by_place = is_record && fields.len() >= COLUMNS_MIN && self.names.is_none();
        if by_place {
            let mut raw = Raw::at(self.begin);
            for (name, value) in COLUMNS.iter().zip(fields) {
                raw.set(name, value);
            }
            window.begin(raw, found);
            return;
        }
        let Some(names) = &self.names else {
            let names: Vec<String> = fields.iter().map(|it| plain_name(it)).collect();
            if names.iter().any(|it| it == "message" || it == "textpayload") {
                self.names = Some(names);
            } else {
                self.damaged += 1;
            }
            return;
        };
        let value = |wanted: &[&str]| {
            let at = names.iter().position(|it| wanted.contains(&it.as_str()))?;
            fields.get(at).map(String::as_str).filter(|it| !it.is_empty())
        };
        let Some(message) = value(&["message", "textpayload"]) else {
            self.damaged += 1;
            return;
        };
        let time = value(&["timestamp", "timegenerated", "time", "log_time"]);
        let process = value(&["processid", "pid"]).and_then(|it| it.parse().ok());
        for line in message.split('\n') {
            let (time, number) = (time.map(str::to_owned), self.begin);
            let text_line =
                TextLine { number, text: line.to_owned(), time, process, ..TextLine::default() };
            text.feed(text_line, window, found);
        }
    }
}

/// A column's name without case, unit and the marks of types that Azure adds: `processId_d`.
fn plain_name(name: &str) -> String {
    let name = name.split(' ').next().unwrap_or_default().to_lowercase();
    let name = name.rsplit('.').next().unwrap_or_default();
    let typed = ["_s", "_d", "_t"].iter().find_map(|it| name.strip_suffix(it));
    typed.unwrap_or(name).to_owned()
}

/// Whether a line begins as a record of csvlog does: a time, then a user or nothing, and a
/// session's id not far.
fn begins(line: &str) -> bool {
    let Some(time) = typed_length('m', line).filter(|it| line[..*it].contains('.')) else {
        return false;
    };
    let rest = &line[time..];
    let is_next = rest.starts_with(",\"") || rest.starts_with(",,");
    is_next && rest.split(',').take(12).any(|it| typed_length('c', it) == Some(it.len()))
}

/// The fields of a record, quotes undone.
fn fields(record: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut rest = record;
    while !rest.is_empty() {
        let Some(field) = found.last_mut() else { break };
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            field.push_str(&quoted[..end]);
            rest = quoted.get(end + 1..).unwrap_or_default();
            if rest.starts_with('"') {
                field.push('"');
            }
            continue;
        }
        let end = rest.find([',', '"']).unwrap_or(rest.len());
        field.push_str(&rest[..end]);
        rest = &rest[end..];
        if let Some(after) = rest.strip_prefix(',') {
            found.push(String::new());
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_quotes() {
        assert_eq!(fields("a,\"b,\"\"c\"\"\nd\",,\"\""), ["a", "b,\"c\"\nd", "", ""]);
        assert_eq!(fields("\"open"), ["open"]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn sees_where_a_record_begins() {
        let line = "2026-11-20 14:20:15.007 UTC,\"app\",\"shop\",7,\"[local]\",6b00571e.4d44,1,";
        assert!(begins(line));
        assert!(!begins("2026-11-20 14:20:15.007 UTC,\"app\",\"shop\",7"));
        assert_eq!(plain_name("properties.processId_d"), "processid");
        assert_eq!(plain_name("TimeGenerated [UTC]"), "timegenerated");
    }
}
