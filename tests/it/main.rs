//! Everything that can be shown without a server: the house's order, recorded worlds, damage.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod tidy;
