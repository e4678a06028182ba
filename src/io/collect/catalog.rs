//! Relations, columns, statistics, counters, sizes, foreign keys.
//!
//! Nothing here waits for a lock longer than the session's limit: relations that somebody locks,
//! or waits to lock, are left out of what would wait, and what is missing is said.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Bytes, Name, Note, NoteCode, Pages, QualifiedName, Rows, Share};
use crate::catalog::{
    Activity, CatalogParts, Column, ColumnStatistics, Distinct, ForeignKey, Function, FunctionKind,
    Language, Server, Table, TableKind, Volatility,
};
use crate::io::{Record, ServerError, ServerErrorKind, TextValue, read_array};
use crate::workload::Privacy;

use super::{Reader, capped, qualified};

/// Oids of relations.
pub type Oids = BTreeSet<i64>;

/// Sizes in pages by oid.
pub type Sizes = BTreeMap<i64, Pages>;

impl Reader<'_> {
    /// The tables with everything that hangs on them; functions and trust are read elsewhere.
    pub async fn catalog(
        &self,
        server: &Server,
        found: &mut Vec<Note>,
    ) -> Result<CatalogParts, ServerError> {
        let query = include_str!("../queries/relations.sql");
        let most = TextValue::of(self.options.relations_max.to_string());
        let relations = self.section("read the relations", query, &[most], found).await?;
        say_capped(&relations, found);
        let oids: Oids = relations.iter().filter_map(|it| it.whole("oid")).collect();
        let locked = self.locked(found).await?;
        let names = relations
            .iter()
            .filter_map(|it| Some((it.whole("oid")?, qualified(it, "schema", "name"))));
        let columns = self.columns(&names.collect(), found).await?;
        let activity = self.activity(server, found).await?;
        let indexes = self.indexes(&oids, &locked, found).await?;
        let stored = oids.iter().copied().chain(indexes.iter().filter_map(|it| it.whole("oid")));
        let sizes = self.sizes(&stored.collect(), &locked, found).await?;
        let foreign_keys = self.foreign_keys(&oids, found).await?;
        let around = Around { columns, activity, sizes: &sizes, version: server.version.major() };
        let tables: Vec<Table> = relations.iter().map(|it| around.table(it)).collect();
        say_row_security(&tables, server, found);
        Ok(CatalogParts {
            tables,
            indexes: indexes.iter().map(|it| super::indexes::index(it, &sizes)).collect(),
            foreign_keys,
            ..CatalogParts::default()
        })
    }

    /// Relations that somebody locks against readers, or waits to.
    async fn locked(&self, found: &mut Vec<Note>) -> Result<Oids, ServerError> {
        let query = include_str!("../queries/locked.sql");
        let records = self.section("read the locks", query, &[], found).await?;
        Ok(records.iter().filter_map(|it| it.whole("relation")).collect())
    }

    async fn columns(
        &self,
        names: &BTreeMap<i64, QualifiedName>,
        found: &mut Vec<Note>,
    ) -> Result<BTreeMap<i64, Vec<Column>>, ServerError> {
        let statistics = self.statistics(found).await?;
        let query = include_str!("../queries/columns.sql");
        let oids = array(names.keys());
        let records = self.section("read the columns", query, &[oids], found).await?;
        let mut columns: BTreeMap<i64, Vec<Column>> = BTreeMap::new();
        for record in &records {
            let relation = record.whole("relation").unwrap_or_default();
            let key = names.get(&relation).map(|it| (it.clone(), record.word("name")));
            let found = key.and_then(|it| statistics.get(&it).cloned());
            columns.entry(relation).or_default().push(column(record, found));
        }
        Ok(columns)
    }

    async fn statistics(&self, found: &mut Vec<Note>) -> Result<Statistics, ServerError> {
        let query = include_str!("../queries/statistics.sql");
        let wanted = self.options.privacy == Privacy::Values;
        let values = [TextValue::of(if wanted { "true" } else { "false" })];
        let records = self.section("read the statistics", query, &values, found).await?;
        let read = records
            .iter()
            .map(|it| ((qualified(it, "schema", "name"), it.word("column")), statistics(it)));
        Ok(read.collect())
    }

    /// Counters by relation; those that a standby does not keep are left out.
    async fn activity(
        &self,
        server: &Server,
        found: &mut Vec<Note>,
    ) -> Result<BTreeMap<i64, Counted>, ServerError> {
        let query = include_str!("../queries/activity.sql");
        let records = self.section("read the counters of tables", query, &[], found).await?;
        let read = records.iter().filter_map(|it| {
            let counted = Counted {
                activity: activity(it),
                modified: (!server.standby).then(|| it.count("modified")),
                analyzed: (!server.standby).then(|| it.flag("analyzed")),
            };
            Some((it.whole("relation")?, counted))
        });
        Ok(read.collect())
    }

    /// File sizes: one query for all, halved where a lock is in the way, down to the relation.
    pub async fn sizes(
        &self,
        oids: &Oids,
        locked: &Oids,
        found: &mut Vec<Note>,
    ) -> Result<Sizes, ServerError> {
        let free: Vec<i64> = oids.difference(locked).copied().collect();
        let mut sizes = Sizes::new();
        let mut missing = oids.intersection(locked).count();
        let mut parts = vec![free];
        while let Some(part) = parts.pop().filter(|it| !it.is_empty()) {
            let query = include_str!("../queries/sizes.sql");
            let values = [array(&part)];
            match self.read("read the sizes", query, &values).await {
                Ok(records) => sizes.extend(records.iter().filter_map(size)),
                Err(error) if error.kind == ServerErrorKind::Locked && part.len() > 1 => {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([left.to_vec(), right.to_vec()]);
                }
                Err(error) if error.kind == ServerErrorKind::Locked => missing += 1,
                Err(error) if error.kind == ServerErrorKind::Gone => return Err(error),
                Err(error) => {
                    found.push(error.note("sizes"));
                    break;
                }
            }
        }
        if missing > 0 {
            let message = format!(
                "{missing} relations are locked, so their sizes are those of the last VACUUM"
            );
            found.push(Note::new(NoteCode::Missing, "sizes", message));
        }
        Ok(sizes)
    }

    async fn foreign_keys(
        &self,
        oids: &Oids,
        found: &mut Vec<Note>,
    ) -> Result<Vec<ForeignKey>, ServerError> {
        let query = include_str!("../queries/foreign_keys.sql");
        let records = self.section("read the foreign keys", query, &[array(oids)], found).await?;
        Ok(records.iter().map(foreign_key).collect())
    }
}

/// Statistics by relation and column.
type Statistics = BTreeMap<(QualifiedName, String), ColumnStatistics>;

/// Counters of one relation.
struct Counted {
    activity: Activity,
    modified: Option<u64>,
    analyzed: Option<bool>,
}

/// What a table is put together from.
struct Around<'a> {
    columns: BTreeMap<i64, Vec<Column>>,
    activity: BTreeMap<i64, Counted>,
    sizes: &'a Sizes,
    version: u32,
}

impl Around<'_> {
    fn table(&self, record: &Record) -> Table {
        let oid = record.whole("oid").unwrap_or_default();
        let counted = self.activity.get(&oid);
        let pages = Pages(record.count("pages"));
        Table {
            name: qualified(record, "schema", "name"),
            kind: table_kind(&record.word("kind")),
            columns: self.columns.get(&oid).cloned().unwrap_or_default(),
            rows: self.rows(record.float("rows"), pages),
            pages,
            all_visible: Pages(record.count("all_visible")),
            file_pages: self.sizes.get(&oid).copied(),
            parents: pairs(&record.json("parents")),
            row_security: record.flag("row_security"),
            owner: Name(record.word("owner")),
            activity: counted.map(|it| it.activity),
            modified_since_analyze: counted.and_then(|it| it.modified),
            analyzed: counted.and_then(|it| it.analyzed),
        }
    }

    /// `reltuples`: -1 means never counted from 14 on, before that 0 without pages does.
    fn rows(&self, rows: Option<f64>, pages: Pages) -> Option<Rows> {
        let uncounted = |rows: f64| self.version < 14 && rows == 0.0 && pages.0 == 0;
        rows.filter(|it| *it >= 0.0 && !uncounted(*it)).map(Rows)
    }
}

fn say_capped(relations: &[Record], found: &mut Vec<Note>) {
    let total = relations.first().map_or(0, |it| it.count("total"));
    let read = relations.len() as u64;
    if total > read {
        let message = format!("{read} of {total} relations were read, the largest first");
        found.push(capped("relations", message));
    }
}

/// Tables with row security show no statistics to a role that the policies bind.
fn say_row_security(tables: &[Table], server: &Server, found: &mut Vec<Note>) {
    let blind = tables.iter().filter(|it| {
        it.row_security && it.rows.is_some() && it.columns.iter().all(|it| it.statistics.is_none())
    });
    for table in blind {
        let message = format!("row security hides the statistics from role {}", server.role);
        let remedy = "Read with the table's owner or a role with BYPASSRLS.";
        found.push(Note::new(NoteCode::Privilege, table.name.plain(), message).with_remedy(remedy));
    }
    let seen = |it: &&Table| it.columns.iter().any(|it| it.statistics.is_some());
    let counted = tables.iter().filter(|it| it.stores_rows() && it.rows.is_some_and(|n| n.0 > 0.0));
    let (with, without): (Vec<&Table>, Vec<&Table>) =
        counted.filter(|it| !it.row_security).partition(seen);
    if !without.is_empty() && without.len() > with.len() {
        let message = format!(
            "{} of {} filled tables show no statistics",
            without.len(),
            without.len() + with.len()
        );
        let role = &server.role;
        let remedy = if server.version.major() >= 14 {
            format!("Run: GRANT pg_read_all_data TO {role}; and ANALYZE where it never ran.")
        } else {
            format!("Grant SELECT on the tables to {role}, and run ANALYZE where it never ran.")
        };
        found.push(Note::new(NoteCode::Privilege, "statistics", message).with_remedy(remedy));
    }
}

fn size(record: &Record) -> Option<(i64, Pages)> {
    record.whole("pages")?;
    Some((record.whole("relation")?, Pages(record.count("pages"))))
}

fn table_kind(letter: &str) -> TableKind {
    match letter {
        "r" => TableKind::Table,
        "p" => TableKind::Partitioned,
        "v" => TableKind::View,
        "m" => TableKind::MaterializedView,
        "f" => TableKind::Foreign,
        other => TableKind::Other(other.chars().next().unwrap_or('?')),
    }
}

fn column(record: &Record, statistics: Option<ColumnStatistics>) -> Column {
    let small = |column: &str| i16::try_from(record.whole(column).unwrap_or(-1)).unwrap_or(-1);
    Column {
        number: small("number"),
        name: Name(record.word("name")),
        type_name: record.word("type_name"),
        type_length: small("type_length"),
        type_alignment: record.word("type_alignment").chars().next().unwrap_or('i'),
        sortable: record.flag("sortable"),
        not_null: record.flag("not_null"),
        statistics,
    }
}

/// Values that cannot be read as an array are left out, as are NULLs, which no array of
/// statistics holds.
fn statistics(record: &Record) -> ColumnStatistics {
    let values = |column: &str| -> Vec<String> {
        let read = record.text(column).and_then(|it| read_array(&it).ok());
        read.into_iter().flatten().flatten().collect()
    };
    let shares = values("shares").into_iter().map(|it| Share(it.parse().unwrap_or_default()));
    ColumnStatistics {
        null_share: Share(record.float("null_share").unwrap_or_default()),
        width: Bytes(record.count("width")),
        distinct: Distinct::from_catalog(record.float("distinct").unwrap_or_default()),
        common: values("common").into_iter().zip(shares).collect(),
        histogram: values("histogram"),
        correlation: record.float("correlation"),
    }
}

fn activity(record: &Record) -> Activity {
    Activity {
        seq_scans: record.count("seq_scans"),
        seq_rows: record.count("seq_rows"),
        index_scans: record.count("index_scans"),
        inserted: record.count("inserted"),
        updated: record.count("updated"),
        deleted: record.count("deleted"),
        hot_updated: record.count("hot_updated"),
        dead_rows: record.count("dead_rows"),
    }
}

fn foreign_key(record: &Record) -> ForeignKey {
    ForeignKey {
        name: Name(record.word("name")),
        child: qualified(record, "child_schema", "child_name"),
        child_columns: names(&record.json("child_columns")),
        parent: qualified(record, "parent_schema", "parent_name"),
        parent_columns: names(&record.json("parent_columns")),
    }
}

/// One function of the catalog.
pub fn function(record: &Record) -> Function {
    Function {
        name: qualified(record, "schema", "name"),
        arguments: record.word("arguments"),
        kind: match record.word("kind").as_str() {
            "a" => FunctionKind::Aggregate,
            "w" => FunctionKind::Window,
            "p" => FunctionKind::Procedure,
            _ => FunctionKind::Function,
        },
        volatility: match record.word("volatility").as_str() {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        language: match record.word("language").as_str() {
            "internal" => Language::Internal,
            "c" => Language::C,
            "sql" => Language::Sql,
            other => Language::Other(other.to_owned()),
        },
        built_in: record.flag("built_in"),
        leakproof: record.flag("leakproof"),
    }
}

/// Oids as an array to bind.
pub fn array<'a>(oids: impl IntoIterator<Item = &'a i64>) -> TextValue {
    let oids: Vec<String> = oids.into_iter().map(ToString::to_string).collect();
    TextValue::of(format!("{{{}}}", oids.join(",")))
}

/// A JSON list of names.
pub fn names(value: &serde_json::Value) -> Vec<Name> {
    let names = value.as_array().into_iter().flatten();
    names.filter_map(|it| it.as_str()).map(Name::from).collect()
}

/// A JSON list of pairs of schema and name.
fn pairs(value: &serde_json::Value) -> Vec<QualifiedName> {
    let pairs = value.as_array().into_iter().flatten();
    pairs
        .filter_map(|it| Some(QualifiedName::new(it.get(0)?.as_str()?, it.get(1)?.as_str()?)))
        .collect()
}
