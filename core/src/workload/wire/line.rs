//! The lines that are made of parts of catalog types, and what each line is about.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::{Name, Note, Pages, QualifiedName, Rows};
use crate::catalog::{Activity, ColumnStatistics, Index, IndexUsage, Server, Table};
use crate::workload::{Privacy, RecordedStatement};

use super::{OBJECTS, PLANS, RELATIONS, STATEMENTS, STATISTICS};

/// `capture.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    pub(super) captured_at: String,
    pub(super) privacy: Privacy,
    pub(super) server: Server,
    #[serde(default)]
    pub(super) sections: std::collections::BTreeMap<String, Section>,
    #[serde(default)]
    pub(super) gaps: Vec<Note>,
}

/// What a section's file held when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Section {
    pub(super) lines: usize,
    /// FNV-1a over the file's text: shows damage, proves nothing.
    pub(super) hash: String,
}

/// One line of `relations.jsonl`: what changes all the time about a table or an index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sizes {
    pub(super) rows: Option<Rows>,
    pub(super) pages: Pages,
    pub(super) all_visible: Option<Pages>,
    pub(super) file_pages: Option<Pages>,
    pub(super) activity: Option<Activity>,
    pub(super) modified_since_analyze: Option<u64>,
    pub(super) analyzed: Option<bool>,
    pub(super) usage: Option<IndexUsage>,
}

/// A relation's sizes, with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SizesLine {
    /// `table` or `index`.
    pub(super) kind: String,
    pub(super) name: QualifiedName,
    #[serde(flatten)]
    pub(super) sizes: Sizes,
}

/// One line of `statistics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StatisticsLine {
    pub(super) table: QualifiedName,
    pub(super) column: Name,
    pub(super) statistics: ColumnStatistics,
}

impl Sizes {
    pub(super) fn of_table(table: &Table) -> Self {
        Self {
            rows: table.rows,
            pages: table.pages,
            all_visible: Some(table.all_visible),
            file_pages: table.file_pages,
            activity: table.activity,
            modified_since_analyze: table.modified_since_analyze,
            analyzed: table.analyzed,
            usage: None,
        }
    }

    pub(super) fn of_index(index: &Index) -> Self {
        Self {
            rows: index.rows,
            pages: index.pages,
            file_pages: index.file_pages,
            usage: index.usage.clone(),
            ..Self::default()
        }
    }
}

/// The keys of a table or index that stand in `relations.jsonl` instead.
pub(super) const SIZE_KEYS: [&str; 8] = [
    "activity",
    "all_visible",
    "analyzed",
    "file_pages",
    "modified_since_analyze",
    "pages",
    "rows",
    "usage",
];

/// What a line is about: lines are sorted by it, and unknown keys find their line by it.
pub(super) fn identity(file: &str, line: &Value) -> String {
    let part = |value: &Value, key: &str| match &value[key] {
        Value::Object(name) => {
            let text = |key: &str| name.get(key).map(value_text).unwrap_or_default();
            format!("{}\0{}", text("schema"), text("name"))
        }
        other => value_text(other),
    };
    let join = |value: &Value, keys: &[&str]| {
        keys.iter().map(|key| part(value, key)).collect::<Vec<_>>().join("\0")
    };
    match file {
        OBJECTS => {
            let object = &line["object"];
            format!(
                "{}\0{}",
                value_text(&line["kind"]),
                join(object, &["child", "name", "arguments", "kind"])
            )
        }
        RELATIONS => join(line, &["kind", "name"]),
        STATISTICS => join(line, &["table", "column"]),
        STATEMENTS => {
            let read = RecordedStatement::deserialize(line).map(|it| it.key());
            format!("{}\0{}", read.unwrap_or_default(), value_text(&line["queryid"]))
        }
        PLANS => join(line, &["statement"]),
        _ => join(line, &["name", "scope"]),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
