//! Planning the user's statements on the user's server, and running those that may be run.
//!
//! Only a `Plannable` statement is explained and only a `ReadOnly` one executed, as the role's
//! search path has it, its values bound. One bad statement never ends the run. It refuses to
//! plan what would fill the lock table or push the application's entries out of
//! pg_stat_statements.

mod budget;
mod consent;
mod run;

use crate::base::{Note, NoteCode};
use crate::io::session::MARKER;
use crate::io::{Progress, Question, ServerError, ServerErrorKind, Session, TextValue};
use crate::workload::{Capture, Draft, ParameterSet, Plannable, RecordedPlan, planning_path};

pub use consent::{Consent, ConsentMode, rehearsal};

use budget::Budget;

/// Plans every statement that may be planned with each of its sets, then runs what may be run.
///
/// The drafts come dearest first, so when something runs out it is the cheap ones that lose.
pub async fn plan_drafts(
    session: &Session,
    drafts: &[Draft],
    capture: &Capture,
    consent: &Consent,
    progress: &dyn Progress,
) -> (Vec<RecordedPlan>, Vec<Note>) {
    let cells: usize = drafts.iter().map(|it| it.sets.len()).sum();
    progress.begin("planning statements", cells as u64);
    let mut plans = Vec::new();
    let mut found = Vec::new();
    let mut budget = Budget::new(session, capture, &mut found).await;
    let mut runnable = Vec::new();
    for draft in drafts.iter().filter(|it| it.statement.is_ok() && !it.sets.is_empty()) {
        let plannable = match admitted(draft, capture, &mut budget) {
            Ok(plannable) => plannable,
            Err(note) => {
                found.push(note);
                continue;
            }
        };
        let planned = plan_sets(session, plannable, capture, progress).await;
        found.extend(planned.refused.iter().map(|it| unplanned(draft, it)));
        if planned.refused.iter().any(|it| it.kind == ServerErrorKind::Gone) {
            found.push(stopped());
            return (plans, found);
        }
        runnable.extend(run::Run::of(plannable, &planned.plans));
        plans.extend(planned.plans);
    }
    let runs = run::Runs { session, capture, consent, progress };
    plans.extend(runs.run(runnable, budget, &mut found).await);
    (plans, found)
}

/// A statement that may be planned, safely and within the budget.
fn admitted<'a>(
    draft: &'a Draft,
    capture: &Capture,
    budget: &mut Budget,
) -> Result<Plannable<'a>, Note> {
    let plannable = Plannable::of(draft, capture)?;
    budget.take(draft)?;
    Ok(plannable)
}

/// What came of the sets of one statement.
struct Planned {
    plans: Vec<RecordedPlan>,
    refused: Vec<ServerError>,
}

async fn plan_sets(
    session: &Session,
    plannable: Plannable<'_>,
    capture: &Capture,
    progress: &dyn Progress,
) -> Planned {
    let draft = plannable.draft();
    let path = planning_path(draft, capture);
    let mut planned = Planned { plans: Vec::new(), refused: Vec::new() };
    for set in &draft.sets {
        let document = explain(session, plannable, set, &path).await;
        progress.step();
        match document {
            Ok(document) => planned.plans.push(recorded(draft, set, document)),
            Err(error) => {
                // The other sets of a statement would mostly fail the same way.
                planned.refused.push(error);
                break;
            }
        }
    }
    planned
}

/// EXPLAIN of one set; a text that the server cannot read is tried again as it was repaired.
async fn explain(
    session: &Session,
    plannable: Plannable<'_>,
    set: &ParameterSet,
    path: &str,
) -> Result<serde_json::Value, ServerError> {
    const SYNTAX: &str = "42601";
    let draft = plannable.draft();
    let asked = document(session, &planning(&draft.text), set, path).await;
    let repaired = draft.statement.as_ref().ok().and_then(|it| it.repaired_text.as_ref());
    let document = match (asked, repaired) {
        (Err(error), Some(text)) if error.sqlstate.as_deref() == Some(SYNTAX) => {
            document(session, &planning(text), set, path).await?
        }
        (asked, _) => asked?,
    };
    session.record(|deeds| deeds.planned += 1);
    Ok(document)
}

/// EXPLAIN without running anything.
pub(in crate::io) fn planning(text: &str) -> String {
    format!("explain {MARKER} (format json, verbose, settings) {text}")
}

async fn document(
    session: &Session,
    text: &str,
    set: &ParameterSet,
    path: &str,
) -> Result<serde_json::Value, ServerError> {
    let values = bound(set);
    let question =
        Question::new("plan a statement", text).with_values(&values).with_search_path(Some(path));
    read_document(&session.ask(&question).await?)
}

/// The values of a set as they are bound.
pub(in crate::io) fn bound(set: &ParameterSet) -> Vec<TextValue> {
    set.values.iter().map(|it| TextValue::of(&it.text)).collect()
}

/// The one JSON document of an EXPLAIN.
pub(in crate::io) fn read_document(
    records: &[crate::io::Record],
) -> Result<serde_json::Value, ServerError> {
    let broken = |why: String| ServerError::new(ServerErrorKind::Other, "read a plan", why);
    let text = records.first().and_then(crate::io::Record::first);
    let text = text.ok_or_else(|| broken("EXPLAIN returned nothing".to_owned()))?;
    serde_json::from_str(&text).map_err(|error| broken(error.to_string()))
}

fn recorded(draft: &Draft, set: &ParameterSet, document: serde_json::Value) -> RecordedPlan {
    RecordedPlan {
        statement: draft.key.clone(),
        values: set.values.iter().map(|it| Some(it.text.clone())).collect(),
        analyzed: false,
        document,
    }
}

fn unplanned(draft: &Draft, error: &ServerError) -> Note {
    let message = format!("the server refused to plan it: {}", error.message);
    // EXPLAIN asks for what the statement itself needs; no role for monitoring gives that to a
    // statement that writes.
    let remedy = match error.kind {
        ServerErrorKind::Privilege => "Grant this role what the statement needs, or leave it.",
        _ => &error.remedy,
    };
    Note::new(NoteCode::Unplanned, &draft.label, message).with_remedy(remedy)
}

fn stopped() -> Note {
    Note::new(NoteCode::Cancelled, "planning", "the connection ended, the rest was not planned")
        .with_remedy(ServerErrorKind::Gone.remedy())
}
