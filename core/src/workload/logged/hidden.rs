//! A log without what is the user's: for reports that are shared.
//!
//! Keeps counts, times, lines and what kind of statement it is. Plans keep their documents, which
//! are to be read with stand-ins; nothing else in a report may come from a text of the log.

use crate::base::Note;
use crate::log::Session;
use crate::workload::{Logged, LoggedPlan, LoggedStatement, Named};

/// First words of statements that tell nothing of who wrote them.
const VERBS: [&str; 17] = [
    "select", "insert", "update", "delete", "merge", "with", "begin", "commit", "rollback", "set",
    "show", "copy", "create", "alter", "drop", "truncate", "vacuum",
];

impl Logged {
    /// The same without texts, names, parameters and who ran what.
    #[must_use]
    pub fn hidden(self) -> Self {
        let statements = self.statements.into_iter().enumerate();
        let statements = statements.map(|(position, it)| it.hidden(position + 1)).collect();
        let note = |it: Note| Note::new(it.code, "input", "what it was about is not told");
        Self { statements, notes: self.notes.into_iter().map(note).collect(), ..self }
    }
}

impl LoggedStatement {
    fn hidden(self, number: usize) -> Self {
        let word = self.text.split_whitespace().next().unwrap_or_default().to_lowercase();
        let verb = VERBS.into_iter().find(|it| *it == word).unwrap_or("statement");
        Self {
            // The fingerprint names a statement to whoever has the same one.
            key: number.to_string(),
            text: format!("{verb} …"),
            plans: self.plans.into_iter().map(LoggedPlan::hidden).collect(),
            sessions: Named::default(),
            applications: Named::default(),
            databases: Named::default(),
            users: Named::default(),
            tags: std::collections::BTreeMap::new(),
            ..self
        }
    }
}

impl LoggedPlan {
    fn hidden(self) -> Self {
        Self {
            source: String::new(),
            session: Session::default(),
            query: None,
            parameters: Vec::new(),
            ..self
        }
    }
}
