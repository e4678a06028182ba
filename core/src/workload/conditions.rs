//! Which predicates of a statement an index on one entry of FROM could serve.
//!
//! Left out on purpose: what stands under an OR, what an outer join does not filter by, ranges
//! whose other side is computed from columns, and anything that a derived table keeps from being
//! pushed down.

use std::collections::BTreeSet;

use crate::base::{Name, TableId};
use crate::catalog::Catalog;
use crate::sql::{
    Block, BlockId, ColumnUse, JoinKind, Literal, LiteralKind, Operand, OutputValue, Predicate,
    RelationSource, Shape, Statement,
};
use crate::workload::{ColumnPlace, Draft, EqualityKind};

/// One usable predicate on one column of one entry of FROM.
#[derive(Debug, Clone)]
pub(super) struct Condition<'a> {
    /// The column it restricts.
    pub(super) place: ColumnPlace,
    /// How.
    pub(super) form: Form<'a>,
}

/// How a condition restricts its column.
#[derive(Debug, Clone)]
pub(super) enum Form<'a> {
    /// By equality; the operand gives the value where there is one.
    Equal(EqualityKind, Option<&'a Operand>),
    /// By equality with a column of another entry of FROM.
    Join(ColumnPlace),
    /// By a bound that a column of another entry of FROM gives.
    JoinRange(ColumnPlace),
    /// By a bound, or an anchored pattern.
    Range(&'a Predicate),
}

/// A parsed statement with its names resolved.
pub(super) struct Read<'a> {
    pub(super) draft: &'a Draft,
    pub(super) statement: &'a Statement,
    pub(super) catalog: &'a Catalog,
}

impl<'a> Read<'a> {
    /// All usable predicates of the statement, in written order.
    pub(super) fn conditions(&self) -> Vec<Condition<'a>> {
        let mut found = Vec::new();
        for block in &self.statement.blocks {
            for predicate in block.predicates.iter().filter(|it| is_usable(it)) {
                self.read(block, predicate, &mut found);
            }
        }
        found
    }

    fn read(&self, block: &Block, predicate: &'a Predicate, found: &mut Vec<Condition<'a>>) {
        if let Some(subquery) = joined_subquery(predicate) {
            return self.read_semi_join(block, predicate, subquery, found);
        }
        let left = self.own(block, predicate, &predicate.left);
        if let (Some(left), Some(right)) = (&left, self.own(block, predicate, &predicate.right)) {
            if is_equality(predicate) && !same_entry(left, &right) {
                found.push(Condition { place: left.clone(), form: Form::Join(right.clone()) });
                found.push(Condition { place: right, form: Form::Join(left.clone()) });
            } else if predicate.shape == Shape::Range && !same_entry(left, &right) {
                let form = Form::JoinRange(right.clone());
                found.push(Condition { place: left.clone(), form });
                found.push(Condition { place: right, form: Form::JoinRange(left.clone()) });
            }
            return;
        }
        let Some(place) = left else { return };
        if let Some(form) = self.form(predicate, &place) {
            found.push(Condition { place, form });
        }
        // `(a, b) = ($1, $2)` is an equality on each; of `(a, b) > …` only the first is a bound.
        if is_equality(predicate) && predicate.right.columns().is_empty() {
            let others = predicate.row.iter().skip(1);
            found.extend(
                others
                    .filter_map(|it| self.own(block, predicate, it))
                    .map(|place| Condition { place, form: Form::Equal(EqualityKind::Value, None) }),
            );
        }
    }

    /// What a predicate says of its left column, when the right side is known before the scan.
    fn form(&self, predicate: &'a Predicate, place: &ColumnPlace) -> Option<Form<'a>> {
        let columns = predicate.right.columns();
        if !columns.is_empty() {
            return self.computed_join(predicate, &columns, place);
        }
        match predicate.shape {
            Shape::Equality if is_equality(predicate) => {
                Some(Form::Equal(EqualityKind::Value, Some(&predicate.right)))
            }
            Shape::AnyOf => Some(Form::Equal(EqualityKind::List, Some(&predicate.right))),
            Shape::IsNull => Some(Form::Equal(EqualityKind::Null, None)),
            Shape::Range => Some(Form::Range(predicate)),
            Shape::Pattern if is_anchored(predicate) => Some(Form::Range(predicate)),
            _ => None,
        }
    }

    /// `a.x = b.y + 1`, and a column of an outer query: a join whose other side is computed.
    fn computed_join(
        &self,
        predicate: &Predicate,
        columns: &[&ColumnUse],
        place: &ColumnPlace,
    ) -> Option<Form<'a>> {
        let others: Option<Vec<&ColumnPlace>> =
            columns.iter().map(|it| self.draft.resolution.place(it)).collect();
        let others = others?;
        let foreign = others.iter().all(|it| !same_entry(it, place));
        let other = others.first().filter(|_| foreign && is_equality(predicate))?;
        Some(Form::Join((*other).clone()))
    }

    /// `x IN (SELECT y …)`: the server may look up either side by the other.
    fn read_semi_join(
        &self,
        block: &Block,
        predicate: &'a Predicate,
        subquery: BlockId,
        found: &mut Vec<Condition<'a>>,
    ) {
        let Some(left) = self.own(block, predicate, &predicate.left) else { return };
        let inner = self.statement.block(subquery).filter(|it| it.outputs.len() == 1);
        let Some(inner) = inner else { return };
        let OutputValue::Operand(Operand::Column(column)) = &inner.outputs[0].value else { return };
        let Some(right) = self.draft.resolution.place(column) else { return };
        found.push(Condition { place: left.clone(), form: Form::Join(right.clone()) });
        if right.block == subquery && self.lets_through(inner, &right.column) {
            found.push(Condition { place: right.clone(), form: Form::Join(left) });
        }
    }

    /// The place of an operand, when it is a plain column that a predicate of this block can
    /// restrict: one of its own FROM, or of a derived table that lets the predicate through.
    fn own(&self, block: &Block, predicate: &Predicate, operand: &Operand) -> Option<ColumnPlace> {
        let place = self.draft.resolution.place(self.plain_column(operand)?)?;
        let mut next = self.statement.block(place.block)?;
        while next.id != block.id {
            if !self.lets_through(next, &place.column) {
                return None;
            }
            next = self.statement.block(next.parent?)?;
        }
        if place.block != block.id {
            return predicate.join.is_none().then(|| place.clone());
        }
        let outer =
            matches!(predicate.join, Some(JoinKind::Left | JoinKind::Right | JoinKind::Full));
        let nullable = block.relations.get(place.relation)?.nullable;
        let filters = !outer || (nullable && predicate.join != Some(JoinKind::Full));
        filters.then(|| place.clone())
    }

    /// A column as it is, or cast between the text types, which changes nothing.
    fn plain_column<'o>(&self, operand: &'o Operand) -> Option<&'o ColumnUse> {
        match operand {
            Operand::Column(column) => Some(column),
            Operand::Cast { inner, type_name } if type_name.name.as_str() == "text" => {
                let column = self.plain_column(inner)?;
                let place = self.draft.resolution.place(column)?;
                let of = self.catalog.table(place.table).column(&place.column)?;
                (of.type_name == "text" || of.type_name.starts_with("character varying"))
                    .then_some(column)
            }
            _ => None,
        }
    }

    /// Whether a condition from outside on this column may be checked inside a block already.
    fn lets_through(&self, block: &Block, column: &Name) -> bool {
        let stops = block.set_operation
            || block.values
            || block.recursive
            || block.windows
            || block.limit.is_some()
            || block.offset.is_some()
            || !block.distinct_on.is_empty();
        let grouped = || {
            block.group.iter().any(|it| match it {
                Operand::Column(it) => {
                    self.draft.resolution.place(it).is_some_and(|it| it.column == *column)
                }
                _ => false,
            })
        };
        !stops && (!block.aggregates || grouped()) && self.references(block.id) <= 1
    }

    /// How often a CTE is read; one that is read twice is computed once, whole.
    fn references(&self, block: BlockId) -> usize {
        let relations = self.statement.blocks.iter().flat_map(|it| &it.relations);
        relations
            .filter(|it| matches!(&it.source, RelationSource::Cte(_, Some(id)) if *id == block))
            .count()
    }
}

/// Stands alone, and uses the operators that the server's own index classes know.
fn is_usable(predicate: &Predicate) -> bool {
    let own = |it: &Name| it.as_str() == "pg_catalog";
    predicate.alternative.is_none() && predicate.operator_schema.as_ref().is_none_or(own)
}

fn is_equality(predicate: &Predicate) -> bool {
    predicate.shape == Shape::Equality && predicate.operator == "="
}

/// The subquery of `x IN (SELECT …)`.
fn joined_subquery(predicate: &Predicate) -> Option<BlockId> {
    match (&predicate.right, predicate.operator.as_str()) {
        (Operand::Subquery(block), "= any" | "in") => Some(*block),
        _ => None,
    }
}

fn same_entry(a: &ColumnPlace, b: &ColumnPlace) -> bool {
    (a.block, a.relation) == (b.block, b.relation)
}

/// A pattern with a fixed beginning. A parameter counts as one: the typical value that is bound
/// to it is anchored.
fn is_anchored(predicate: &Predicate) -> bool {
    let literal = |operand: &Operand| match operand {
        Operand::Literal(Literal { text, kind: LiteralKind::Text }) => Some(text.clone()),
        Operand::Parameter(_) => Some("^a".to_owned()),
        Operand::Cast { inner, .. } => match &**inner {
            Operand::Literal(literal) => Some(literal.text.clone()),
            Operand::Parameter(_) => Some("^a".to_owned()),
            _ => None,
        },
        _ => None,
    };
    let Some(pattern) = literal(&predicate.right) else { return false };
    match predicate.operator.as_str() {
        "~~" | "like" => !pattern.starts_with(['%', '_']),
        "~" => pattern.starts_with('^'),
        "^@" => true,
        _ => false,
    }
}

/// The other tables that a table's conditions join it to, each entry of FROM once.
pub(super) fn joined(conditions: &[&Condition<'_>]) -> BTreeSet<(BlockId, usize, TableId)> {
    let others = conditions.iter().filter_map(|it| match &it.form {
        Form::Join(other) | Form::JoinRange(other) => {
            Some((other.block, other.relation, other.table))
        }
        Form::Equal(..) | Form::Range(_) => None,
    });
    others.collect()
}
