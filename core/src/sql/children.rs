//! The parts of an expression, for every kind of node that the grammar puts into one.
//!
//! A kind that is missing here costs advice, not safety: names come from `tree`. A test over
//! the fixtures compares the two.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    JsonAggConstructor, JsonBehavior, JsonTablePathSpec, JsonValueExpr, Node, WindowDef,
};

/// Parts in written order.
type Parts<'a> = Vec<&'a Node>;

/// The nodes directly below an expression's node, subqueries and types left out.
pub(super) fn children(node: &NodeEnum) -> Vec<&Node> {
    let mut found = Vec::new();
    match node {
        NodeEnum::AExpr(it) => both(it.lexpr.as_deref(), it.rexpr.as_deref(), &mut found),
        NodeEnum::BoolExpr(it) => found.extend(&it.args),
        NodeEnum::SubLink(it) => found.extend(it.testexpr.as_deref()),
        NodeEnum::TypeCast(it) => found.extend(it.arg.as_deref()),
        NodeEnum::CollateClause(it) => found.extend(it.arg.as_deref()),
        NodeEnum::NullTest(it) => found.extend(it.arg.as_deref()),
        NodeEnum::BooleanTest(it) => found.extend(it.arg.as_deref()),
        NodeEnum::AArrayExpr(it) => found.extend(&it.elements),
        NodeEnum::RowExpr(it) => found.extend(&it.args),
        NodeEnum::List(it) => found.extend(&it.items),
        NodeEnum::CoalesceExpr(it) => found.extend(&it.args),
        NodeEnum::MinMaxExpr(it) => found.extend(&it.args),
        NodeEnum::NamedArgExpr(it) => found.extend(it.arg.as_deref()),
        NodeEnum::ResTarget(it) => found.extend(it.val.as_deref()),
        NodeEnum::MultiAssignRef(it) => found.extend(it.source.as_deref()),
        NodeEnum::SortBy(it) => found.extend(it.node.as_deref()),
        NodeEnum::GroupingSet(it) => found.extend(&it.content),
        NodeEnum::GroupingFunc(it) => found.extend(&it.args),
        NodeEnum::WindowDef(it) => window(it, &mut found),
        NodeEnum::IndexElem(it) => found.extend(it.expr.as_deref()),
        NodeEnum::AIndices(it) => both(it.lidx.as_deref(), it.uidx.as_deref(), &mut found),
        NodeEnum::AIndirection(it) => {
            found.extend(it.arg.as_deref());
            found.extend(&it.indirection);
        }
        NodeEnum::CaseExpr(it) => {
            found.extend(it.arg.as_deref());
            found.extend(&it.args);
            found.extend(it.defresult.as_deref());
        }
        NodeEnum::CaseWhen(it) => both(it.expr.as_deref(), it.result.as_deref(), &mut found),
        NodeEnum::FuncCall(it) => {
            found.extend(&it.args);
            found.extend(&it.agg_order);
            found.extend(it.agg_filter.as_deref());
            it.over.iter().for_each(|over| window(over, &mut found));
        }
        _ => document_parts(node, &mut found),
    }
    found
}

fn both<'a>(first: Option<&'a Node>, second: Option<&'a Node>, found: &mut Parts<'a>) {
    found.extend(first);
    found.extend(second);
}

fn window<'a>(it: &'a WindowDef, found: &mut Parts<'a>) {
    found.extend(&it.partition_clause);
    found.extend(&it.order_clause);
    both(it.start_offset.as_deref(), it.end_offset.as_deref(), found);
}

/// The XML and JSON constructs, and what stands in FROM with them.
fn document_parts<'a>(node: &'a NodeEnum, found: &mut Parts<'a>) {
    match node {
        NodeEnum::XmlExpr(it) => {
            found.extend(&it.named_args);
            found.extend(&it.args);
        }
        NodeEnum::XmlSerialize(it) => found.extend(it.expr.as_deref()),
        NodeEnum::RangeTableFunc(it) => {
            both(it.docexpr.as_deref(), it.rowexpr.as_deref(), found);
            found.extend(&it.namespaces);
            found.extend(&it.columns);
        }
        NodeEnum::RangeTableFuncCol(it) => {
            both(it.colexpr.as_deref(), it.coldefexpr.as_deref(), found);
        }
        NodeEnum::RangeFunction(it) => found.extend(&it.functions),
        NodeEnum::RangeTableSample(it) => {
            found.extend(&it.args);
            found.extend(it.repeatable.as_deref());
        }
        NodeEnum::JsonTable(it) => {
            json_value(it.context_item.as_deref(), found);
            json_path(it.pathspec.as_deref(), found);
            found.extend(&it.passing);
            found.extend(&it.columns);
            json_behavior(it.on_error.as_deref(), found);
        }
        NodeEnum::JsonTableColumn(it) => {
            json_path(it.pathspec.as_deref(), found);
            found.extend(&it.columns);
            json_behavior(it.on_empty.as_deref(), found);
            json_behavior(it.on_error.as_deref(), found);
        }
        _ => json_parts(node, found),
    }
}

fn json_parts<'a>(node: &'a NodeEnum, found: &mut Parts<'a>) {
    match node {
        NodeEnum::JsonFuncExpr(it) => {
            json_value(it.context_item.as_deref(), found);
            found.extend(it.pathspec.as_deref());
            found.extend(&it.passing);
            json_behavior(it.on_empty.as_deref(), found);
            json_behavior(it.on_error.as_deref(), found);
        }
        NodeEnum::JsonBehavior(it) => json_behavior(Some(it), found),
        NodeEnum::JsonValueExpr(it) => json_value(Some(it), found),
        NodeEnum::JsonArgument(it) => json_value(it.val.as_deref(), found),
        NodeEnum::JsonParseExpr(it) => json_value(it.expr.as_deref(), found),
        NodeEnum::JsonScalarExpr(it) => found.extend(it.expr.as_deref()),
        NodeEnum::JsonSerializeExpr(it) => json_value(it.expr.as_deref(), found),
        NodeEnum::JsonIsPredicate(it) => found.extend(it.expr.as_deref()),
        NodeEnum::JsonObjectConstructor(it) => found.extend(&it.exprs),
        NodeEnum::JsonArrayConstructor(it) => found.extend(&it.exprs),
        NodeEnum::JsonKeyValue(it) => {
            found.extend(it.key.as_deref());
            json_value(it.value.as_deref(), found);
        }
        NodeEnum::JsonObjectAgg(it) => {
            if let Some(pair) = &it.arg {
                found.extend(pair.key.as_deref());
                json_value(pair.value.as_deref(), found);
            }
            json_aggregate(it.constructor.as_deref(), found);
        }
        NodeEnum::JsonArrayAgg(it) => {
            json_value(it.arg.as_deref(), found);
            json_aggregate(it.constructor.as_deref(), found);
        }
        _ => {}
    }
}

fn json_value<'a>(it: Option<&'a JsonValueExpr>, found: &mut Parts<'a>) {
    found.extend(it.and_then(|it| it.raw_expr.as_deref()));
}

fn json_path<'a>(it: Option<&'a JsonTablePathSpec>, found: &mut Parts<'a>) {
    found.extend(it.and_then(|it| it.string.as_deref()));
}

fn json_behavior<'a>(it: Option<&'a JsonBehavior>, found: &mut Parts<'a>) {
    found.extend(it.and_then(|it| it.expr.as_deref()));
}

fn json_aggregate<'a>(it: Option<&'a JsonAggConstructor>, found: &mut Parts<'a>) {
    let Some(it) = it else { return };
    found.extend(it.agg_filter.as_deref());
    found.extend(&it.agg_order);
    it.over.iter().for_each(|over| window(over, found));
}
