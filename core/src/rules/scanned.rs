//! What a scan read and kept, and when that was a waste: several rules ask this.
//!
//! Refuses to say why; each rule does.

use crate::base::{NodeId, Pages, Rows, Share};
use crate::plan::{Buffers, Node, NodeKind};
use crate::rules::{Fact, PlanOf};

/// Part of the rows read that a scan keeps, above which it is fair: past it an index scan reads
/// most pages of the table anyway (`ExplainSQL` asks for 5 %, pgexplain for 10 %, pganalyze does
/// not say).
const KEPT_SHARE_MAX: Share = Share::percent(10.0);

/// Rows below which no index pays: a table of so few rows is a handful of pages.
const ROWS_READ_MIN: Rows = Rows(1_000.0);

/// Pages below which a scan costs no more than a look-up in an index: that is some four pages, each
/// priced at `random_page_cost` 4 times a page of a scan (`costsize.c`). `ExplainSQL` asks for
/// 1,000 pages, depesz for three.
const PAGES_MIN: Pages = Pages(16);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

/// Rows that a scan must have discarded before a LIMIT or semi-join that may have stopped it is no
/// excuse any more: whoever stops early wants to find soon.
const DISCARDED_BEFORE_STOP_MIN: Rows = Rows(10_000.0);

/// What one scan read and kept over all its loops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scanned {
    /// Rows that it looked at.
    pub read: Rows,
    /// Rows that it handed up.
    pub kept: Rows,
    /// Pages that it touched, where they were counted.
    pub pages: Option<Pages>,
}

/// A scan that read much to keep little, and its part of the statement.
#[derive(Debug, Clone)]
pub struct Waste {
    /// What it read.
    pub scanned: Scanned,
    /// Its part of the statement.
    pub share: Share,
    /// The same as evidence.
    pub share_fact: Fact,
}

impl Waste {
    /// Rows read and kept, and the part of the statement.
    pub fn facts(&self) -> Vec<Fact> {
        let Scanned { read, kept, .. } = self.scanned;
        vec![Fact::Kept { read, kept }, self.share_fact.clone()]
    }
}

impl PlanOf<'_> {
    /// What a scan read and kept: counted where the plan ran, else the table's rows and the
    /// planner's estimate of one loop. None where neither is known, and for one that never ran.
    pub fn scanned(&self, node: &Node) -> Option<Scanned> {
        let Some(measured) = node.measured else { return self.expected(node) };
        let kept = self.plan.total_rows(node.id).filter(|_| measured.loops > 0.0)?;
        let removed = [node.removed.by_filter, node.removed.by_recheck];
        let removed: Rows = removed.into_iter().flatten().sum();
        let pages = self.plan.own_buffers(node.id).map(Buffers::touched);
        Some(Scanned { read: kept + removed * measured.loops, kept, pages })
    }

    /// What the planner expects of a scan of a whole table.
    fn expected(&self, node: &Node) -> Option<Scanned> {
        let relation = node.relation.as_ref().filter(|_| node.kind == NodeKind::SeqScan)?;
        if node.disabled {
            return None; // up to 17 its cost says nothing, and the table's size is read from it
        }
        let tables = self.catalog.tables_named(&relation.name).iter();
        let table = tables
            .map(|id| self.catalog.table(*id))
            .find(|table| relation.schema.as_ref().is_none_or(|it| *it == table.name.schema))?;
        Some(Scanned {
            read: table.planner_rows()?,
            kept: node.estimate.as_ref()?.rows,
            pages: None,
        })
    }

    /// Whether a scan read much to keep little, in a part of the statement that somebody would
    /// notice. Silent on small tables, and where a LIMIT or semi-join stopped it in time.
    pub fn waste(&self, node: &Node) -> Option<Waste> {
        let scanned = self.scanned(node)?;
        let (share, share_fact) = self.share_of_subtree(node);
        let runs = node.measured.map_or(1.0, |it| it.loops / self.plan.processes(node.id).max(1.0));
        let once = scanned.pages.map(|pages| pages.0 as f64 / runs.max(1.0));
        let small = once.is_some_and(|pages| pages < PAGES_MIN.0 as f64)
            && (node.kind == NodeKind::SeqScan || scanned.pages < Some(PAGES_MIN));
        let discarded = scanned.read - scanned.kept;
        let stopped = self.plan.may_stop_early(node.id)
            && discarded.total_cmp(&DISCARDED_BEFORE_STOP_MIN).is_lt();
        let wasteful = scanned.read.0 >= ROWS_READ_MIN.0
            && scanned.kept.0 <= scanned.read.0 * KEPT_SHARE_MAX.0
            && share.0 >= SHARE_MIN.0;
        (wasteful && !small && !stopped).then_some(Waste { scanned, share, share_fact })
    }

    /// The part of the statement that a node takes with the bitmaps or other nodes below it that
    /// work for it alone; for a node without children its own part.
    pub fn share_of_subtree(&self, node: &Node) -> (Share, Fact) {
        let shares = self.plan.subtree(node.id).map(|it| self.share(it.id));
        let all = shares.reduce(|(sum, fact), (share, _)| (Share(sum.0 + share.0), fact));
        match all.unwrap_or_else(|| self.share(node.id)) {
            (share, Fact::CostShare(_)) => {
                let share = Share(share.0.min(1.0));
                (share, Fact::CostShare(share))
            }
            (share, _) => {
                let share = Share(share.0.min(1.0));
                (share, Fact::TimeShare(share))
            }
        }
    }

    /// The index that the node reads: its own, or the first below a bitmap.
    pub fn index_of(&self, id: NodeId) -> Option<Fact> {
        let index = self.plan.subtree(id).find_map(|it| it.index.as_ref());
        index.map(|it| Fact::UsedIndex(it.0.clone()))
    }
}

/// Whether the node reads rows of one table and tests them.
pub fn is_table_scan(kind: &NodeKind) -> bool {
    *kind == NodeKind::SeqScan || is_index_scan(kind)
}

/// Whether the node reads rows of one table by an index.
pub fn is_index_scan(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan | NodeKind::BitmapHeapScan)
}
