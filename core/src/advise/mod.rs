//! What to do: selection over the whole workload, gains, fates.

mod advice;
mod option;
mod advisor;
mod ground;
mod board;
mod search;
mod greedy;
mod estimate;
mod ending;
mod risk;
mod fates;
mod structure;
mod alone;
mod verdict;

pub use advice::{
    Advice, Effort, Fate, Gain, Helped, Method, Recommendation, StatementFate, WritePrice,
};
pub use advisor::{Advisor, Step, Task};
pub use alone::{PLAN_INDEXES_MAX, PlanAdvice, PlanRecommendation, plan_advice};
pub use option::{
    GAIN_SHARE_MIN, INDEXES_MAX, Options, Pricer, REGRESSION_SHARE_MAX, SAVED_SHARE_MIN, WAVES_MAX,
};

#[cfg(test)]
mod trials;
