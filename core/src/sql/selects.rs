//! SELECT, VALUES, and what UNION and its kin put together.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, SelectStmt, SetOperation, SortByDir, SortByNulls};

use super::block::{Block, BlockId, OrderTerm, Output, OutputValue, Role};
use super::conditions::Conditions;
use super::from::{join_conditions, relations};
use super::operand::{Literal, LiteralKind, Operand};
use super::operands::{operand, strings};
use super::outline::{self, Outline, Query, Seat, outputs};
use super::parameter::ParameterContext;
use super::surveys::{Around, survey};

/// Reads a SELECT into its block.
pub(super) fn select(it: &SelectStmt, block: Block, out: &mut Outline) -> Block {
    let id = block.id;
    let set_operation = is_set_operation(it);
    if set_operation {
        for arm in arms(it) {
            outline::block(Query::Select(arm), Seat::below(id, Role::SetArm), out);
        }
    }
    let other = Around::of(ParameterContext::Other);
    for row in &it.values_lists {
        survey(row, &other, id, out);
    }
    let mut relations_found = Vec::new();
    for item in &it.from_clause {
        relations(item, false, id, &mut relations_found, out);
    }
    let mut conditions = Conditions::of(id, &relations_found);
    for item in &it.from_clause {
        join_conditions(item, &mut conditions, out);
    }
    if let Some(node) = it.where_clause.as_deref() {
        conditions.read(node, None, out);
    }
    let outputs = outputs(&it.target_list, id, out);
    let group = group(&it.group_clause, &outputs, id, out);
    let having = it.having_clause.as_deref().map(|node| surveyed(node, &other, id, out));
    for window in &it.window_clause {
        survey(window, &other, id, out);
    }
    // DISTINCT alone is a list of one empty node.
    let distinct_on: Vec<&Node> =
        it.distinct_clause.iter().filter(|it| it.node.is_some()).collect();
    let distinct_on = distinct_on.into_iter().map(|node| term(node, &outputs, id, out)).collect();
    let order = order(&it.sort_clause, &outputs, id, out);
    let limit = bound(it.limit_count.as_deref(), ParameterContext::Limit, id, out);
    let offset = bound(it.limit_offset.as_deref(), ParameterContext::Offset, id, out);
    Block {
        relations: relations_found,
        predicates: conditions.found,
        order,
        aggregates: !it.group_clause.is_empty() || having.is_some(),
        group,
        grouping_sets: it.group_clause.iter().any(is_grouping_set),
        having,
        distinct: !it.distinct_clause.is_empty(),
        distinct_on,
        limit,
        offset,
        outputs,
        set_operation,
        values: !it.values_lists.is_empty(),
        ..block
    }
}

fn is_set_operation(it: &SelectStmt) -> bool {
    !matches!(it.op(), SetOperation::SetopNone | SetOperation::Undefined)
}

/// The arms of a chain of one set operation, in written order. An arm with an order, a limit or
/// a WITH of its own stays whole.
fn arms(it: &SelectStmt) -> Vec<&SelectStmt> {
    let mut found = Vec::new();
    let mut chain = it;
    loop {
        found.extend(chain.rarg.as_deref());
        let Some(left) = chain.larg.as_deref() else { break };
        let bare = left.sort_clause.is_empty()
            && left.limit_count.is_none()
            && left.limit_offset.is_none()
            && left.with_clause.is_none();
        if !(bare && left.op == it.op && left.all == it.all) {
            found.push(left);
            break;
        }
        chain = left;
    }
    found.reverse();
    found
}

fn is_grouping_set(node: &Node) -> bool {
    matches!(&node.node, Some(NodeEnum::GroupingSet(_)))
}

fn surveyed(node: &Node, around: &Around, block: BlockId, out: &mut Outline) -> Operand {
    survey(node, around, block, out);
    operand(node, block, out)
}

/// A LIMIT or OFFSET; `LIMIT ALL` and `LIMIT NULL` are none.
fn bound(
    node: Option<&Node>,
    context: ParameterContext,
    block: BlockId,
    out: &mut Outline,
) -> Option<Operand> {
    let operand = surveyed(node?, &Around::of(context), block, out);
    let is_null = matches!(&operand, Operand::Literal(it) if it.kind == LiteralKind::Null);
    (!is_null).then_some(operand)
}

/// GROUP BY, with what stands in grouping sets flattened and each column once.
fn group(nodes: &[Node], outputs: &[Output], block: BlockId, out: &mut Outline) -> Vec<Operand> {
    let mut found: Vec<Operand> = Vec::new();
    for node in nodes {
        if let Some(NodeEnum::GroupingSet(set)) = &node.node {
            let inner = group(&set.content, outputs, block, out);
            found.extend(inner);
            continue;
        }
        let term = surveyed(node, &Around::of(ParameterContext::Other), block, out);
        match by_number(&term, outputs) {
            Some(operand) => found.push(operand),
            None => found.extend(members(term)),
        }
    }
    let mut unique = Vec::with_capacity(found.len());
    for operand in found {
        if !unique.contains(&operand) {
            unique.push(operand);
        }
    }
    unique
}

/// A row in GROUP BY is its members.
fn members(operand: Operand) -> Vec<Operand> {
    match operand {
        Operand::List(members) => members,
        operand => vec![operand],
    }
}

/// `ORDER BY 2` means the second output.
fn by_number(term: &Operand, outputs: &[Output]) -> Option<Operand> {
    let Operand::Literal(Literal { text, kind: LiteralKind::Integer }) = term else { return None };
    let position = text.parse::<usize>().ok()?.checked_sub(1)?;
    match &outputs.get(position)?.value {
        OutputValue::Operand(operand) => Some(operand.clone()),
        OutputValue::Star(_) => None,
    }
}

/// A bare name in ORDER BY means an output before it means a column.
fn by_name(term: &Operand, outputs: &[Output]) -> Option<Operand> {
    let Operand::Column(column) = term else { return None };
    if column.qualifier.is_some() {
        return None;
    }
    let output = outputs.iter().find(|it| it.name() == Some(&column.column))?;
    match &output.value {
        OutputValue::Operand(operand) => Some(operand.clone()),
        OutputValue::Star(_) => None,
    }
}

fn term(node: &Node, outputs: &[Output], block: BlockId, out: &mut Outline) -> Operand {
    let term = surveyed(node, &Around::of(ParameterContext::Other), block, out);
    by_number(&term, outputs).or_else(|| by_name(&term, outputs)).unwrap_or(term)
}

fn order(nodes: &[Node], outputs: &[Output], block: BlockId, out: &mut Outline) -> Vec<OrderTerm> {
    let mut found = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(NodeEnum::SortBy(sort)) = &node.node else { continue };
        let Some(key) = sort.node.as_deref() else { continue };
        let greater = strings(&sort.use_op).last().is_some_and(|it| it.starts_with('>'));
        let descending = sort.sortby_dir() == SortByDir::SortbyDesc || greater;
        let nulls_first = match sort.sortby_nulls() {
            SortByNulls::SortbyNullsFirst => true,
            SortByNulls::SortbyNullsLast => false,
            SortByNulls::SortbyNullsDefault | SortByNulls::Undefined => descending,
        };
        found.push(OrderTerm { operand: term(key, outputs, block, out), descending, nulls_first });
    }
    found
}
