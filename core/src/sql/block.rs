//! A block: one query level with its relations, predicates, order and limits.

use crate::base::Name;

use super::operand::{ColumnUse, Operand, Predicate};
use super::statement::{FunctionName, Kind, RelationName};

/// A block's position in its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

/// Where a block stands in its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The statement itself.
    Top,
    /// A CTE of this name.
    Cte(Name),
    /// A subquery in FROM, or the source of MERGE.
    Derived,
    /// `EXISTS (…)`.
    Exists,
    /// `x IN (…)`, `x op ANY (…)`.
    Any,
    /// `x op ALL (…)`.
    All,
    /// A subquery that gives one value or row.
    Scalar,
    /// `ARRAY(…)`.
    Array,
    /// One side of UNION, INTERSECT, EXCEPT.
    SetArm,
    /// The query whose rows are inserted.
    InsertSource,
}

/// One query level.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, no states of one thing")]
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its position in the statement.
    pub id: BlockId,
    /// The level around it; None for the outermost one.
    pub parent: Option<BlockId>,
    /// What it does: Select save for the top and for CTEs that write.
    pub kind: Kind,
    /// Where it stands in its parent.
    pub role: Role,
    /// Stands under NOT: `NOT EXISTS`, `NOT IN`.
    pub negated: bool,
    /// What it reads, in written order. In a block that writes, the written table comes first;
    /// an INSERT reads nothing of it.
    pub relations: Vec<RelationUse>,
    /// The conjuncts of WHERE and of all ON and USING; HAVING is apart.
    pub predicates: Vec<Predicate>,
    /// ORDER BY. Output numbers and output names are replaced by what they stand for.
    pub order: Vec<OrderTerm>,
    /// GROUP BY, grouping sets flattened; output numbers are replaced by what they stand for.
    /// A bare name may still be an output's: only the catalog knows.
    pub group: Vec<Operand>,
    /// GROUP BY has ROLLUP, CUBE or GROUPING SETS.
    pub grouping_sets: bool,
    /// HAVING.
    pub having: Option<Operand>,
    /// DISTINCT in either form.
    pub distinct: bool,
    /// What stands in `DISTINCT ON (…)`.
    pub distinct_on: Vec<Operand>,
    /// LIMIT or FETCH.
    pub limit: Option<Operand>,
    /// OFFSET.
    pub offset: Option<Operand>,
    /// The select list, or RETURNING.
    pub outputs: Vec<Output>,
    /// Groups its rows: GROUP BY, HAVING, or a built-in aggregate. An aggregate that an
    /// extension or a user made is not known here.
    pub aggregates: bool,
    /// Has window functions.
    pub windows: bool,
    /// Is a UNION, INTERSECT or EXCEPT; its arms are child blocks.
    pub set_operation: bool,
    /// A recursive CTE.
    pub recursive: bool,
    /// A list of VALUES.
    pub values: bool,
}

/// What stands behind a name in FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelationSource {
    /// A table, view or other relation.
    Relation(RelationName),
    /// A CTE in whose scope the name stands; its block, which a recursive reference stands in.
    Cte(Name, Option<BlockId>),
    /// A subquery or a list of VALUES.
    Derived(BlockId),
    /// A function; None for `ROWS FROM` of several.
    Function(Option<FunctionName>),
    /// XMLTABLE, `JSON_TABLE`.
    TableFunction,
    /// The alias of a parenthesised join, or of `USING (…) AS alias`.
    Join,
}

/// One entry of FROM, or a written table.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, no states of one thing")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationUse {
    /// What it is.
    pub source: RelationSource,
    /// The name by which columns call it: the alias, else its own name; empty for an unnamed
    /// subquery.
    pub alias: Name,
    /// New names for its columns, where given.
    pub columns: Vec<Name>,
    /// On the null-producing side of an outer join.
    pub nullable: bool,
    /// `ONLY`: children are left out.
    pub only: bool,
    /// May refer to entries before it.
    pub lateral: bool,
    /// Has TABLESAMPLE.
    pub sampled: bool,
}

impl RelationUse {
    /// The real relation's name; None for everything else.
    pub fn relation(&self) -> Option<&RelationName> {
        match &self.source {
            RelationSource::Relation(name) => Some(name),
            _ => None,
        }
    }

    /// Whether a column's qualifier means this entry.
    pub(super) fn answers_to(&self, column: &ColumnUse, qualifier: &Name) -> bool {
        let schema_fits = column.schema.is_none()
            || self.relation().is_none_or(|it| it.schema.is_none() || it.schema == column.schema);
        self.alias == *qualifier && schema_fits
    }
}

/// The join that a predicate was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JoinKind {
    /// INNER or plain JOIN, and the join of MERGE.
    Inner,
    /// LEFT JOIN.
    Left,
    /// RIGHT JOIN.
    Right,
    /// FULL JOIN.
    Full,
}

/// One term of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderTerm {
    /// What is sorted.
    pub operand: Operand,
    /// DESC, or USING an operator that begins with `>`.
    pub descending: bool,
    /// Nulls come first: written, or the default of DESC.
    pub nulls_first: bool,
}

/// One entry of a select list or of RETURNING.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What it is.
    pub value: OutputValue,
    /// The name after AS.
    pub alias: Option<Name>,
}

/// What an output shows.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputValue {
    /// `*` or `alias.*`.
    Star(Option<Name>),
    /// Anything else.
    Operand(Operand),
}

/// What a statement, or one WHEN of a MERGE, does to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Adds rows.
    Insert,
    /// Changes rows; `ON CONFLICT DO UPDATE` too.
    Update,
    /// Removes rows.
    Delete,
}

/// What is written to one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The block that writes.
    pub block: BlockId,
    /// The table.
    pub relation: RelationName,
    /// What is done.
    pub action: Action,
    /// The columns named; empty for DELETE, and for an INSERT without a list: all, in order.
    pub columns: Vec<Name>,
    /// What ON CONFLICT watches; on the Insert only.
    pub conflict: Option<Arbiter>,
}

/// The target of ON CONFLICT.
#[derive(Debug, Clone, PartialEq)]
pub enum Arbiter {
    /// No target: any unique index.
    Any,
    /// Columns or expressions; the predicate of a partial index is not kept.
    Columns(Vec<Operand>),
    /// `ON CONSTRAINT name`.
    Constraint(Name),
}
