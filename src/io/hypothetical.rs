//! Pricing with HypoPG: plans with indexes that only one session pretends to have.
//!
//! One transaction per pretended world; hypothetical indexes outlive a rollback, so they are
//! reset before it. It refuses to price what is not `Plannable`, and what HypoPG cannot pretend.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::{CandidateId, Name, Note, NoteCode};
use crate::catalog::Server;
use crate::indexes::{Candidate, Definition};
use crate::io::collect::fixed;
use crate::io::explain::{bound, planning, read_document};
use crate::io::session::MARKER;
use crate::io::{Question, ServerError, ServerErrorKind, Session, TextValue, Transaction};
use crate::plan::read_json;
use crate::whatif::{
    Abilities, Answer, Answers, Cell, Configuration, Experiment, Ledger, Priced, Vocabulary, Want,
    Wave, hypopg_bias, priced,
};
use crate::workload::{Capture, Case, Plannable, planning_path};

/// A server with HypoPG.
#[derive(Debug)]
pub struct HypoPg<'a> {
    /// Set it to make the current wave end after the world that is being asked about.
    pub stop: Arc<AtomicBool>,
    session: &'a Session,
    hides: bool,
    schema: Option<Name>,
    candidates: Vec<Candidate>,
    ledger: Ledger,
}

/// What the questions are about.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    cases: &'a [Case],
    capture: &'a Capture,
    schema: &'a Name,
}

/// What a world is made of, as the server names it.
#[derive(Debug, Default)]
struct Pretended {
    definitions: BTreeMap<String, Definition>,
    heights: BTreeMap<String, u32>,
}

/// Places in a wave: experiment and cell.
type Places = Vec<(usize, usize)>;

impl<'a> HypoPg<'a> {
    /// The pricer, where HypoPG is installed; else how to get it.
    pub fn new(session: &'a Session, capture: &Capture) -> Result<Self, Note> {
        let Some(version) = &capture.server.hypopg else {
            let remedy = format!(
                "On the primary, install the package postgresql-{}-hypopg and run: create \
                 extension hypopg;",
                capture.server.version.major()
            );
            return Err(Note::new(NoteCode::Absent, "hypopg", "HypoPG is not installed here")
                .with_remedy(remedy));
        };
        let mut parts = version.split('.').map(|it| it.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        Ok(Self {
            stop: Arc::default(),
            session,
            hides: version >= (1, 4),
            schema: None,
            candidates: Vec::new(),
            ledger: Ledger::default(),
        })
    }

    /// The same pricer with answers that need not be asked again.
    pub fn with_ledger(self, ledger: Ledger) -> Self {
        Self { ledger, ..self }
    }

    /// Everything answered so far, and what was known before.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What it can pretend: to hide an index from version 1.4 on.
    pub fn abilities(&self) -> Abilities {
        Abilities { add: true, hide: self.hides, settings: false, rows: false }
    }

    /// Learns the candidates, in the order of their ids.
    pub fn define(&mut self, candidates: &[Candidate]) {
        self.candidates = candidates.to_vec();
    }

    /// The answers to a wave, in its order; what the ledger knows is not asked again.
    pub async fn answer(&mut self, wave: &Wave, cases: &[Case], capture: &Capture) -> Answers {
        let schema = match self.schema.clone() {
            Some(schema) => schema,
            None => match self.find_schema().await {
                Ok(schema) => schema,
                Err(error) => return all_refused(wave, &error),
            },
        };
        self.schema = Some(schema.clone());
        let subject = Subject { cases, capture, schema: &schema };
        let vocabulary = Vocabulary::new(cases, &self.candidates, &capture.catalog);
        let mut answers = self.known(wave, &vocabulary);
        let mut stop = false;
        for (configuration, places) in worlds(wave, &answers) {
            if stop || self.stop.load(Ordering::Relaxed) || self.session.is_gone() {
                stop = true;
                break;
            }
            let cells: Vec<Cell> =
                places.iter().map(|(experiment, cell)| wave.0[*experiment].cells[*cell]).collect();
            let (priced, lost) = self.price_world(&subject, configuration, &cells).await;
            stop |= lost;
            for ((experiment, cell), (answer, lasting)) in places.iter().zip(priced) {
                if lasting {
                    let asked = &wave.0[*experiment];
                    let key = vocabulary.key(asked, asked.cells[*cell]);
                    self.ledger = std::mem::take(&mut self.ledger).record(key, &answer);
                }
                answers[*experiment][*cell] = Some(answer);
            }
        }
        let unasked = || Answer::Refused("stopped before it was asked".to_owned());
        let answers = answers
            .into_iter()
            .map(|cells| cells.into_iter().map(|it| it.unwrap_or_else(unasked)).collect())
            .collect();
        Answers { answers, stop }
    }

    /// The schema of the extension: never looked up by search path.
    async fn find_schema(&self) -> Result<Name, ServerError> {
        let text = fixed(include_str!("queries/extensions.sql"));
        let records = self.session.ask(&Question::new("look for HypoPG", &text)).await?;
        let record = records.iter().find(|it| it.word("name") == "hypopg");
        record.map(|it| Name(it.word("schema"))).ok_or_else(|| {
            let message = "the extension is not there any more";
            ServerError::new(ServerErrorKind::Missing, "look for HypoPG", message)
        })
    }

    /// What needs no asking: refusals, and what the ledger knows.
    fn known(&self, wave: &Wave, vocabulary: &Vocabulary) -> Vec<Vec<Option<Answer>>> {
        let known = wave.0.iter().map(|experiment| {
            let refusal = self.refusal(experiment);
            let cells = experiment.cells.iter().map(|cell| match refusal {
                Some(reason) => Some(Answer::Refused(reason.to_owned())),
                None => self.ledger.look_up(&vocabulary.key(experiment, *cell)),
            });
            cells.collect()
        });
        known.collect()
    }

    /// Why an experiment cannot be made with HypoPG.
    fn refusal(&self, experiment: &Experiment) -> Option<&'static str> {
        let configuration = &experiment.configuration;
        if matches!(experiment.want, Want::Rows { .. }) {
            return Some("HypoPG cannot estimate the rows of a predicate");
        }
        if !configuration.settings.is_empty() {
            return Some("HypoPG plans under the settings as they are");
        }
        if !configuration.hide.is_empty() && !self.hides {
            return Some("HypoPG hides indexes from version 1.4 on");
        }
        None
    }

    /// One world: made, asked about, and taken down. An answer that came of a time-out or a
    /// lock is not lasting: the ledger does not keep it. Also whether the session is lost.
    async fn price_world(
        &self,
        subject: &Subject<'_>,
        configuration: &Configuration,
        cells: &[Cell],
    ) -> (Vec<(Answer, bool)>, bool) {
        let frame = Question::new("pretend indexes", "");
        let mut transaction = match self.session.begin(&frame).await {
            Ok(transaction) => transaction,
            Err(error) => return (refused(cells, &error), self.session.is_gone()),
        };
        let made = self.make(&mut transaction, subject, configuration).await;
        let answers = match made {
            Err(error) => refused(cells, &error),
            Ok(pretended) => {
                let mut answers = Vec::new();
                for cell in cells {
                    answers.push(self.price(&mut transaction, subject, *cell, &pretended).await);
                }
                answers
            }
        };
        let reset = call(&mut transaction, subject.schema, RESET, &[]).await;
        let shown = if configuration.hide.is_empty() {
            Ok(())
        } else {
            call(&mut transaction, subject.schema, UNHIDE, &[]).await
        };
        let ended = transaction.end().await;
        (answers, reset.and(shown).and(ended).is_err())
    }

    async fn make(
        &self,
        transaction: &mut Transaction<'_>,
        subject: &Subject<'_>,
        configuration: &Configuration,
    ) -> Result<Pretended, ServerError> {
        let mut pretended = Pretended::default();
        for id in &configuration.add {
            let candidate = self.candidate(*id)?;
            let name = pretend(transaction, subject.schema, &candidate.definition).await?;
            pretended.heights.insert(name.clone(), candidate.size.height);
            pretended.definitions.insert(name, candidate.definition.clone());
        }
        for id in &configuration.hide {
            let name = subject.capture.catalog.index(*id).name.to_string();
            let values = [TextValue::of(name)];
            call(transaction, subject.schema, HIDE, &values).await?;
        }
        Ok(pretended)
    }

    fn candidate(&self, id: CandidateId) -> Result<&Candidate, ServerError> {
        self.candidates.get(id.position()).ok_or_else(|| {
            let message = "the candidate was not defined";
            ServerError::new(ServerErrorKind::Other, "pretend an index", message)
        })
    }

    async fn price(
        &self,
        transaction: &mut Transaction<'_>,
        subject: &Subject<'_>,
        cell: Cell,
        pretended: &Pretended,
    ) -> (Answer, bool) {
        match self.try_price(transaction, subject, cell, pretended).await {
            Ok(priced) => (Answer::Priced(Arc::new(priced)), true),
            Err((reason, lasting)) => (Answer::Refused(reason), lasting),
        }
    }

    async fn try_price(
        &self,
        transaction: &mut Transaction<'_>,
        subject: &Subject<'_>,
        cell: Cell,
        pretended: &Pretended,
    ) -> Result<Priced, (String, bool)> {
        let lasting = |reason: &str| (reason.to_owned(), true);
        let case = subject.cases.get(cell.statement.position());
        let draft = &case.ok_or_else(|| lasting("the statement is not known"))?.draft;
        let plannable = Plannable::of(draft, subject.capture).map_err(|it| (it.message, true))?;
        let draft = plannable.draft();
        let set = draft.sets.get(cell.set.position());
        let set = set.ok_or_else(|| lasting("the parameter set is not known"))?;
        let path = [TextValue::of(planning_path(draft, subject.capture))];
        let turn = turning();
        let passing = |error: ServerError| (error.message.clone(), is_lasting(&error));
        transaction.attempt("plan as a role", &turn, &path).await.map_err(passing)?;
        let text = planning(&draft.text);
        let asked = transaction.attempt("plan a statement", &text, &bound(set)).await;
        let document = asked.and_then(|it| read_document(&it)).map_err(passing)?;
        self.session.record(|deeds| deeds.planned += 1);
        let read = read_json(&document.to_string()).map_err(|error| (error.to_string(), true))?;
        let Some(plan) = read.0.first() else {
            return Err(lasting("EXPLAIN returned no plan"));
        };
        let operator_cost = Server::setting(&subject.capture.settings, "cpu_operator_cost");
        let operator_cost = operator_cost.and_then(|it| it.parse().ok()).unwrap_or(OPERATOR_COST);
        let found = priced(plan, &pretended.definitions);
        let bias = hypopg_bias(plan, &pretended.heights, operator_cost);
        Ok(Priced { cost: found.cost + bias, ..found })
    }
}

/// The open questions by world.
fn worlds<'a>(
    wave: &'a Wave,
    answers: &[Vec<Option<Answer>>],
) -> BTreeMap<&'a Configuration, Places> {
    let mut worlds: BTreeMap<&Configuration, Places> = BTreeMap::new();
    for (position, (experiment, known)) in wave.0.iter().zip(answers).enumerate() {
        let open = known.iter().enumerate().filter(|(_, it)| it.is_none());
        let open: Places = open.map(|(cell, _)| (position, cell)).collect();
        if !open.is_empty() {
            worlds.entry(&experiment.configuration).or_default().extend(open);
        }
    }
    worlds
}

const RESET: &str = "hypopg_reset()";
const UNHIDE: &str = "hypopg_unhide_all_indexes()";
const HIDE: &str = "hypopg_hide_index($1::regclass)";

fn calling(schema: &Name, call: &str) -> String {
    format!("select {MARKER} {schema}.{call}")
}

fn pretending(schema: &Name) -> String {
    format!(
        "select {MARKER} h.indexname::text as name from {schema}.hypopg_create_index($1::text) h"
    )
}

/// Plans what follows as the role that ran it finds its names.
fn turning() -> String {
    format!("select {MARKER} pg_catalog.set_config('search_path', $1::text, true)")
}

/// Everything that is sent to HypoPG, for those who want to see it before.
pub(in crate::io) fn rehearsed() -> Vec<String> {
    let schema = Name::from("public");
    let calls = [RESET, UNHIDE, HIDE].map(|it| calling(&schema, it));
    let savepoint = format!("savepoint {MARKER} attempt; … release {MARKER} attempt");
    let rest = [pretending(&schema), turning(), savepoint];
    calls.into_iter().chain(rest).collect()
}

async fn call(
    transaction: &mut Transaction<'_>,
    schema: &Name,
    call: &str,
    values: &[TextValue],
) -> Result<(), ServerError> {
    let text = calling(schema, call);
    transaction.attempt("use HypoPG", &text, values).await.map(drop)
}

/// Makes one hypothetical index; its name is the server's choice.
async fn pretend(
    transaction: &mut Transaction<'_>,
    schema: &Name,
    definition: &Definition,
) -> Result<String, ServerError> {
    let text = pretending(schema);
    let statement = format!("create index on {} {}", definition.table, definition.shape());
    let values = [TextValue::of(statement)];
    let made = transaction.attempt("pretend an index", &text, &values).await?;
    made.first().and_then(|it| it.text("name")).ok_or_else(|| {
        let message = "HypoPG made nothing of it";
        ServerError::new(ServerErrorKind::Unsupported, "pretend an index", message)
    })
}

fn all_refused(wave: &Wave, error: &ServerError) -> Answers {
    let refused =
        |it: &Experiment| it.cells.iter().map(|_| Answer::Refused(error.message.clone())).collect();
    Answers { answers: wave.0.iter().map(refused).collect(), stop: true }
}

/// The default of `cpu_operator_cost`.
const OPERATOR_COST: f64 = 0.0025;

/// A refusal that would come again; a lock or a time-out may not.
fn is_lasting(error: &ServerError) -> bool {
    matches!(
        error.kind,
        ServerErrorKind::Missing
            | ServerErrorKind::Privilege
            | ServerErrorKind::Unsupported
            | ServerErrorKind::Other
    )
}

fn refused(cells: &[Cell], error: &ServerError) -> Vec<(Answer, bool)> {
    let answer = (Answer::Refused(error.message.clone()), is_lasting(error));
    vec![answer; cells.len()]
}
