//! Numbers with their unit, and where each came from.
//!
//! Planner cost is not time and an estimate is not a measurement: the types keep them apart.
//! `Display` is for people: two significant digits where the figure is a model's, thousands
//! grouped by a thin rule of units (kB, MB, s), never locale-dependent.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use serde::{Deserialize, Serialize};

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Counted or timed by the server while something ran.
    Measured,
    /// Estimated by a Postgres planner.
    Planner,
    /// Computed by one of our own formulas.
    Model,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Measured => "measured",
            Self::Planner => "planner",
            Self::Model => "model",
        })
    }
}

macro_rules! float_quantities {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self(0.0), Add::add)
            }
        }

        impl $name {
            /// An order over all values, for sorting: not-a-number last.
            pub fn total_cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.total_cmp(&other.0)
            }
        }
    )* };
}

float_quantities! {
    /// The planner's cost: one unit is one sequential page read, by `seq_page_cost`'s default.
    Cost,
    /// Milliseconds.
    Millis,
    /// Rows; fractional where an average over loops.
    Rows,
    /// A part of a whole, 0 to 1.
    Share,
}

/// A number of 8 kB pages (or of the capture's block size).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Pages(pub u64);

/// A number of bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Pages {
    /// The size on disk at a block size.
    pub fn bytes(self, block: Bytes) -> Bytes {
        Bytes(self.0.saturating_mul(block.0))
    }
}

impl Share {
    /// The share `part / whole`; zero when there is no whole.
    pub fn of(part: f64, whole: f64) -> Self {
        if whole > 0.0 && part.is_finite() { Self(part / whole) } else { Self(0.0) }
    }

    /// So many in a hundred.
    pub const fn percent(percent: f64) -> Self {
        Self(percent / 100.0)
    }
}

/// A low and a high figure of one unit; equal when exact.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Range<T> {
    /// The low end.
    pub low: T,
    /// The high end.
    pub high: T,
}

impl<T: fmt::Display> fmt::Display for Range<T> {
    /// Prints `0.02 to 0.81 ms`; the unit once where both ends have the same.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.low.to_string(), self.high.to_string());
        match (low.rsplit_once(' '), high.rsplit_once(' ')) {
            _ if low == high => out.write_str(&low),
            (Some((number, unit)), Some((_, same))) if unit == same => {
                write!(out, "{number} to {high}")
            }
            _ => write!(out, "{low} to {high}"),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&grouped(self.0))
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&grouped(self.0))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        match value.abs() {
            size if size < 10.0 => write!(out, "{value:.2} ms"),
            size if size < 1_000.0 => write!(out, "{value:.0} ms"),
            size if size < 120_000.0 => write!(out, "{:.1} s", value / 1_000.0),
            size if size < 7_200_000.0 => write!(out, "{:.0} min", value / 60_000.0),
            _ => write!(out, "{:.1} h", value / 3_600_000.0),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1} %", self.0 * 100.0)
    }
}

impl fmt::Display for Pages {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} pages", grouped(self.0 as f64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEP: f64 = 1024.0;
        let mut value = self.0 as f64;
        let mut unit = "B";
        for next in ["kB", "MB", "GB", "TB", "PB"] {
            if value < STEP {
                break;
            }
            value /= STEP;
            unit = next;
        }
        let digits = usize::from(value < 10.0 && unit != "B");
        write!(out, "{value:.digits$} {unit}")
    }
}

/// A whole number with its thousands apart: `12 345`. Below ten, two decimals.
fn grouped(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return format!("{value:.2e}");
    }
    if value.abs() < 10.0 && value.fract() != 0.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_units() {
        assert_eq!(Bytes(8192).to_string(), "8.0 kB");
        assert_eq!(Bytes(123_456_789).to_string(), "118 MB");
        assert_eq!(Millis(0.5).to_string(), "0.50 ms");
        assert_eq!(Millis(31_250.0).to_string(), "31.2 s");
        assert_eq!(Rows(1_234_567.0).to_string(), "1 234 567");
        assert_eq!(Rows(2.5).to_string(), "2.50");
        assert_eq!(Cost(7.2e26).to_string(), "7.20e26");
        let range = |low, high| Range { low: Millis(low), high: Millis(high) }.to_string();
        assert_eq!(range(0.02, 0.81), "0.02 to 0.81 ms");
        assert_eq!(range(20.0, 2_000.0), "20 ms to 2.0 s");
        assert_eq!(range(5.0, 5.0), "5.00 ms");
        assert_eq!(Share::of(1.0, 3.0).to_string(), "33.3 %");
        assert_eq!(Share::of(1.0, 0.0), Share(0.0));
    }
}
