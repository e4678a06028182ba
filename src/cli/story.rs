//! From a capture to advice: the pure steps in order, and the conversation with a pricer.

use anyhow::Context as _;

use crate::advise::{Advice, Advisor, Method, Options, Pricer, Step, Task};
use crate::base::Bytes;
use crate::cli::args::BudgetArguments;
use crate::cli::run::Run;
use crate::indexes::{Candidate, CandidateLimits, Refusal, candidates};
use crate::io::HypoPg;
use crate::rules::{Finding, RuleOptions, Scene, check_all};
use crate::whatif::{Abilities, Answers, Ledger, Recorded, Vocabulary};
use crate::workload::{Capture, Case, Draft, Wish, cases, wishes};

/// Everything that follows from a capture alone.
#[derive(Debug)]
pub struct Judged {
    /// Its statements.
    pub cases: Vec<Case>,
    /// What they ask for.
    pub wishes: Vec<Wish>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What might help.
    pub candidates: Vec<Candidate>,
    /// What was refused before any pricing.
    pub refusals: Vec<Refusal>,
}

/// Takes the pure steps.
pub fn judge(run: &Run, capture: &Capture, drafts: Vec<Draft>, options: RuleOptions) -> Judged {
    run.deep(|| {
        let cases = cases(drafts, capture);
        let wishes = wishes(&cases, &capture.catalog);
        let findings = check_all(&Scene { capture, cases: &cases, wishes: &wishes, options });
        let (candidates, refusals) =
            candidates(&wishes, &capture.catalog, &CandidateLimits::default());
        Judged { cases, wishes, findings, candidates, refusals }
    })
}

/// Who answers the advisor's questions.
#[derive(Debug)]
pub enum Answerer<'a> {
    /// A server with HypoPG.
    Server(Box<HypoPg<'a>>),
    /// Answers recorded earlier.
    Ledger(Ledger),
    /// Nobody: the advice is by structure.
    Nobody,
}

/// What a recorded run could do when it was recorded: add indexes, no more.
const RECORDED: Abilities = Abilities { add: true, hide: false, settings: false, rows: false };

/// What nobody can do.
const NONE: Abilities = Abilities { add: false, hide: false, settings: false, rows: false };

impl Answerer<'_> {
    /// What it is called and what it can do.
    fn pricer(&self) -> Pricer {
        match self {
            Self::Server(server) => {
                Pricer { method: Method::Hypopg, abilities: server.abilities() }
            }
            Self::Ledger(_) => Pricer { method: Method::Hypopg, abilities: RECORDED },
            Self::Nobody => Pricer { method: Method::Structure, abilities: NONE },
        }
    }
}

/// Holds the conversation to its end; gives the advice and every answer.
pub async fn decide(
    capture: &Capture,
    judged: &Judged,
    options: &Options,
    mut answerer: Answerer<'_>,
) -> (Advice, Ledger) {
    let task = Task {
        capture,
        cases: &judged.cases,
        wishes: &judged.wishes,
        candidates: &judged.candidates,
        refusals: &judged.refusals,
    };
    let vocabulary = Vocabulary::new(&judged.cases, &judged.candidates, &capture.catalog);
    let (mut advisor, mut step) = Advisor::new(&task, options, answerer.pricer());
    let mut ledger = Ledger::default();
    loop {
        let answers = match (step, &mut answerer) {
            (Step::Done(advice), Answerer::Ledger(known)) => return (*advice, known.clone()),
            (Step::Done(advice), _) => return (*advice, ledger),
            (Step::Define(candidates), Answerer::Server(server)) => {
                server.define(&candidates);
                Answers::default()
            }
            (Step::Define(_), _) => Answers::default(),
            (Step::Ask(wave), Answerer::Server(server)) => {
                let answers = server.answer(&wave, &judged.cases, capture).await;
                ledger = ledger.record_wave(&vocabulary, &wave, &answers);
                answers
            }
            (Step::Ask(wave), Answerer::Ledger(known)) => {
                Recorded { ledger: known, vocabulary: &vocabulary }.answer(&wave)
            }
            (Step::Ask(wave), Answerer::Nobody) => {
                Recorded { ledger: &ledger, vocabulary: &vocabulary }.answer(&wave)
            }
        };
        (advisor, step) = advisor.resume(answers);
    }
}

/// What the advice must keep to.
pub fn options(budget: &BudgetArguments) -> anyhow::Result<Options> {
    Ok(Options {
        indexes_max: budget.max_indexes,
        storage: budget.storage.as_deref().map(bytes).transpose()?,
        regression_max: crate::base::Share::percent(budget.max_regression),
        saved_min: crate::base::Share::percent(budget.min_gain),
        ..Options::default()
    })
}

/// Reads a size such as `500MB`, `2GB` or a bare number of bytes; steps of 1024.
fn bytes(text: &str) -> anyhow::Result<Bytes> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].trim().to_ascii_lowercase();
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1 << 10,
        "mb" | "m" => 1 << 20,
        "gb" | "g" => 1 << 30,
        "tb" | "t" => 1 << 40,
        _ => anyhow::bail!("could not read the size {text}: write it as 500MB or 2GB"),
    };
    let number: u64 = digits
        .parse()
        .with_context(|| format!("could not read the size {text}: write it as 500MB or 2GB"))?;
    number
        .checked_mul(factor)
        .map(Bytes)
        .with_context(|| format!("could not read the size {text}: it is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_as_people_write_them() {
        assert_eq!(bytes("500MB").unwrap(), Bytes(500 << 20));
        assert_eq!(bytes("2 gb").unwrap(), Bytes(2 << 30));
        assert_eq!(bytes("17").unwrap(), Bytes(17));
        assert!(bytes("much").is_err());
        assert!(bytes("99999999999GB").is_err());
    }
}
