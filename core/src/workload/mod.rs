//! What happened, joined: the capture, its statements as drafts and cases, and their wishes.
//!
//! Everything here is made of a [`Capture`] alone. Refuses to talk to a server: what may be
//! asked of one is decided here ([`Plannable`], [`ReadOnly`]), the asking is `io`'s.

mod capture;
mod privacy;
pub mod wire;
mod search_path;
mod scope;
mod resolve;
mod values;
mod known;
mod parameters;
mod case;
mod draft;
mod deny;
mod safety;
mod cases;
mod wish;
mod conditions;
mod kept;
mod wishes;
mod alone;
mod logged;

pub use alone::{PlanWorld, plan_world};
pub use capture::{Capture, Counters, Privacy, RecordedPlan, RecordedStatement};
pub use case::{BoundValue, Case, CasePlan, Draft, ParameterSet, PlanOrigin, SetOrigin};
pub use cases::cases;
pub use deny::denied;
pub use draft::drafts;
pub use logged::{
    LOGGED_PLAN_BYTES_MAX, LOGGED_PLANS_MAX, LOGGED_STATEMENTS_MAX, LogGroups, Logged, LoggedPlan,
    LoggedStatement, LoggedTime, Named,
};
pub use parameters::SETS_MAX;
pub use resolve::{ColumnPlace, Resolution};
pub use safety::{Plannable, ReadOnly};
pub use search_path::planning_path;
pub use wire::WireError;
pub use wish::{EqualityKind, EqualityWish, OrderWish, Wish, WishId};
pub use wishes::wishes;

#[cfg(test)]
mod tests;
