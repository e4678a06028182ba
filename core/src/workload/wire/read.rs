//! Files into a capture. Total but for the head: a damaged line costs that line and a note.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::base::{Note, NoteCode, QualifiedName};
use crate::catalog::{Catalog, CatalogParts, ColumnStatistics, Untrusted, UntrustedKind};
use crate::workload::Capture;

use super::beyond::beyond;
use super::line::{Head, Sizes, SizesLine, StatisticsLine, identity};
use super::write::content_hash;
use super::{
    FORMAT, HEAD, KEYS_OF, OBJECTS, PLANS, RELATIONS, ROLES, SECTIONS, SETTINGS, STATEMENTS,
    STATISTICS, WireError,
};

/// The capture of these files.
pub fn read(files: &BTreeMap<String, String>) -> Result<Capture, WireError> {
    let (head, head_value) = read_head(files)?;
    let mut reader = Reader { files, head: &head, notes: Vec::new(), unknown: BTreeMap::new() };
    reader.keep_beyond(HEAD, &head_value, &head);
    reader.check_sections();
    let settings = reader.section(SETTINGS);
    let roles = reader.section(ROLES);
    let statements = reader.section(STATEMENTS);
    let plans = reader.section(PLANS);
    let sizes = reader.sizes();
    let statistics = reader.statistics();
    let catalog = reader.catalog(&sizes, &statistics);
    reader.keep_unknown_files();
    let Reader { notes, unknown, .. } = reader;
    let capture = Capture {
        captured_at: head.captured_at,
        privacy: head.privacy,
        server: head.server,
        settings,
        roles,
        catalog,
        statements,
        plans,
        gaps: head.gaps.into_iter().chain(notes).collect(),
        unknown,
    };
    Ok(capture.in_order())
}

fn read_head(files: &BTreeMap<String, String>) -> Result<(Head, Value), WireError> {
    let fault = |line: usize, why: String| WireError { file: HEAD.to_owned(), line, why };
    let text = files.get(HEAD).ok_or_else(|| fault(1, "there is no such file".to_owned()))?;
    let value: Value =
        serde_json::from_str(text).map_err(|it| fault(it.line(), format!("not JSON: {it}")))?;
    let format = value["format"].as_u64().unwrap_or(0);
    if format == 0 || format > u64::from(FORMAT) {
        let why = format!("the format is {}, and this version reads {FORMAT}", value["format"]);
        return Err(fault(1, why));
    }
    let head = serde_json::from_str(text).map_err(|it| fault(it.line(), it.to_string()))?;
    Ok((head, value))
}

type SizesByName = BTreeMap<(String, QualifiedName), Sizes>;
type StatisticsByTable = BTreeMap<QualifiedName, BTreeMap<String, ColumnStatistics>>;

/// The files under examination, and what is found besides the capture.
struct Reader<'a> {
    files: &'a BTreeMap<String, String>,
    head: &'a Head,
    notes: Vec<Note>,
    unknown: BTreeMap<String, Vec<String>>,
}

impl<'a> Reader<'a> {
    /// Notes for sections that are missing, or not as they were written.
    fn check_sections(&mut self) {
        for file in SECTIONS {
            let note = match (self.files.get(file), self.head.sections.get(file)) {
                (None, _) => Note::new(
                    NoteCode::Missing,
                    file,
                    "the capture has no such section; it was taken as empty",
                ),
                (Some(text), Some(section)) if content_hash(text) != section.hash => {
                    let message = format!(
                        "it was changed or cut off after it was written: {} lines of {} are there",
                        text.lines().count(),
                        section.lines
                    );
                    Note::new(NoteCode::Damaged, file, message)
                }
                _ => continue,
            };
            if !self.head.gaps.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// The lines of a file that are JSON objects, with their numbers from 1.
    fn lines(&mut self, file: &str) -> Vec<(usize, Value)> {
        let mut found = Vec::new();
        let text = self.files.get(file).map_or("", String::as_str);
        for (position, line) in text.lines().enumerate() {
            match serde_json::from_str::<Value>(line) {
                Ok(value) if value.is_object() => found.push((position + 1, value)),
                Ok(_) => self.damaged(file, position + 1, "not an object"),
                Err(_) if line.trim().is_empty() => {}
                Err(error) => self.damaged(file, position + 1, &error.to_string()),
            }
        }
        found
    }

    fn damaged(&mut self, file: &str, line: usize, why: &str) {
        let message = format!("the line was left out: {why}");
        self.notes.push(Note::new(NoteCode::Damaged, format!("{file}:{line}"), message));
    }

    /// All sound lines of a section as one type.
    fn section<T: DeserializeOwned + Serialize>(&mut self, file: &str) -> Vec<T> {
        let lines = self.lines(file);
        lines.into_iter().filter_map(|(line, value)| self.typed(file, line, &value)).collect()
    }

    /// One line as a type; its unknown keys are kept.
    fn typed<T: DeserializeOwned + Serialize>(
        &mut self,
        file: &str,
        line: usize,
        value: &Value,
    ) -> Option<T> {
        match T::deserialize(value) {
            Ok(read) => {
                self.keep_beyond(file, value, &read);
                Some(read)
            }
            Err(error) => {
                self.damaged(file, line, &error.to_string());
                None
            }
        }
    }

    /// Keeps what a line holds beyond what was read from it.
    fn keep_beyond<T: Serialize>(&mut self, file: &str, line: &Value, read: &T) {
        let known = serde_json::to_value(read).unwrap_or(Value::Null);
        let Some(parts) = beyond(line, &known) else { return };
        let identity = if file == HEAD { String::new() } else { identity(file, line) };
        let kept = json!([identity, parts]).to_string();
        self.unknown.entry(format!("{file}{KEYS_OF}")).or_default().push(kept);
    }

    fn sizes(&mut self) -> SizesByName {
        let mut found = BTreeMap::new();
        for (line, value) in self.lines(RELATIONS) {
            if !matches!(value["kind"].as_str(), Some("table" | "index")) {
                self.keep_line(RELATIONS, line);
                continue;
            }
            if let Some(read) = self.typed::<SizesLine>(RELATIONS, line, &value) {
                found.insert((read.kind, read.name), read.sizes);
            }
        }
        found
    }

    fn statistics(&mut self) -> StatisticsByTable {
        let mut found = StatisticsByTable::new();
        for read in self.section::<StatisticsLine>(STATISTICS) {
            found.entry(read.table).or_default().insert(read.column.0, read.statistics);
        }
        found
    }

    fn catalog(&mut self, sizes: &SizesByName, statistics: &StatisticsByTable) -> Catalog {
        let mut parts = CatalogParts::default();
        let recorded = self.head.sections.get(OBJECTS).map_or(0, |it| it.lines);
        let lines = self.lines(OBJECTS);
        if lines.len() < recorded {
            parts.untrusted.push(anything(lines.len() + 1));
        }
        for (line, value) in lines {
            let object = &value["object"];
            match value["kind"].as_str().unwrap_or_default() {
                kind @ "table" => {
                    let whole = with_statistics(with_sizes(kind, object, sizes), statistics);
                    parts.tables.extend(self.object(line, &value, &whole));
                }
                kind @ "index" => {
                    let whole = with_sizes(kind, object, sizes);
                    parts.indexes.extend(self.object(line, &value, &whole));
                }
                "foreign_key" => parts.foreign_keys.extend(self.object(line, &value, object)),
                "function" => parts.functions.extend(self.object(line, &value, object)),
                "untrusted" => {
                    let read = self.object(line, &value, object);
                    parts.untrusted.push(read.unwrap_or_else(|| anything(line)));
                }
                _ => self.keep_line(OBJECTS, line),
            }
        }
        Catalog::new(parts)
    }

    /// One object of the catalog, read from the whole of what all sections say of it.
    fn object<T: DeserializeOwned + Serialize>(
        &mut self,
        line: usize,
        value: &Value,
        whole: &Value,
    ) -> Option<T> {
        match T::deserialize(whole) {
            Ok(read) => {
                self.keep_beyond(OBJECTS, value, &json!({ "kind": value["kind"], "object": read }));
                Some(read)
            }
            Err(error) => {
                self.damaged(OBJECTS, line, &error.to_string());
                None
            }
        }
    }

    /// Keeps a line of a kind that this version does not know, as it was.
    fn keep_line(&mut self, file: &'a str, line: usize) {
        let text = self.files.get(file).and_then(|it| it.lines().nth(line - 1));
        self.unknown.entry(file.to_owned()).or_default().extend(text.map(str::to_owned));
    }

    fn keep_unknown_files(&mut self) {
        for (file, text) in self.files {
            if file != HEAD && !SECTIONS.contains(&file.as_str()) {
                let lines = text.lines().map(str::to_owned).collect();
                self.unknown.insert(file.clone(), lines);
            }
        }
    }
}

/// What stands in for a damaged line of untrusted objects: safety does not rest on a line that
/// could not be read, so nothing may be planned.
fn anything(line: usize) -> Untrusted {
    Untrusted {
        kind: UntrustedKind::Everything,
        name: QualifiedName::new("", ""),
        reaches: format!("whatever {OBJECTS}:{line} named, which could not be read"),
    }
}

/// An object with the sizes that another section holds.
fn with_sizes(kind: &str, object: &Value, sizes: &SizesByName) -> Value {
    let name: Option<QualifiedName> = serde_json::from_value(object["name"].clone()).ok();
    let found = name.and_then(|it| sizes.get(&(kind.to_owned(), it)));
    let sizes = serde_json::to_value(found.cloned().unwrap_or_default());
    let mut whole = object.as_object().cloned().unwrap_or_default();
    if let Ok(Value::Object(sizes)) = sizes {
        whole.extend(sizes.into_iter().filter(|(_, it)| !it.is_null()));
    }
    whole.entry("all_visible").or_insert(json!(0));
    Value::Object(whole)
}

/// A table whose columns have their statistics.
fn with_statistics(mut table: Value, statistics: &StatisticsByTable) -> Value {
    let name: Option<QualifiedName> = serde_json::from_value(table["name"].clone()).ok();
    let Some(of_table) = name.and_then(|it| statistics.get(&it)) else { return table };
    for column in table["columns"].as_array_mut().into_iter().flatten() {
        let found = column["name"].as_str().and_then(|it| of_table.get(it));
        if let (Some(found), Some(column)) = (found, column.as_object_mut()) {
            insert(column, "statistics", found);
        }
    }
    table
}

fn insert<T: Serialize>(out: &mut Map<String, Value>, key: &str, it: &T) {
    if let Ok(value) = serde_json::to_value(it) {
        out.insert(key.to_owned(), value);
    }
}
