//! Which statements may be planned on the user's server, and which may be run.
use crate::base::{Note, NoteCode};
use crate::workload::{Capture, Draft};

/// A statement whose planning runs no code that nobody vouched for.
#[derive(Debug, Clone, Copy)]
pub struct Plannable<'a>(&'a Draft);

/// A statement that may also be executed: one SELECT without side effects.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly<'a>(Plannable<'a>);

impl<'a> Plannable<'a> {
    /// The only way to get one.
    pub fn of(draft: &'a Draft, capture: &Capture) -> Result<Self, Note> {
        let _ = capture;
        Err(Note::new(NoteCode::Unsafe, &draft.label, "nothing is known to be safe yet"))
    }

    /// The statement.
    pub fn draft(&self) -> &'a Draft {
        self.0
    }
}

impl<'a> ReadOnly<'a> {
    /// The only way to get one.
    pub fn of(plannable: Plannable<'a>, capture: &Capture) -> Result<Self, Note> {
        let _ = capture;
        let label = &plannable.draft().label;
        Err(Note::new(NoteCode::NotExecuted, label, "nothing is known to be safe yet"))
    }

    /// The statement.
    pub fn draft(&self) -> &'a Draft {
        self.0.draft()
    }

    /// The weaker proof that it was made of.
    pub fn plannable(&self) -> Plannable<'a> {
        self.0
    }
}
