//! Shares time, buffers, I/O time and WAL out among the nodes so that nothing is lost or counted
//! twice.
//!
//! Each node is granted what its payers let it claim; what its own payees do not claim of that
//! is its own. All sums are of whole numbers (nanoseconds, pages, bytes), so they come out
//! exactly. Times move within what their rounding leaves open, first where it leaves most.

use crate::base::{Bytes, Millis, NodeId, Range};

use super::charge::Charges;
use super::clock::{Clocked, NANOSECONDS, clocked, whole};
use super::figures::{Buffers, IoTime, Wal};
use super::node::Node;
use super::tree::Plan;

/// What was worked out for one node when the plan was made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Account {
    /// How long it ran, with its children.
    pub wall_time: Option<Millis>,
    /// Its own part of the wall time.
    pub own_time: Option<Millis>,
    /// Between what rounding leaves open for its own part.
    pub own_interval: Option<Range<Millis>>,
    /// Whether no times within the rounding of what is printed make the node's account come out.
    pub out_of_balance: bool,
    /// Its own part of the buffers.
    pub own_buffers: Option<Buffers>,
    /// Its own part of the time of reading and writing.
    pub own_io: Option<IoTime>,
    /// Its own part of the WAL.
    pub own_wal: Option<Wal>,
    /// Whether somebody above may have stopped it early.
    pub may_stop_early: bool,
}

/// Works out the accounts of all nodes, by position.
pub(super) fn accounts(plan: &Plan) -> Vec<Account> {
    let clocked = clocked(plan);
    let charges = Charges::of(plan, clocked.as_deref());
    let times = clocked.as_ref().map(|it| own_times(plan, &charges, it));
    let buffers = plan.root().buffers.map(|_| own_buffers(plan, &charges));
    let uneven = buffers.as_ref().map(|(_, uneven)| uneven);
    let io = plan.nodes().any(|it| it.io.is_some()).then(|| own_io(plan, &charges));
    let wal = plan.nodes().any(|it| it.wal.is_some()).then(|| own_wal(plan, &charges));
    let stops = plan.early_stops(&charges);
    let account = |node: &Node| {
        let at = node.id.position();
        let run = node.measured.is_some_and(|it| it.total.is_some());
        let time = times.as_ref().map(|it| &it[at]);
        Account {
            wall_time: clocked.as_ref().filter(|_| run).map(|it| millis(it[at].value)),
            own_time: time.map(|it| millis(it.own)),
            own_interval: time.map(|it| Range { low: millis(it.low), high: millis(it.high) }),
            out_of_balance: time.is_some_and(|it| it.out_of_balance)
                || uneven.is_some_and(|it| it[at]),
            own_buffers: buffers.as_ref().map(|(own, _)| own[at]),
            own_io: io.as_ref().map(|it| it[at]),
            own_wal: wal.as_ref().map(|it| it[at]),
            may_stop_early: stops[at],
        }
    };
    plan.nodes().map(account).collect()
}

fn millis(nanoseconds: u64) -> Millis {
    Millis(nanoseconds as f64 / NANOSECONDS)
}

/// A node's own time in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
struct OwnTime {
    own: u64,
    low: u64,
    high: u64,
    out_of_balance: bool,
}

/// What one payee claims of one payer: the likeliest time and the least possible.
#[derive(Debug, Clone, Copy)]
struct Claim {
    payee: NodeId,
    likely: u64,
    least: u64,
    slack: u64,
}

/// Each node's own part of the time.
///
/// First the least time of each node, from the leaves up: no less than its own rounding allows,
/// and no less than its payees' least together. Then grants from the root down: where claims are
/// more than the grant, each shrinks in proportion to what it has above its least.
fn own_times(plan: &Plan, charges: &Charges, clocked: &[Clocked]) -> Vec<OwnTime> {
    let mut least: Vec<u64> = clocked.iter().map(|it| it.low).collect();
    let mut claims: Vec<Vec<Claim>> = vec![Vec::new(); clocked.len()];
    let mut granted = vec![0_u64; clocked.len()];
    let values: Vec<u64> = clocked.iter().map(|it| it.value).collect();
    let room = room(charges, &values);
    for payee in charges.order.iter().rev() {
        let at = payee.position();
        least[at] =
            least[at].max(claims[at].iter().map(|it| it.least).fold(0, u64::saturating_add));
        let payers = &charges.payers[at];
        let room: Vec<u64> = payers.iter().map(|it| room[it.position()]).collect();
        let deal = |total: u64| match payers.len() {
            1 if !plan.writes(*payee) => vec![total],
            _ => dealt(plan, *payee, payers, (total, &room)),
        };
        let (likely, at_least) = (deal(clocked[at].value.max(least[at])), deal(least[at]));
        // The root; and WITH queries that write run to their end after the root has stopped.
        if plan.node(*payee).parent.is_none() || plan.writes(*payee) {
            let most = clocked[at].value.max(least[at].min(clocked[at].high));
            granted[at] = most.saturating_sub(likely.iter().sum());
        }
        let slack = clocked[at].slack;
        for (payer, (likely, least)) in payers.iter().zip(likely.into_iter().zip(at_least)) {
            claims[payer.position()].push(Claim { payee: *payee, likely, least, slack });
        }
    }
    let mut found = vec![OwnTime::default(); clocked.len()];
    for payer in &charges.order {
        let at = payer.position();
        let parts = settled(granted[at], &claims[at]);
        for (claim, part) in claims[at].iter().zip(&parts) {
            let granted = &mut granted[claim.payee.position()];
            *granted = granted.saturating_add(*part);
        }
        let own = granted[at] - parts.iter().sum::<u64>();
        let slack =
            claims[at].iter().fold(clocked[at].slack, |sum, it| sum.saturating_add(it.slack));
        let paid = plan.node(*payer).parent.is_none() || !charges.payers[at].is_empty();
        let Clocked { low, high, .. } = clocked[at];
        found[at] = OwnTime {
            own,
            low: own.saturating_sub(slack),
            high: own.saturating_add(slack),
            out_of_balance: paid && !(low..=high).contains(&granted[at]),
        };
    }
    found
}

/// What each node's figure leaves for the WITH queries that it reads, once all else that only it
/// pays for is paid.
fn room(charges: &Charges, figures: &[u64]) -> Vec<u64> {
    let mut room = figures.to_vec();
    for (payers, figure) in charges.payers.iter().zip(figures) {
        if let [payer] = payers.as_slice() {
            let room = &mut room[payer.position()];
            *room = room.saturating_sub(*figure);
        }
    }
    room
}

/// Deals the time of a WITH query out among its readers: the time to its first row to the one
/// that waited for it, the rest by the room that their own times leave.
fn dealt(plan: &Plan, payee: NodeId, payers: &[NodeId], (total, room): (u64, &[u64])) -> Vec<u64> {
    let startup = |id: NodeId| {
        plan.node(id).measured.and_then(|it| it.startup).map_or(0, |it| whole(it.0 * NANOSECONDS))
    };
    let waited = |at: &usize| startup(payers[*at]).min(room[*at]);
    let first = (0..payers.len()).max_by_key(|at| (waited(at), std::cmp::Reverse(*at)));
    let Some(first) = first else { return Vec::new() };
    let head = startup(payee).min(room[first]).min(total);
    let rest: Vec<u64> =
        room.iter().enumerate().map(|(at, it)| if at == first { it - head } else { *it }).collect();
    let mut parts = split(total - head, &rest);
    parts[first] += head;
    parts
}

/// What each claim gets of a grant.
fn settled(grant: u64, claims: &[Claim]) -> Vec<u64> {
    let likely = sum(claims.iter().map(|it| it.likely));
    if likely <= u128::from(grant) {
        return claims.iter().map(|it| it.likely).collect();
    }
    let spare: Vec<u64> = claims.iter().map(|it| it.likely - it.least.min(it.likely)).collect();
    let excess = u64::try_from(likely - u128::from(grant)).ok();
    let Some(excess) = excess.filter(|it| u128::from(*it) <= sum(spare.iter().copied())) else {
        let least: Vec<u64> = claims.iter().map(|it| it.least).collect();
        return split(grant, &least);
    };
    let less = split(excess, &spare);
    claims.iter().zip(less).map(|(claim, less)| claim.likely - less).collect()
}

/// Each node's own part of a set of counters that include the payees'.
fn own_counters<const N: usize>(
    plan: &Plan,
    charges: &Charges,
    counters: impl Fn(&Node) -> [u64; N],
) -> (Vec<[u64; N]>, Vec<bool>) {
    let figures: Vec<[u64; N]> = plan.nodes().map(counters).collect();
    let mut own = vec![[0; N]; figures.len()];
    let mut uneven = vec![false; figures.len()];
    for counter in 0..N {
        let column: Vec<u64> = figures.iter().map(|counters| counters[counter]).collect();
        if column.iter().all(|figure| *figure == 0) {
            continue;
        }
        for (at, (part, even)) in share_out(plan, charges, &column).into_iter().enumerate() {
            own[at][counter] = part;
            uneven[at] |= !even;
        }
    }
    (own, uneven)
}

fn own_buffers(plan: &Plan, charges: &Charges) -> (Vec<Buffers>, Vec<bool>) {
    let counters = |it: &Node| it.buffers.unwrap_or_default().counters();
    let (own, uneven) = own_counters(plan, charges, counters);
    (own.into_iter().map(Buffers::of_counters).collect(), uneven)
}

fn own_io(plan: &Plan, charges: &Charges) -> Vec<IoTime> {
    let (own, _) = own_counters(plan, charges, |node| {
        let it = node.io.unwrap_or_default();
        [
            it.shared_read,
            it.shared_write,
            it.local_read,
            it.local_write,
            it.temp_read,
            it.temp_write,
        ]
        .map(|it| whole(it.0 * NANOSECONDS))
    });
    let time = |counters: [u64; 6]| {
        let [shared_read, shared_write, local_read, local_write, temp_read, temp_write] =
            counters.map(millis);
        IoTime { shared_read, shared_write, local_read, local_write, temp_read, temp_write }
    };
    own.into_iter().map(time).collect()
}

fn own_wal(plan: &Plan, charges: &Charges) -> Vec<Wal> {
    let (own, _) = own_counters(plan, charges, |node| {
        let it = node.wal.unwrap_or_default();
        [it.records, it.full_page_images, it.bytes.0, it.buffers_full]
    });
    let wal = |[records, full_page_images, bytes, buffers_full]: [u64; 4]| Wal {
        records,
        full_page_images,
        bytes: Bytes(bytes),
        buffers_full,
    };
    own.into_iter().map(wal).collect()
}

/// Each node's own part of a figure that includes its payees', and whether it was granted all of
/// the figure.
fn share_out(plan: &Plan, charges: &Charges, figures: &[u64]) -> Vec<(u64, bool)> {
    let mut claims: Vec<Vec<(NodeId, u64)>> = vec![Vec::new(); figures.len()];
    let mut granted = vec![0_u64; figures.len()];
    let room = room(charges, figures);
    for node in plan.nodes() {
        let position = node.id.position();
        let payers = &charges.payers[position];
        let of = if payers.len() > 1 { &room } else { figures };
        let weights: Vec<u64> = payers.iter().map(|payer| of[payer.position()]).collect();
        let parts = split(figures[position], &weights);
        for (payer, part) in payers.iter().zip(&parts) {
            claims[payer.position()].push((node.id, *part));
        }
        // The root; and WITH queries that write run to their end after the root has stopped.
        if node.parent.is_none() || plan.writes(node.id) {
            granted[position] = figures[position].saturating_sub(parts.iter().sum());
        }
    }
    let mut own = vec![(0_u64, true); figures.len()];
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
        let unread = charges.payers[position].is_empty() && plan.is_cte(*payer);
        let even = unread || grant == figures[position];
        own[position] = (grant - parts.iter().sum::<u64>(), even);
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

/// A sum that no damaged plan overflows.
fn sum(parts: impl Iterator<Item = u64>) -> u128 {
    parts.map(u128::from).sum()
}

/// Deals a total out by weights, to nobody more than its weight, to the last unit.
fn split(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum = sum(weights.iter().copied());
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
