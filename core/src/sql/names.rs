//! Every name in a statement, and what it does besides reading, from the whole tree.

use std::collections::BTreeSet;

use pg_query::protobuf::{AExprKind, SubLinkType};

use crate::base::Name;

use super::statement::{CollationName, FunctionName, OperatorName, RelationName, TypeNameUse};
use super::tree::Tree;

/// What a descent through the whole tree found.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) functions: BTreeSet<FunctionName>,
    pub(super) operators: BTreeSet<OperatorName>,
    pub(super) types: BTreeSet<TypeNameUse>,
    pub(super) relations: BTreeSet<RelationName>,
    pub(super) collations: BTreeSet<CollationName>,
    pub(super) attributes: BTreeSet<Name>,
    pub(super) parameters: BTreeSet<u16>,
    pub(super) locking: bool,
    pub(super) into: bool,
    pub(super) writes_in_cte: bool,
}

/// The names of the CTEs that can be seen from one place.
type Scope<'a> = Vec<&'a str>;

/// Reads a statement's tree.
pub(super) fn names(statement: &Tree) -> Names {
    let mut found = Names::default();
    descend(statement, &Scope::new(), &mut found);
    found
}

/// One message, then everything below it.
fn descend<'a>(tree: &'a Tree, scope: &Scope<'a>, found: &mut Names) {
    let Tree::Message(message, fields) = tree else {
        tree.children().for_each(|it| descend(it, scope, found));
        return;
    };
    note(message, tree, found);
    note_effects(message, found);
    let inner = tree.field("with_clause").map(|with| with_ctes(with, scope, found));
    let scope = inner.as_ref().unwrap_or(scope);
    for (field, part) in fields {
        match (*message, *field) {
            // Read above; and the locked names are entries of FROM, not relations.
            (_, "with_clause") | ("LockingClause", "locked_rels") => {}
            // What is written is a real relation, even where a CTE has the same name.
            ("InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt", "relation") => {
                descend(part, &Scope::new(), found);
            }
            _ => descend(part, scope, found),
        }
    }
    if *message == "RangeVar" {
        note_relation(tree, scope, found);
    }
}

/// The CTEs of a WITH, each in the scope of those before it, or of all when it is recursive.
/// Gives the scope of the statement that has the WITH.
fn with_ctes<'a>(with: &'a Tree, outer: &Scope<'a>, found: &mut Names) -> Scope<'a> {
    let Some(Tree::List(ctes)) = with.field("ctes") else { return outer.clone() };
    let mut scope = outer.clone();
    let recursive = with.number("recursive") != 0;
    if recursive {
        scope.extend(ctes.iter().map(|it| it.text("ctename")));
    }
    for cte in ctes {
        let query = cte.field("ctequery");
        if matches!(query, Some(Tree::Message(message, _)) if *message != "SelectStmt") {
            found.writes_in_cte = true;
        }
        descend(cte, &scope, found);
        if !recursive {
            scope.push(cte.text("ctename"));
        }
    }
    scope
}

fn note_relation(tree: &Tree, scope: &Scope<'_>, found: &mut Names) {
    let name = tree.text("relname");
    let schema = tree.text("schemaname");
    if schema.is_empty() && scope.contains(&name) {
        return;
    }
    let schema = (!schema.is_empty()).then(|| Name::from(schema));
    found.relations.insert(RelationName { schema, name: Name::from(name) });
}

fn note_effects(message: &str, found: &mut Names) {
    match message {
        "LockingClause" => found.locking = true,
        "IntoClause" => found.into = true,
        _ => {}
    }
}

/// The names that one message holds itself.
fn note(message: &str, tree: &Tree, found: &mut Names) {
    match message {
        "FuncCall" => found.functions.extend(FunctionName::of(&tree.names("funcname"))),
        "RangeTableSample" => found.functions.extend(FunctionName::of(&tree.names("method"))),
        "TypeName" => found.types.extend(type_name(tree)),
        "CollateClause" => found.collations.extend(CollationName::of(&tree.names("collname"))),
        "IndexElem" => found.collations.extend(CollationName::of(&tree.names("collation"))),
        "SortBy" => found.operators.extend(OperatorName::of(&tree.names("use_op"))),
        "AExpr" => note_operator(tree, found),
        "SubLink" => note_sublink(tree, found),
        "CaseExpr" if tree.field("arg").is_some() => implied(&["="], found),
        "JoinExpr" if tree.field("using_clause").is_some() || tree.number("is_natural") != 0 => {
            implied(&["="], found);
        }
        "ColumnRef" => {
            let fields = tree.names("fields");
            let dotted = fields.len() > 1;
            found.attributes.extend(fields.last().filter(|_| dotted).map(|it| name(it)));
        }
        "AIndirection" => {
            found.attributes.extend(tree.names("indirection").iter().map(|it| name(it)));
        }
        "ParamRef" => {
            found.parameters.insert(u16::try_from(tree.number("number")).unwrap_or(u16::MAX));
        }
        _ => {}
    }
}

fn name(text: &str) -> Name {
    Name::from(text)
}

fn type_name(tree: &Tree) -> Option<TypeNameUse> {
    TypeNameUse::of(&tree.names("names"), tree.field("array_bounds").is_some())
}

/// Operators that the parser looks up by a bare name which the text does not show.
fn implied(symbols: &[&str], found: &mut Names) {
    let named = symbols.iter().map(|it| OperatorName { schema: None, name: name(it) });
    found.operators.extend(named);
}

fn note_operator(tree: &Tree, found: &mut Names) {
    let kind = i32::try_from(tree.number("kind")).ok().and_then(|it| it.try_into().ok());
    match kind {
        Some(AExprKind::AexprBetween | AExprKind::AexprBetweenSym) => implied(&[">=", "<="], found),
        Some(AExprKind::AexprNotBetween | AExprKind::AexprNotBetweenSym) => {
            implied(&["<", ">"], found);
        }
        _ => found.operators.extend(OperatorName::of(&tree.names("name"))),
    }
}

fn note_sublink(tree: &Tree, found: &mut Names) {
    let kind = i32::try_from(tree.number("sub_link_type")).ok().and_then(|it| it.try_into().ok());
    match OperatorName::of(&tree.names("oper_name")) {
        Some(operator) => {
            found.operators.insert(operator);
        }
        // `x IN (SELECT …)` has no operator in the tree.
        None if kind == Some(SubLinkType::AnySublink) => implied(&["="], found),
        None => {}
    }
}
