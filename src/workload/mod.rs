//! What happened, joined: the capture, its statements as drafts and cases, and their wishes.

mod capture;
mod wish;

pub use capture::{Capture, Counters, Privacy, RecordedPlan, RecordedStatement};
pub use wish::{EqualityKind, EqualityWish, OrderWish, Wish, WishId};
