//! A statement: everything that the floors above need to know about one SQL text.

use std::collections::BTreeSet;
use std::fmt;

use crate::base::Name;

use super::block::{Assignment, Block, BlockId, RelationUse};
use super::operand::ColumnUse;
use super::parameter::ParameterUse;

macro_rules! unresolved_names {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The schema, where one is written.
            pub schema: Option<Name>,
            /// The name itself, as the catalog would hold it.
            pub name: Name,
        }

        impl $name {
            /// The name made of the parts as written; only the last two count, since a third
            /// can only be the database itself. None without parts.
            pub fn of(parts: &[String]) -> Option<Self> {
                let (name, before) = parts.split_last()?;
                let schema = before.last().map(|it| Name::from(it.as_str()));
                Some(Self { schema, name: Name::from(name.as_str()) })
            }

            /// The name, with its schema where one is written, without quotes: never for SQL.
            pub fn plain(&self) -> String {
                match &self.schema {
                    Some(schema) => format!("{}.{}", schema.0, self.name.0),
                    None => self.name.0.clone(),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.plain())
            }
        }
    )* };
}

unresolved_names! {
    /// A table, view or other relation as a statement names it.
    RelationName,
    /// A function, aggregate or sampling method as a statement calls it.
    FunctionName,
    /// An operator as a statement uses it; the name is its symbol, never to be quoted.
    OperatorName,
    /// A collation as a statement names it.
    CollationName,
}

/// A type as a statement names it; spelled-out SQL names arrive as `pg_catalog.int4` and so on.
/// In `table.column%TYPE`, which only utility statements have, the column's parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeNameUse {
    /// The schema, where one is written.
    pub schema: Option<Name>,
    /// The name itself, that of the element where the type is an array.
    pub name: Name,
    /// Whether the type is an array of the named one.
    pub array: bool,
}

impl TypeNameUse {
    /// The type made of the parts as written; None without parts.
    pub(super) fn of(parts: &[String], array: bool) -> Option<Self> {
        let (name, before) = parts.split_last()?;
        let schema = before.last().map(|it| Name::from(it.as_str()));
        Some(Self { schema, name: Name::from(name.as_str()), array })
    }
}

impl fmt::Display for TypeNameUse {
    /// Prints the type as SQL takes it in a cast.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(out, "{schema}.")?;
        }
        write!(out, "{}{}", self.name, if self.array { "[]" } else { "" })
    }
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// SELECT, VALUES, TABLE.
    Select,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// MERGE.
    Merge,
    /// Everything else.
    Utility,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Merge => "merge",
            Self::Utility => "utility",
        })
    }
}

/// Something in a statement that its blocks do not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// `NATURAL JOIN`: its columns are known only to the catalog.
    NaturalJoin,
    /// `WHERE CURRENT OF cursor`.
    CurrentOf,
    /// An expression that could not be written back as text.
    Undeparsed,
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NaturalJoin => "natural join",
            Self::CurrentOf => "where current of",
            Self::Undeparsed => "an expression without text",
        })
    }
}

/// One SQL statement, parsed, with every name in it and none of them resolved.
///
/// The sets of names are complete: they come from a descent through the whole tree that knows
/// no node kinds to leave out. The blocks are an outline for index work, not a full tree.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, no states of one thing")]
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: Kind,
    /// Hexadecimal; the same for texts that differ in constants, list lengths or layout only.
    /// Unlike the query identifier of Postgres 18, tables and schemas count, aliases do not.
    pub fingerprint: String,
    /// Ten hexadecimal digits; the same only for texts of the same tokens: constants, aliases
    /// and casts count, comments and layout do not. Whatever is remembered about a statement's
    /// plan belongs under this one: the fingerprint is too coarse.
    pub identity: String,
    /// Where in the application it comes from, by its first comment that says so.
    pub tag: Option<String>,
    /// Query levels, outermost first; empty for utility statements.
    pub blocks: Vec<Block>,
    /// What INSERT, UPDATE, DELETE and MERGE write, those in CTEs included.
    pub targets: Vec<Assignment>,
    /// Every place of a parameter, in the order of numbers.
    pub parameter_uses: Vec<ParameterUse>,
    /// Every function called anywhere, `EXTRACT`, `LIKE … ESCAPE` and so on included under the
    /// names that the grammar gives them.
    pub functions: BTreeSet<FunctionName>,
    /// Every operator used anywhere, those implied by BETWEEN, IN, CASE, USING included.
    pub operators: BTreeSet<OperatorName>,
    /// Every type named anywhere: casts, column definition lists.
    pub types: BTreeSet<TypeNameUse>,
    /// Every relation read or written, without names of CTEs in their scope.
    pub relations: BTreeSet<RelationName>,
    /// Every collation named anywhere.
    pub collations: BTreeSet<CollationName>,
    /// The last parts of all dotted names and field selections. `row.name` calls a function of
    /// that name when the row has no such column, so a safety check must look at these too.
    pub attributes: BTreeSet<Name>,
    /// The highest `$n`.
    pub parameters: u16,
    /// Has `FOR UPDATE` or one of its kin, at any level.
    pub locking: bool,
    /// Has `SELECT … INTO`.
    pub into: bool,
    /// Has INSERT, UPDATE, DELETE or MERGE in a CTE.
    pub writes_in_cte: bool,
    /// Has a plain string literal with a backslash, which reads otherwise when
    /// `standard_conforming_strings` is off.
    pub literals_with_backslash: bool,
    /// What kind of utility statement, such as CREATE EXTENSION; None for the other kinds.
    pub utility_name: Option<String>,
    /// The text that was parsed instead of the given one, which the grammar refuses.
    pub repaired_text: Option<String>,
    /// What the blocks do not show.
    pub gaps: BTreeSet<Gap>,
}

impl Statement {
    /// The outermost block; None for utility statements.
    pub fn top(&self) -> Option<&Block> {
        self.blocks.first()
    }

    /// The block of an id of this statement.
    pub fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id.0 as usize)
    }

    /// One SELECT that writes and locks nothing by its syntax. Functions are not looked at.
    pub fn is_plain_select(&self) -> bool {
        self.kind == Kind::Select && !self.locking && !self.into && !self.writes_in_cte
    }

    /// The relation that a qualified column belongs to, by its alias, looking outward through
    /// the blocks. None for a bare column, whose table only the catalog knows.
    pub fn relation_of(&self, column: &ColumnUse) -> Option<(&Block, &RelationUse)> {
        let qualifier = column.qualifier.as_ref()?;
        let mut next = Some(column.block);
        while let Some(block) = next.and_then(|id| self.block(id)) {
            let found = block.relations.iter().find(|it| it.answers_to(column, qualifier));
            if let Some(relation) = found {
                return Some((block, relation));
            }
            next = block.parent;
        }
        None
    }
}
