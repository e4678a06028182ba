//! The signs by which encodings of EXPLAIN and lines of its TEXT are known.
//!
//! Looks at first signs only and refuses nothing.

/// An encoding of EXPLAIN: what stands after `FORMAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Json,
    Yaml,
    Xml,
}

impl Encoding {
    /// Its name behind `FORMAT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Xml => "XML",
        }
    }
}

/// First words of nodes in TEXT: needed where EXPLAIN printed no figures (COSTS OFF).
const NODES: &[&str] = &[
    "Aggregate",
    "Append",
    "Bitmap Heap Scan on ",
    "Bitmap Index Scan on ",
    "BitmapAnd",
    "BitmapOr",
    "CTE Scan on ",
    "Custom Scan (",
    "Delete",
    "Foreign Delete on ",
    "Foreign Insert on ",
    "Foreign Scan",
    "Foreign Update on ",
    "Function Scan on ",
    "Gather",
    "Gather Merge",
    "Group",
    "GroupAggregate",
    "Hash",
    "Hash Anti Join",
    "Hash Full Join",
    "Hash Join",
    "Hash Left Join",
    "Hash Right Anti Join",
    "Hash Right Join",
    "Hash Right Semi Join",
    "Hash Semi Join",
    "HashAggregate",
    "HashSetOp ",
    "Incremental Sort",
    "Index Only Scan ",
    "Index Scan ",
    "Insert on ",
    "Limit",
    "LockRows",
    "Materialize",
    "Memoize",
    "Merge ",
    "Merge on ",
    "MixedAggregate",
    "ModifyTable",
    "Named Tuplestore Scan",
    "Nested Loop",
    "ProjectSet",
    "Recursive Union",
    "Result",
    "Sample Scan on ",
    "Seq Scan on ",
    "SetOp ",
    "Sort",
    "Subquery Scan on ",
    "Table Function Scan on ",
    "Tid Range Scan on ",
    "Tid Scan on ",
    "Unique",
    "Update on ",
    "Values Scan on ",
    "WindowAgg",
    "WorkTable Scan on ",
];

/// Whether a line of TEXT is a node: by its figures, or by its name and nothing behind it.
pub(super) fn is_node(line: &str) -> bool {
    let first = line.trim();
    let first = first.strip_prefix("->").map_or(first, str::trim_start);
    let capital = first.starts_with(|it: char| it.is_ascii_uppercase());
    if !capital {
        return false;
    }
    if has_figures(first) {
        let name = first.split('(').next().unwrap_or_default();
        return !name.contains(':') && !name.contains(';');
    }
    let words = ["Parallel ", "Partial ", "Finalize ", "Async "];
    let name = words.iter().fold(first, |name, word| name.strip_prefix(word).unwrap_or(name));
    NODES.iter().any(|node| match name.strip_prefix(node) {
        Some("") => true,
        Some(rest) => node.ends_with([' ', '(']) && !rest.contains(". ") && rest.len() < 200,
        None => false,
    })
}

/// Whether a text shows figures of a node.
pub(super) fn has_figures(text: &str) -> bool {
    let signs = [b"cost=".as_slice(), b"actual ", b"never executed)"];
    let mut brackets = text.bytes().enumerate().filter(|it| it.1 == b'(');
    brackets.any(|(at, _)| signs.iter().any(|it| text.as_bytes()[at + 1..].starts_with(it)))
}

/// Whether a line of TEXT stands below the tree: what EXPLAIN says of the whole.
pub(super) fn is_footer(line: &str) -> bool {
    const FOOTERS: [&str; 16] = [
        "Planning:",
        "Planning Time:",
        "Planning time:",
        "Execution Time:",
        "Execution time:",
        "Total runtime:",
        "Trigger ",
        "Settings:",
        "JIT:",
        "Query Identifier:",
        "Serialization:",
        "Memory:",
        "Buffers:",
        "I/O Timings:",
        "WAL:",
        "Functions:",
    ];
    FOOTERS.iter().any(|it| line.starts_with(it))
}

/// Whether a line of TEXT names a part of the tree.
pub(super) fn is_label(line: &str) -> bool {
    ["InitPlan ", "SubPlan ", "CTE ", "Worker "].iter().any(|it| line.starts_with(it))
}
