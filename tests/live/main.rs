//! Live tests: on real servers of every supported major version (feature `live-tests`).

#![expect(clippy::unwrap_used, reason = "a live test ends at the first surprise")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "live tests touch files, processes and the clock"
)]

mod harness;
mod shop;
mod advise;
mod invariants;
mod collect;
mod demo;
mod explain;
mod untrusted;
mod throwaway;
