//! What a node is, and how it hangs below its parent.
//!
//! Refuses nothing: a kind that this version does not know is kept by its name.

use std::fmt;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// What a node does, by the server's own name for it.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NodeKind {
            $($(#[doc = $doc])* $variant,)*
            /// A kind that this version does not know, by its name.
            Other(String),
        }

        impl NodeKind {
            /// The kind of this name, as EXPLAIN prints it.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other(name.to_owned()),
                }
            }

            /// The name as EXPLAIN prints it.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

kinds! {
    /// Reads a whole table.
    SeqScan = "Seq Scan",
    /// Reads a sample of a table.
    SampleScan = "Sample Scan",
    /// Reads rows of a table in the order of an index.
    IndexScan = "Index Scan",
    /// Answers from an index, and from the heap where pages are not all-visible.
    IndexOnlyScan = "Index Only Scan",
    /// Reads the pages of a table that a bitmap names.
    BitmapHeapScan = "Bitmap Heap Scan",
    /// Makes a bitmap from one index.
    BitmapIndexScan = "Bitmap Index Scan",
    /// Intersects bitmaps.
    BitmapAnd = "BitmapAnd",
    /// Unites bitmaps.
    BitmapOr = "BitmapOr",
    /// Reads rows by their physical address.
    TidScan = "Tid Scan",
    /// Reads a range of physical addresses.
    TidRangeScan = "Tid Range Scan",
    /// Passes on what a subquery returns.
    SubqueryScan = "Subquery Scan",
    /// Reads what a function returns.
    FunctionScan = "Function Scan",
    /// Reads what XMLTABLE or `JSON_TABLE` returns.
    TableFunctionScan = "Table Function Scan",
    /// Reads a VALUES list.
    ValuesScan = "Values Scan",
    /// Reads a WITH query that is computed once.
    CteScan = "CTE Scan",
    /// Reads a transition table of a trigger.
    NamedTuplestoreScan = "Named Tuplestore Scan",
    /// Reads the working table of a recursive WITH query.
    WorkTableScan = "WorkTable Scan",
    /// Reads from a foreign server.
    ForeignScan = "Foreign Scan",
    /// A scan that an extension brought along.
    CustomScan = "Custom Scan",
    /// Runs the inner side once for each outer row.
    NestedLoop = "Nested Loop",
    /// Looks outer rows up in a hash table of the inner side.
    HashJoin = "Hash Join",
    /// Walks two sorted inputs side by side.
    MergeJoin = "Merge Join",
    /// Builds the hash table of a hash join.
    Hash = "Hash",
    /// Keeps rows for reading them again.
    Materialize = "Materialize",
    /// Caches results by parameter values.
    Memoize = "Memoize",
    /// Sorts all its rows.
    Sort = "Sort",
    /// Sorts groups of rows that are sorted by a prefix.
    IncrementalSort = "Incremental Sort",
    /// Groups sorted rows.
    Group = "Group",
    /// Aggregates, by sorting, hashing, or as one group.
    Aggregate = "Aggregate",
    /// Computes window functions.
    WindowAgg = "WindowAgg",
    /// Drops repeated rows of a sorted input.
    Unique = "Unique",
    /// INTERSECT and EXCEPT.
    SetOp = "SetOp",
    /// Locks rows for FOR UPDATE and its kin.
    LockRows = "LockRows",
    /// Stops after a number of rows.
    Limit = "Limit",
    /// Reads its children one after the other, or in parallel.
    Append = "Append",
    /// Merges sorted children.
    MergeAppend = "Merge Append",
    /// Runs a recursive WITH query.
    RecursiveUnion = "Recursive Union",
    /// Computes a row without a table, or filters once.
    Result = "Result",
    /// Runs functions that return sets.
    ProjectSet = "ProjectSet",
    /// Writes to a table.
    ModifyTable = "ModifyTable",
    /// Collects rows from parallel workers.
    Gather = "Gather",
    /// Collects sorted rows from parallel workers.
    GatherMerge = "Gather Merge",
}

impl NodeKind {
    /// Whether the node brings rows into the plan rather than working on those of its children.
    ///
    /// Subquery and bitmap index scans count: they are what EXPLAIN calls a scan.
    pub fn is_scan(&self) -> bool {
        match self {
            Self::Other(name) => name.ends_with("Scan"),
            _ => self.name().ends_with(" Scan"),
        }
    }

    /// Whether the node joins two inputs.
    pub fn is_join(&self) -> bool {
        matches!(self, Self::NestedLoop | Self::HashJoin | Self::MergeJoin)
    }

    /// Whether the node collects rows from parallel workers.
    pub fn is_gather(&self) -> bool {
        matches!(self, Self::Gather | Self::GatherMerge)
    }

    /// Whether this version knows the kind.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// How a node hangs below its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relationship {
    /// The top of the plan.
    Root,
    /// The first, or only, input.
    Outer,
    /// The second input of a join.
    Inner,
    /// One of many inputs: of an Append, a `BitmapAnd`.
    Member,
    /// A subquery that is computed at most once, or a WITH query.
    InitPlan,
    /// A subquery that an expression of the parent evaluates.
    SubPlan,
    /// The input of a Subquery Scan.
    Subquery,
    /// A relationship that this version does not know, by its name.
    Other(String),
}

impl Relationship {
    /// The relationship of this name, as EXPLAIN prints it.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Outer" => Self::Outer,
            "Inner" => Self::Inner,
            "Member" => Self::Member,
            "InitPlan" => Self::InitPlan,
            "SubPlan" => Self::SubPlan,
            "Subquery" => Self::Subquery,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// The name as EXPLAIN prints it; `Root` for the top, which EXPLAIN leaves unsaid.
    pub fn name(&self) -> &str {
        match self {
            Self::Root => "Root",
            Self::Outer => "Outer",
            Self::Inner => "Inner",
            Self::Member => "Member",
            Self::InitPlan => "InitPlan",
            Self::SubPlan => "SubPlan",
            Self::Subquery => "Subquery",
            Self::Other(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_name() {
        for name in ["Seq Scan", "BitmapAnd", "Gather Merge", "Custom Thing"] {
            assert_eq!(NodeKind::from_name(name).name(), name);
        }
        assert_eq!(NodeKind::from_name("Custom Thing"), NodeKind::Other("Custom Thing".into()));
    }

    #[test]
    fn tells_scans_from_joins() {
        assert!(NodeKind::CteScan.is_scan());
        assert!(!NodeKind::BitmapAnd.is_scan());
        assert!(NodeKind::HashJoin.is_join());
        assert!(!NodeKind::Hash.is_join());
    }
}
