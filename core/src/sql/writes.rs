//! INSERT, UPDATE, DELETE, MERGE.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CmdType, DeleteStmt, InferClause, InsertStmt, MergeStmt, MergeWhenClause, Node,
    OnConflictAction, RangeVar, ResTarget, ReturningClause, UpdateStmt,
};

use crate::base::Name;

use super::block::{
    Action, Arbiter, Assignment, Block, BlockId, JoinKind, Output, RelationUse, Role,
};
use super::conditions::Conditions;
use super::from::{join_conditions, relation_name, relations, written_relation};
use super::operand::{ColumnUse, Operand};
use super::operands::operand;
use super::outline::{self, Outline, Query, Seat, outputs};
use super::parameter::ParameterContext;
use super::statement::RelationName;
use super::surveys::{Around, survey, survey_children};

/// Reads an INSERT: its table is the only relation, under the name that ON CONFLICT uses.
pub(super) fn insert(it: &InsertStmt, block: Block, out: &mut Outline) -> Block {
    let id = block.id;
    let relation = target_name(it.relation.as_ref());
    let columns = target_columns(&it.cols);
    let mut values = false;
    let source = it.select_stmt.as_ref().and_then(|it| it.node.as_ref());
    match source.and_then(Query::of) {
        Some(Query::Select(source)) if !source.values_lists.is_empty() => {
            values = true;
            for row in &source.values_lists {
                let Some(NodeEnum::List(row)) = &row.node else { continue };
                insert_row(&row.items, &relation, &columns, id, out);
            }
        }
        Some(source) => {
            outline::block(source, Seat::below(id, Role::InsertSource), out);
        }
        None => {}
    }
    let conflict = it.on_conflict_clause.as_deref();
    let arbiter = conflict.map(|it| arbiter(it.infer.as_deref(), id, out));
    out.targets.push(Assignment {
        block: id,
        relation: relation.clone(),
        action: Action::Insert,
        columns,
        conflict: arbiter,
    });
    if let Some(conflict) = conflict.filter(|it| it.action() == OnConflictAction::OnconflictUpdate)
    {
        assign(&conflict.target_list, relation, id, out);
        if let Some(node) = conflict.where_clause.as_deref() {
            survey(node, &Around::of(ParameterContext::Other), id, out);
        }
    }
    let outputs = returning(it.returning_clause.as_ref(), id, out);
    let relations = it.relation.iter().map(written_relation).collect();
    Block { relations, outputs, values, ..block }
}

/// Reads an UPDATE: its table comes first among the relations.
pub(super) fn update(it: &UpdateStmt, block: Block, out: &mut Outline) -> Block {
    let id = block.id;
    let (relations, conditions) = scan(
        Scan {
            target: it.relation.as_ref(),
            others: &it.from_clause,
            condition: it.where_clause.as_deref(),
            block: id,
        },
        out,
    );
    assign(&it.target_list, target_name(it.relation.as_ref()), id, out);
    let outputs = returning(it.returning_clause.as_ref(), id, out);
    Block { relations, predicates: conditions.found, outputs, ..block }
}

/// Reads a DELETE: its table comes first among the relations.
pub(super) fn delete(it: &DeleteStmt, block: Block, out: &mut Outline) -> Block {
    let id = block.id;
    let (relations, conditions) = scan(
        Scan {
            target: it.relation.as_ref(),
            others: &it.using_clause,
            condition: it.where_clause.as_deref(),
            block: id,
        },
        out,
    );
    out.targets.push(removal(target_name(it.relation.as_ref()), id));
    let outputs = returning(it.returning_clause.as_ref(), id, out);
    Block { relations, predicates: conditions.found, outputs, ..block }
}

/// Reads a MERGE: its table comes first among the relations, then its source.
pub(super) fn merge(it: &MergeStmt, block: Block, out: &mut Outline) -> Block {
    let id = block.id;
    let source: Vec<Node> = it.source_relation.as_deref().cloned().into_iter().collect();
    let (relations, mut conditions) = scan(
        Scan { target: it.relation.as_ref(), others: &source, condition: None, block: id },
        out,
    );
    if let Some(node) = it.join_condition.as_deref() {
        conditions.read(node, Some(JoinKind::Inner), out);
    }
    let target = target_name(it.relation.as_ref());
    for clause in &it.merge_when_clauses {
        let Some(NodeEnum::MergeWhenClause(clause)) = &clause.node else { continue };
        merge_when(clause, &target, id, out);
    }
    let outputs = returning(it.returning_clause.as_ref(), id, out);
    Block { relations, predicates: conditions.found, outputs, ..block }
}

fn merge_when(it: &MergeWhenClause, target: &RelationName, block: BlockId, out: &mut Outline) {
    if let Some(node) = it.condition.as_deref() {
        survey(node, &Around::of(ParameterContext::Other), block, out);
    }
    match it.command_type() {
        CmdType::CmdInsert => {
            let columns = target_columns(&it.target_list);
            insert_row(&it.values, target, &columns, block, out);
            out.targets.push(Assignment {
                block,
                relation: target.clone(),
                action: Action::Insert,
                columns,
                conflict: None,
            });
        }
        CmdType::CmdUpdate => assign(&it.target_list, target.clone(), block, out),
        CmdType::CmdDelete => out.targets.push(removal(target.clone(), block)),
        _ => {}
    }
}

/// What UPDATE, DELETE and MERGE look at.
#[derive(Clone, Copy)]
struct Scan<'a> {
    target: Option<&'a RangeVar>,
    others: &'a [Node],
    condition: Option<&'a Node>,
    block: BlockId,
}

fn scan(scan: Scan<'_>, out: &mut Outline) -> (Vec<RelationUse>, Conditions) {
    let mut found: Vec<RelationUse> = scan.target.map(written_relation).into_iter().collect();
    for item in scan.others {
        relations(item, false, scan.block, &mut found, out);
    }
    let mut conditions = Conditions::of(scan.block, &found);
    for item in scan.others {
        join_conditions(item, &mut conditions, out);
    }
    if let Some(node) = scan.condition {
        conditions.read(node, None, out);
    }
    (found, conditions)
}

fn target_name(it: Option<&RangeVar>) -> RelationName {
    it.map_or_else(|| RelationName { schema: None, name: Name::from("") }, relation_name)
}

fn removal(relation: RelationName, block: BlockId) -> Assignment {
    Assignment { block, relation, action: Action::Delete, columns: Vec::new(), conflict: None }
}

fn targets(nodes: &[Node]) -> impl Iterator<Item = &ResTarget> {
    nodes.iter().filter_map(|it| match &it.node {
        Some(NodeEnum::ResTarget(target)) => Some(target.as_ref()),
        _ => None,
    })
}

fn target_columns(nodes: &[Node]) -> Vec<Name> {
    targets(nodes).map(|it| Name::from(it.name.as_str())).collect()
}

/// One row of values for the columns in their order.
fn insert_row(
    values: &[Node],
    relation: &RelationName,
    columns: &[Name],
    block: BlockId,
    out: &mut Outline,
) {
    for (position, value) in values.iter().enumerate() {
        let context = ParameterContext::InsertValue {
            relation: relation.clone(),
            column: columns.get(position).cloned(),
            position,
        };
        survey(value, &Around::of(context), block, out);
    }
}

/// `SET column = value, (column, column) = row`.
fn assign(nodes: &[Node], relation: RelationName, block: BlockId, out: &mut Outline) {
    for target in targets(nodes) {
        for index in &target.indirection {
            survey(index, &Around::of(ParameterContext::Other), block, out);
        }
        let column = Name::from(target.name.as_str());
        let around = Around::of(ParameterContext::Assigned { relation: relation.clone(), column });
        match target.val.as_deref().map(|it| (it, it.node.as_ref())) {
            Some((_, Some(NodeEnum::MultiAssignRef(it)))) => {
                if let Some(value) = member(it.source.as_deref(), it.colno) {
                    survey(value, &around, block, out);
                }
            }
            Some((value, _)) => survey(value, &around, block, out),
            None => {}
        }
    }
    let columns = target_columns(nodes);
    out.targets.push(Assignment {
        block,
        relation,
        action: Action::Update,
        columns,
        conflict: None,
    });
}

/// The member for one column; each column of the list carries the whole source.
fn member(source: Option<&Node>, position: i32) -> Option<&Node> {
    let source = source?;
    match &source.node {
        Some(NodeEnum::RowExpr(row)) => {
            row.args.get(usize::try_from(position).ok()?.checked_sub(1)?)
        }
        _ => Some(source),
    }
}

fn arbiter(it: Option<&InferClause>, block: BlockId, out: &mut Outline) -> Arbiter {
    let Some(it) = it else { return Arbiter::Any };
    if !it.conname.is_empty() {
        return Arbiter::Constraint(Name::from(it.conname.as_str()));
    }
    let mut found = Vec::new();
    for element in &it.index_elems {
        survey_children(element, block, out);
        let Some(NodeEnum::IndexElem(index)) = &element.node else { continue };
        found.push(match index.expr.as_deref() {
            Some(node) => operand(node, block, out),
            None => Operand::Column(ColumnUse {
                schema: None,
                qualifier: None,
                column: Name::from(index.name.as_str()),
                block,
            }),
        });
    }
    if let Some(node) = it.where_clause.as_deref() {
        survey(node, &Around::of(ParameterContext::Other), block, out);
    }
    Arbiter::Columns(found)
}

fn returning(it: Option<&ReturningClause>, block: BlockId, out: &mut Outline) -> Vec<Output> {
    it.map_or_else(Vec::new, |it| outputs(&it.exprs, block, out))
}
