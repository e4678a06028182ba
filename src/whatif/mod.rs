//! What it would cost: experiments, answers, the ledger, the time model.

mod question;

pub use question::{
    Abilities, Answer, Answers, Cell, Configuration, Experiment, Priced, Want, Wave,
};
