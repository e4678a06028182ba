//! What is wrong: one file a rule, listed by one word.

mod finding;

pub use finding::{Confidence, Fact, Finding, Remedy, Severity, Subject};
