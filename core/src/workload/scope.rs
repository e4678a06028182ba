//! Columns by scope: from a column as written to the table in some FROM that holds it.
//!
//! Follows SQL's rules: the innermost FROM that has the name wins. Where an entry's columns are
//! not known (a function, a relation that was not recorded) a bare name could be its, and the
//! search ends without an answer.

use std::collections::BTreeMap;

use crate::base::{Name, TableId};
use crate::catalog::Catalog;
use crate::sql::{
    Block, BlockId, ColumnUse, Operand, Output, OutputValue, RelationName, RelationSource,
    RelationUse, Statement,
};
use crate::workload::ColumnPlace;

/// How many derived tables inside each other are looked through. A bound, not a wish: recursive
/// CTEs refer to themselves.
const DEPTH_MAX: usize = 8;

/// Everything that a column's meaning depends on.
pub(super) struct Scope<'a> {
    pub(super) statement: &'a Statement,
    pub(super) names: &'a BTreeMap<RelationName, TableId>,
    pub(super) catalog: &'a Catalog,
}

/// Whether an entry of FROM has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    Yes,
    No,
    Unknown,
}

/// A column of one entry of FROM, under the name that the entry gives it.
struct Entry<'a> {
    block: &'a Block,
    relation: usize,
    column: Name,
}

impl<'a> Scope<'a> {
    /// The table's column that a column use means.
    pub(super) fn column(&self, column: &ColumnUse) -> Option<ColumnPlace> {
        let mut entry = self.entry(column, DEPTH_MAX)?;
        for _ in 0..DEPTH_MAX {
            let relation = &entry.block.relations[entry.relation];
            if let RelationSource::Relation(name) = &relation.source {
                let table = *self.names.get(name)?;
                let column = self.table_column(relation, table, &entry.column)?;
                return Some(ColumnPlace {
                    block: entry.block.id,
                    relation: entry.relation,
                    table,
                    column,
                });
            }
            entry = self.behind(relation, &entry.column)?;
        }
        None
    }

    /// The entry of FROM that a column use belongs to.
    fn entry(&self, column: &ColumnUse, depth: usize) -> Option<Entry<'a>> {
        if column.qualifier.is_some() {
            let (block, relation) = self.statement.relation_of(column)?;
            let position = block.relations.iter().position(|it| std::ptr::eq(it, relation))?;
            return Some(Entry { block, relation: position, column: column.column.clone() });
        }
        let mut next = Some(column.block);
        while let Some(block) = next.and_then(|id| self.statement.block(id)) {
            match self.in_block(block, &column.column, depth) {
                (Has::Yes, relation) => {
                    return Some(Entry { block, relation, column: column.column.clone() });
                }
                (Has::Unknown, _) => return None,
                (Has::No, _) => next = block.parent,
            }
        }
        None
    }

    /// The first entry of a block that has a column. Several can have it only where USING or
    /// NATURAL merged them, since the server refuses an ambiguous name.
    fn in_block(&self, block: &Block, column: &Name, depth: usize) -> (Has, usize) {
        let mut answer = (Has::No, 0);
        for (position, relation) in block.relations.iter().enumerate() {
            match self.has(relation, column, depth) {
                Has::Yes => return (Has::Yes, position),
                Has::Unknown => answer = (Has::Unknown, position),
                Has::No => {}
            }
        }
        answer
    }

    /// Whether an entry has a column.
    fn has(&self, relation: &RelationUse, column: &Name, depth: usize) -> Has {
        if relation.columns.contains(column) {
            return Has::Yes;
        }
        match &relation.source {
            RelationSource::Relation(name) => match self.names.get(name) {
                Some(table) if self.catalog.table(*table).columns.is_empty() => Has::Unknown,
                Some(table) => match self.table_column(relation, *table, column) {
                    Some(_) => Has::Yes,
                    None => Has::No,
                },
                None => Has::Unknown,
            },
            RelationSource::Derived(block) | RelationSource::Cte(_, Some(block)) => {
                self.gives(*block, column, depth)
            }
            RelationSource::Cte(_, None)
            | RelationSource::Function(_)
            | RelationSource::TableFunction => {
                if relation.alias == *column {
                    Has::Yes
                } else {
                    Has::Unknown
                }
            }
            RelationSource::Join => Has::No,
        }
    }

    /// Whether a block's outputs have a column of this name.
    fn gives(&self, block: BlockId, column: &Name, depth: usize) -> Has {
        let Some(block) = self.statement.block(block) else { return Has::Unknown };
        if depth == 0 || block.set_operation || block.values {
            return Has::Unknown;
        }
        let mut answer = Has::No;
        for output in &block.outputs {
            let has = match &output.value {
                OutputValue::Star(None) => self.in_block(block, column, depth - 1).0,
                OutputValue::Star(Some(alias)) => {
                    let relation = block.relations.iter().find(|it| it.alias == *alias);
                    relation.map_or(Has::Unknown, |it| self.has(it, column, depth - 1))
                }
                OutputValue::Operand(_) => match output_name(output) {
                    Some(name) if name == column => Has::Yes,
                    Some(_) => Has::No,
                    None => Has::Unknown,
                },
            };
            match has {
                Has::Yes => return Has::Yes,
                Has::Unknown => answer = Has::Unknown,
                Has::No => {}
            }
        }
        answer
    }

    /// What stands behind a column of a derived table, when it is a plain column.
    fn behind(&self, relation: &RelationUse, column: &Name) -> Option<Entry<'a>> {
        let (RelationSource::Derived(inner) | RelationSource::Cte(_, Some(inner))) =
            &relation.source
        else {
            return None;
        };
        let block = self.statement.block(*inner)?;
        if block.set_operation || block.values {
            return None;
        }
        if let Some(position) = relation.columns.iter().position(|it| it == column) {
            let before = block.outputs.get(..=position)?;
            if before.iter().any(|it| matches!(it.value, OutputValue::Star(_))) {
                return None;
            }
            return self.output_entry(before.last()?);
        }
        let named = block.outputs.iter().find(|it| output_name(it) == Some(column));
        if let Some(output) = named {
            return self.output_entry(output);
        }
        block.outputs.iter().find_map(|output| match &output.value {
            OutputValue::Star(None) => match self.in_block(block, column, DEPTH_MAX) {
                (Has::Yes, relation) => Some(Entry { block, relation, column: column.clone() }),
                _ => None,
            },
            OutputValue::Star(Some(alias)) => {
                let position = block.relations.iter().position(|it| it.alias == *alias)?;
                let has = self.has(&block.relations[position], column, DEPTH_MAX) == Has::Yes;
                has.then(|| Entry { block, relation: position, column: column.clone() })
            }
            OutputValue::Operand(_) => None,
        })
    }

    /// The entry behind one output.
    fn output_entry(&self, output: &Output) -> Option<Entry<'a>> {
        match &output.value {
            OutputValue::Operand(Operand::Column(column)) => self.entry(column, DEPTH_MAX),
            _ => None,
        }
    }

    /// The table's own name of a column that an entry may have renamed.
    fn table_column(&self, relation: &RelationUse, table: TableId, column: &Name) -> Option<Name> {
        let table = self.catalog.table(table);
        if let Some(position) = relation.columns.iter().position(|it| it == column) {
            return table.columns.get(position).map(|it| it.name.clone());
        }
        let position = table.columns.iter().position(|it| it.name == *column)?;
        (position >= relation.columns.len()).then(|| column.clone())
    }
}

/// The name of an output; `None` where the server makes one up.
fn output_name(output: &Output) -> Option<&Name> {
    match (&output.alias, &output.value) {
        (Some(alias), _) => Some(alias),
        (None, OutputValue::Operand(operand)) => operand.column().map(|it| &it.column),
        (None, OutputValue::Star(_)) => None,
    }
}
