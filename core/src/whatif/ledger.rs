//! The ledger: every answer ever given, by what was asked and never by an id.
//!
//! It only grows. A run that is repeated from a ledger alone gives the same bytes, which is how
//! recorded runs, tests and bug reports work. It refuses to guess: a question that is not in it
//! is answered by a refusal that says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{Note, NoteCode, Rows, stable_id};
use crate::catalog::Catalog;
use crate::indexes::Candidate;
use crate::workload::Case;

use super::question::{Answer, Answers, Cell, Experiment, Priced, Want, Wave};

/// What was asked, in words that mean the same in every run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnswerKey {
    /// The statement: its fingerprint and a hash of role and text.
    pub statement: String,
    /// The bound values, each with its type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String)>,
    /// Canonical texts of the definitions pretended, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub definitions: Vec<String>,
    /// Names of the indexes hidden, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Settings that differed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// For a row estimate, the table and the predicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<(String, String)>,
}

/// One line of `answers.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedAnswer {
    /// What was asked.
    pub key: AnswerKey,
    /// What came back.
    pub answer: RecordedReply,
}

/// An answer's wire form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedReply {
    /// It was planned.
    Priced(Arc<Priced>),
    /// The planner's row estimate.
    Rows(Rows),
    /// It was not planned, and why.
    Refused(String),
}

/// All answers known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    answers: BTreeMap<AnswerKey, RecordedReply>,
}

impl Ledger {
    /// A ledger of these lines; the first of two lines with one key counts.
    pub fn of(lines: impl IntoIterator<Item = RecordedAnswer>) -> Self {
        let mut answers = BTreeMap::new();
        for line in lines {
            answers.entry(line.key).or_insert(line.answer);
        }
        Self { answers }
    }

    /// Reads `answers.jsonl`. Lines that cannot be read are noted and left out.
    pub fn read(text: &str) -> (Self, Vec<Note>) {
        let mut notes = Vec::new();
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, it)| !it.trim().is_empty()) {
            match serde_json::from_str::<RecordedAnswer>(line) {
                Ok(answer) => lines.push(answer),
                Err(error) => notes.push(Note::new(
                    NoteCode::Damaged,
                    format!("answers.jsonl line {}", number + 1),
                    error.to_string(),
                )),
            }
        }
        (Self::of(lines), notes)
    }

    /// The ledger as `answers.jsonl`, sorted by key.
    pub fn write(&self) -> String {
        let lines = self.lines().filter_map(|it| serde_json::to_string(&it).ok());
        lines.fold(String::new(), |text, line| text + &line + "\n")
    }

    /// Every answer, by key.
    pub fn lines(&self) -> impl Iterator<Item = RecordedAnswer> {
        self.answers
            .iter()
            .map(|(key, answer)| RecordedAnswer { key: key.clone(), answer: answer.clone() })
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether nothing was ever answered.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// What is known of a question.
    pub fn look_up(&self, key: &AnswerKey) -> Option<Answer> {
        self.answers.get(key).map(RecordedReply::answer)
    }

    /// The ledger with one more answer; an answer that is there already stays.
    pub fn record(mut self, key: AnswerKey, answer: &Answer) -> Self {
        self.answers.entry(key).or_insert_with(|| RecordedReply::of(answer));
        self
    }

    /// The ledger with the answers to a wave.
    pub fn record_wave(self, vocabulary: &Vocabulary, wave: &Wave, answers: &Answers) -> Self {
        let asked = wave.0.iter().zip(&answers.answers);
        asked.fold(self, |ledger, (experiment, answers)| {
            let cells = experiment.cells.iter().zip(answers);
            cells.fold(ledger, |ledger, (cell, answer)| {
                ledger.record(vocabulary.key(experiment, *cell), answer)
            })
        })
    }
}

impl RecordedReply {
    fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Priced(priced) => Self::Priced(Arc::clone(priced)),
            Answer::Rows(rows) => Self::Rows(*rows),
            Answer::Refused(reason) => Self::Refused(reason.clone()),
        }
    }

    fn answer(&self) -> Answer {
        match self {
            Self::Priced(priced) => Answer::Priced(Arc::clone(priced)),
            Self::Rows(rows) => Answer::Rows(*rows),
            Self::Refused(reason) => Answer::Refused(reason.clone()),
        }
    }
}

/// Bound values, each with its type.
type Values = Vec<(String, String)>;

/// What the ids of one run mean: the way from a question to its key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vocabulary {
    statements: Vec<(String, Vec<Values>)>,
    definitions: Vec<String>,
    indexes: Vec<String>,
    tables: Vec<String>,
}

impl Vocabulary {
    /// The words of one run. `candidates` are in the order of their ids.
    pub fn new(cases: &[Case], candidates: &[Candidate], catalog: &Catalog) -> Self {
        let statements = cases.iter().map(|case| {
            let fingerprint =
                case.statement().map_or("unparsed", |statement| &statement.fingerprint);
            let text = stable_id(&[case.draft.role.as_str(), &case.draft.text]);
            let sets = case.draft.sets.iter().map(|set| {
                let values = set.values.iter();
                values.map(|it| (it.type_name.clone(), it.text.clone())).collect()
            });
            (format!("{fingerprint}-{text}"), sets.collect())
        });
        Self {
            statements: statements.collect(),
            definitions: candidates.iter().map(|it| it.definition.canonical()).collect(),
            indexes: catalog.indexes().map(|(_, index)| index.name.plain()).collect(),
            tables: catalog.tables().map(|(_, table)| table.name.plain()).collect(),
        }
    }

    /// The key of one question. An id that this vocabulary does not know becomes a word that
    /// no other run uses.
    pub fn key(&self, experiment: &Experiment, cell: Cell) -> AnswerKey {
        let (statement, values) = match self.statements.get(cell.statement.position()) {
            Some((statement, sets)) => {
                (statement.clone(), sets.get(cell.set.position()).cloned().unwrap_or_default())
            }
            None => (unknown(cell.statement.position()), Vec::new()),
        };
        let configuration = &experiment.configuration;
        let word = |words: &[String], position: usize| {
            words.get(position).cloned().unwrap_or_else(|| unknown(position))
        };
        let mut definitions: Vec<String> =
            configuration.add.iter().map(|it| word(&self.definitions, it.position())).collect();
        definitions.sort();
        let mut hidden: Vec<String> =
            configuration.hide.iter().map(|it| word(&self.indexes, it.position())).collect();
        hidden.sort();
        let rows = match &experiment.want {
            Want::Plan => None,
            Want::Rows { table, predicate } => {
                Some((word(&self.tables, table.position()), predicate.clone()))
            }
        };
        let settings = configuration.settings.clone();
        AnswerKey { statement, values, definitions, hidden, settings, rows }
    }
}

fn unknown(position: usize) -> String {
    format!("unknown {position}")
}

/// The pricer that only remembers.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// What it remembers.
    pub ledger: &'a Ledger,
    /// What the ids mean.
    pub vocabulary: &'a Vocabulary,
}

impl Recorded<'_> {
    /// The answers to a wave, in its order.
    pub fn answer(&self, wave: &Wave) -> Answers {
        let answers = wave.0.iter().map(|experiment| {
            let cells = experiment.cells.iter();
            cells.map(|cell| self.answer_cell(experiment, *cell)).collect()
        });
        Answers { answers: answers.collect(), stop: false }
    }

    fn answer_cell(&self, experiment: &Experiment, cell: Cell) -> Answer {
        let known = self.ledger.look_up(&self.vocabulary.key(experiment, cell));
        known.unwrap_or_else(|| Answer::Refused("not among the recorded answers".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::{CandidateId, Cost, SetId, StatementId};
    use crate::whatif::Configuration;

    fn vocabulary(definitions: &[&str]) -> Vocabulary {
        let set = |value: &str| vec![("text".to_owned(), value.to_owned())];
        Vocabulary {
            statements: vec![("f-1".to_owned(), vec![set("new"), set("old")])],
            definitions: definitions.iter().map(|it| (*it).to_owned()).collect(),
            indexes: Vec::new(),
            tables: Vec::new(),
        }
    }

    fn experiment(add: &[u32]) -> Experiment {
        let add = add.iter().map(|it| CandidateId(*it)).collect();
        Experiment {
            configuration: Configuration { add, ..Configuration::default() },
            cells: vec![Cell { statement: StatementId(0), set: SetId(1) }],
            want: Want::Plan,
        }
    }

    fn answer(cost: f64) -> Answer {
        Answer::Priced(Arc::new(Priced {
            cost: Cost(cost),
            rows: Rows(1.0),
            used: BTreeSet::from(["b".to_owned()]),
            used_existing: BTreeSet::new(),
            pages: None,
            stops_early: false,
        }))
    }

    #[test]
    fn answers_by_meaning_whatever_the_ids() {
        let wave = Wave(vec![experiment(&[0, 1])]);
        let answers = Answers { answers: vec![vec![answer(7.0)]], stop: false };
        let ledger = Ledger::default().record_wave(&vocabulary(&["a", "b"]), &wave, &answers);
        let (again, notes) = Ledger::read(&ledger.write());
        assert_eq!((&again, notes.len()), (&ledger, 0));
        let turned = vocabulary(&["b", "c", "a"]);
        let recorded = Recorded { ledger: &again, vocabulary: &turned };
        let same = Wave(vec![experiment(&[0, 2])]);
        assert_eq!(recorded.answer(&same).answers, answers.answers);
        let other = Wave(vec![experiment(&[0, 1])]);
        assert!(matches!(recorded.answer(&other).answers[0][0], Answer::Refused(_)));
    }

    #[test]
    fn only_grows_and_says_which_line_is_damaged() {
        let key = vocabulary(&["a"]).key(&experiment(&[0]), experiment(&[0]).cells[0]);
        let ledger = Ledger::default().record(key.clone(), &answer(1.0));
        let ledger = ledger.record(key.clone(), &answer(2.0));
        assert_eq!(ledger.look_up(&key), Some(answer(1.0)));
        let (read, notes) = Ledger::read(&format!("{{\n{}", ledger.write()));
        assert_eq!(read.len(), 1);
        assert_eq!(notes[0].subject, "answers.jsonl line 1");
    }
}
