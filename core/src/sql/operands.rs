//! Expressions as operands. Everything here only looks; what is to be noted on the way
//! (parameters, subqueries) `surveys` has noted before.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AConst, ColumnRef, Node, ParseResult, RawStmt, ResTarget, SelectStmt, SubLink, SubLinkType,
    TypeName, a_const,
};

use crate::base::Name;

use super::block::{BlockId, OutputValue};
use super::children::children;
use super::operand::{ColumnUse, Expression, Literal, LiteralKind, Operand};
use super::outline::Outline;
use super::statement::{Gap, TypeNameUse};

/// The texts in a list of `String` nodes.
pub(super) fn strings(nodes: &[Node]) -> Vec<&str> {
    nodes
        .iter()
        .filter_map(|it| match &it.node {
            Some(NodeEnum::String(text)) => Some(text.sval.as_str()),
            _ => None,
        })
        .collect()
}

/// The name of a type as written; None for the internal ones without a name.
pub(super) fn type_name(it: &TypeName) -> Option<TypeNameUse> {
    let parts: Vec<String> = strings(&it.names).into_iter().map(str::to_owned).collect();
    TypeNameUse::of(&parts, !it.array_bounds.is_empty())
}

/// `*` or `alias.*`; None for anything else.
pub(super) fn star(node: &Node) -> Option<OutputValue> {
    let Some(NodeEnum::ColumnRef(column)) = &node.node else { return None };
    let is_star = matches!(column.fields.last()?.node, Some(NodeEnum::AStar(_)));
    let qualifier = strings(&column.fields).last().map(|it| Name::from(*it));
    is_star.then_some(OutputValue::Star(qualifier))
}

/// A column as written; None for stars.
pub(super) fn column_use(it: &ColumnRef, block: BlockId) -> Option<ColumnUse> {
    let parts = strings(&it.fields);
    if parts.len() < it.fields.len() {
        return None;
    }
    let (column, before) = parts.split_last()?;
    let (qualifier, before) = before.split_last().map_or((None, before), |it| (Some(*it.0), it.1));
    Some(ColumnUse {
        schema: before.last().map(|it| Name::from(*it)),
        qualifier: qualifier.map(Name::from),
        column: Name::from(*column),
        block,
    })
}

/// The column under casts and collations.
pub(super) fn bare_column(node: &Node, block: BlockId) -> Option<ColumnUse> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(it) => column_use(it, block),
        NodeEnum::TypeCast(it) => bare_column(it.arg.as_deref()?, block),
        NodeEnum::CollateClause(it) => bare_column(it.arg.as_deref()?, block),
        _ => None,
    }
}

/// An expression as an operand.
pub(super) fn operand(node: &Node, block: BlockId, out: &mut Outline) -> Operand {
    simple(node, block, out).unwrap_or_else(|| Operand::Expression(expression(node, block, out)))
}

/// An operand that is no expression.
fn simple(node: &Node, block: BlockId, out: &mut Outline) -> Option<Operand> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(it) => column_use(it, block).map(Operand::Column),
        NodeEnum::ParamRef(it) => Some(Operand::Parameter(parameter(it.number))),
        NodeEnum::AConst(it) => Some(Operand::Literal(literal(it))),
        NodeEnum::AArrayExpr(it) => Some(list(&it.elements, block, out)),
        NodeEnum::List(it) => Some(list(&it.items, block, out)),
        NodeEnum::RowExpr(it) => Some(list(&it.args, block, out)),
        NodeEnum::SubLink(it) if gives_rows(it) => {
            out.subqueries.get(&it.location).map(|it| Operand::Subquery(*it))
        }
        NodeEnum::TypeCast(it) => {
            let inner = Box::new(simple(it.arg.as_deref()?, block, out)?);
            let type_name = it.type_name.as_ref().and_then(type_name)?;
            Some(Operand::Cast { inner, type_name })
        }
        _ => None,
    }
}

/// The number of a parameter, within what the protocol allows.
pub(super) fn parameter(number: i32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn list(nodes: &[Node], block: BlockId, out: &mut Outline) -> Operand {
    Operand::List(nodes.iter().map(|it| operand(it, block, out)).collect())
}

fn gives_rows(it: &SubLink) -> bool {
    matches!(it.sub_link_type(), SubLinkType::ExprSublink | SubLinkType::ArraySublink)
}

fn literal(it: &AConst) -> Literal {
    let (text, kind) = match &it.val {
        _ if it.isnull => return Literal::null(),
        Some(a_const::Val::Ival(it)) => (it.ival.to_string(), LiteralKind::Integer),
        Some(a_const::Val::Fval(it)) => (it.fval.clone(), LiteralKind::Float),
        Some(a_const::Val::Boolval(it)) => return Literal::boolean(it.boolval),
        Some(a_const::Val::Sval(it)) => (it.sval.clone(), LiteralKind::Text),
        Some(a_const::Val::Bsval(it)) => (it.bsval.clone(), LiteralKind::Bits),
        None => return Literal::null(),
    };
    Literal { text, kind }
}

/// Any node as an expression.
pub(super) fn expression(node: &Node, block: BlockId, out: &mut Outline) -> Expression {
    let text = text(node);
    match &node.node {
        Some(NodeEnum::CurrentOfExpr(_)) => {
            out.gaps.insert(Gap::CurrentOf);
        }
        _ if text.is_none() => {
            out.gaps.insert(Gap::Undeparsed);
        }
        _ => {}
    }
    let mut found = Expression {
        columns: Vec::new(),
        parameters: Vec::new(),
        subqueries: Vec::new(),
        text: text.unwrap_or_default(),
    };
    gather(node, block, out, &mut found);
    found
}

/// What stands in an expression, subqueries as a whole.
fn gather(node: &Node, block: BlockId, out: &Outline, found: &mut Expression) {
    let Some(kind) = &node.node else { return };
    let subquery = match kind {
        NodeEnum::ColumnRef(it) => {
            found.columns.extend(column_use(it, block));
            None
        }
        NodeEnum::ParamRef(it) => {
            found.parameters.push(parameter(it.number));
            None
        }
        NodeEnum::SubLink(it) => Some(it.location),
        NodeEnum::JsonArrayQueryConstructor(it) => Some(it.location),
        _ => None,
    };
    found.subqueries.extend(subquery.and_then(|it| out.subqueries.get(&it)));
    for child in children(kind) {
        gather(child, block, out, found);
    }
}

/// An expression as SQL. The parser's library writes back statements only, so it is made one.
fn text(node: &Node) -> Option<String> {
    const BEFORE: &str = "SELECT ";
    let target = ResTarget { val: Some(Box::new(node.clone())), ..ResTarget::default() };
    let target = Node { node: Some(NodeEnum::ResTarget(Box::new(target))) };
    let select = SelectStmt {
        target_list: vec![target],
        op: pg_query::protobuf::SetOperation::SetopNone.into(),
        limit_option: pg_query::protobuf::LimitOption::Default.into(),
        ..SelectStmt::default()
    };
    let statement = Node { node: Some(NodeEnum::SelectStmt(Box::new(select))) };
    let raw = RawStmt { stmt: Some(Box::new(statement)), stmt_location: 0, stmt_len: 0 };
    let tree = ParseResult { version: 0, stmts: vec![raw] };
    let text = pg_query::deparse(&tree, pg_query::DeparseOptions::default()).ok()?;
    text.strip_prefix(BEFORE).map(str::to_owned)
}
