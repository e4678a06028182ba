//! What to do: selection over the whole workload, gains, fates.

mod advice;

pub use advice::{
    Advice, Effort, Fate, Gain, Helped, Method, Recommendation, StatementFate, WritePrice,
};
