//! What happened, joined: the capture, its statements as drafts and cases, and their wishes.

mod capture;
mod case;
mod resolution;
mod wish;

pub use capture::{Capture, Counters, Privacy, RecordedPlan, RecordedStatement};
pub use case::{BoundValue, Case, CasePlan, Draft, ParameterSet, PlanOrigin, SetOrigin};
pub use resolution::Resolution;
pub use wish::{EqualityKind, EqualityWish, OrderWish, Wish, WishId};
