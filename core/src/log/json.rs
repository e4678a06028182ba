//! jsonlog, and the objects that clouds and containers wrap entries or lines in.
//!
//! One object a line, or objects spread over lines in a list. Told by their keys: the server's
//! own (15 and later), CloudNativePG's `record`, Google's `textPayload`, Azure's `properties`,
//! Docker's `log`. Refuses nothing loudly: an object of another kind is counted.

use serde_json::{Map, Value};

use crate::log::raw::{Raw, severity};
use crate::log::text::{Text, TextLine};
use crate::log::window::Window;
use crate::log::word::{self, Part};
use crate::log::{ENTRY_BYTES_MAX, Entry};

/// Reads objects.
#[derive(Debug, Default)]
pub(super) struct Json {
    object: String,
    begin: u64,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// Objects that are no JSON, or were cut.
    pub(super) damaged: u64,
    /// Objects that hold no entry.
    pub(super) strangers: u64,
}

impl Json {
    /// One more line; `text` reads the lines that some objects hold.
    pub(super) fn feed(
        &mut self,
        (number, line): (u64, &str),
        text: &mut Text,
        window: &mut Window,
        found: &mut Vec<Entry>,
    ) {
        // No text of JSON holds a line feed, and no list is written with objects at its margin
        // inside of another.
        let is_lost = self.in_text || self.object.len() > ENTRY_BYTES_MAX;
        if self.depth > 0 && (is_lost || line.starts_with("{\"")) {
            self.damaged += 1;
            self.forget();
        }
        let mut from = 0;
        for (at, byte) in line.bytes().enumerate() {
            let was = self.depth;
            self.step(byte);
            if was == 0 && self.depth == 1 {
                self.begin = number;
                from = at;
            }
            if was == 1 && self.depth == 0 {
                self.object.push_str(&line[from..=at]);
                let object = std::mem::take(&mut self.object);
                self.take(&object, text, window, found);
                from = at + 1;
            }
        }
        if self.depth > 0 {
            self.object.push_str(&line[from..]);
            self.object.push('\n');
        }
    }

    /// Whether an object was still open at the end.
    pub(super) fn finish(&mut self) {
        self.damaged += u64::from(self.depth > 0);
    }

    fn forget(&mut self) {
        self.object.clear();
        self.depth = 0;
        self.in_text = false;
        self.escaped = false;
    }

    fn step(&mut self, byte: u8) {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'{' => self.depth += 1,
            b'}' => self.depth = self.depth.saturating_sub(1),
            b'"' if self.depth > 0 => self.in_text = true,
            _ => {}
        }
    }

    fn take(&mut self, object: &str, text: &mut Text, window: &mut Window, found: &mut Vec<Entry>) {
        let Ok(Value::Object(object)) = serde_json::from_str::<Value>(object) else {
            self.damaged += 1;
            return;
        };
        if let Some(Value::Array(records)) = object.get("records") {
            for record in records.iter().filter_map(Value::as_object) {
                self.one(record, text, window, found);
            }
            return;
        }
        self.one(&object, text, window, found);
    }

    fn one(
        &mut self,
        object: &Map<String, Value>,
        text: &mut Text,
        window: &mut Window,
        found: &mut Vec<Entry>,
    ) {
        let own = object.get("record").and_then(Value::as_object).unwrap_or(object);
        if own.contains_key("error_severity") {
            let mut raw = Raw::at(self.begin);
            for (name, value) in own {
                raw.set(name, &plain(value));
            }
            window.begin(raw, found);
            return;
        }
        let inner = ["properties", "jsonPayload"]
            .iter()
            .find_map(|it| object.get(*it))
            .and_then(Value::as_object)
            .unwrap_or(object);
        let field = |names: &[&str]| {
            let found = names.iter().find_map(|it| inner.get(*it).or_else(|| object.get(*it)))?;
            Some(plain(found)).filter(|it| !it.is_empty())
        };
        let Some(message) = field(&["textPayload", "log", "message"]) else {
            self.strangers += 1;
            return;
        };
        let time = field(&["timestamp", "time", "LogTime"]);
        let process = field(&["processId", "pid"]).and_then(|it| it.parse().ok());
        let level = field(&["errorLevel"]);
        if let Some(level) = level.filter(|_| word::find(&message).is_none()) {
            let mut raw = Raw::at(self.begin);
            raw.time = time.unwrap_or_default();
            raw.severity = Some(severity(&level));
            raw.sqlstate = field(&["sqlerrcode"]);
            raw.session.process = process;
            raw.push(Part::Message, &message);
            if let Some(detail) = field(&["detail"]) {
                raw.push(Part::Detail, &detail);
            }
            window.begin(raw, found);
            return;
        }
        for line in message.trim_end_matches('\n').split('\n') {
            let (time, number) = (time.clone(), self.begin);
            let line =
                TextLine { number, text: line.to_owned(), time, process, ..TextLine::default() };
            text.feed(line, window, found);
        }
    }
}

/// A value as text, as csvlog would have it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
