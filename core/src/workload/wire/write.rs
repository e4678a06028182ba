//! A capture into files.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::base::stable_id;
use crate::workload::Capture;

use super::beyond::put_back;
use super::line::{Head, SIZE_KEYS, Section, Sizes, SizesLine, StatisticsLine, identity};
use super::{
    FORMAT, HEAD, KEYS_OF, OBJECTS, PLANS, RELATIONS, ROLES, SECTIONS, SETTINGS, STATEMENTS,
    STATISTICS,
};

/// The files of a capture, by name. The same capture gives the same bytes.
pub fn write(capture: &Capture) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut sections = BTreeMap::new();
    for file in SECTIONS {
        let text = section_text(file, capture);
        let section = Section { lines: text.lines().count(), hash: content_hash(&text) };
        sections.insert(file.to_owned(), section);
        files.insert(file.to_owned(), text);
    }
    for (file, lines) in &capture.unknown {
        let is_own = SECTIONS.contains(&file.as_str()) || file.ends_with(KEYS_OF);
        if !is_own && file != HEAD {
            files.insert(file.clone(), lines.iter().flat_map(|it| [it.as_str(), "\n"]).collect());
        }
    }
    let mut head = value(&Head {
        format: FORMAT,
        captured_at: capture.captured_at.clone(),
        privacy: capture.privacy,
        server: capture.server.clone(),
        sections,
        gaps: capture.gaps.clone(),
    });
    if let Some(parts) = unknown_keys(capture, HEAD).values().next() {
        put_back(parts, &mut head);
    }
    files.insert(HEAD.to_owned(), format!("{head:#}\n"));
    files
}

/// FNV-1a over a file's text.
pub(super) fn content_hash(text: &str) -> String {
    stable_id(&[text])
}

/// One section: its lines in order, then the lines that this version does not know.
fn section_text(file: &str, capture: &Capture) -> String {
    let unknown = unknown_keys(capture, file);
    let mut lines: Vec<(String, Value)> =
        section_lines(file, capture).into_iter().map(|it| (identity(file, &it), it)).collect();
    for (identity, line) in &mut lines {
        if let Some(parts) = unknown.get(identity) {
            put_back(parts, line);
        }
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let kept = capture.unknown.get(file).into_iter().flatten().cloned();
    let known = lines.into_iter().map(|(_, line)| line.to_string());
    known.chain(kept).map(|it| it + "\n").collect()
}

/// The unknown keys of a file's known lines, by what the line is about.
fn unknown_keys(capture: &Capture, file: &str) -> BTreeMap<String, Value> {
    let kept = capture.unknown.get(&format!("{file}{KEYS_OF}"));
    kept.into_iter()
        .flatten()
        .filter_map(|it| serde_json::from_str::<(String, Value)>(it).ok())
        .collect()
}

fn section_lines(file: &str, capture: &Capture) -> Vec<Value> {
    match file {
        SETTINGS => capture.settings.iter().map(value).collect(),
        ROLES => capture.roles.iter().map(value).collect(),
        STATEMENTS => capture.statements.iter().map(value).collect(),
        PLANS => capture.plans.iter().map(value).collect(),
        OBJECTS => objects(capture),
        RELATIONS => sizes(capture),
        STATISTICS => statistics(capture),
        _ => Vec::new(),
    }
}

fn objects(capture: &Capture) -> Vec<Value> {
    let catalog = &capture.catalog;
    let object = |kind: &str, object: Value| json!({ "kind": kind, "object": object });
    let tables = catalog.tables().map(|(_, table)| {
        let mut table = without_sizes(value(table));
        for column in table["columns"].as_array_mut().into_iter().flatten() {
            if let Some(column) = column.as_object_mut() {
                column.remove("statistics");
            }
        }
        object("table", table)
    });
    let indexes = catalog.indexes().map(|(_, it)| object("index", without_sizes(value(it))));
    let foreign_keys = catalog.foreign_keys().iter().map(|it| object("foreign_key", value(it)));
    let functions = catalog.functions().iter().map(|it| object("function", value(it)));
    let untrusted = catalog.untrusted().iter().map(|it| object("untrusted", value(it)));
    tables.chain(indexes).chain(foreign_keys).chain(functions).chain(untrusted).collect()
}

fn without_sizes(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.retain(|key, _| !SIZE_KEYS.contains(&key.as_str()));
    }
    object
}

fn sizes(capture: &Capture) -> Vec<Value> {
    let line = |kind: &str, name: &crate::base::QualifiedName, sizes: Sizes| {
        value(&SizesLine { kind: kind.to_owned(), name: name.clone(), sizes })
    };
    let catalog = &capture.catalog;
    let tables = catalog.tables().map(|(_, it)| line("table", &it.name, Sizes::of_table(it)));
    let indexes = catalog.indexes().map(|(_, it)| line("index", &it.name, Sizes::of_index(it)));
    tables.chain(indexes).map(without_nulls).collect()
}

fn statistics(capture: &Capture) -> Vec<Value> {
    let tables = capture.catalog.tables();
    let columns = tables.flat_map(|(_, table)| table.columns.iter().map(move |it| (table, it)));
    columns
        .filter_map(|(table, column)| {
            Some(value(&StatisticsLine {
                table: table.name.clone(),
                column: column.name.clone(),
                statistics: column.statistics.clone()?,
            }))
        })
        .collect()
}

fn without_nulls(mut line: Value) -> Value {
    if let Some(line) = line.as_object_mut() {
        line.retain(|_, value| !value.is_null());
    }
    line
}

/// Any of our own types as JSON.
fn value<T: Serialize>(it: &T) -> Value {
    serde_json::to_value(it).expect("our types have texts as keys")
}
