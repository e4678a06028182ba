//! Cases: drafts joined with the plans that the capture holds of them.
//!
//! A plan that cannot be read becomes a note of its case. Refuses to make plans.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::{Note, NoteCode};
use crate::plan::read_json;
use crate::workload::{Capture, Case, CasePlan, Draft, PlanOrigin, RecordedPlan};

/// Remarks that say why a statement was not planned where it was recorded.
const REFUSALS: [NoteCode; 3] = [NoteCode::Unsafe, NoteCode::Unplanned, NoteCode::Cancelled];

/// One case per draft, in the same order. Runs on the current rayon pool.
pub fn cases(drafts: Vec<Draft>, capture: &Capture) -> Vec<Case> {
    let mut recorded: BTreeMap<&str, Vec<&RecordedPlan>> = BTreeMap::new();
    for plan in &capture.plans {
        recorded.entry(&plan.statement).or_default().push(plan);
    }
    let mut refused: BTreeMap<&str, Vec<&Note>> = BTreeMap::new();
    for gap in capture.gaps.iter().filter(|it| REFUSALS.contains(&it.code)) {
        refused.entry(&gap.subject).or_default().push(gap);
    }
    drafts
        .into_par_iter()
        .map(|draft| {
            let plans = recorded.get(draft.key.as_str()).map_or(&[][..], Vec::as_slice);
            let gaps = refused.get(draft.label.as_str()).map_or(&[][..], Vec::as_slice);
            case(draft, plans, gaps)
        })
        .collect()
}

/// Reads the plans of one draft, in the order of its sets.
fn case(draft: Draft, recorded: &[&RecordedPlan], gaps: &[&Note]) -> Case {
    let mut plans: Vec<CasePlan> = Vec::new();
    let mut notes: Vec<Note> = gaps.iter().map(|it| (*it).clone()).collect();
    for one in recorded {
        let Some((set, origin)) = place(&draft, one) else {
            notes.push(Note::new(
                NoteCode::Method,
                &draft.label,
                "a recorded plan was made with values that are not among the parameter sets, \
                 and is left out",
            ));
            continue;
        };
        match read_json(&one.document.to_string()) {
            Ok((read, more)) => {
                plans.extend(read.into_iter().map(|plan| CasePlan { set, origin, plan }));
                notes.extend(more);
            }
            Err(error) => notes.push(Note::new(
                NoteCode::Unplanned,
                &draft.label,
                format!("a recorded plan could not be read: {error}"),
            )),
        }
    }
    plans.sort_by_key(|it| (it.set, it.origin));
    notes.sort();
    notes.dedup();
    Case { draft, plans, notes }
}

/// The set that a plan was made with, and how it was made.
///
/// A plan without values of a statement with parameters is a generic one: it stands for every
/// set, and is put with the first.
fn place(draft: &Draft, recorded: &RecordedPlan) -> Option<(usize, PlanOrigin)> {
    let origin = if recorded.analyzed { PlanOrigin::Measured } else { PlanOrigin::Planner };
    let same = draft.sets.iter().position(|set| {
        set.values.len() == recorded.values.len()
            && set
                .values
                .iter()
                .zip(&recorded.values)
                .all(|(bound, value)| value.as_deref() == Some(bound.text.as_str()))
    });
    match same {
        Some(set) => Some((set, origin)),
        None if !recorded.values.is_empty() => None,
        None if recorded.analyzed => Some((0, PlanOrigin::Measured)),
        None => Some((0, PlanOrigin::Generic)),
    }
}
