//! The indexes that a plan shows to exist: their tables, and as many of their keys as their
//! conditions and their names tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Name, Pages, QualifiedName};
use crate::catalog::{Index, IndexKey, KeyTerm};
use crate::plan::{ConditionTerm, Node, Plan, condition_columns, plain_column};

use super::seen::{Sightings, heap_of, sort_term, table_name};

/// What the scans of one index tell of it.
#[derive(Default)]
struct Shown {
    /// The longest list of columns that it was asked by, in the index's own order.
    asked: Vec<Name>,
}

/// Every index that a scan of the plan reads.
pub(super) fn indexes(plan: &Plan, sightings: &Sightings<'_>) -> Vec<Index> {
    let mut found: BTreeMap<(QualifiedName, Name), Shown> = BTreeMap::new();
    for node in plan.nodes() {
        let (Some(index), Some(table)) = (&node.index, table_of(plan, node)) else { continue };
        let shown = found.entry((table, index.clone())).or_default();
        let asked = if node.conditions.index_condition.is_some() {
            asked(node)
        } else {
            walked(plan, node)
        };
        if asked.len() > shown.asked.len() {
            shown.asked = asked;
        }
    }
    found.into_iter().map(|((table, name), shown)| index(table, name, shown, sightings)).collect()
}

/// The table that an index scan belongs to.
fn table_of(plan: &Plan, node: &Node) -> Option<QualifiedName> {
    table_name(node).or_else(|| heap_of(plan, node.id).and_then(table_name))
}

/// The columns that an index was asked by: the server prints an index's conditions in the order
/// of its keys (source: `match_clauses_to_index`, `indxpath.c`).
fn asked(node: &Node) -> Vec<Name> {
    let Some(text) = &node.conditions.index_condition else { return Vec::new() };
    let mut found: Vec<Name> = Vec::new();
    for term in condition_columns(text) {
        match term {
            ConditionTerm::Column(it) if found.last().is_none_or(|last| last.0 != it.column) => {
                found.push(Name(it.column));
            }
            ConditionTerm::Column(_) => {}
            ConditionTerm::Opaque(_) => break,
        }
    }
    found
}

/// The columns in whose order an index was walked, as far as the node above tells: what an
/// Incremental Sort found sorted.
fn walked(plan: &Plan, node: &Node) -> Vec<Name> {
    let Some(above) = plan.parent(node.id) else { return Vec::new() };
    let column = |text: &String| plain_column(sort_term(text).0).map(|(_, column)| Name(column));
    above.keys.presorted.iter().map_while(column).collect()
}

fn index(table: QualifiedName, name: Name, shown: Shown, sightings: &Sightings<'_>) -> Index {
    let columns: BTreeSet<&Name> = sightings.columns(&table).collect();
    let by_name = columns_in_name(&name, &table.name, &columns);
    // A name can be old, a condition cannot: it wins where the two do not agree.
    let keys = if by_name.starts_with(&shown.asked) { by_name } else { shown.asked };
    let key = |column: Name| IndexKey {
        term: KeyTerm::Column(column),
        operator_class: None,
        collation: None,
        descending: false,
        nulls_first: false,
    };
    let primary = name.as_str() == format!("{}_pkey", table.name.as_str());
    let unique = primary || name.as_str().ends_with("_key");
    Index {
        name: QualifiedName { schema: table.schema.clone(), name: name.clone() },
        table,
        method: Name::from("btree"),
        keys: keys.into_iter().map(key).collect(),
        include: Vec::new(),
        predicate: None,
        unique,
        nulls_not_distinct: false,
        constraint: unique.then_some(name),
        primary,
        exclusion: false,
        valid: true,
        ready: true,
        replica_identity: false,
        clustered: false,
        referenced: false,
        parent: None,
        pages: Pages(0),
        file_pages: None,
        rows: None,
        definition: None,
        usage: None,
        of_extension: false,
    }
}

/// The columns that an index's name spells, where a machine chose it: `orders_a_b_idx` by the
/// server (source: `ChooseIndexName`, `indexcmds.c`), `index_orders_on_a_and_b` and `idx_orders_a`
/// by tools. Nothing when a part of it is no known column.
fn columns_in_name(name: &Name, table: &Name, columns: &BTreeSet<&Name>) -> Vec<Name> {
    let (name, table) = (name.as_str(), table.as_str());
    let server = || {
        let inner = name.strip_prefix(table)?.trim_end_matches(|it: char| it.is_ascii_digit());
        inner.strip_suffix("_idx").or_else(|| inner.strip_suffix("_key"))
    };
    let tools = || {
        let on = name.strip_prefix("index_")?.strip_prefix(table)?.strip_prefix("_on");
        on.filter(|it| it.starts_with('_'))
    };
    let short = || {
        let rest = name.strip_prefix("idx_").or_else(|| name.strip_prefix("ix_"))?;
        rest.strip_prefix(table)
    };
    let Some(mut rest) = server().or_else(tools).or_else(short) else { return Vec::new() };
    let mut found = Vec::new();
    while let Some(next) = rest.strip_prefix("_and_").or_else(|| rest.strip_prefix('_')) {
        let starts = |it: &&&Name| {
            next.strip_prefix(it.as_str()).is_some_and(|it| it.is_empty() || it.starts_with('_'))
        };
        let Some(column) = columns.iter().filter(starts).max_by_key(|it| it.as_str().len()) else {
            return Vec::new();
        };
        found.push((*column).clone());
        rest = &next[column.as_str().len()..];
    }
    if rest.is_empty() { found } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_columns_out_of_names_that_the_server_chose() {
        let columns = ["customer_id", "customer", "created_at", "id"].map(Name::from);
        let columns: BTreeSet<&Name> = columns.iter().collect();
        let read = |name: &str| {
            columns_in_name(&Name::from(name), &Name::from("orders"), &columns)
                .iter()
                .map(|it| it.0.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(read("orders_customer_id_created_at_idx"), ["customer_id", "created_at"]);
        assert_eq!(read("orders_customer_id_idx1"), ["customer_id"]);
        assert_eq!(read("orders_id_key"), ["id"]);
        assert_eq!(read("index_orders_on_customer_and_id"), ["customer", "id"]);
        assert_eq!(read("idx_orders_created_at"), ["created_at"]);
        for unknown in ["orders_pkey", "orders_status_idx", "by_customer", "orders_idx_id"] {
            assert!(read(unknown).is_empty(), "{unknown}");
        }
    }
}
