//! Types and values for the parameters of a statement, from where each stands and the catalog.
//!
//! The values of several parameters are drawn independently: that two columns go together
//! (a city and its country) is not seen, a doubt that stays until joint statistics are read.
//! Refuses to bind NULL, and to guess a type: a statement with a parameter of no known type has
//! no sets, and a note says which.

use std::collections::BTreeSet;

use crate::base::{Name, Note, NoteCode, Share};
use crate::catalog::{Catalog, Column};
use crate::sql::{
    ColumnUse, FunctionName, Operand, OutputValue, ParameterContext, RelationName, Statement,
    TypeNameUse,
};
use crate::workload::known::{known_argument, operated};
use crate::workload::values::{
    generic, like_prefix, plain_type, quantile, regex_prefix, several, typical, typical_array,
};
use crate::workload::{BoundValue, ColumnPlace, ParameterSet, Resolution, SetOrigin};

/// The most parameter sets of one statement.
pub const SETS_MAX: usize = 5;

/// What `LIMIT $n` gets: a page of a list as applications show it. The server itself assumes a
/// tenth of all rows, which hides every top-N plan.
const LIMIT_VALUE: &str = "20";

/// What `OFFSET $n` gets: the first page, which is asked for most.
const OFFSET_VALUE: &str = "0";

/// Where both ends of a range on one column are put: around one bin of a default histogram, a
/// hundredth of the rows. The planner itself assumes half of that for a range that it knows
/// nothing of (`DEFAULT_RANGE_INEQ_SEL`, `selfuncs.h`).
const RANGE_LOW: f64 = 0.495;
const RANGE_HIGH: f64 = 0.505;

/// Where the only end of an open range is put: it keeps a tenth of the rows, since `> $1` asks
/// for the newest rows far more often than for nearly all of them.
const OPEN_KEPT: f64 = 0.10;

/// What is known while one statement's parameters are read.
pub(super) struct Parameters<'a> {
    pub(super) statement: &'a Statement,
    pub(super) resolution: &'a Resolution,
    pub(super) catalog: &'a Catalog,
    pub(super) label: &'a str,
}

/// A type, and a value of it where statistics or the type itself give one.
struct Choice {
    type_name: String,
    text: Option<String>,
    from_statistics: bool,
}

/// Which ends of a range parameters put on a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Low,
    High,
}

impl Parameters<'_> {
    /// Up to [`SETS_MAX`] sets whose shares add to 1; this version makes one, the typical one.
    pub(super) fn sets(&self) -> (Vec<ParameterSet>, Vec<Note>) {
        if self.statement.parameters == 0 {
            let origin = SetOrigin::Literal;
            return (vec![ParameterSet { values: Vec::new(), share: Share(1.0), origin }], vec![]);
        }
        let ends = self.ends();
        let mut values = Vec::new();
        let mut notes = Vec::new();
        let mut unknown = Vec::new();
        for number in 1..=self.statement.parameters {
            let choice = self.choose(number, &ends);
            match choice.map(Choice::value) {
                Some(Ok((value, from_statistics))) => {
                    values.push(value);
                    if !from_statistics {
                        unknown.push(format!("${number}"));
                    }
                }
                Some(Err(type_name)) => notes.push(self.no_value(number, &type_name)),
                None => notes.push(self.untyped(number)),
            }
        }
        if !notes.is_empty() {
            return (Vec::new(), notes);
        }
        let origin = if unknown.is_empty() { SetOrigin::Typical } else { SetOrigin::Generic };
        if !unknown.is_empty() {
            let message = format!(
                "there are no statistics for {}; the plainest value of the type was bound",
                unknown.join(", ")
            );
            notes.push(Note::new(NoteCode::Method, self.label, message));
        }
        (vec![ParameterSet { values, share: Share(1.0), origin }], notes)
    }

    /// The best choice that the places of one parameter allow: by a column first.
    fn choose(&self, number: u16, ends: &BTreeSet<(ColumnPlace, End)>) -> Option<Choice> {
        let contexts = || {
            let uses = self.statement.parameter_uses.iter();
            uses.filter(move |it| it.number == number).map(|it| &it.context)
        };
        let rank = |it: &ParameterContext| match it {
            ParameterContext::Compared(..) | ParameterContext::ListMember(_) => 0,
            ParameterContext::CastTo(_) => 1,
            ParameterContext::Assigned { .. } | ParameterContext::InsertValue { .. } => 2,
            ParameterContext::Limit | ParameterContext::Offset => 3,
            ParameterContext::FunctionArgument { .. }
            | ParameterContext::Condition
            | ParameterContext::Operated { .. } => 4,
            ParameterContext::Other => 5,
        };
        let mut ordered: Vec<&ParameterContext> = contexts().collect();
        ordered.sort_by_key(|it| rank(it));
        ordered.into_iter().find_map(|it| self.by_context(number, it, ends))
    }

    fn by_context(
        &self,
        number: u16,
        context: &ParameterContext,
        ends: &BTreeSet<(ColumnPlace, End)>,
    ) -> Option<Choice> {
        match context {
            ParameterContext::Compared(column, operator) => {
                let place = self.resolution.place(column)?;
                compared(self.column_at(place)?, operator, |low| {
                    let other = if low == End::Low { End::High } else { End::Low };
                    ends.contains(&(place.clone(), other))
                })
            }
            ParameterContext::ListMember(column) => self.list_member(number, column),
            ParameterContext::Limit => Some(Choice::fixed("bigint", LIMIT_VALUE)),
            ParameterContext::Offset => Some(Choice::fixed("bigint", OFFSET_VALUE)),
            ParameterContext::CastTo(name) => Some(Choice::of_type(&written_type(name))),
            ParameterContext::InsertValue { relation, column, position } => {
                let column = match column {
                    Some(name) => self.named(relation, name)?,
                    None => self.table_columns(relation)?.get(*position)?,
                };
                Some(like_column(column))
            }
            ParameterContext::Assigned { relation, column } => {
                Some(like_column(self.named(relation, column)?))
            }
            ParameterContext::FunctionArgument { function, position } => {
                self.argument(function, *position)
            }
            ParameterContext::Condition => Some(Choice::fixed("boolean", "true")),
            ParameterContext::Operated { operator, column } => {
                let column = column.as_ref().and_then(|it| self.column(it));
                operated(operator, column.map(|it| it.type_name.as_str()))
                    .map(|(type_name, text)| Choice::fixed(&type_name, text))
                    .or_else(|| self.by_expression(number))
            }
            ParameterContext::Other if self.is_output(number) => Some(Choice::fixed("text", "1")),
            ParameterContext::Other => self.by_expression(number),
        }
    }

    /// A value for one member of a list: another than its neighbours have.
    fn list_member(&self, number: u16, column: &ColumnUse) -> Option<Choice> {
        let of = self.column(column)?;
        let before = self.statement.parameter_uses.iter().filter(|it| {
            it.number < number
                && matches!(&it.context, ParameterContext::ListMember(it) if it == column)
        });
        let position = before.count();
        let values = of.statistics.as_ref().map(several).unwrap_or_default();
        let text = values.get(position % values.len().max(1)).map(|it| (*it).to_owned());
        Some(Choice::of_column(of, text))
    }

    /// Whether a parameter is an output as it stands, as in `EXISTS (SELECT $1 …)`; the server
    /// reads such a one as a text.
    fn is_output(&self, number: u16) -> bool {
        let outputs = self.statement.blocks.iter().flat_map(|it| &it.outputs);
        outputs.into_iter().any(
            |it| matches!(&it.value, OutputValue::Operand(Operand::Parameter(it)) if *it == number),
        )
    }

    /// The column that a use means.
    fn column(&self, column: &ColumnUse) -> Option<&Column> {
        self.column_at(self.resolution.place(column)?)
    }

    fn column_at(&self, place: &ColumnPlace) -> Option<&Column> {
        self.catalog.table(place.table).column(&place.column)
    }

    fn named(&self, relation: &RelationName, column: &Name) -> Option<&Column> {
        self.table_columns(relation)?.iter().find(|it| it.name == *column)
    }

    fn table_columns(&self, relation: &RelationName) -> Option<&[Column]> {
        Some(&self.catalog.table(self.resolution.relation(relation)?).columns)
    }

    /// Which ends of which columns' ranges are parameters.
    fn ends(&self) -> BTreeSet<(ColumnPlace, End)> {
        let uses = self.statement.parameter_uses.iter();
        uses.filter_map(|it| match &it.context {
            ParameterContext::Compared(column, operator) => {
                Some((self.resolution.place(column)?.clone(), end_of(operator)?))
            }
            _ => None,
        })
        .collect()
    }

    /// The type of a function's argument, when all overloads that have it agree on a type whose
    /// text form is known. Argument lists with names or modes agree on nothing known.
    fn argument(&self, function: &FunctionName, position: usize) -> Option<Choice> {
        if let Some((type_name, text)) = known_argument(function, position) {
            return Some(Choice::fixed(type_name, text));
        }
        let types: BTreeSet<String> = self
            .catalog
            .functions_named(&function.name)
            .filter(|it| function.schema.as_ref().is_none_or(|schema| it.name.schema == *schema))
            .filter_map(|it| Some(plain_type(it.arguments.split(", ").nth(position)?)))
            .collect();
        let only = types.first().filter(|_| types.len() == 1)?;
        generic(only).map(|_| Choice::of_type(only))
    }

    /// The type of an expression that a parameter is compared with, where its outermost form
    /// leaves no doubt: `lower(…)`, `… ->> …`.
    fn by_expression(&self, number: u16) -> Option<Choice> {
        let predicates = self.statement.blocks.iter().flat_map(|it| &it.predicates);
        let beside = predicates
            .filter(|it| it.right.parameters().contains(&number) && it.right.columns().is_empty())
            .find_map(|it| match (&it.left, &it.right) {
                (Operand::Expression(left), Operand::Parameter(_) | Operand::List(_)) => {
                    text_valued(&left.text).then_some(it.operator.as_str())
                }
                _ => None,
            })?;
        let brackets = if is_array_operator(beside) { "[]" } else { "" };
        Some(Choice::of_type(&format!("text{brackets}")))
    }

    fn untyped(&self, number: u16) -> Note {
        let context = self.statement.parameter_uses.iter().find(|it| it.number == number);
        let place = match context.map(|it| &it.context) {
            Some(ParameterContext::Compared(column, operator)) => {
                format!("compared with {} by {operator}", column.column.0)
            }
            Some(ParameterContext::ListMember(column)) => {
                format!("in a list beside {}", column.column.0)
            }
            Some(ParameterContext::InsertValue { relation, .. }) => {
                format!("a value inserted into {relation}")
            }
            Some(ParameterContext::Assigned { relation, column }) => {
                format!("assigned to {relation}.{}", column.0)
            }
            Some(ParameterContext::FunctionArgument { function, .. }) => {
                format!("an argument of {function}")
            }
            Some(_) => "inside an expression".to_owned(),
            None => "not used anywhere".to_owned(),
        };
        let message = format!("${number} has no known type: it is {place}");
        Note::new(NoteCode::Untyped, self.label, message)
    }

    fn no_value(&self, number: u16, type_name: &str) -> Note {
        let message = format!(
            "${number} is of type {type_name}, of which no value is known without statistics"
        );
        Note::new(NoteCode::Untyped, self.label, message).with_remedy("run ANALYZE on its table")
    }
}

impl Choice {
    fn fixed(type_name: &str, text: &str) -> Self {
        Self { type_name: type_name.to_owned(), text: Some(text.to_owned()), from_statistics: true }
    }

    fn of_type(type_name: &str) -> Self {
        Self { type_name: plain_type(type_name), text: None, from_statistics: false }
    }

    fn of_column(column: &Column, text: Option<String>) -> Self {
        let from_statistics = text.is_some();
        Self { type_name: plain_type(&column.type_name), text, from_statistics }
    }

    /// What to bind, and whether statistics gave it; the type's name when there is no value.
    fn value(self) -> Result<(BoundValue, bool), String> {
        let text = self.text.or_else(|| generic(&self.type_name).map(str::to_owned));
        match text {
            Some(text) => {
                Ok((BoundValue { type_name: self.type_name, text }, self.from_statistics))
            }
            None => Err(self.type_name),
        }
    }
}

/// A value as the column's rows have it.
fn like_column(column: &Column) -> Choice {
    let text = column.statistics.as_ref().and_then(typical).map(str::to_owned);
    Choice::of_column(column, text)
}

/// A value for the other side of `column operator $n`; `closed` says whether another parameter
/// puts the other end on the same column.
fn compared(column: &Column, operator: &str, closed: impl Fn(End) -> bool) -> Option<Choice> {
    let statistics = column.statistics.as_ref();
    if is_array_operator(operator) {
        let text = statistics.and_then(typical_array);
        let choice = Choice::of_column(column, text);
        return Some(Choice { type_name: format!("{}[]", choice.type_name), ..choice });
    }
    if let Some(end) = end_of(operator) {
        let share = match (end, closed(end)) {
            (End::Low, true) => RANGE_LOW,
            (End::High, true) => RANGE_HIGH,
            (End::Low, false) => 1.0 - OPEN_KEPT,
            (End::High, false) => OPEN_KEPT,
        };
        let text = statistics.and_then(|it| quantile(it, share)).map(str::to_owned);
        return Some(Choice::of_column(column, text));
    }
    let shaped = |shape: fn(&str) -> String, plain: &str| {
        let known = statistics.and_then(typical);
        Some(Choice {
            type_name: "text".to_owned(),
            text: Some(known.map_or_else(|| plain.to_owned(), shape)),
            from_statistics: known.is_some(),
        })
    };
    match operator {
        "="
        | "<>"
        | "!="
        | "is distinct from"
        | "is not distinct from"
        | "@>"
        | "<@"
        | "&&"
        | "in"
        | "not in" => Some(like_column(column)),
        "~~" | "~~*" | "!~~" | "!~~*" | "like" | "ilike" | "not like" | "not ilike"
        | "similar to" | "not similar to" => shaped(like_prefix, "a%"),
        "~" | "~*" | "!~" | "!~*" => shaped(regex_prefix, "^a"),
        "^@" => shaped(|value| value.chars().take(1).collect(), "a"),
        "@@" if column.type_name == "tsvector" => Some(Choice::of_type("tsquery")),
        "?" => Some(Choice::of_type("text")),
        "?|" | "?&" => Some(Choice::of_type("text[]")),
        _ => None,
    }
}

fn is_array_operator(operator: &str) -> bool {
    operator.ends_with(" any") || operator.ends_with(" all")
}

/// A written type by its plain name.
fn written_type(name: &TypeNameUse) -> String {
    let brackets = if name.array { "[]" } else { "" };
    match &name.schema {
        Some(schema) if schema.as_str() != "pg_catalog" => {
            format!("{}.{}{brackets}", schema.0, name.name.0)
        }
        // The one-byte type, which only its quotes tell from CHARACTER.
        _ if name.name.as_str() == "char" => format!("\"char\"{brackets}"),
        _ => format!("{}{brackets}", name.name.0),
    }
}

/// The end of a range that `column operator $n` puts.
fn end_of(operator: &str) -> Option<End> {
    match operator {
        ">" | ">=" => Some(End::Low),
        "<" | "<=" => Some(End::High),
        _ => None,
    }
}

/// An expression that can only be a text.
fn text_valued(expression: &str) -> bool {
    const FUNCTIONS: [&str; 8] =
        ["lower(", "upper(", "btrim(", "trim(", "initcap(", "md5(", "concat(", "to_char("];
    let called = FUNCTIONS.iter().any(|it| {
        expression.starts_with(it)
            && expression.ends_with(')')
            && expression.matches('(').count() == 1
    });
    let taken = expression.rsplit_once(" ->> ").or_else(|| expression.rsplit_once(" #>> "));
    called || taken.is_some_and(|(_, key)| !key.contains([':', ' ']))
}
