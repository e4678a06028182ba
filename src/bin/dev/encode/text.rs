//! The tree as indented text: one line a node, what belongs to it below.

use std::fmt::Write as _;

use crate::document::Item;

use super::around::around;
use super::node::{details, headline};

/// How the versions that a text may come from differ in what they write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// The major version.
    pub major: u32,
    /// Whether VERBOSE was asked for: some lines need it.
    pub verbose: bool,
}

/// Lines with their indentation, in steps of two spaces.
#[derive(Debug, Default)]
pub(super) struct Lines {
    out: String,
}

impl Lines {
    /// One line.
    pub fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }
}

/// The document as text.
pub(crate) fn text(plans: &Item, dialect: Dialect) -> String {
    let written = plans.items().iter().map(|plan| {
        let mut found = Lines::default();
        if let Some(root) = plan.get("Plan") {
            tree(root, 0, dialect, &mut found);
        }
        around(plan, dialect, &mut found);
        found.out
    });
    written.collect::<Vec<_>>().join("\n")
}

/// A node and all below it; `indent` as `explain.c` counts it.
fn tree(node: &Item, indent: usize, dialect: Dialect, found: &mut Lines) {
    let mut indent = indent;
    if let Some(name) = node.get("Subplan Name") {
        found.line(indent, &name.word());
        indent += 1;
    }
    let head = headline(node);
    if indent > 0 {
        found.line(indent, &format!("->  {head}"));
        indent += 2;
    } else {
        found.line(0, &head);
    }
    indent += 1;
    for (extra, line) in details(node, dialect) {
        found.line(indent + extra, &line);
    }
    for child in node.all("Plans") {
        tree(child, indent, dialect, found);
    }
}
