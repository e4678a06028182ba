//! Everything that can be shown without a server: the house's order, recorded worlds, damage.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and start the program")]

mod program;
mod tidy;
mod captures;
mod anomaly;
mod invariants;
mod pager;
mod logs;
mod schemas;
mod format;
mod readme;
