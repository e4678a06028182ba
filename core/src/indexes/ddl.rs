//! The SQL that we advise, and the SQL that undoes it. Never run by us on a user's database.
//!
//! Every name goes through `Name`; CONCURRENTLY stands wherever the server allows it. Refuses
//! to write a script for servers whose concurrent builds can corrupt an index.

use std::collections::BTreeSet;

use crate::base::{Name, QualifiedName, stable_id};
use crate::catalog::{Catalog, Index, Table, TableKind, Version};

use super::candidate::Definition;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DdlStatement {
    /// The text, comment lines first, ended by a semicolon.
    pub sql: String,
    /// It is refused inside a transaction block.
    pub outside_transaction: bool,
}

/// Why there is no script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum DdlError {
    /// 14.0 to 14.3.
    #[error(
        "server {0} can corrupt an index that is built CONCURRENTLY; update to 14.4 or later first"
    )]
    CorruptingVersion(Version),
    /// The text that made an index is not known, so it could not be made again.
    #[error("the definition of index {0} is not known, so dropping it could not be undone")]
    NoDefinition(String),
}

/// Whether CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can corrupt an index here:
/// 14.0 to 14.3 (source: release notes of 14.4).
pub fn corrupting_version(version: Version) -> bool {
    (140_000..140_004).contains(&version.0)
}

/// What to run to build an index under this name.
pub fn create(
    definition: &Definition,
    name: &QualifiedName,
    catalog: &Catalog,
    version: Version,
) -> Result<Vec<DdlStatement>, DdlError> {
    if corrupting_version(version) {
        return Err(DdlError::CorruptingVersion(version));
    }
    Ok(build(definition, name, catalog))
}

/// What to run to build an index on a server whose version nobody told: whoever shows it says
/// that 14.0 to 14.3 are not to run it.
pub fn create_unchecked(
    definition: &Definition,
    name: &QualifiedName,
    catalog: &Catalog,
) -> Vec<DdlStatement> {
    build(definition, name, catalog)
}

fn build(definition: &Definition, name: &QualifiedName, catalog: &Catalog) -> Vec<DdlStatement> {
    let partitioned = catalog
        .find_table(&definition.table)
        .is_some_and(|id| catalog.table(id).kind == TableKind::Partitioned);
    if !partitioned {
        return vec![build_concurrently(definition, name)];
    }
    let mut statements = vec![build_on_parent(definition, name)];
    for partition in partitions(catalog, &definition.table) {
        let own = Definition { table: partition.name.clone(), ..definition.clone() };
        let own_name = name_for(&own, catalog);
        statements.extend(build(&own, &own_name, catalog));
        statements.push(attach(name, &own_name));
    }
    statements
}

/// The direct partitions of a table, by name.
pub fn partitions<'a>(
    catalog: &'a Catalog,
    parent: &'a QualifiedName,
) -> impl Iterator<Item = &'a Table> {
    catalog.tables().map(|(_, table)| table).filter(move |it| it.parents.contains(parent))
}

fn build_concurrently(definition: &Definition, name: &QualifiedName) -> DdlStatement {
    DdlStatement {
        sql: format!(
            "-- Takes SHARE UPDATE EXCLUSIVE on the table while it reads it twice: reads and \
             writes go on,\n-- other DDL and VACUUM wait. If it fails it leaves an invalid index: \
             drop that, try again.\nCREATE INDEX CONCURRENTLY {} ON {} {};",
            name.name,
            definition.table,
            definition.shape()
        ),
        outside_transaction: true,
    }
}

fn build_on_parent(definition: &Definition, name: &QualifiedName) -> DdlStatement {
    DdlStatement {
        sql: format!(
            "-- A partitioned table refuses CONCURRENTLY. This makes an empty, invalid parent \
             index, in moments,\n-- under a SHARE lock on the parent; it becomes valid when the \
             last partition is attached.\nCREATE INDEX {} ON ONLY {} {};",
            name.name,
            definition.table,
            definition.shape()
        ),
        outside_transaction: false,
    }
}

fn attach(parent: &QualifiedName, child: &QualifiedName) -> DdlStatement {
    DdlStatement {
        sql: format!(
            "-- Moments, under ACCESS EXCLUSIVE on the parent's index.\n\
             ALTER INDEX {parent} ATTACH PARTITION {child};"
        ),
        outside_transaction: false,
    }
}

/// What to run to get rid of an index that `create` built.
///
/// A partitioned parent's index cannot be dropped CONCURRENTLY: the one plain statement takes
/// its partitions' indexes along.
pub fn undo(definition: &Definition, name: &QualifiedName, catalog: &Catalog) -> Vec<DdlStatement> {
    let partitioned = catalog
        .find_table(&definition.table)
        .is_some_and(|id| catalog.table(id).kind == TableKind::Partitioned);
    vec![if partitioned { drop_plainly(name) } else { drop_concurrently(name) }]
}

fn drop_concurrently(name: &QualifiedName) -> DdlStatement {
    DdlStatement {
        sql: format!(
            "-- Takes SHARE UPDATE EXCLUSIVE on the table and waits for transactions that use \
             it.\nDROP INDEX CONCURRENTLY IF EXISTS {name};"
        ),
        outside_transaction: true,
    }
}

fn drop_plainly(name: &QualifiedName) -> DdlStatement {
    DdlStatement {
        sql: format!(
            "-- A partitioned index refuses CONCURRENTLY. Takes ACCESS EXCLUSIVE on the table \
             and its partitions,\n-- for moments once it has it: set lock_timeout first.\n\
             DROP INDEX IF EXISTS {name};"
        ),
        outside_transaction: false,
    }
}

/// What to run to drop an existing index, and what to run to have it back as it was.
pub fn remove(
    index: &Index,
    catalog: &Catalog,
) -> Result<(Vec<DdlStatement>, Vec<DdlStatement>), DdlError> {
    let Some(definition) = &index.definition else {
        return Err(DdlError::NoDefinition(index.name.plain()));
    };
    let partitioned = catalog
        .find_table(&index.table)
        .is_some_and(|id| catalog.table(id).kind == TableKind::Partitioned);
    if partitioned {
        let again = DdlStatement { sql: format!("{definition};"), outside_transaction: false };
        return Ok((vec![drop_plainly(&index.name)], vec![again]));
    }
    let again = ["CREATE UNIQUE INDEX ", "CREATE INDEX "]
        .iter()
        .find_map(|head| definition.strip_prefix(head).map(|rest| (head, rest)))
        .map(|(head, rest)| format!("{head}CONCURRENTLY {rest};"));
    let again = DdlStatement {
        outside_transaction: again.is_some(),
        sql: again.unwrap_or_else(|| format!("{definition};")),
    };
    Ok((vec![drop_concurrently(&index.name)], vec![again]))
}

/// The server cuts longer names without a word (source: `NAMEDATALEN`).
const NAME_BYTES_MAX: usize = 63;

/// Enough digits of a stable id to tell the indexes of one table apart.
const SUFFIX_DIGITS: usize = 6;

/// The name of a new index: `idx_<table>_<columns>`, with a stable suffix when that name is
/// taken, too long, or leaves something of the definition unsaid.
pub fn name_for(definition: &Definition, catalog: &Catalog) -> QualifiedName {
    let columns: Vec<&str> = definition.columns().map(Name::as_str).collect();
    let plain = format!("idx_{}_{}", definition.table.name.as_str(), columns.join("_"));
    let unsaid = definition.predicate.is_some()
        || !definition.include.is_empty()
        || definition.keys.iter().any(|key| key.descending || key.nulls_first);
    let in_schema = |text: &str| QualifiedName {
        schema: definition.table.schema.clone(),
        name: Name::from(text),
    };
    let taken = |text: &str| {
        let name = in_schema(text);
        catalog.find_index(&name).is_some() || catalog.find_table(&name).is_some()
    };
    if !unsaid && plain.len() <= NAME_BYTES_MAX && !taken(&plain) {
        return in_schema(&plain);
    }
    let names = (0_u32..).map(|attempt| suffixed(&plain, definition, attempt));
    let free = names.take(100).find(|it| !taken(it));
    in_schema(&free.unwrap_or_else(|| suffixed(&plain, definition, 100)))
}

/// Names for several new indexes, in their order: no two alike.
pub fn names_for(definitions: &[Definition], catalog: &Catalog) -> Vec<QualifiedName> {
    let mut taken: BTreeSet<QualifiedName> = BTreeSet::new();
    let mut names = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let first = name_for(definition, catalog);
        let mut others = (0_u32..100).map(|attempt| QualifiedName {
            schema: first.schema.clone(),
            name: Name(suffixed(first.name.as_str(), definition, attempt)),
        });
        let name = if taken.contains(&first) {
            others.find(|it| !taken.contains(it)).unwrap_or(first)
        } else {
            first
        };
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

fn suffixed(plain: &str, definition: &Definition, attempt: u32) -> String {
    let id = stable_id(&[&definition.canonical(), &attempt.to_string()]);
    let room = NAME_BYTES_MAX - SUFFIX_DIGITS - 1;
    format!("{}_{}", cut(plain, room), &id[..SUFFIX_DIGITS])
}

/// The longest beginning of at most so many bytes that ends between characters.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Pages, Rows};
    use crate::catalog::CatalogParts;
    use crate::indexes::KeyColumn;

    const VERSION: Version = Version(150_018);

    fn table(name: &str, kind: TableKind, parents: &[&str]) -> Table {
        Table {
            name: QualifiedName::new("public", name),
            kind,
            columns: Vec::new(),
            rows: Some(Rows(1e6)),
            pages: Pages(10_000),
            all_visible: Pages(0),
            file_pages: None,
            parents: parents.iter().map(|it| QualifiedName::new("public", it)).collect(),
            row_security: false,
            owner: Name::from("app"),
            activity: None,
            modified_since_analyze: None,
            analyzed: None,
        }
    }

    fn catalog() -> Catalog {
        let tables = vec![
            table("events", TableKind::Partitioned, &[]),
            table("events_1", TableKind::Table, &["events"]),
            table("events_2", TableKind::Partitioned, &["events"]),
            table("events_2_a", TableKind::Table, &["events_2"]),
            table("Orders", TableKind::Table, &[]),
            table("idx_Orders_id", TableKind::Table, &[]),
        ];
        Catalog::new(CatalogParts { tables, ..CatalogParts::default() })
    }

    fn definition(table: &str, columns: &[&str]) -> Definition {
        let key = |column: &&str| KeyColumn {
            column: Name::from(*column),
            descending: false,
            nulls_first: false,
        };
        Definition {
            table: QualifiedName::new("public", table),
            method: Name::from("btree"),
            keys: columns.iter().map(key).collect(),
            include: Vec::new(),
            predicate: None,
        }
    }

    /// The statements without their comment lines.
    fn bare(statements: &[DdlStatement]) -> Vec<String> {
        let line = |it: &DdlStatement| {
            it.sql.lines().filter(|line| !line.starts_with("--")).collect::<String>()
        };
        statements.iter().map(line).collect()
    }

    #[test]
    fn builds_concurrently_and_quotes() {
        let definition = definition("Orders", &["user", "b"]);
        let name = name_for(&definition, &catalog());
        let statements = create(&definition, &name, &catalog(), VERSION).unwrap();
        assert_eq!(
            bare(&statements),
            ["CREATE INDEX CONCURRENTLY \"idx_Orders_user_b\" ON public.\"Orders\" \
              USING btree (\"user\", b);"]
        );
        assert!(statements[0].outside_transaction);
        assert_eq!(
            bare(&undo(&definition, &name, &catalog())),
            ["DROP INDEX CONCURRENTLY IF EXISTS public.\"idx_Orders_user_b\";"]
        );
    }

    #[test]
    fn builds_partition_by_partition() {
        let definition = definition("events", &["at"]);
        let name = name_for(&definition, &catalog());
        let statements = create(&definition, &name, &catalog(), VERSION).unwrap();
        assert_eq!(
            bare(&statements),
            [
                "CREATE INDEX idx_events_at ON ONLY public.events USING btree (K);",
                "CREATE INDEX CONCURRENTLY idx_events_1_at ON public.events_1 USING btree (K);",
                "ALTER INDEX public.idx_events_at ATTACH PARTITION public.idx_events_1_at;",
                "CREATE INDEX idx_events_2_at ON ONLY public.events_2 USING btree (K);",
                "CREATE INDEX CONCURRENTLY idx_events_2_a_at ON public.events_2_a USING btree (K);",
                "ALTER INDEX public.idx_events_2_at ATTACH PARTITION public.idx_events_2_a_at;",
                "ALTER INDEX public.idx_events_at ATTACH PARTITION public.idx_events_2_at;",
            ]
            .map(|it| it.replace("(K)", &format!("({})", Name::from("at"))))
        );
    }

    #[test]
    fn stops_where_a_concurrent_build_can_corrupt() {
        let definition = definition("Orders", &["b"]);
        let name = name_for(&definition, &catalog());
        for (version, fine) in
            [(130_000, true), (140_000, false), (140_003, false), (140_004, true)]
        {
            let made = create(&definition, &name, &catalog(), Version(version));
            assert_eq!(made.is_ok(), fine, "{version}");
        }
    }

    #[test]
    fn names_are_short_free_and_stable() {
        let taken = name_for(&definition("Orders", &["id"]), &catalog());
        assert_ne!(taken.name.as_str(), "idx_Orders_id");
        assert_eq!(taken, name_for(&definition("Orders", &["id"]), &catalog()));
        let long = definition("Orders", &[&"ä".repeat(40)]);
        let name = name_for(&long, &catalog());
        assert!(name.name.as_str().len() <= NAME_BYTES_MAX, "{name}");
        let twins = [definition("Orders", &["a_b", "c"]), definition("Orders", &["a", "b_c"])];
        let names = names_for(&twins, &catalog());
        assert_ne!(names[0], names[1]);
    }
}
