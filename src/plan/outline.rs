//! The indented text form of a plan: its debug face, its snapshot, and what `plan` prints.
//!
//! One line a node, conditions below. The same plan gives the same text.

use super::tree::Plan;

/// The plan as indented text, each line ended by a newline.
pub fn outline(plan: &Plan) -> String {
    let mut text = String::new();
    for node in plan.nodes() {
        text.push_str(&"  ".repeat(plan.depth(node.id)));
        text.push_str(node.kind.name());
        text.push('\n');
    }
    text
}
