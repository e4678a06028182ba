//! FROM: what is read, and the conditions of its joins.

use pg_query::NodeEnum;
use pg_query::protobuf::{Alias, JoinExpr, JoinType, Node, RangeFunction, RangeVar};

use crate::base::Name;

use super::block::{BlockId, JoinKind, RelationSource, RelationUse, Role};
use super::conditions::Conditions;
use super::operand::{ColumnUse, Operand};
use super::operands::strings;
use super::outline::{self, Outline, Query, Seat};
use super::parameter::ParameterContext;
use super::statement::{FunctionName, Gap, RelationName};
use super::surveys::{Around, survey, survey_children};

/// Reads one entry of FROM, and all that are joined in it.
pub(super) fn relations(
    node: &Node,
    nullable: bool,
    block: BlockId,
    found: &mut Vec<RelationUse>,
    out: &mut Outline,
) {
    match &node.node {
        Some(NodeEnum::RangeVar(it)) => {
            found.push(RelationUse { nullable, ..range_variable(it, out) });
        }
        Some(NodeEnum::JoinExpr(it)) => join(it, nullable, block, found, out),
        Some(NodeEnum::RangeTableSample(it)) => {
            let first = found.len();
            if let Some(relation) = it.relation.as_deref() {
                relations(relation, nullable, block, found, out);
            }
            found.iter_mut().skip(first).for_each(|it| it.sampled = true);
            survey_children(node, block, out);
        }
        Some(NodeEnum::RangeSubselect(it)) => {
            let query = it.subquery.as_ref().and_then(|it| it.node.as_ref());
            let Some(query) = query.and_then(Query::of) else { return };
            let id = outline::block(query, Seat::below(block, Role::Derived), out);
            let named = named(RelationSource::Derived(id), it.alias.as_ref());
            found.push(RelationUse { nullable, lateral: it.lateral, ..named });
        }
        Some(NodeEnum::RangeFunction(it)) => {
            survey(node, &Around::of(ParameterContext::Other), block, out);
            found.push(RelationUse { nullable, ..function(it) });
        }
        Some(NodeEnum::RangeTableFunc(it)) => {
            survey_children(node, block, out);
            let named = named(RelationSource::TableFunction, it.alias.as_ref());
            found.push(RelationUse { nullable, lateral: it.lateral, ..named });
        }
        Some(NodeEnum::JsonTable(it)) => {
            survey_children(node, block, out);
            let named = named(RelationSource::TableFunction, it.alias.as_ref());
            found.push(RelationUse { nullable, lateral: it.lateral, ..named });
        }
        _ => {}
    }
}

/// An entry with its alias and nothing else.
fn named(source: RelationSource, alias: Option<&Alias>) -> RelationUse {
    RelationUse {
        source,
        alias: Name::from(alias.map_or("", |it| it.aliasname.as_str())),
        columns: alias.map_or_else(Vec::new, |it| names(&it.colnames)),
        nullable: false,
        only: false,
        lateral: false,
        sampled: false,
    }
}

fn names(nodes: &[Node]) -> Vec<Name> {
    strings(nodes).into_iter().map(Name::from).collect()
}

/// The name of a relation as written.
pub(super) fn relation_name(it: &RangeVar) -> RelationName {
    let schema = (!it.schemaname.is_empty()).then(|| Name::from(it.schemaname.as_str()));
    RelationName { schema, name: Name::from(it.relname.as_str()) }
}

/// A name in FROM: a CTE where one of that name can be seen, a relation otherwise.
fn range_variable(it: &RangeVar, out: &Outline) -> RelationUse {
    let name = relation_name(it);
    let cte = out.scope.iter().rev().find(|cte| name.schema.is_none() && cte.0 == name.name);
    match cte {
        Some((name, block)) => {
            let source = RelationSource::Cte(name.clone(), Some(*block));
            written(source, it)
        }
        None => written_relation(it),
    }
}

/// A relation that is certainly not a CTE, such as the target of an UPDATE.
pub(super) fn written_relation(it: &RangeVar) -> RelationUse {
    written(RelationSource::Relation(relation_name(it)), it)
}

fn written(source: RelationSource, it: &RangeVar) -> RelationUse {
    let entry = named(source, it.alias.as_ref());
    let alias = match &it.alias {
        Some(_) => entry.alias,
        None => Name::from(it.relname.as_str()),
    };
    RelationUse { alias, only: !it.inh, ..entry }
}

fn function(it: &RangeFunction) -> RelationUse {
    // Each is a list of the call and its column definitions.
    let calls: Vec<FunctionName> = it
        .functions
        .iter()
        .filter_map(|it| match &it.node {
            Some(NodeEnum::List(list)) => list.items.first(),
            _ => None,
        })
        .filter_map(|it| match &it.node {
            Some(NodeEnum::FuncCall(call)) => FunctionName::of(&owned(&call.funcname)),
            _ => None,
        })
        .collect();
    let only = if let [call] = calls.as_slice() { Some(call.clone()) } else { None };
    let own = only.as_ref().map(|it| it.name.clone());
    let entry = named(RelationSource::Function(only), it.alias.as_ref());
    let alias = match own {
        Some(own) if it.alias.is_none() => own,
        _ => entry.alias,
    };
    RelationUse { alias, lateral: it.lateral, ..entry }
}

fn owned(nodes: &[Node]) -> Vec<String> {
    strings(nodes).into_iter().map(str::to_owned).collect()
}

fn join(
    it: &JoinExpr,
    nullable: bool,
    block: BlockId,
    found: &mut Vec<RelationUse>,
    out: &mut Outline,
) {
    let kind = join_kind(it);
    let left = nullable || matches!(kind, JoinKind::Right | JoinKind::Full);
    let right = nullable || matches!(kind, JoinKind::Left | JoinKind::Full);
    if let Some(node) = it.larg.as_deref() {
        relations(node, left, block, found, out);
    }
    if let Some(node) = it.rarg.as_deref() {
        relations(node, right, block, found, out);
    }
    for alias in [it.alias.as_ref(), it.join_using_alias.as_ref()].into_iter().flatten() {
        found.push(RelationUse { nullable, ..named(RelationSource::Join, Some(alias)) });
    }
    if it.is_natural {
        out.gaps.insert(Gap::NaturalJoin);
    }
}

fn join_kind(it: &JoinExpr) -> JoinKind {
    match it.jointype() {
        JoinType::JoinLeft => JoinKind::Left,
        JoinType::JoinRight => JoinKind::Right,
        JoinType::JoinFull => JoinKind::Full,
        _ => JoinKind::Inner,
    }
}

/// Reads the conditions of all joins in one entry of FROM, innermost first.
pub(super) fn join_conditions(node: &Node, conditions: &mut Conditions, out: &mut Outline) {
    let Some(NodeEnum::JoinExpr(it)) = &node.node else { return };
    for side in [it.larg.as_deref(), it.rarg.as_deref()].into_iter().flatten() {
        join_conditions(side, conditions, out);
    }
    let kind = join_kind(it);
    if let Some(quals) = it.quals.as_deref() {
        conditions.read(quals, Some(kind), out);
    }
    for column in strings(&it.using_clause) {
        let side = |node: Option<&Node>| {
            Operand::Column(ColumnUse {
                schema: None,
                qualifier: node.and_then(|it| merged_from(it, column)),
                column: Name::from(column),
                block: conditions.block,
            })
        };
        let (left, right) = (side(it.larg.as_deref()), side(it.rarg.as_deref()));
        conditions.equate(left, right, kind);
    }
}

/// Which entry of one side of a join a USING column comes from: the only one there, or the
/// left one of an earlier USING of the same column. None when only the catalog can say.
fn merged_from(node: &Node, column: &str) -> Option<Name> {
    let Some(NodeEnum::JoinExpr(it)) = &node.node else { return alias_of(node) };
    let merged = strings(&it.using_clause).contains(&column);
    if merged { merged_from(it.larg.as_deref()?, column) } else { None }
}

fn alias_of(node: &Node) -> Option<Name> {
    let (alias, own) = match node.node.as_ref()? {
        NodeEnum::RangeVar(it) => (it.alias.as_ref(), it.relname.as_str()),
        NodeEnum::RangeSubselect(it) => (it.alias.as_ref(), ""),
        NodeEnum::RangeFunction(it) => (it.alias.as_ref(), ""),
        NodeEnum::RangeTableFunc(it) => (it.alias.as_ref(), ""),
        NodeEnum::JsonTable(it) => (it.alias.as_ref(), ""),
        NodeEnum::RangeTableSample(it) => return alias_of(it.relation.as_deref()?),
        _ => return None,
    };
    let name = alias.map_or(own, |it| it.aliasname.as_str());
    (!name.is_empty()).then(|| Name::from(name))
}
