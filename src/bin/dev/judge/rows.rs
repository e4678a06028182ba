//! Whether an estimate was really off, by the server's figures alone.
//!
//! An estimate is compared with what came in one loop, each taken as kindly as the server's
//! rounding allows. A node that somebody above may have stopped has not shown how many rows it
//! would have returned, so fewer than expected prove nothing.

use super::tree::Leaf;

/// Below this many times an estimate is close enough.
const FACTOR_MIN: f64 = 10.0;

/// Why a finding of a misestimate is wrong; none when it is right.
pub(super) fn fault(leaves: &[Leaf<'_>], at: usize) -> Option<&'static str> {
    let item = leaves[at].item;
    let (Some(planned), Some(came)) = (item.number("Plan Rows"), item.number("Actual Rows")) else {
        return Some("has no figures");
    };
    let loops = leaves[at].loops;
    if loops <= 0.0 {
        return Some("never ran");
    }
    let rounding = match (loops > 1.0, item.text("Actual Rows").contains('.')) {
        (false, _) => 0.0,
        (true, true) => 0.005,
        (true, false) => 0.5,
    };
    let planned = planned.max(1.0);
    if (came - rounding).max(1.0) / planned >= FACTOR_MIN {
        return None;
    }
    if planned / (came + rounding).max(1.0) < FACTOR_MIN {
        return Some("is no misestimate in one loop");
    }
    stopped(leaves, at).then_some("was stopped early")
}

/// Whether somebody above may have stopped reading the node before its end.
fn stopped(leaves: &[Leaf<'_>], at: usize) -> bool {
    let mut at = at;
    while let Some(parent) = leaves[at].parent {
        let (child, above) = (&leaves[at], &leaves[parent]);
        let how = above.item.text("Join Type");
        let inner = child.relationship() == "Inner";
        match above.kind().as_str() {
            _ if child.relationship() == "SubPlan" => {
                // A hashed one is read whole; another may be an EXISTS.
                return !above.item.entries().iter().any(|(_, value)| {
                    value.word().contains("hashed SubPlan")
                        || value.items().iter().any(|it| it.word().contains("hashed SubPlan"))
                });
            }
            _ if child.relationship() == "InitPlan" => return child.cte().is_none(),
            "Limit" | "Merge Join" => return true,
            "Nested Loop" if inner => {
                let first = how == "Semi" || how == "Anti" || above.item.is_true("Inner Unique");
                if first {
                    return true;
                }
                // Its last loop may have been cut, all others were not.
                if child.loops >= 2.0 {
                    return false;
                }
            }
            "Hash Join" if inner => return false,
            "Sort" | "Hash" | "Bitmap Heap Scan" | "BitmapAnd" | "BitmapOr" => return false,
            "Aggregate" | "SetOp" if above.item.text("Strategy") != "Sorted" => return false,
            _ => {}
        }
        at = parent;
    }
    false
}
