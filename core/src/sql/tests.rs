//! The fixtures: statements in `fixtures/sql/*.sql`, their outlines beside them.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};
use std::path::Path;

use pg_query::protobuf::Token;

use crate::base::Name;

use super::tokens::Tokens;
use super::*;

/// Each file of statements, one a paragraph; `-- ` lines before a statement belong to it.
const FILES: &[&str] =
    &["joins", "subqueries", "predicates", "names", "outputs", "writes", "parameters", "unusual"];

macro_rules! fixture {
    ($file:expr) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sql/", $file)
    };
}

pub(super) fn texts(file: &str) -> Vec<String> {
    let path = format!("{}/{file}.sql", fixture!(""));
    #[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
    let text = std::fs::read_to_string(path).unwrap();
    text.split("\n\n").map(|it| it.trim_matches('\n').to_owned()).collect()
}

#[test]
fn outlines_the_fixtures() {
    for file in FILES {
        let mut outlines = String::new();
        for text in texts(file) {
            let told = parse(&text).map_or_else(|error| format!("! {error:?}\n"), |it| told(&it));
            writeln!(outlines, "{text}\n{told}").unwrap();
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new(fixture!("")));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(*file, outlines));
    }
}

/// An identifier before a bracket is a call, a type, or a list of columns; a call that the
/// tree does not show would be a hole in the safety check.
#[test]
fn finds_each_call_that_the_tokens_show() {
    for text in FILES.iter().flat_map(|it| texts(it)) {
        if let Ok(statement) = parse(&text) {
            let missed = calls_missed(&text, &statement);
            assert!(missed.is_empty(), "{missed:?} in {text}");
        }
    }
}

/// Words before a bracket in the tokens that are neither a function, a type, nor a name with a
/// list of columns in the tree.
pub(super) fn calls_missed(text: &str, statement: &Statement) -> Vec<String> {
    let tokens = Tokens::of(text).unwrap();
    let words: Vec<_> = tokens.meaningful().collect();
    let mut known: BTreeSet<String> =
        statement.functions.iter().map(|it| it.name.0.clone()).collect();
    known.extend(statement.types.iter().map(|it| it.name.0.clone()));
    known.extend(statement.relations.iter().map(|it| it.name.0.clone()));
    for block in &statement.blocks {
        known.extend(block.relations.iter().map(|it| it.alias.0.clone()));
        if let Role::Cte(name) = &block.role {
            known.insert(name.0.clone());
        }
    }
    let pairs = words.windows(2).filter(|it| it[1].kind == Token::Ascii40);
    pairs
        .filter(|it| it[0].kind == Token::Ident)
        .map(|it| match it[0].text.strip_prefix('"') {
            Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
            None => it[0].text.to_lowercase(),
        })
        .filter(|it| !known.contains(it))
        .collect()
}

/// A statement in few lines.
fn told(it: &Statement) -> String {
    let mut out = format!("= {}", it.kind);
    let mut flag = |name: &str, is: bool| {
        if is {
            write!(out, " {name}").unwrap();
        }
    };
    flag("plain", it.is_plain_select());
    flag("locking", it.locking);
    flag("into", it.into);
    flag("writes-in-cte", it.writes_in_cte);
    flag("backslash", it.literals_with_backslash);
    out.push('\n');
    line(&mut out, "utility", it.utility_name.iter());
    line(&mut out, "tag", it.tag.iter());
    line(&mut out, "gaps", it.gaps.iter());
    line(&mut out, "repaired", it.repaired_text.iter());
    line(&mut out, "relations", it.relations.iter());
    line(&mut out, "functions", it.functions.iter());
    line(&mut out, "operators", it.operators.iter());
    line(&mut out, "types", it.types.iter());
    line(&mut out, "collations", it.collations.iter());
    line(&mut out, "attributes", it.attributes.iter().map(Name::as_str));
    for target in &it.targets {
        let columns: Vec<&str> = target.columns.iter().map(Name::as_str).collect();
        let conflict = match &target.conflict {
            None => String::new(),
            Some(Arbiter::Any) => " on any conflict".to_owned(),
            Some(Arbiter::Constraint(name)) => format!(" on constraint {name}"),
            Some(Arbiter::Columns(columns)) => format!(" on {}", operands(columns)),
        };
        let action = format!("{:?}", target.action).to_lowercase();
        let (block, relation) = (target.block.0, &target.relation);
        writeln!(out, "  [{block}] {action} {relation} ({}){conflict}", columns.join(" ")).unwrap();
    }
    it.blocks.iter().for_each(|it| block_told(it, &mut out));
    for used in &it.parameter_uses {
        writeln!(out, "  ${} {}", used.number, context(&used.context)).unwrap();
    }
    out
}

fn line<T: Display>(out: &mut String, name: &str, items: impl Iterator<Item = T>) {
    let items: Vec<String> = items.map(|it| it.to_string()).collect();
    if !items.is_empty() {
        writeln!(out, "  {name}: {}", items.join(" ")).unwrap();
    }
}

fn block_told(it: &Block, out: &mut String) {
    let parent = it.parent.map_or(String::new(), |it| format!(" in {}", it.0));
    write!(out, "  [{}{parent}] {:?} {}", it.id.0, it.role, it.kind).unwrap();
    for (name, is) in [
        ("negated", it.negated),
        ("aggregates", it.aggregates),
        ("windows", it.windows),
        ("set", it.set_operation),
        ("recursive", it.recursive),
        ("values", it.values),
        ("distinct", it.distinct),
        ("grouping-sets", it.grouping_sets),
    ] {
        if is {
            write!(out, " {name}").unwrap();
        }
    }
    out.push('\n');
    for entry in &it.relations {
        writeln!(out, "    from {}", entry_told(entry)).unwrap();
    }
    it.predicates.iter().for_each(|it| writeln!(out, "    where {}", predicate(it)).unwrap());
    let outputs = it.outputs.iter().map(|it| {
        let alias = it.alias.as_ref().map_or(String::new(), |it| format!(" as {it}"));
        match &it.value {
            OutputValue::Star(None) => "*".to_owned(),
            OutputValue::Star(Some(name)) => format!("{name}.*"),
            OutputValue::Operand(value) => format!("{}{alias}", operand(value)),
        }
    });
    let outputs: Vec<String> = outputs.collect();
    if !outputs.is_empty() {
        writeln!(out, "    gives {}", outputs.join(", ")).unwrap();
    }
    for (name, list) in [("group", &it.group), ("distinct on", &it.distinct_on)] {
        if !list.is_empty() {
            writeln!(out, "    {name} {}", operands(list)).unwrap();
        }
    }
    for (name, one) in [("having", &it.having), ("limit", &it.limit), ("offset", &it.offset)] {
        if let Some(one) = one {
            writeln!(out, "    {name} {}", operand(one)).unwrap();
        }
    }
    for term in &it.order {
        let direction = if term.descending { "desc" } else { "asc" };
        let nulls = if term.nulls_first { "first" } else { "last" };
        writeln!(out, "    order {} {direction} nulls {nulls}", operand(&term.operand)).unwrap();
    }
}

fn entry_told(it: &RelationUse) -> String {
    let source = match &it.source {
        RelationSource::Relation(name) => name.plain(),
        RelationSource::Cte(name, block) => {
            format!("cte {name}{}", block.map_or(String::new(), |it| format!(" [{}]", it.0)))
        }
        RelationSource::Derived(block) => format!("[{}]", block.0),
        RelationSource::Function(name) => {
            format!("function {}", name.as_ref().map_or("several".to_owned(), FunctionName::plain))
        }
        RelationSource::TableFunction => "table function".to_owned(),
        RelationSource::Join => "join".to_owned(),
    };
    let mut told = format!("{source} {}", it.alias);
    if !it.columns.is_empty() {
        let columns: Vec<&str> = it.columns.iter().map(Name::as_str).collect();
        write!(told, "({})", columns.join(" ")).unwrap();
    }
    for (name, is) in [
        ("nullable", it.nullable),
        ("only", it.only),
        ("lateral", it.lateral),
        ("sampled", it.sampled),
    ] {
        if is {
            write!(told, " {name}").unwrap();
        }
    }
    told
}

fn predicate(it: &Predicate) -> String {
    let schema = it.operator_schema.as_ref().map_or(String::new(), |it| format!("{it}."));
    let mut told = format!(
        "{} {schema}{} {} :{:?}",
        operand(&it.left),
        it.operator,
        operand(&it.right),
        it.shape
    );
    if !it.row.is_empty() {
        write!(told, " row {}", operands(&it.row)).unwrap();
    }
    if let Some(Alternative { group, arm }) = it.alternative {
        write!(told, " or {group}.{arm}").unwrap();
    }
    if let Some(join) = it.join {
        write!(told, " {}", format!("{join:?}").to_lowercase()).unwrap();
    }
    told
}

fn operands(list: &[Operand]) -> String {
    let list: Vec<String> = list.iter().map(operand).collect();
    format!("({})", list.join(" "))
}

fn column(it: &ColumnUse) -> String {
    let parts = [it.schema.as_ref(), it.qualifier.as_ref(), Some(&it.column)];
    let parts: Vec<&str> = parts.into_iter().flatten().map(Name::as_str).collect();
    parts.join(".")
}

fn operand(it: &Operand) -> String {
    match it {
        Operand::Column(it) => column(it),
        Operand::Parameter(number) => format!("${number}"),
        Operand::Literal(it) if it.kind == LiteralKind::Text => format!("'{}'", it.text),
        Operand::Literal(it) => it.text.clone(),
        Operand::List(members) => operands(members),
        Operand::Subquery(block) => format!("[{}]", block.0),
        Operand::Cast { inner, type_name } => format!("{}::{type_name}", operand(inner)),
        Operand::Expression(it) => {
            let columns: Vec<String> = it.columns.iter().map(column).collect();
            let blocks: Vec<String> =
                it.subqueries.iter().map(|it| format!(" [{}]", it.0)).collect();
            format!("<{} | {}{}>", it.text, columns.join(" "), blocks.concat())
        }
    }
}

fn context(it: &ParameterContext) -> String {
    match it {
        ParameterContext::Compared(it, operator) => format!("{} {operator} it", column(it)),
        ParameterContext::ListMember(it) => format!("{} in a list with it", column(it)),
        ParameterContext::CastTo(name) => format!("cast to {name}"),
        ParameterContext::InsertValue { relation, column, position } => {
            let column = column.as_ref().map_or("?", Name::as_str);
            format!("inserted into {relation} {column} at {position}")
        }
        ParameterContext::Assigned { relation, column } => {
            format!("assigned to {relation} {column}")
        }
        ParameterContext::FunctionArgument { function, position } => {
            format!("argument {position} of {function}")
        }
        ParameterContext::Limit => "limit".to_owned(),
        ParameterContext::Offset => "offset".to_owned(),
        ParameterContext::Condition => "a condition".to_owned(),
        ParameterContext::Operated { operator, column: Some(of) } => {
            format!("{operator} with {}", column(of))
        }
        ParameterContext::Operated { operator, column: None } => format!("{operator} with it"),
        ParameterContext::Other => "other".to_owned(),
    }
}
