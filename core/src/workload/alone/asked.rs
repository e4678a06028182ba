//! What the scans of a plan ask of their tables, as wishes.
//!
//! A scan gets one wish by its own conditions, with the order of a Sort above it where that is on
//! plain columns of its table; and, below a join, one by the join's key, as the inner side that
//! is looked up by the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Name, Rows, StatementId, TableId};
use crate::catalog::Catalog;
use crate::plan::{
    ColumnCondition, ConditionTerm, Node, NodeKind, Plan, condition_columns, plain_column,
};
use crate::workload::{EqualityKind, EqualityWish, OrderWish, Wish, WishId};

use super::seen::{Sightings, sort_term, table_name};

/// The wishes of all scans, in printed order; equal ones once.
pub(super) fn wishes(plan: &Plan, sightings: &Sightings<'_>, catalog: &Catalog) -> Vec<Wish> {
    let mut found: Vec<Wish> = Vec::new();
    let mut known = BTreeSet::new();
    for node in plan.nodes() {
        let Some(table) = table_name(node).and_then(|name| catalog.find_table(&name)) else {
            continue;
        };
        for wish in (Scan { plan, node, table, sightings, catalog }).wishes() {
            if known.insert(asks(&wish)) {
                found.push(wish);
            }
        }
    }
    let numbered = found.into_iter().zip(0..);
    numbered.map(|(wish, position)| Wish { id: WishId(position), ..wish }).collect()
}

/// All that a wish asks for: what rows it would keep is no part of it.
type Asks =
    (TableId, Vec<(Name, EqualityKind)>, Vec<Name>, Vec<OrderWish>, bool, Option<Vec<Name>>);

fn asks(wish: &Wish) -> Asks {
    let equalities = wish.equalities.iter().map(|it| (it.column.clone(), it.with)).collect();
    let Wish { table, ranges, order, limited, columns, .. } = wish.clone();
    (table, equalities, ranges, order, limited, columns)
}

/// One scan of one table.
struct Scan<'a> {
    plan: &'a Plan,
    node: &'a Node,
    table: TableId,
    sightings: &'a Sightings<'a>,
    catalog: &'a Catalog,
}

/// What an access restricts.
#[derive(Default, Clone)]
struct Terms {
    equalities: BTreeMap<Name, EqualityKind>,
    ranges: BTreeSet<Name>,
}

impl Scan<'_> {
    /// By its own conditions, and by the key of the join above it.
    fn wishes(&self) -> Vec<Wish> {
        let mut terms = Terms::default();
        for term in self.own_terms() {
            self.add(term, &mut terms);
        }
        let (order, limited) = self.order();
        let own = Wish { order, limited, kept: self.kept(), ..self.wish(&terms) };
        let joined = self.join_keys();
        if joined.keys().all(|column| terms.equalities.contains_key(column)) {
            return vec![own];
        }
        let mut inner = terms;
        inner.equalities.extend(joined);
        inner.ranges.retain(|column| !inner.equalities.contains_key(column));
        vec![own, self.wish(&inner)]
    }

    fn wish(&self, terms: &Terms) -> Wish {
        let equalities = terms.equalities.iter().map(|(column, with)| EqualityWish {
            column: column.clone(),
            with: *with,
            kept: None,
        });
        Wish {
            id: WishId(0),
            statement: StatementId(0),
            table: self.table,
            equalities: equalities.collect(),
            ranges: terms.ranges.iter().cloned().collect(),
            order: Vec::new(),
            limited: false,
            columns: self.columns(),
            kept: None,
        }
    }

    /// The conditions that this scan checks, an index's and a bitmap's among them.
    fn own_terms(&self) -> Vec<ColumnCondition> {
        let conditions = &self.node.conditions;
        let texts =
            [&conditions.index_condition, &conditions.recheck_condition, &conditions.filter];
        let terms = texts.into_iter().flatten().flat_map(|text| condition_columns(text));
        let columns = terms.filter_map(|term| match term {
            ConditionTerm::Column(column) if !column.negated => Some(column),
            _ => None,
        });
        columns.filter(|it| self.is_own(it.qualifier.as_deref())).collect()
    }

    /// A column without a qualifier, or with this scan's.
    fn is_own(&self, qualifier: Option<&str>) -> bool {
        qualifier.is_none_or(|it| self.node.qualifier().is_some_and(|own| own.as_str() == it))
    }

    /// Adds what a condition asks, when an index could answer it.
    fn add(&self, term: ColumnCondition, out: &mut Terms) {
        let other = plain_column(&term.operand).filter(|(qualifier, _)| qualifier.is_some());
        let other = other.and_then(|(qualifier, _)| {
            let name = self.sightings.table(&qualifier?)?;
            self.catalog.find_table(name)
        });
        let column = Name(term.column);
        let with = match (term.operator.as_str(), other) {
            ("=", Some(table)) => EqualityKind::Join(table),
            ("=", None) if !computed(&term.operand) => EqualityKind::Value,
            ("= ANY", _) => EqualityKind::List,
            ("IS NULL", _) => EqualityKind::Null,
            ("<" | "<=" | ">" | ">=", _) if !computed(&term.operand) => {
                if !out.equalities.contains_key(&column) {
                    out.ranges.insert(column);
                }
                return;
            }
            ("~~", _) if is_anchored(&term.operand) => {
                out.ranges.insert(column);
                return;
            }
            _ => return,
        };
        out.ranges.remove(&column);
        out.equalities.entry(column).or_insert(with);
    }

    /// The equalities of the join that this scan is a side of: hashing, sorting and keeping rows
    /// in between changes nothing.
    fn join_keys(&self) -> BTreeMap<Name, EqualityKind> {
        let passing = |it: &&Node| {
            matches!(
                it.kind,
                NodeKind::Hash
                    | NodeKind::Sort
                    | NodeKind::Materialize
                    | NodeKind::Memoize
                    | NodeKind::Gather
                    | NodeKind::GatherMerge
            )
        };
        let join = self.plan.ancestors(self.node.id).find(|it| !passing(it));
        let Some(join) = join.filter(|it| it.kind.is_join()) else { return BTreeMap::new() };
        let conditions = &join.conditions;
        let texts =
            [&conditions.hash_condition, &conditions.merge_condition, &conditions.join_filter];
        let terms = texts.into_iter().flatten().flat_map(|text| condition_columns(text));
        let mut found = BTreeMap::new();
        for term in terms {
            let ConditionTerm::Column(term) = term else { continue };
            let Some((right_of, right)) = plain_column(&term.operand) else { continue };
            if term.operator != "=" || term.negated {
                continue;
            }
            let sides =
                [(&term.qualifier, &term.column, &right_of), (&right_of, &right, &term.qualifier)];
            for (qualifier, column, other) in sides {
                let own = qualifier.is_some() && self.is_own(qualifier.as_deref());
                let other = other.as_deref().and_then(|it| self.sightings.table(it));
                let other = other.and_then(|name| self.catalog.find_table(name));
                if let (true, Some(other)) = (own, other) {
                    found.insert(Name(column.clone()), EqualityKind::Join(other));
                }
            }
        }
        found
    }

    /// The order that a Sort above asks for, all of it on plain columns of this table; and whether
    /// rows stop at a Limit.
    fn order(&self) -> (Vec<OrderWish>, bool) {
        let passing = |it: &&Node| {
            matches!(it.kind, NodeKind::Gather | NodeKind::GatherMerge | NodeKind::Result)
        };
        let mut above = self.plan.ancestors(self.node.id).filter(|it| !passing(it)).peekable();
        let sort =
            above.next_if(|it| matches!(it.kind, NodeKind::Sort | NodeKind::IncrementalSort));
        let limited = above.peek().is_some_and(|it| it.kind == NodeKind::Limit);
        let Some(sort) = sort else { return (self.own_order(), limited) };
        let alone = self.sightings.only_table().is_some();
        let terms = sort.keys.sort.iter().map(|text| {
            let (column, descending, nulls_first) = sort_term(text);
            let (qualifier, column) = plain_column(column)?;
            let own = match &qualifier {
                None => alone,
                Some(_) => self.is_own(qualifier.as_deref()),
            };
            own.then_some(OrderWish { column: Name(column), descending, nulls_first })
        });
        let order: Option<Vec<OrderWish>> = terms.collect();
        let limited = limited && order.is_some();
        (order.unwrap_or_default(), limited)
    }

    /// The order of the index that is walked without a condition: somebody above wants it.
    fn own_order(&self) -> Vec<OrderWish> {
        let walked = self.node.conditions.index_condition.is_none();
        let Some(name) = self.node.index.as_ref().filter(|_| walked) else { return Vec::new() };
        let mut indexes = self.catalog.indexes_of(self.table);
        let Some((_, index)) = indexes.find(|(_, it)| it.name.name == *name) else {
            return Vec::new();
        };
        let backward = self.node.scan_direction.as_deref() == Some("Backward");
        let wish = |column: &Name| OrderWish {
            column: column.clone(),
            descending: backward,
            nulls_first: backward,
        };
        index.columns().map(wish).collect()
    }

    /// The columns that the scan reads, where the plan lists them (VERBOSE); `None` for all.
    fn columns(&self) -> Option<Vec<Name>> {
        if self.node.output.is_empty() {
            return None;
        }
        let handed: Option<BTreeSet<Name>> = self
            .node
            .output
            .iter()
            .map(|text| plain_column(text).map(|(_, column)| Name(column)))
            .collect();
        let mut columns = handed?;
        columns.extend(self.own_terms().into_iter().map(|it| Name(it.column)));
        Some(columns.into_iter().collect())
    }

    /// Rows that one pass keeps: as measured where it was not cut short, else as planned.
    fn kept(&self) -> Option<Rows> {
        let measured = self.node.measured.filter(|it| it.loops > 0.0);
        match measured {
            Some(it) if !self.plan.may_stop_early(self.node.id) => {
                let processes =
                    if self.node.parallel_aware { self.plan.processes(self.node.id) } else { 1.0 };
                Some(Rows(it.rows.0 * processes))
            }
            _ => self.node.estimate.map(|it| it.rows),
        }
    }
}

/// A value that is computed from columns: no index knows it before the scan.
fn computed(operand: &str) -> bool {
    let constant = operand.starts_with(['\'', '$', '-', 'E'])
        || operand.starts_with(|it: char| it.is_ascii_digit())
        || operand.starts_with("(InitPlan")
        || matches!(operand, "true" | "false")
        || operand.starts_with("('");
    let now = ["CURRENT_", "now()", "(now()", "(CURRENT_"].iter().any(|it| operand.starts_with(it));
    // A column of another table is looked up row by row, which is as good as a constant.
    !(constant || now || plain_column(operand).is_some())
}

/// A pattern with a fixed beginning; whether the index's collation allows it the plan does not say.
fn is_anchored(operand: &str) -> bool {
    operand.strip_prefix('\'').is_some_and(|it| !it.starts_with(['%', '_']))
}
