//! Indexes, with their definitions where those can be had without waiting for a lock.

use crate::base::{Name, Note, NoteCode, Pages, QualifiedName, Rows};
use crate::catalog::{Index, IndexKey, IndexUsage, KeyTerm};
use crate::io::{Record, ServerError, ServerErrorKind};

use super::Reader;
use super::catalog::{Oids, Sizes, array, names};
use super::qualified;

/// Stands for an expression or predicate whose text would have made us wait.
const UNREADABLE: &str = "(not readable while the table is locked)";

impl Reader<'_> {
    /// The indexes of these tables. When a definition runs into a lock that was not there a
    /// moment ago, all are read again without texts.
    pub async fn indexes(
        &self,
        oids: &Oids,
        locked: &Oids,
        found: &mut Vec<Note>,
    ) -> Result<Vec<Record>, ServerError> {
        let query = include_str!("../queries/indexes.sql");
        let doing = "read the indexes";
        if oids.intersection(locked).count() > 0 {
            found.push(without_texts("of locked tables"));
        }
        match self.read(doing, query, &[array(oids), array(locked)]).await {
            Err(error) if error.kind == ServerErrorKind::Locked => {
                found.push(without_texts("of all tables, since one was locked meanwhile"));
                self.section(doing, query, &[array(oids), array(oids)], found).await
            }
            Err(error) if error.kind != ServerErrorKind::Gone => {
                found.push(error.note("indexes"));
                Ok(Vec::new())
            }
            read => read,
        }
    }
}

fn without_texts(which: &str) -> Note {
    let message = format!("definitions, expressions and predicates of indexes {which} are missing");
    Note::new(NoteCode::Missing, "indexes", message)
        .with_remedy("Read again when the lock is released.")
}

/// One index of the catalog.
pub fn index(record: &Record, sizes: &Sizes) -> Index {
    let parent = record.text("parent_name");
    let predicate = record.text("predicate");
    let unread = record.flag("partial").then(|| UNREADABLE.to_owned());
    let oid = record.whole("oid").unwrap_or_default();
    Index {
        name: qualified(record, "schema", "name"),
        table: qualified(record, "table_schema", "table_name"),
        method: Name(record.word("method")),
        keys: keys(&record.json("keys")),
        include: names(&record.json("include")),
        predicate: predicate.or(unread),
        unique: record.flag("unique"),
        nulls_not_distinct: record.flag("nulls_not_distinct"),
        constraint: record.text("constraint").map(Name),
        primary: record.flag("primary"),
        exclusion: record.flag("exclusion"),
        valid: record.flag("valid"),
        ready: record.flag("ready"),
        replica_identity: record.flag("replica_identity"),
        clustered: record.flag("clustered"),
        referenced: record.flag("referenced"),
        parent: parent.map(|name| QualifiedName::new(&record.word("parent_schema"), &name)),
        pages: Pages(record.count("pages")),
        file_pages: sizes.get(&oid).copied(),
        rows: record.float("rows").filter(|it| *it >= 0.0).map(Rows),
        definition: record.text("definition"),
        usage: record.whole("scans").map(|_| IndexUsage {
            scans: record.count("scans"),
            rows_read: record.count("rows_read"),
            last_scan: record.text("last_scan"),
        }),
        of_extension: record.flag("of_extension"),
    }
}

/// The keys: column, expression, operator class, collation, descending, NULLs first.
fn keys(value: &serde_json::Value) -> Vec<IndexKey> {
    let keys = value.as_array().into_iter().flatten();
    keys.map(|key| {
        let text = |position: usize| key.get(position).and_then(serde_json::Value::as_str);
        let flag = |position: usize| key.get(position).and_then(serde_json::Value::as_bool);
        let collation = key
            .get(3)
            .and_then(|it| Some(QualifiedName::new(it.get(0)?.as_str()?, it.get(1)?.as_str()?)));
        IndexKey {
            term: match text(0) {
                Some(column) => KeyTerm::Column(Name::from(column)),
                None => KeyTerm::Expression(text(1).unwrap_or(UNREADABLE).to_owned()),
            },
            operator_class: text(2).map(Name::from),
            collation,
            descending: flag(4).unwrap_or_default(),
            nulls_first: flag(5).unwrap_or_default(),
        }
    })
    .collect()
}
