//! The wishes of all cases: for every table of every query level what an access to it could use.
//!
//! A table that is joined gets one wish without its join keys and one per table that it is
//! joined to, as the inner side that is looked up by the other. Grouping without an order gets
//! a wish of its own, in the order of the groups. Views, foreign tables and the system catalogs
//! get none. Whether today's plan is good is not asked here.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::base::{Name, TableId};
use crate::catalog::{Catalog, Table, TableKind};
use crate::sql::{Block, BlockId, Gap, Kind, Operand, OutputValue, Role};
use crate::workload::conditions::{Condition, Form, Read, joined};
use crate::workload::kept::{all_values, by_range, one_value, rows_left};
use crate::workload::{Case, EqualityKind, EqualityWish, OrderWish, Wish, WishId};

/// The access that each statement asks of each table; ids are positions.
///
/// Runs on the current rayon pool. The order is that of the statements, of the blocks and of
/// the relations in them.
pub fn wishes(cases: &[Case], catalog: &Catalog) -> Vec<Wish> {
    let found: Vec<Vec<Wish>> = cases.par_iter().map(|case| of_case(case, catalog)).collect();
    let numbered = found.into_iter().flatten().zip(0..);
    numbered.map(|(wish, position)| Wish { id: WishId(position), ..wish }).collect()
}

/// The wishes of one statement, equal ones once.
fn of_case(case: &Case, catalog: &Catalog) -> Vec<Wish> {
    let Some(statement) = case.statement() else { return Vec::new() };
    let read = Read { draft: &case.draft, statement, catalog };
    let conditions = read.conditions();
    let columns = columns_read(&read);
    let mut found: Vec<Wish> = Vec::new();
    for block in &statement.blocks {
        for (position, relation) in block.relations.iter().enumerate() {
            let table = relation.relation().and_then(|it| case.draft.resolution.relation(it));
            let Some(table) = table.filter(|it| takes_indexes(catalog.table(*it))) else {
                continue;
            };
            if block.kind == Kind::Insert && position == 0 {
                continue;
            }
            let own =
                |it: &&Condition<'_>| (it.place.block, it.place.relation) == (block.id, position);
            let entry = Entry {
                read: &read,
                block,
                position,
                table,
                conditions: conditions.iter().filter(own).collect(),
                columns: columns.get(&(block.id, position)).cloned().unwrap_or_default(),
            };
            for wish in entry.wishes() {
                if !found.contains(&wish) {
                    found.push(wish);
                }
            }
        }
    }
    found
}

/// Indexes can be built on it, and it is the user's.
fn takes_indexes(table: &Table) -> bool {
    let kind = matches!(
        table.kind,
        TableKind::Table | TableKind::Partitioned | TableKind::MaterializedView
    );
    kind && !matches!(table.name.schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast")
}

/// The columns of each entry of FROM that the statement reads.
fn columns_read(read: &Read<'_>) -> BTreeMap<(BlockId, usize), BTreeSet<Name>> {
    let mut found: BTreeMap<(BlockId, usize), BTreeSet<Name>> = BTreeMap::new();
    for (_, place) in read.draft.resolution.places() {
        found.entry((place.block, place.relation)).or_default().insert(place.column.clone());
    }
    found
}

/// What one bound keeps when its value is not known before the scan (`DEFAULT_INEQ_SEL`,
/// `selfuncs.h`).
const BOUND_KEPT: f64 = 1.0 / 3.0;

/// One table in one FROM, with everything that is asked of it.
struct Entry<'a> {
    read: &'a Read<'a>,
    block: &'a Block,
    position: usize,
    table: TableId,
    conditions: Vec<&'a Condition<'a>>,
    columns: BTreeSet<Name>,
}

impl Entry<'_> {
    /// Without join keys, in the order of the groups, then by the keys of each joined table.
    fn wishes(&self) -> Vec<Wish> {
        let order = self.order();
        let plain = self.wish(None, order.clone());
        let grouped = if order.is_empty() { self.group_order() } else { Vec::new() };
        let grouped = (!grouped.is_empty()).then(|| self.wish(None, grouped));
        let inner =
            joined(&self.conditions).into_iter().map(|other| self.wish(Some(other), Vec::new()));
        [Some(plain), grouped].into_iter().flatten().chain(inner).collect()
    }

    /// One wish; `other` is the table whose rows look this one up.
    fn wish(&self, other: Option<(BlockId, usize, TableId)>, order: Vec<OrderWish>) -> Wish {
        let table = self.read.catalog.table(self.table);
        let mut share = 1.0;
        let mut equalities: BTreeMap<i16, EqualityWish> = BTreeMap::new();
        let mut ranges: BTreeMap<i16, (Name, f64, f64)> = BTreeMap::new();
        for condition in &self.conditions {
            let Some(column) = table.column(&condition.place.column) else { continue };
            let (with, operand) = match &condition.form {
                Form::Equal(with, operand) => (*with, *operand),
                Form::Join(place) if other == Some((place.block, place.relation, place.table)) => {
                    (EqualityKind::Join(place.table), None)
                }
                Form::Join(_) => continue,
                Form::JoinRange(place)
                    if other != Some((place.block, place.relation, place.table)) =>
                {
                    continue;
                }
                Form::JoinRange(_) | Form::Range(_) => {
                    let kept = match &condition.form {
                        Form::Range(predicate) => by_range(self.read.draft, column, predicate),
                        _ => BOUND_KEPT,
                    };
                    let range = ranges
                        .entry(column.number)
                        .or_insert_with(|| (column.name.clone(), 1.0, 0.0));
                    // Two bounds of one column cut from both ends, they are not independent.
                    (range.1, range.2) = (range.1.min(kept), range.2 + (1.0 - kept));
                    continue;
                }
            };
            let kept = one_value(self.read.draft, table, column, (with, operand));
            let wish = EqualityWish { column: column.name.clone(), with, kept };
            if equalities.insert(column.number, wish).is_none() {
                let all = all_values(self.read.draft, table, column, (with, operand));
                share *= all.unwrap_or(1.0);
            }
        }
        ranges.retain(|number, _| !equalities.contains_key(number));
        let least = 1.0 / table.planner_rows().map_or(1.0, |it| it.0.max(1.0));
        for (_, narrowest, cut) in ranges.values() {
            share *= (1.0 - cut).max(least).min(*narrowest);
        }
        Wish {
            id: WishId(0),
            statement: self.read.draft.id,
            table: self.table,
            equalities: equalities.into_values().collect(),
            ranges: ranges.into_values().map(|(column, ..)| column).collect(),
            limited: self.is_limited(other.is_some(), &order),
            order,
            columns: self.columns(),
            kept: rows_left(table, share),
        }
    }

    /// Rows stop early: a LIMIT that no other table's order, group or window holds up, or the
    /// least or greatest value of a column.
    fn is_limited(&self, is_inner: bool, order: &[OrderWish]) -> bool {
        let block = self.block;
        let holds_up = block.aggregates || block.windows || block.distinct || is_inner;
        let in_order = block.order.is_empty() || !order.is_empty();
        (block.limit.is_some() && !holds_up && in_order) || (!is_inner && self.extreme().is_some())
    }

    /// ORDER BY, when all of it is plain columns of this table; else the order of MIN or MAX.
    fn order(&self) -> Vec<OrderWish> {
        if self.block.windows || self.block.set_operation {
            return Vec::new();
        }
        let terms = self.block.order.iter().map(|term| {
            Some(OrderWish {
                column: self.own_column(&term.operand)?,
                descending: term.descending,
                nulls_first: term.nulls_first,
            })
        });
        let order: Option<Vec<OrderWish>> = terms.collect();
        match order {
            Some(order) if order.is_empty() => self.extreme().into_iter().collect(),
            order => order.unwrap_or_default(),
        }
    }

    /// `SELECT max(column)` alone is the first row in descending order.
    fn extreme(&self) -> Option<OrderWish> {
        let block = self.block;
        let [output] = block.outputs.as_slice() else { return None };
        if block.relations.len() != 1 || !block.group.is_empty() || block.having.is_some() {
            return None;
        }
        let OutputValue::Operand(Operand::Expression(it)) = &output.value else { return None };
        let descending = it.text.starts_with("max(");
        let alone = it.text.ends_with(')') && it.text.matches('(').count() == 1;
        let [column] = it.columns.as_slice() else { return None };
        if !(descending || it.text.starts_with("min(")) || !alone {
            return None;
        }
        let inside = it.text.get(4..it.text.len() - 1)?;
        let plain = inside.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '"'));
        let column = self.own_column(&Operand::Column(column.clone())).filter(|_| plain)?;
        Some(OrderWish { column, descending, nulls_first: descending })
    }

    /// GROUP BY or DISTINCT on plain columns of this table: rows in this order need no sort.
    fn group_order(&self) -> Vec<OrderWish> {
        let block = self.block;
        if block.grouping_sets || block.set_operation || !block.order.is_empty() {
            return Vec::new();
        }
        let outputs: Option<Vec<&Operand>> = block
            .outputs
            .iter()
            .map(|it| match &it.value {
                OutputValue::Operand(operand) => Some(operand),
                OutputValue::Star(_) => None,
            })
            .collect();
        let terms: Vec<&Operand> = match (block.group.is_empty(), block.distinct) {
            (false, _) => block.group.iter().collect(),
            (true, true) if !block.distinct_on.is_empty() => block.distinct_on.iter().collect(),
            (true, true) => outputs.unwrap_or_default(),
            (true, false) => Vec::new(),
        };
        let ascending = |column| OrderWish { column, descending: false, nulls_first: false };
        let columns: Option<Vec<Name>> = terms.into_iter().map(|it| self.own_column(it)).collect();
        columns.unwrap_or_default().into_iter().map(ascending).collect()
    }

    /// The column of this entry that an operand is, and nothing more.
    fn own_column(&self, operand: &Operand) -> Option<Name> {
        let Operand::Column(column) = operand else { return None };
        let place = self.read.draft.resolution.place(column)?;
        let own = (place.block, place.relation) == (self.block.id, self.position);
        own.then(|| place.column.clone())
    }

    /// The columns read, in the table's order; `None` for all of them: `*`, a whole row, a row
    /// that is changed or locked, a natural join.
    fn columns(&self) -> Option<Vec<Name>> {
        let (block, statement) = (self.block, self.read.statement);
        let alias = &block.relations[self.position].alias;
        let star = block.role != Role::Exists
            && block.outputs.iter().any(|it| match &it.value {
                OutputValue::Star(None) => true,
                OutputValue::Star(Some(of)) => of == alias,
                OutputValue::Operand(Operand::Column(column)) => column.column == *alias,
                OutputValue::Operand(_) => false,
            });
        let written = statement.targets.iter().any(|it| {
            it.block == block.id && Some(&it.relation) == block.relations[self.position].relation()
        });
        let whole = star
            || written
            || (statement.locking && block.kind == Kind::Select)
            || statement.gaps.contains(&Gap::NaturalJoin);
        if whole {
            return None;
        }
        let table = self.read.catalog.table(self.table);
        let columns = table.columns.iter().map(|it| &it.name);
        Some(columns.filter(|it| self.columns.contains(*it)).cloned().collect())
    }
}
