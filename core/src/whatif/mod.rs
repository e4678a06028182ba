//! What it would cost: experiments, answers, the ledger, the time model.

mod question;
mod price;
mod ledger;
mod time;

pub use ledger::{AnswerKey, Ledger, Recorded, RecordedAnswer, RecordedReply, Vocabulary};
pub use price::{hypopg_bias, priced};
pub use question::{
    Abilities, Answer, Answers, Cell, Configuration, Experiment, Priced, Want, Wave,
};
pub use time::{expected, two_digits};
