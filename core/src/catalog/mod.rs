//! What the database is: its relations, indexes, statistics, settings, roles and code.
//!
//! Every value here is read from catalogs or a capture; nothing is guessed. What could not be
//! read is `None`, never zero.

mod code;
mod cover;
mod index;
mod server;
mod statistics;
mod table;

use std::collections::BTreeMap;

use crate::base::{IndexId, Name, QualifiedName, TableId};

pub use code::{Function, FunctionKind, Language, Untrusted, UntrustedKind, Volatility};
pub use cover::Cover;
pub use index::{Index, IndexKey, IndexUsage, KeyTerm};
pub use server::{Role, Server, Setting, StatementsExtension, Version};
pub use statistics::{ColumnStatistics, Distinct};
pub use table::{Activity, Column, ForeignKey, Table, TableKind};

/// The database as far as the workload reaches it; lists sorted by qualified name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    tables: Vec<Table>,
    indexes: Vec<Index>,
    foreign_keys: Vec<ForeignKey>,
    functions: Vec<Function>,
    untrusted: Vec<Untrusted>,
    by_name: BTreeMap<Name, Vec<TableId>>,
    /// The indexes of each table, by its position.
    by_table: Vec<Vec<IndexId>>,
}

/// What a catalog is made of, in any order.
#[derive(Debug, Clone, Default)]
pub struct CatalogParts {
    /// Tables, partitions, views, materialized views, foreign tables.
    pub tables: Vec<Table>,
    /// Their indexes; one whose table is not among them is left out.
    pub indexes: Vec<Index>,
    /// Foreign keys between them.
    pub foreign_keys: Vec<ForeignKey>,
    /// Functions that the workload names, every overload of each name.
    pub functions: Vec<Function>,
    /// Everything that would run code of an owner nobody vouched for.
    pub untrusted: Vec<Untrusted>,
}

impl Catalog {
    /// Sorts the parts by name, so that ids and reports never depend on the order of reading.
    pub fn new(parts: CatalogParts) -> Self {
        let CatalogParts { mut tables, mut indexes, mut foreign_keys, mut functions, untrusted } =
            parts;
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        tables.dedup_by(|a, b| a.name == b.name);
        indexes.retain(|it| tables.binary_search_by(|table| table.name.cmp(&it.table)).is_ok());
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        indexes.dedup_by(|a, b| a.name == b.name);
        foreign_keys.sort();
        functions.sort();
        let mut untrusted = untrusted;
        untrusted.sort();
        untrusted.dedup();
        let mut by_name: BTreeMap<Name, Vec<TableId>> = BTreeMap::new();
        for (position, table) in tables.iter().enumerate() {
            by_name.entry(table.name.name.clone()).or_default().push(TableId::at(position));
        }
        let mut by_table = vec![Vec::new(); tables.len()];
        for (position, index) in indexes.iter().enumerate() {
            let of = tables.binary_search_by(|it| it.name.cmp(&index.table));
            by_table[of.expect("indexes without a table were left out")]
                .push(IndexId::at(position));
        }
        Self { tables, indexes, foreign_keys, functions, untrusted, by_name, by_table }
    }

    /// All tables, by qualified name.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.tables.iter().enumerate().map(|(position, table)| (TableId::at(position), table))
    }

    /// One table.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.position()]
    }

    /// The table of this name.
    pub fn find_table(&self, name: &QualifiedName) -> Option<TableId> {
        self.tables.binary_search_by(|it| it.name.cmp(name)).ok().map(TableId::at)
    }

    /// The tables of this name in any schema, by schema.
    pub fn tables_named(&self, name: &Name) -> &[TableId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// All indexes, by qualified name.
    pub fn indexes(&self) -> impl Iterator<Item = (IndexId, &Index)> {
        self.indexes.iter().enumerate().map(|(position, index)| (IndexId::at(position), index))
    }

    /// One index.
    #[expect(clippy::should_implement_trait, reason = "an index of a table, not of a list")]
    pub fn index(&self, id: IndexId) -> &Index {
        &self.indexes[id.position()]
    }

    /// The index of this name.
    pub fn find_index(&self, name: &QualifiedName) -> Option<IndexId> {
        self.indexes.binary_search_by(|it| it.name.cmp(name)).ok().map(IndexId::at)
    }

    /// The indexes of one table, by name.
    pub fn indexes_of(&self, table: TableId) -> impl Iterator<Item = (IndexId, &Index)> {
        self.by_table[table.position()].iter().map(|id| (*id, self.index(*id)))
    }

    /// All foreign keys.
    pub fn foreign_keys(&self) -> &[ForeignKey] {
        &self.foreign_keys
    }

    /// Every overload of a function's name, in any schema.
    pub fn functions_named<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Function> {
        self.functions.iter().filter(move |it| it.name.name == *name)
    }

    /// All recorded functions.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// Everything that would run code of an owner nobody vouched for.
    pub fn untrusted(&self) -> &[Untrusted] {
        &self.untrusted
    }

    /// The parts again, for writing.
    pub fn parts(&self) -> CatalogParts {
        CatalogParts {
            tables: self.tables.clone(),
            indexes: self.indexes.clone(),
            foreign_keys: self.foreign_keys.clone(),
            functions: self.functions.clone(),
            untrusted: self.untrusted.clone(),
        }
    }
}
