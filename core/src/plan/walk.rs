//! Totals, wall time, own shares, and misestimates of single nodes.
//!
//! All arithmetic that people get wrong lives here, in `charge` and in `account`: averages over
//! loops, parallel processes, nodes that never ran, WITH queries and `InitPlan`s counted once.
//! It refuses to compare figures that cannot be compared.

use crate::base::{Millis, NodeId, Pages, Range, Rows};

use super::figures::{Buffers, IoTime, Wal};
use super::kind::{NodeKind, Relationship};
use super::node::Node;
use super::tree::Plan;

/// How far an estimate was off, for one loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowError {
    /// Rows expected.
    pub estimated: Rows,
    /// Rows that came, as the server printed them.
    pub actual: Rows,
    /// How many times the larger figure is the smaller one, at least 1. Both count as one row
    /// when less, as the planner counts; of what rounding left open, the kindest value is taken.
    pub factor: f64,
    /// Which of the two was larger.
    pub direction: Direction,
}

/// On which side an estimate missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// More rows came than expected.
    Under,
    /// As many came as expected, within rounding.
    Exact,
    /// Fewer came than expected.
    Over,
}

impl Plan {
    /// Whether ANALYZE ran the statement but never this node.
    pub fn never_executed(&self, id: NodeId) -> bool {
        self.node(id).is_never_executed()
    }

    /// Rows that the node returned over all loops and processes.
    ///
    /// Off by up to half a row a loop up to version 17, which rounds the average.
    pub fn total_rows(&self, id: NodeId) -> Option<Rows> {
        self.node(id).measured.map(|measured| measured.rows * measured.loops)
    }

    /// How many processes ran the node at the same time: workers launched, and the leader if it
    /// took part; 1 outside of a Gather.
    ///
    /// With VERBOSE the processes that really ran this node are counted, else those of its
    /// Gather, never more than the node had loops.
    pub fn processes(&self, id: NodeId) -> f64 {
        let node = self.node(id);
        let Some(measured) = node.measured else { return 1.0 };
        let Some(gather) = self.gather_above(id) else { return 1.0 };
        let by_worker: Vec<f64> = node
            .workers
            .iter()
            .filter_map(|worker| worker.measured)
            .map(|measured| measured.loops)
            .collect();
        let seen = by_worker.iter().filter(|loops| **loops > 0.0).count() as f64;
        if seen > 0.0 {
            let leader = measured.loops - by_worker.iter().sum::<f64>() > 0.5;
            return seen + f64::from(u8::from(leader));
        }
        let launched = gather.gather.and_then(|it| it.workers_launched).unwrap_or(0) as f64;
        let top = self.children(gather.id).find(|it| it.relationship == Relationship::Outer);
        let starts = gather.measured.map_or(1.0, |it| it.loops).max(1.0);
        let loops = top.and_then(|it| it.measured).map_or(1.0, |it| it.loops);
        (loops / starts).round().clamp(1.0, launched + 1.0).min(measured.loops.max(1.0))
    }

    /// Time that passed while the node ran, its children included: time × loops; below a Gather
    /// that of the slowest process, where the workers' own times are printed (VERBOSE), else the
    /// mean over processes.
    ///
    /// None without ANALYZE or under TIMING OFF. Exact to half a microsecond a loop.
    pub fn wall_time(&self, id: NodeId) -> Option<Millis> {
        self.account(id).wall_time
    }

    /// The part of the wall time that is the node's own.
    ///
    /// A WITH query is charged to the scans that pull it, an `InitPlan` to the node that first
    /// needs it, a `SubPlan` to the node that prints it. Never negative, and all own times add
    /// up to the root's wall time and `time_beside_root`: where rounding makes children claim more
    /// than their parent has, times move within it, those first that it leaves most room.
    pub fn own_time(&self, id: NodeId) -> Option<Millis> {
        self.account(id).own_time
    }

    /// Between what the own time can be, since every printed time is rounded to a microsecond a
    /// loop, the node's and those of the nodes it pays for.
    pub fn own_time_interval(&self, id: NodeId) -> Option<Range<Millis>> {
        self.account(id).own_interval
    }

    /// The nodes whose account does not come out, whatever times within their rounding are
    /// taken: a figure that the server measured twice in different ways, or a damaged plan.
    pub fn out_of_balance(&self) -> impl Iterator<Item = &Node> {
        self.nodes().filter(|node| self.account(node.id).out_of_balance)
    }

    /// The node's own part of the time of reading and writing, a sum over processes.
    pub fn own_io(&self, id: NodeId) -> Option<IoTime> {
        self.account(id).own_io
    }

    /// The node's own part of the write-ahead log.
    pub fn own_wal(&self, id: NodeId) -> Option<Wal> {
        self.account(id).own_wal
    }

    /// The node's own part of the buffers, shared out like `own_time`, exact to the page.
    pub fn own_buffers(&self, id: NodeId) -> Option<Buffers> {
        self.account(id).own_buffers
    }

    /// Time of WITH queries that ran beside the root: data-modifying ones finish after it.
    pub fn time_beside_root(&self) -> Option<Millis> {
        let root = self.wall_time(self.root().id)?;
        let own: Millis = self.nodes().filter_map(|node| self.own_time(node.id)).sum();
        Some(Millis((own.0 - root.0).max(0.0)))
    }

    /// Pages of temporary files that the node itself wrote.
    pub fn temp_written(&self, id: NodeId) -> Pages {
        self.own_buffers(id).map_or(Pages(0), |own| own.temp_written)
    }

    /// How often a `SubPlan` ran for each row that its parent looked at: near 1 when it is
    /// correlated, near 0 when it is hashed or cached.
    ///
    /// None when the parent looked at no row. Rows removed are rounded, so this is near only.
    pub fn runs_per_row_of(&self, id: NodeId) -> Option<f64> {
        let loops = self.node(id).measured?.loops;
        let parent = self.parent(id)?;
        let measured = parent.measured?;
        let removed =
            [parent.removed.by_filter, parent.removed.by_join_filter, parent.removed.by_recheck];
        let dropped: Rows = removed.into_iter().flatten().sum();
        let looked_at = (measured.rows.0 + dropped.0) * measured.loops;
        (looked_at > 0.0).then(|| loops / looked_at)
    }

    /// How far the estimate of the node's rows was off, for one loop.
    ///
    /// None without ANALYZE or costs, for a node that never ran, where fewer rows than expected
    /// came from a node that somebody above may have stopped early, where more came from the
    /// inner side of a merge join (it counts rows again that it returns to), and for nodes whose
    /// rows the server does not count: combined bitmaps, and writes without RETURNING.
    pub fn row_error(&self, id: NodeId) -> Option<RowError> {
        let node = self.node(id);
        let (estimate, measured) = (node.estimate?, node.measured?);
        let uncounted =
            matches!(node.kind, NodeKind::BitmapAnd | NodeKind::BitmapOr | NodeKind::ModifyTable);
        if measured.loops <= 0.0 || (uncounted && measured.rows.0 <= 0.0) {
            return None;
        }
        let expected = estimate.rows.0.max(1.0);
        let low = (measured.rows.0 - measured.rounding.0).max(1.0);
        let high = (measured.rows.0 + measured.rounding.0).max(1.0);
        let (factor, direction) = if low > expected {
            (low / expected, Direction::Under)
        } else if high < expected {
            (expected / high, Direction::Over)
        } else {
            (1.0, Direction::Exact)
        };
        let spoiled = match direction {
            Direction::Under => self.is_read_again(id),
            Direction::Exact => false,
            Direction::Over => self.may_stop_early(id),
        };
        (!spoiled).then_some(RowError {
            estimated: estimate.rows,
            actual: measured.rows,
            factor,
            direction,
        })
    }

    /// Whether this is the inner side of a merge join, which goes back to equal rows.
    fn is_read_again(&self, id: NodeId) -> bool {
        let below_merge = self.parent(id).is_some_and(|it| it.kind == NodeKind::MergeJoin);
        below_merge && self.node(id).relationship == Relationship::Inner
    }
}
