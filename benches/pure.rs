//! Placeholder of the benchmark harness.
fn main() {}
