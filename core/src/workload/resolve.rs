//! What each name of a statement means: relations by the search path of the role that ran it,
//! columns by the relations in their scope.
//!
//! Derived tables and CTEs are looked through where an output is a plain column. Views are not:
//! a name that means a view resolves to the view itself, and a note says so. Refuses to guess:
//! a name that fits no recorded relation, or several, stays unresolved.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Name, Note, NoteCode, QualifiedName, TableId};
use crate::catalog::{Catalog, TableKind};
use crate::sql::{BlockId, ColumnUse, OutputValue, ParameterContext, RelationName, Statement};
use crate::workload::Capture;
use crate::workload::scope::Scope;
use crate::workload::search_path::search_path;

/// Where a column of a statement stands, once its names are resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnPlace {
    /// The block whose FROM holds the table; another than the column's own when it was looked
    /// up outwards, or through a derived table.
    pub block: BlockId,
    /// The position in that block's relations.
    pub relation: usize,
    /// The table.
    pub table: TableId,
    /// The column as the catalog names it.
    pub column: Name,
}

/// Which table each relation of a statement means, and which column each column use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    names: BTreeMap<RelationName, TableId>,
    columns: BTreeMap<ColumnUse, ColumnPlace>,
}

impl Resolution {
    /// The table that a relation's name means; `None` when it was not found.
    pub fn relation(&self, name: &RelationName) -> Option<TableId> {
        self.names.get(name).copied()
    }

    /// All relations that were found, by name as written.
    pub fn relations(&self) -> impl Iterator<Item = (&RelationName, TableId)> {
        self.names.iter().map(|(name, table)| (name, *table))
    }

    /// The table and column that a column use means, derived tables looked through.
    pub fn column(&self, column: &ColumnUse) -> Option<(TableId, Name)> {
        self.place(column).map(|it| (it.table, it.column.clone()))
    }

    /// The same, with the entry of FROM that it belongs to.
    pub fn place(&self, column: &ColumnUse) -> Option<&ColumnPlace> {
        self.columns.get(column)
    }

    /// All column uses that were found, with where they stand.
    pub fn places(&self) -> impl Iterator<Item = (&ColumnUse, &ColumnPlace)> {
        self.columns.iter()
    }
}

/// Resolves all names of one statement, as its role would.
pub(super) fn resolve(
    statement: &Statement,
    label: &str,
    role: &Name,
    capture: &Capture,
) -> (Resolution, Vec<Note>) {
    let (names, mut notes) = relation_names(statement, label, role, capture);
    let scope = Scope { statement, names: &names, catalog: &capture.catalog };
    let columns = column_uses(statement)
        .into_iter()
        .filter_map(|column| Some((column.clone(), scope.column(column)?)))
        .collect();
    let views = names.iter().filter(|(_, id)| capture.catalog.table(**id).kind == TableKind::View);
    if let Some((view, _)) = views.into_iter().next() {
        let message = format!("reads the view {view}; the tables behind views are not looked at");
        notes.push(Note::new(NoteCode::Method, label, message));
    }
    (Resolution { names, columns }, notes)
}

/// A relation of the server's own schemas, which a capture does not hold.
pub(super) fn is_system_name(name: &RelationName) -> bool {
    match &name.schema {
        Some(schema) => {
            matches!(schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast")
        }
        None => name.name.as_str().starts_with("pg_"),
    }
}

/// The tables that the relations' names mean.
fn relation_names(
    statement: &Statement,
    label: &str,
    role: &Name,
    capture: &Capture,
) -> (BTreeMap<RelationName, TableId>, Vec<Note>) {
    let catalog = &capture.catalog;
    let path = search_path(role, capture);
    let mut names: BTreeMap<RelationName, TableId> = statement
        .relations
        .iter()
        .filter_map(|name| Some((name.clone(), by_path(name, &path, catalog)?)))
        .collect();
    let lost: Vec<&RelationName> = statement
        .relations
        .iter()
        .filter(|name| !names.contains_key(*name) && !is_system_name(name))
        .collect();
    if lost.is_empty() {
        return (names, Vec::new());
    }
    let bare = || statement.relations.iter().filter(|it| it.schema.is_none());
    let bare = || bare().filter(|it| !is_system_name(it));
    match only_schema(bare(), catalog) {
        Some(schema) if lost.iter().all(|it| it.schema.is_none()) => {
            names.extend(bare().filter_map(|name| {
                let full = QualifiedName { schema: schema.clone(), name: name.name.clone() };
                Some((name.clone(), catalog.find_table(&full)?))
            }));
            let message = format!(
                "its tables are not all in the search_path of {role}; all of them are in the \
                 schema {schema} and in no other, so they were taken from there"
            );
            (names, vec![Note::new(NoteCode::Method, label, message)])
        }
        _ => {
            let notes = lost.into_iter().map(|name| not_found(name, label, role, catalog));
            (names, notes.collect())
        }
    }
}

/// The table of a name, by its schema or the first schema of the path that has it.
fn by_path(name: &RelationName, path: &[Name], catalog: &Catalog) -> Option<TableId> {
    if let Some(schema) = &name.schema {
        let full = QualifiedName { schema: schema.clone(), name: name.name.clone() };
        return catalog.find_table(&full);
    }
    let known = catalog.tables_named(&name.name);
    path.iter().find_map(|schema| {
        known.iter().copied().find(|id| catalog.table(*id).name.schema == *schema)
    })
}

/// The only schema that has all of these names.
fn only_schema<'a>(
    names: impl Iterator<Item = &'a RelationName>,
    catalog: &Catalog,
) -> Option<Name> {
    let having = |name: &RelationName| -> BTreeSet<&Name> {
        catalog.tables_named(&name.name).iter().map(|id| &catalog.table(*id).name.schema).collect()
    };
    let all = names.map(having).reduce(|a, b| a.intersection(&b).copied().collect())?;
    let mut all = all.into_iter();
    let first = all.next()?;
    all.next().is_none().then(|| first.clone())
}

/// Why a name has no table.
fn not_found(name: &RelationName, label: &str, role: &Name, catalog: &Catalog) -> Note {
    let schemas: Vec<String> = catalog
        .tables_named(&name.name)
        .iter()
        .map(|id| catalog.table(*id).name.schema.0.clone())
        .collect();
    let message = match (schemas.is_empty(), &name.schema) {
        (true, _) | (_, Some(_)) => format!("the relation {name} is not among the recorded ones"),
        (false, None) => format!(
            "the relation {name} is in none of the schemas that {role} searches; it is in {}",
            schemas.join(", ")
        ),
    };
    Note::new(NoteCode::AmbiguousNames, label, message).with_remedy(format!(
        "if {role} sets its search_path in the session, set it with ALTER ROLE … SET search_path \
         or record again with the schema included"
    ))
}

/// Every column that a block or a parameter names.
fn column_uses(statement: &Statement) -> BTreeSet<&ColumnUse> {
    let blocks = statement.blocks.iter().flat_map(|block| {
        let compared =
            block.predicates.iter().flat_map(|it| [&it.left, &it.right].into_iter().chain(&it.row));
        let outputs = block.outputs.iter().filter_map(|it| match &it.value {
            OutputValue::Operand(operand) => Some(operand),
            OutputValue::Star(_) => None,
        });
        compared
            .chain(outputs)
            .chain(block.order.iter().map(|it| &it.operand))
            .chain(&block.group)
            .chain(&block.having)
            .chain(&block.distinct_on)
            .chain(&block.limit)
            .chain(&block.offset)
    });
    let uses = statement.parameter_uses.iter().filter_map(|it| match &it.context {
        ParameterContext::Compared(column, _) | ParameterContext::ListMember(column) => {
            Some(column)
        }
        _ => None,
    });
    blocks.flat_map(crate::sql::Operand::columns).chain(uses).collect()
}
