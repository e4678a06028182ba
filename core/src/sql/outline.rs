//! The outline of a statement: its blocks, built level by level.

use std::collections::{BTreeMap, BTreeSet};

use pg_query::NodeEnum;
use pg_query::protobuf::{
    DeleteStmt, InsertStmt, MergeStmt, Node, SelectStmt, UpdateStmt, WithClause,
};

use crate::base::Name;

use super::block::{Assignment, Block, BlockId, Output, OutputValue, Role};
use super::operand::ColumnUse;
use super::operands;
use super::parameter::{ParameterContext, ParameterUse};
use super::selects;
use super::statement::{Gap, Kind};
use super::surveys::{Around, survey};
use super::writes;

/// What has been read of a statement so far.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// By id; a reserved place is empty until its block is finished.
    blocks: Vec<Option<Block>>,
    /// What is written.
    pub(super) targets: Vec<Assignment>,
    /// Where parameters stand.
    pub(super) uses: Vec<ParameterUse>,
    /// What the blocks do not show.
    pub(super) gaps: BTreeSet<Gap>,
    /// The CTEs that can be seen, innermost last.
    pub(super) scope: Vec<(Name, BlockId)>,
    /// The block of each subquery in an expression, by its place in the text.
    pub(super) subqueries: BTreeMap<i32, BlockId>,
    /// Blocks with an aggregate.
    pub(super) aggregating: BTreeSet<BlockId>,
    /// Blocks with a window function.
    pub(super) windowing: BTreeSet<BlockId>,
}

/// Where a new block stands.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) parent: Option<BlockId>,
    pub(super) role: Role,
    pub(super) negated: bool,
    pub(super) recursive: bool,
}

impl Seat {
    /// A place in a parent.
    pub(super) fn below(parent: BlockId, role: Role) -> Self {
        Self { parent: Some(parent), role, negated: false, recursive: false }
    }
}

/// A node that is a query level.
#[derive(Debug, Clone, Copy)]
pub(super) enum Query<'a> {
    Select(&'a SelectStmt),
    Insert(&'a InsertStmt),
    Update(&'a UpdateStmt),
    Delete(&'a DeleteStmt),
    Merge(&'a MergeStmt),
}

impl<'a> Query<'a> {
    /// None for a node that is none, such as a utility statement.
    pub(super) fn of(node: &'a NodeEnum) -> Option<Self> {
        match node {
            NodeEnum::SelectStmt(it) => Some(Self::Select(it)),
            NodeEnum::InsertStmt(it) => Some(Self::Insert(it)),
            NodeEnum::UpdateStmt(it) => Some(Self::Update(it)),
            NodeEnum::DeleteStmt(it) => Some(Self::Delete(it)),
            NodeEnum::MergeStmt(it) => Some(Self::Merge(it)),
            _ => None,
        }
    }

    /// What it does.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Select(_) => Kind::Select,
            Self::Insert(_) => Kind::Insert,
            Self::Update(_) => Kind::Update,
            Self::Delete(_) => Kind::Delete,
            Self::Merge(_) => Kind::Merge,
        }
    }

    fn with_clause(self) -> Option<&'a WithClause> {
        match self {
            Self::Select(it) => it.with_clause.as_ref(),
            Self::Insert(it) => it.with_clause.as_ref(),
            Self::Update(it) => it.with_clause.as_ref(),
            Self::Delete(it) => it.with_clause.as_ref(),
            Self::Merge(it) => it.with_clause.as_ref(),
        }
    }
}

/// Reads a statement from its outermost level on.
pub(super) fn outline(query: Query<'_>) -> Outline {
    let mut out = Outline::default();
    let seat = Seat { parent: None, role: Role::Top, negated: false, recursive: false };
    block(query, seat, &mut out);
    out
}

/// Reads one query level and all below it.
pub(super) fn block(query: Query<'_>, seat: Seat, out: &mut Outline) -> BlockId {
    let id = BlockId(u32::try_from(out.blocks.len()).unwrap_or(u32::MAX));
    out.blocks.push(None);
    block_at(query, seat, id, out);
    id
}

fn block_at(query: Query<'_>, seat: Seat, id: BlockId, out: &mut Outline) {
    let visible = out.scope.len();
    with_ctes(query, id, out);
    let block = Block::empty(id, seat, query.kind());
    let block = match query {
        Query::Select(it) => selects::select(it, block, out),
        Query::Insert(it) => writes::insert(it, block, out),
        Query::Update(it) => writes::update(it, block, out),
        Query::Delete(it) => writes::delete(it, block, out),
        Query::Merge(it) => writes::merge(it, block, out),
    };
    out.scope.truncate(visible);
    let aggregates = block.aggregates || out.aggregating.contains(&id);
    let windows = out.windowing.contains(&id);
    out.blocks[id.0 as usize] = Some(Block { aggregates, windows, ..block });
}

/// Reads the CTEs of a level into the scope.
fn with_ctes(query: Query<'_>, parent: BlockId, out: &mut Outline) {
    let Some(with) = query.with_clause() else { return };
    let ctes: Vec<(Name, Query<'_>)> = with
        .ctes
        .iter()
        .filter_map(|it| match &it.node {
            Some(NodeEnum::CommonTableExpr(cte)) => {
                let query = cte.ctequery.as_ref()?.node.as_ref()?;
                Some((Name::from(cte.ctename.as_str()), Query::of(query)?))
            }
            _ => None,
        })
        .collect();
    let first = out.blocks.len();
    // Ids are dealt beforehand: a recursive CTE names itself, and those after it.
    out.blocks.extend(ctes.iter().map(|_| None));
    let ids = (first..).filter_map(|it| u32::try_from(it).ok()).map(BlockId);
    let named: Vec<(Name, BlockId)> = ctes.iter().map(|it| it.0.clone()).zip(ids).collect();
    if with.recursive {
        out.scope.extend(named.iter().cloned());
    }
    for ((name, query), named) in ctes.into_iter().zip(named) {
        let seat = Seat { recursive: with.recursive, ..Seat::below(parent, Role::Cte(name)) };
        block_at(query, seat, named.1, out);
        if !with.recursive {
            out.scope.push(named);
        }
    }
}

impl Outline {
    /// The blocks, all finished.
    pub(super) fn finished(&mut self) -> Vec<Block> {
        std::mem::take(&mut self.blocks).into_iter().flatten().collect()
    }
}

impl Block {
    /// A block of which nothing is known but its place.
    fn empty(id: BlockId, seat: Seat, kind: Kind) -> Self {
        Self {
            id,
            parent: seat.parent,
            kind,
            role: seat.role,
            negated: seat.negated,
            relations: Vec::new(),
            predicates: Vec::new(),
            order: Vec::new(),
            group: Vec::new(),
            grouping_sets: false,
            having: None,
            distinct: false,
            distinct_on: Vec::new(),
            limit: None,
            offset: None,
            outputs: Vec::new(),
            aggregates: false,
            windows: false,
            set_operation: false,
            recursive: seat.recursive,
            values: false,
        }
    }
}

/// Reads a select list, or RETURNING.
pub(super) fn outputs(targets: &[Node], block: BlockId, out: &mut Outline) -> Vec<Output> {
    let other = Around::of(ParameterContext::Other);
    let mut found = Vec::with_capacity(targets.len());
    for target in targets {
        let Some(NodeEnum::ResTarget(target)) = &target.node else { continue };
        let Some(node) = target.val.as_deref() else { continue };
        survey(node, &other, block, out);
        let value = match operands::star(node) {
            Some(star) => star,
            None => OutputValue::Operand(operands::operand(node, block, out)),
        };
        let alias = (!target.name.is_empty()).then(|| Name::from(target.name.as_str()));
        found.push(Output { value, alias });
    }
    found
}

impl Output {
    /// The name under which ORDER BY can call it.
    pub(super) fn name(&self) -> Option<&Name> {
        let own = match &self.value {
            OutputValue::Operand(operand) => operand.column().map(|it: &ColumnUse| &it.column),
            OutputValue::Star(_) => None,
        };
        self.alias.as_ref().or(own)
    }
}
