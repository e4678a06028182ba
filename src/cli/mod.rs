//! Arguments to exit code: what was typed, what is meant, the story, and how it ended.

mod args;
mod exit;
mod run;
mod input;
mod story;
mod output;
mod advise;
mod capture;
mod plan;
mod plan_input;
mod plan_log;
mod plan_sql;
mod pager;
mod rule;
mod dump;
mod demo;
mod hello;

pub use args::Arguments;
pub use exit::{Outcome, code};
pub use run::run;
