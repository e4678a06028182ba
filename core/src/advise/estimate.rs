//! Whether a gain rests on a row estimate that was measured to be wrong.
//!
//! Refuses to correct the planner: it only says that statistics come first, and what an honest
//! figure would be.

use crate::base::{Rows, Share};
use crate::plan::Direction;
use crate::whatif::Priced;

use super::ground::Doubt;

/// Rows fetched one by one through an index cost more than a scan from about this share of a
/// table on (random against sequential page reads, a few rows a page).
const FETCHED_SHARE_MAX: Share = Share::percent(2.0);

/// Whether a plan that uses a candidate on the doubted table would suffer from the error.
///
/// Too many rows expected: harmless, unless the plan stops early, counting on rows that are not
/// there. Too few: harmless, unless those that come are many for an index scan.
pub(super) fn doubted(doubt: &Doubt, priced: &Priced) -> bool {
    match doubt.direction {
        Direction::Over => priced.stops_early,
        Direction::Under => {
            doubt.table_rows.is_none_or(|rows| doubt.actual.0 > rows.0 * FETCHED_SHARE_MAX.0)
        }
        Direction::Exact => false,
    }
}

/// The error in words, with what it means for a scan in index order that stops early.
pub(super) fn words(doubt: &Doubt, wanted: Option<Rows>) -> String {
    let came = format!("planned {} rows, {} came", doubt.planned, doubt.actual);
    let (Direction::Over, Some(wanted), Some(rows)) = (doubt.direction, wanted, doubt.table_rows)
    else {
        return came;
    };
    let walked = |found: Rows| {
        let share = Share::of(found.0, rows.0).0;
        Rows(if share > 0.0 { (wanted.0 / share).min(rows.0) } else { rows.0 })
    };
    format!(
        "{came}; to find {wanted} of them in index order takes {} entries, not {}",
        walked(doubt.actual),
        Rows(walked(doubt.planned).0.round())
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::Cost;

    fn priced(stops_early: bool) -> Priced {
        Priced {
            cost: Cost(1.0),
            rows: Rows(10.0),
            used: BTreeSet::new(),
            used_existing: BTreeSet::new(),
            pages: None,
            stops_early,
        }
    }

    fn doubt(planned: f64, actual: f64, direction: Direction) -> Doubt {
        let table_rows = Some(Rows(1e6));
        Doubt { planned: Rows(planned), actual: Rows(actual), direction, table_rows }
    }

    #[test]
    fn doubts_only_plans_that_the_error_hurts() {
        let over = doubt(9_980.0, 3.0, Direction::Over);
        assert!(doubted(&over, &priced(true)));
        assert!(!doubted(&over, &priced(false)));
        assert!(doubted(&doubt(10.0, 300_000.0, Direction::Under), &priced(false)));
        assert!(!doubted(&doubt(10.0, 200.0, Direction::Under), &priced(true)));
    }

    #[test]
    fn says_how_far_the_scan_would_have_to_walk() {
        let over = doubt(9_980.0, 3.0, Direction::Over);
        assert_eq!(
            words(&over, Some(Rows(10.0))),
            "planned 9 980 rows, 3 came; to find 10 of them in index order takes 1 000 000 \
             entries, not 1 002"
        );
        assert_eq!(words(&over, None), "planned 9 980 rows, 3 came");
    }
}
