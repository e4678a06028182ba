//! The nodes of a JSON document as the judge sees them: raw figures, printed order.
//!
//! Nothing of the library's own reading or accounting is used here, so that it can be checked.

use crate::document::Item;

/// The keys of all block counters.
pub(super) const COUNTERS: [&str; 10] = [
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Shared Dirtied Blocks",
    "Shared Written Blocks",
    "Local Hit Blocks",
    "Local Read Blocks",
    "Local Dirtied Blocks",
    "Local Written Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
];

/// One node.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'a> {
    /// All that the server says of it.
    pub item: &'a Item,
    /// Its parent's position.
    pub parent: Option<usize>,
    /// The position after its last descendant.
    pub end: usize,
    /// How often it was started, over all processes.
    pub loops: f64,
    /// The nearest Gather above.
    pub gather: Option<usize>,
}

impl Leaf<'_> {
    /// What it does.
    pub fn kind(&self) -> String {
        self.item.text("Node Type")
    }

    /// How it hangs below its parent.
    pub fn relationship(&self) -> String {
        self.item.text("Parent Relationship")
    }

    /// `c` of `CTE c`.
    pub fn cte(&self) -> Option<String> {
        self.item.text("Subplan Name").strip_prefix("CTE ").map(str::to_owned)
    }

    /// Whether its figures may be part of other nodes' than its parent's.
    pub fn is_lazy(&self) -> bool {
        self.relationship() == "InitPlan"
    }
}

/// All nodes of a plan, parents first.
pub(super) fn leaves(plan: &Item) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    if let Some(root) = plan.get("Plan") {
        grow(root, None, None, &mut found);
    }
    found
}

fn grow<'a>(
    item: &'a Item,
    parent: Option<usize>,
    gather: Option<usize>,
    found: &mut Vec<Leaf<'a>>,
) {
    let at = found.len();
    let loops = item.number("Actual Loops").unwrap_or(0.0);
    found.push(Leaf { item, parent, end: at, loops, gather });
    let gathers = item.text("Node Type").starts_with("Gather");
    let children: Vec<&Item> = item.all("Plans").collect();
    for child in children {
        // An InitPlan of a Gather runs in the leader, before the workers start.
        let inside = gathers && child.text("Parent Relationship") == "Outer";
        grow(child, Some(at), if inside { Some(at) } else { gather }, found);
    }
    found[at].end = found.len();
}

/// How many processes ran what a Gather collects.
pub(super) fn processes(leaves: &[Leaf<'_>], gather: usize) -> f64 {
    let launched = leaves[gather].item.number("Workers Launched").unwrap_or(0.0);
    let top = leaves.iter().find(|it| it.parent == Some(gather) && it.relationship() == "Outer");
    let starts = leaves[gather].loops.max(1.0);
    let loops = top.map_or(1.0, |it| it.loops);
    (loops / starts).clamp(1.0, launched + 1.0)
}

/// Positions of nodes whose figures may hold those of a WITH query or an `InitPlan`.
pub(super) fn holders(leaves: &[Leaf<'_>], lazy: usize) -> Vec<usize> {
    let Some(top) = leaves[lazy].parent else { return Vec::new() };
    let own = lazy..leaves[lazy].end;
    let below = (top..leaves[top].end).filter(|at| !own.contains(at) && leaves[*at].loops > 0.0);
    // One that is printed before cannot use one that is printed after it.
    let later = |at: &usize| {
        !leaves.iter().enumerate().any(|(before, it)| {
            it.parent == Some(top) && it.is_lazy() && before < lazy && (before..it.end).contains(at)
        })
    };
    match leaves[lazy].cte() {
        None => below.filter(later).collect(),
        Some(name) => below
            .filter(later)
            .filter(|at| leaves[*at].kind() == "CTE Scan")
            .filter(|at| leaves[*at].item.text("CTE Name") == name)
            .collect(),
    }
}

/// Whether it is a WITH query that writes, and so runs to its end whoever reads it.
pub(super) fn runs_beside(leaves: &[Leaf<'_>], at: usize) -> bool {
    let writes = |it: &Leaf<'_>| it.kind() == "ModifyTable" || it.kind().starts_with("Foreign ");
    leaves[at].cte().is_some()
        && leaves[at..leaves[at].end].iter().any(|it| writes(it) && it.kind() == "ModifyTable")
}
