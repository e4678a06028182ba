//! Shares time and buffers out among the nodes so that nothing is lost or counted twice.
//!
//! Each node is granted what its payers let it claim; what its own payees do not claim of that
//! is its own. All sums are of whole numbers (nanoseconds, pages), so they come out exactly.

use crate::base::{Millis, NodeId};

use super::charge::Charges;
use super::figures::Buffers;
use super::tree::Plan;

/// What was worked out for one node when the plan was made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Account {
    /// Its own part of the wall time.
    pub own_time: Option<Millis>,
    /// Its own part of the buffers.
    pub own_buffers: Option<Buffers>,
    /// Whether somebody above may have stopped it early.
    pub may_stop_early: bool,
}

/// Works out the accounts of all nodes, by position.
pub(super) fn accounts(plan: &Plan) -> Vec<Account> {
    let charges = Charges::of(plan);
    let root = plan.root();
    let times = plan.wall_time(root.id).map(|_| own_times(plan, &charges));
    let buffers = root.buffers.map(|_| own_buffers(plan, &charges));
    let stops = plan.early_stops(&charges);
    plan.nodes()
        .map(|node| Account {
            own_time: times.as_ref().map(|it| it[node.id.position()]),
            own_buffers: buffers.as_ref().map(|it| it[node.id.position()]),
            may_stop_early: stops[node.id.position()],
        })
        .collect()
}

fn own_times(plan: &Plan, charges: &Charges) -> Vec<Millis> {
    const NANOSECONDS: f64 = 1e6; // in a millisecond; EXPLAIN prints microseconds
    let figures: Vec<u64> = plan
        .nodes()
        .map(|node| whole(plan.wall_time(node.id).map_or(0.0, |it| it.0 * NANOSECONDS)))
        .collect();
    let own = share_out(plan, charges, &figures);
    own.into_iter().map(|part| Millis(part as f64 / NANOSECONDS)).collect()
}

fn own_buffers(plan: &Plan, charges: &Charges) -> Vec<Buffers> {
    let figures: Vec<[u64; Buffers::COUNTERS]> =
        plan.nodes().map(|node| node.buffers.unwrap_or_default().counters()).collect();
    let mut own = vec![[0; Buffers::COUNTERS]; figures.len()];
    for counter in 0..Buffers::COUNTERS {
        let column: Vec<u64> = figures.iter().map(|counters| counters[counter]).collect();
        if column.iter().all(|figure| *figure == 0) {
            continue;
        }
        for (counters, part) in own.iter_mut().zip(share_out(plan, charges, &column)) {
            counters[counter] = part;
        }
    }
    own.into_iter().map(Buffers::of_counters).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what a time beyond 500 years deserves"
)]
fn whole(figure: f64) -> u64 {
    figure.round() as u64
}

/// Each node's own part of a figure that includes its payees'.
fn share_out(plan: &Plan, charges: &Charges, figures: &[u64]) -> Vec<u64> {
    let mut claims: Vec<Vec<(NodeId, u64)>> = vec![Vec::new(); figures.len()];
    let mut granted = vec![0_u64; figures.len()];
    for node in plan.nodes() {
        let position = node.id.position();
        let payers = &charges.payers[position];
        let weights: Vec<u64> = payers.iter().map(|payer| figures[payer.position()]).collect();
        let parts = split(figures[position], &weights);
        for (payer, part) in payers.iter().zip(&parts) {
            claims[payer.position()].push((node.id, *part));
        }
        // The root; and WITH queries that write run to their end after the root has stopped.
        if node.parent.is_none() || plan.writes(node.id) {
            granted[position] = figures[position].saturating_sub(parts.iter().sum());
        }
    }
    let mut own = vec![0_u64; figures.len()];
    for payer in &charges.order {
        let position = payer.position();
        let grant = granted[position];
        let wanted: Vec<u64> = claims[position]
            .iter()
            .map(|(_, claim)| proportion(*claim, grant, figures[position]))
            .collect();
        let parts = split(grant, &wanted);
        for ((payee, _), part) in claims[position].iter().zip(&parts) {
            granted[payee.position()] = granted[payee.position()].saturating_add(*part);
        }
        own[position] = grant - parts.iter().sum::<u64>();
    }
    own
}

/// `claim`, shrunk as its payer's figure was shrunk to the grant.
fn proportion(claim: u64, grant: u64, figure: u64) -> u64 {
    if grant >= figure {
        return claim;
    }
    let part = u128::from(claim) * u128::from(grant) / u128::from(figure);
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// Deals a total out by weights, to nobody more than its weight, to the last unit.
fn split(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum <= u128::from(total) {
        return weights.to_vec();
    }
    let part = |weight: &u64| u128::from(total) * u128::from(*weight) / sum;
    let mut parts: Vec<u64> =
        weights.iter().map(|weight| u64::try_from(part(weight)).unwrap_or(*weight)).collect();
    let mut rest = total - parts.iter().sum::<u64>();
    for (part, weight) in parts.iter_mut().zip(weights) {
        let more = rest.min(u64::from(*part < *weight));
        *part += more;
        rest -= more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_to_the_last_unit_and_never_above_a_weight() {
        assert_eq!(split(10, &[3, 4]), [3, 4]);
        assert_eq!(split(742, &[742, 0]), [742, 0]);
        assert_eq!(split(10, &[7, 7, 7]), [4, 3, 3]);
        assert_eq!(split(u64::MAX, &[u64::MAX, u64::MAX]).iter().sum::<u64>(), u64::MAX);
        assert_eq!(split(5, &[]), [] as [u64; 0]);
    }
}
