//! What serves what: existing indexes against wishes, candidates against candidates.
//!
//! Refuses to credit partial indexes, expressions and unusual operator classes with anything:
//! whether they serve is the planner's to say.

use std::collections::BTreeSet;

use petgraph::algo::tred::{dag_to_toposorted_adjacency_list, dag_transitive_reduction_closure};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, IntoNeighbors};

use crate::base::{CandidateId, Name};
use crate::catalog::{Index, IndexKey, KeyTerm};
use crate::workload::{EqualityKind, OrderWish, Wish};

use super::candidate::{Candidate, Definition};

/// How far an index grants a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Served {
    /// Not at all.
    No,
    /// So many of its leading keys help.
    Prefix(usize),
    /// Nothing more could be asked of a b-tree.
    Fully,
}

/// How far an existing index grants a wish.
pub fn serves(existing: &Index, wish: &Wish) -> Served {
    if !existing.is_plain_btree() {
        return Served::No;
    }
    let wanted: BTreeSet<&Name> = wish.equalities.iter().map(|it| &it.column).collect();
    let bound = existing
        .keys
        .iter()
        .take_while(|key| compares(key) && column_of(key).is_some_and(|it| wanted.contains(it)))
        .count();
    if existing.unique && bound == existing.keys.len() && !binds_null(existing, wish) {
        return Served::Fully;
    }
    let rest = &existing.keys[bound..];
    let order = wish.order_beyond_equalities();
    if bound < wanted.len() {
        return if bound > 0 { Served::Prefix(bound) } else { Served::No };
    }
    let in_order = !order.is_empty() && !wish.has_list() && gives_order(rest, &order);
    let ranged = rest
        .first()
        .and_then(column_of)
        .is_some_and(|column| sorts(&rest[0]) && wish.ranges.contains(column));
    match (order.is_empty(), wish.ranges.is_empty()) {
        (true, true) if bound > 0 => Served::Fully,
        (true, false) if ranged => Served::Fully,
        (false, true) if in_order => Served::Fully,
        (false, false) if in_order && ranged => Served::Fully,
        _ if in_order || ranged => Served::Prefix(bound + 1),
        _ if bound > 0 => Served::Prefix(bound),
        _ => Served::No,
    }
}

/// A NULL compared by IS NULL is not found by uniqueness: there may be many.
fn binds_null(existing: &Index, wish: &Wish) -> bool {
    wish.equalities.iter().any(|it| {
        it.with == EqualityKind::Null && existing.columns().any(|column| *column == it.column)
    })
}

fn column_of(key: &IndexKey) -> Option<&Name> {
    match &key.term {
        KeyTerm::Column(name) => Some(name),
        KeyTerm::Expression(_) => None,
    }
}

/// The key answers `=` of its type: the default class, or a pattern class of texts.
fn compares(key: &IndexKey) -> bool {
    key.collation.is_none()
        && key.operator_class.as_ref().is_none_or(|it| it.as_str().ends_with("_pattern_ops"))
}

/// The key answers `<` and ORDER BY of its type.
fn sorts(key: &IndexKey) -> bool {
    key.collation.is_none() && key.operator_class.is_none()
}

/// These keys give this order, read forwards or backwards.
fn gives_order(keys: &[IndexKey], order: &[&OrderWish]) -> bool {
    let Some(leading) = keys.get(..order.len()) else { return false };
    let fits = |backwards: bool| {
        leading.iter().zip(order).all(|(key, term)| {
            sorts(key)
                && column_of(key) == Some(&term.column)
                && (key.descending != term.descending) == backwards
                && (key.nulls_first != term.nulls_first) == backwards
        })
    };
    fits(false) || fits(true)
}

impl Wish {
    /// The order without columns that an equality with one value makes constant.
    pub fn order_beyond_equalities(&self) -> Vec<&OrderWish> {
        let constant = |term: &&OrderWish| {
            !self
                .equalities
                .iter()
                .any(|it| it.column == term.column && !matches!(it.with, EqualityKind::List))
        };
        self.order.iter().filter(constant).collect()
    }

    /// One of its columns is compared with a list, which breaks the order of what follows.
    pub fn has_list(&self) -> bool {
        self.equalities.iter().any(|it| it.with == EqualityKind::List)
    }
}

/// Which candidate does whatever another one does: its keys begin with the other's.
#[derive(Debug, Clone)]
pub struct Lattice {
    /// An edge from a candidate to each of its next narrower ones; transitively reduced.
    graph: DiGraph<CandidateId, ()>,
}

impl Lattice {
    /// The lattice of these candidates, which stand in the order of their ids.
    pub fn of(candidates: &[Candidate]) -> Self {
        let mut full: DiGraph<CandidateId, ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> =
            candidates.iter().map(|candidate| full.add_node(candidate.id)).collect();
        for (wide, from) in candidates.iter().zip(&nodes) {
            for (narrow, to) in candidates.iter().zip(&nodes) {
                if begins_with(&wide.definition, &narrow.definition) {
                    full.add_edge(*from, *to, ());
                }
            }
        }
        // Wider to strictly narrower: no circle is possible, so there is an order.
        let Ok(order) = petgraph::algo::toposort(&full, None) else {
            return Self { graph: full };
        };
        let (sorted, ranks) = dag_to_toposorted_adjacency_list::<_, u32>(&full, &order);
        let (reduced, _) = dag_transitive_reduction_closure(&sorted);
        let mut graph: DiGraph<CandidateId, ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> =
            candidates.iter().map(|candidate| graph.add_node(candidate.id)).collect();
        for (from, rank) in nodes.iter().zip(&ranks) {
            for next in reduced.neighbors(*rank) {
                let narrow = order[next as usize];
                graph.add_edge(*from, nodes[narrow.index()], ());
            }
        }
        Self { graph }
    }

    /// The next narrower candidates, by id.
    pub fn next_narrower(&self, id: CandidateId) -> BTreeSet<CandidateId> {
        self.graph.neighbors(NodeIndex::new(id.position())).map(|it| self.graph[it]).collect()
    }

    /// Every candidate that this one makes needless, by id.
    pub fn narrower(&self, id: CandidateId) -> BTreeSet<CandidateId> {
        let start = NodeIndex::new(id.position());
        let mut search = Dfs::new(&self.graph, start);
        std::iter::from_fn(|| search.next(&self.graph))
            .filter(|it| *it != start)
            .map(|it| self.graph[it])
            .collect()
    }
}

/// The wider definition's keys begin with the narrower one's, or with all of them reversed.
pub fn begins_with(wide: &Definition, narrow: &Definition) -> bool {
    let same_kind = wide.table == narrow.table
        && wide.method == narrow.method
        && wide.predicate == narrow.predicate
        && wide.keys.len() > narrow.keys.len();
    let carried =
        |column: &Name| wide.include.contains(column) || wide.columns().any(|it| it == column);
    if !same_kind || !narrow.include.iter().all(carried) {
        return false;
    }
    let pairs = || wide.keys.iter().zip(&narrow.keys);
    pairs().all(|(one, two)| one == two)
        || pairs().all(|(one, two)| {
            one.column == two.column
                && one.descending != two.descending
                && one.nulls_first != two.nulls_first
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Bytes, Pages, QualifiedName, Range, TableId};
    use crate::indexes::{KeyColumn, Size};

    fn candidate(position: usize, columns: &[&str]) -> Candidate {
        let key = |column: &&str| KeyColumn {
            column: Name::from(*column),
            descending: false,
            nulls_first: false,
        };
        Candidate {
            id: CandidateId::at(position),
            table: TableId(0),
            definition: Definition {
                table: QualifiedName::new("public", "orders"),
                method: Name::from("btree"),
                keys: columns.iter().map(key).collect(),
                include: Vec::new(),
                predicate: None,
            },
            size: Size {
                pages: Pages(1),
                bytes: Range { low: Bytes(1), high: Bytes(1) },
                height: 0,
            },
            wishes: Vec::new(),
        }
    }

    #[test]
    fn links_each_candidate_to_the_next_narrower_only() {
        let lists: [&[&str]; 4] = [&["a"], &["a", "b"], &["a", "b", "c"], &["b"]];
        let all: Vec<Candidate> =
            lists.iter().enumerate().map(|(position, it)| candidate(position, it)).collect();
        let lattice = Lattice::of(&all);
        assert_eq!(lattice.next_narrower(CandidateId(2)), BTreeSet::from([CandidateId(1)]));
        let both = BTreeSet::from([CandidateId(0), CandidateId(1)]);
        assert_eq!(lattice.narrower(CandidateId(2)), both);
        assert_eq!(lattice.narrower(CandidateId(3)), BTreeSet::new());
    }
}
