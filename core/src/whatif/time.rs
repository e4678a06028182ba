//! The time model: what a change of planner cost should mean in milliseconds.
//!
//! Planner cost is not time, so the answer is a range, never a figure. Refuses to promise a
//! time below what one execution takes at all.

use crate::base::{Cost, Millis, Range};

/// The cautious end: time falls with this power of the cost ratio.
///
/// Source: eight index sets built for real on TPC-H at scale 1, 18 queries each, processor time
/// against planner cost: `ln(time ratio) / ln(cost ratio)` was 0.41 to 0.88, median 0.58. Ours;
/// single queries stray further (one rose by 82 % while its cost fell by 77 %).
const CAUTIOUS_POWER: f64 = 0.4;

/// The hopeful end: time may fall faster than cost, since the values that an application sends
/// are often rarer than the typical ones that we plan with, and pages that an index touches are
/// nearly always cached.
///
/// Source: our demo on 15, ten statements under nine indexes: the power was 0.9, 0.9, 1.1, 1.5,
/// 1.5, 1.6, and more than 3 for four whose planned values were unlike the real ones.
const HOPEFUL_POWER: f64 = 2.0;

/// What one execution of the smallest look-up takes on the server, measured at 0.005 to 0.05 ms.
const EXECUTION_MIN: Millis = Millis(0.005);

/// The mean time to expect when the cost goes from `before` to `after`.
pub fn expected(mean: Millis, before: Cost, after: Cost) -> Range<Millis> {
    let ratio = if before.0 > 0.0 { (after.0 / before.0).max(0.0) } else { 1.0 };
    let floor = EXECUTION_MIN.0.min(mean.0);
    let at = |power: f64| (mean.0 * ratio.powf(power)).max(floor);
    let (one, other) = (at(HOPEFUL_POWER), at(CAUTIOUS_POWER));
    Range { low: Millis(one.min(other)), high: Millis(one.max(other)) }
}

/// A figure of a model, cut to the two digits that it deserves.
pub fn two_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(value.abs().log10().floor() - 1.0);
    (value / scale).round() * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expects_a_range_between_both_powers() {
        let range = expected(Millis(10.0), Cost(10_000.0), Cost(100.0));
        assert_eq!(range.low, EXECUTION_MIN, "a ten-thousandth is below one execution");
        assert!((range.high.0 - 10.0 * 0.01_f64.powf(0.4)).abs() < 1e-9, "{range:?}");
        let worse = expected(Millis(100.0), Cost(100.0), Cost(200.0));
        assert!(worse.low.0 > 100.0 && worse.high.0 > worse.low.0);
    }

    #[test]
    fn never_expects_less_than_an_execution_takes() {
        let range = expected(Millis(1.0), Cost(1e9), Cost(1.0));
        assert_eq!(range.low, EXECUTION_MIN);
        assert_eq!(expected(Millis(0.004), Cost(1e9), Cost(1.0)).low, Millis(0.004));
        assert_eq!(expected(Millis(3.0), Cost(0.0), Cost(1.0)).high, Millis(3.0));
    }

    #[test]
    fn keeps_two_digits() {
        assert!((two_digits(1_234.0) - 1_200.0).abs() < 1e-9);
        assert!((two_digits(0.098_7) - 0.099).abs() < 1e-12);
        assert!(two_digits(0.0).abs() < f64::EPSILON);
    }
}
