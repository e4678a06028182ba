//! The one walk over each expression: notes where parameters stand, reads subqueries into
//! blocks, notices aggregates and window functions.

use pg_query::NodeEnum;
use pg_query::protobuf::{AExpr, AExprKind, BoolExprType, FuncCall, Node, SubLink, SubLinkType};

use super::block::{BlockId, Role};
use super::children::children;
use super::operand::ColumnUse;
use super::operands::{bare_column, parameter, strings, type_name};
use super::operators::{AGGREGATES, commutator, compares};
use super::outline::{self, Outline, Query, Seat};
use super::parameter::{ParameterContext, ParameterUse};
use super::statement::FunctionName;

/// What stands around an expression.
#[derive(Debug, Clone)]
pub(super) struct Around {
    context: ParameterContext,
    negated: bool,
}

impl Around {
    /// Something that says this of a parameter.
    pub(super) fn of(context: ParameterContext) -> Self {
        Self { context, negated: false }
    }

    fn nothing() -> Self {
        Self::of(ParameterContext::Other)
    }
}

/// Walks an expression. Each is walked once.
pub(super) fn survey(node: &Node, around: &Around, block: BlockId, out: &mut Outline) {
    let Some(kind) = &node.node else { return };
    match kind {
        NodeEnum::ParamRef(it) => {
            let context = around.context.clone();
            out.uses.push(ParameterUse { number: parameter(it.number), context });
        }
        NodeEnum::TypeCast(it) => {
            let inner = match (&around.context, &it.type_name) {
                (
                    ParameterContext::Other
                    | ParameterContext::Condition
                    | ParameterContext::Operated { .. }
                    | ParameterContext::FunctionArgument { .. },
                    Some(named),
                ) => type_name(named).map_or(ParameterContext::Other, ParameterContext::CastTo),
                (context, _) => context.clone(),
            };
            all(it.arg.as_deref(), &Around::of(inner), block, out);
        }
        NodeEnum::CollateClause(it) => all(it.arg.as_deref(), around, block, out),
        NodeEnum::AArrayExpr(it) => all(&it.elements, &member(around), block, out),
        NodeEnum::List(it) => all(&it.items, &member(around), block, out),
        NodeEnum::BoolExpr(it) => {
            let turned = it.boolop() == BoolExprType::NotExpr;
            let negated = around.negated != turned;
            let around = Around::of(ParameterContext::Condition);
            all(&it.args, &Around { negated, ..around }, block, out);
        }
        NodeEnum::AExpr(it) => comparison(it, block, out),
        NodeEnum::SubLink(it) => sublink(it, around.negated, block, out),
        NodeEnum::FuncCall(it) => call(it, block, out),
        NodeEnum::JsonArrayQueryConstructor(it) => {
            let query = it.query.as_ref().and_then(|it| it.node.as_ref()).and_then(Query::of);
            if let Some(query) = query {
                let id = outline::block(query, Seat::below(block, Role::Scalar), out);
                out.subqueries.insert(it.location, id);
            }
        }
        NodeEnum::JsonObjectAgg(_) | NodeEnum::JsonArrayAgg(_) => {
            out.aggregating.insert(block);
            survey_children(node, block, out);
        }
        _ => survey_children(node, block, out),
    }
}

/// Walks what stands below a node.
pub(super) fn survey_children(node: &Node, block: BlockId, out: &mut Outline) {
    let parts = node.node.as_ref().map_or_else(Vec::new, children);
    all(parts, &Around::nothing(), block, out);
}

fn all<'a>(
    nodes: impl IntoIterator<Item = &'a Node>,
    around: &Around,
    block: BlockId,
    out: &mut Outline,
) {
    for node in nodes {
        survey(node, around, block, out);
    }
}

/// What a list says of its members.
fn member(around: &Around) -> Around {
    match &around.context {
        ParameterContext::Compared(column, _) | ParameterContext::ListMember(column) => {
            Around::of(ParameterContext::ListMember(column.clone()))
        }
        _ => Around::nothing(),
    }
}

fn call(it: &FuncCall, block: BlockId, out: &mut Outline) {
    let parts: Vec<String> = strings(&it.funcname).into_iter().map(str::to_owned).collect();
    let function = FunctionName::of(&parts);
    let is_aggregate = it.agg_star
        || it.agg_distinct
        || it.agg_within_group
        || it.agg_filter.is_some()
        || !it.agg_order.is_empty()
        || function.as_ref().is_some_and(|it| AGGREGATES.binary_search(&it.name.as_str()).is_ok());
    if it.over.is_some() {
        out.windowing.insert(block);
    } else if is_aggregate {
        out.aggregating.insert(block);
    }
    for (position, argument) in it.args.iter().enumerate() {
        let around = match &function {
            Some(function) => Around::of(ParameterContext::FunctionArgument {
                function: function.clone(),
                position,
            }),
            None => Around::nothing(),
        };
        survey(argument, &around, block, out);
    }
    all(&it.agg_order, &Around::nothing(), block, out);
    all(it.agg_filter.as_deref(), &Around::nothing(), block, out);
    let over = it.over.iter().flat_map(|it| {
        let ends = [it.start_offset.as_deref(), it.end_offset.as_deref()];
        it.partition_clause.iter().chain(&it.order_clause).chain(ends.into_iter().flatten())
    });
    all(over, &Around::nothing(), block, out);
}

fn sublink(it: &SubLink, negated: bool, block: BlockId, out: &mut Outline) {
    all(it.testexpr.as_deref(), &Around::nothing(), block, out);
    let query = it.subselect.as_ref().and_then(|it| it.node.as_ref()).and_then(Query::of);
    let Some(query) = query else { return };
    // `SET (a, b) = (SELECT …)` carries its subquery once for each column.
    if out.subqueries.contains_key(&it.location) {
        return;
    }
    let role = match it.sub_link_type() {
        SubLinkType::ExistsSublink => Role::Exists,
        SubLinkType::AnySublink => Role::Any,
        SubLinkType::AllSublink => Role::All,
        SubLinkType::ArraySublink => Role::Array,
        _ => Role::Scalar,
    };
    let id = outline::block(query, Seat { negated, ..Seat::below(block, role) }, out);
    out.subqueries.insert(it.location, id);
}

/// The two sides of a comparison: each says of a parameter on the other what it is.
fn comparison(it: &AExpr, block: BlockId, out: &mut Outline) {
    let (Some(left), Some(right)) = (it.lexpr.as_deref(), it.rexpr.as_deref()) else {
        let sides = [it.lexpr.as_deref(), it.rexpr.as_deref()];
        all(sides.into_iter().flatten(), &Around::nothing(), block, out);
        return;
    };
    let symbol = strings(&it.name).last().copied().unwrap_or_default();
    match it.kind() {
        AExprKind::AexprOpAny | AExprKind::AexprOpAll | AExprKind::AexprIn => {
            listed(left, right, (symbol, quantifier(it.kind())), block, out);
        }
        AExprKind::AexprBetween
        | AExprKind::AexprNotBetween
        | AExprKind::AexprBetweenSym
        | AExprKind::AexprNotBetweenSym => bounds(left, right, block, out),
        AExprKind::AexprDistinct => compared(left, right, "is distinct from", block, out),
        AExprKind::AexprNotDistinct => compared(left, right, "is not distinct from", block, out),
        _ => compared(left, right, symbol, block, out),
    }
}

fn compared(left: &Node, right: &Node, operator: &str, block: BlockId, out: &mut Outline) {
    if let (Some(NodeEnum::RowExpr(left)), Some(NodeEnum::RowExpr(right))) =
        (&left.node, &right.node)
    {
        for (left, right) in left.args.iter().zip(&right.args) {
            compared(left, right, operator, block, out);
        }
        return;
    }
    let turned = commutator(operator).unwrap_or(operator);
    survey(left, &against(bare_column(right, block), turned), block, out);
    survey(right, &against(bare_column(left, block), operator), block, out);
}

/// What a column on the other side says.
fn against(column: Option<ColumnUse>, operator: &str) -> Around {
    match column {
        Some(column) if compares(operator) => {
            Around::of(ParameterContext::Compared(column, operator.to_owned()))
        }
        None if compares(operator) => Around::nothing(),
        column => {
            let operator = operator.to_owned();
            Around::of(ParameterContext::Operated { operator, column })
        }
    }
}

fn quantifier(kind: AExprKind) -> &'static str {
    if kind == AExprKind::AexprOpAll { "all" } else { "any" }
}

fn listed(
    left: &Node,
    right: &Node,
    (operator, quantifier): (&str, &str),
    block: BlockId,
    out: &mut Outline,
) {
    if let (Some(NodeEnum::RowExpr(row)), Some(NodeEnum::List(list))) = (&left.node, &right.node) {
        all(&row.args, &Around::nothing(), block, out);
        for member in &list.items {
            listed_row(&row.args, member, block, out);
        }
        return;
    }
    let members = match &right.node {
        Some(NodeEnum::List(list)) => list.items.as_slice(),
        _ => &[],
    };
    let first = members.iter().find_map(|it| bare_column(it, block));
    survey(left, &against(first, operator), block, out);
    let quantified = format!("{operator} {quantifier}");
    survey(right, &against(bare_column(left, block), &quantified), block, out);
}

/// One row of `(a, b) IN ((…), (…))`.
fn listed_row(columns: &[Node], member: &Node, block: BlockId, out: &mut Outline) {
    let Some(NodeEnum::RowExpr(row)) = &member.node else {
        return survey(member, &Around::nothing(), block, out);
    };
    for (position, value) in row.args.iter().enumerate() {
        let column = columns.get(position).and_then(|it| bare_column(it, block));
        let context = column.map_or(ParameterContext::Other, ParameterContext::ListMember);
        survey(value, &Around::of(context), block, out);
    }
}

/// The low and the high end of BETWEEN.
fn bounds(left: &Node, right: &Node, block: BlockId, out: &mut Outline) {
    let ends = match &right.node {
        Some(NodeEnum::List(list)) => list.items.as_slice(),
        _ => &[],
    };
    let first = ends.iter().find_map(|it| bare_column(it, block));
    survey(left, &against(first, "<="), block, out);
    let column = bare_column(left, block);
    for (end, operator) in ends.iter().zip([">=", "<="]) {
        survey(end, &against(column.clone(), operator), block, out);
    }
}
