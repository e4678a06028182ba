//! Drafts: every recorded statement read, resolved and given parameters, none of them planned.
//!
//! A text that does not parse is still a draft, with the reason. Refuses to plan anything and to
//! look at the server: a draft is made of the capture alone.

use rayon::prelude::*;

use crate::base::{Note, NoteCode, StatementId};
use crate::sql::{self, SqlError, SqlErrorKind, Statement};
use crate::workload::parameters::Parameters;
use crate::workload::resolve::resolve;
use crate::workload::{Capture, Draft, ParameterSet, RecordedStatement, Resolution};

/// One draft per recorded statement, in the capture's order.
///
/// Runs on the current rayon pool. The caller provides one whose threads have a 64 MB stack:
/// the grammar's reader recurses once per level of nesting, and ordinary SQL overflows 2 MB.
pub fn drafts(capture: &Capture) -> Vec<Draft> {
    capture
        .statements
        .par_iter()
        .enumerate()
        .map(|(position, recorded)| draft(StatementId::at(position), recorded, capture))
        .collect()
}

/// One statement's draft.
fn draft(id: StatementId, recorded: &RecordedStatement, capture: &Capture) -> Draft {
    let key = recorded.key();
    let parsed = sql::parse(&recorded.text);
    let tag = parsed.as_ref().ok().and_then(|it| it.tag.clone());
    let label = tag.unwrap_or_else(|| key.clone());
    let statement = if recorded.is_hidden() {
        Err(hidden(&label))
    } else {
        parsed.map_err(|error| unparsed(&label, &error))
    };
    let (resolution, sets, notes) = match &statement {
        Ok(statement) => read(statement, &label, recorded, capture),
        Err(_) => (Resolution::default(), Vec::new(), Vec::new()),
    };
    Draft {
        id,
        key,
        label,
        text: recorded.text.clone(),
        role: recorded.role.clone(),
        statement,
        resolution,
        counters: recorded.counters,
        sets,
        notes,
    }
}

/// What the capture says about a parsed statement.
fn read(
    statement: &Statement,
    label: &str,
    recorded: &RecordedStatement,
    capture: &Capture,
) -> (Resolution, Vec<ParameterSet>, Vec<Note>) {
    let (resolution, mut notes) = resolve(statement, label, &recorded.role, capture);
    let parameters =
        Parameters { statement, resolution: &resolution, catalog: &capture.catalog, label };
    let (sets, more) = parameters.sets();
    notes.extend(more);
    (resolution, sets, notes)
}

/// Why a text is not a statement.
fn hidden(label: &str) -> Note {
    Note::new(NoteCode::Privilege, label, "its text is hidden from this role")
        .with_remedy("grant pg_monitor, or pg_read_all_stats, to it")
}

fn unparsed(label: &str, error: &SqlError) -> Note {
    let place = error.at.map(|at| format!(" at byte {at}")).unwrap_or_default();
    let note = Note::new(NoteCode::Unparsed, label, format!("{error}{place}"));
    match error.kind {
        SqlErrorKind::Truncated => {
            note.with_remedy("raise track_activity_query_size to record longer statements")
        }
        _ => note,
    }
}
