//! Why a text could not be read as a plan, and where.

use std::fmt;

/// A text that is not a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", self.place())]
pub struct PlanError {
    /// Where: `$[0].Plan.Plans[2]`, `$` being the whole text.
    pub at: String,
    /// What is wrong there.
    pub kind: PlanErrorKind,
}

/// What is wrong with a text that is not a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanErrorKind {
    /// Not what the encoding asks for, or cut off.
    Malformed {
        /// `JSON`, `YAML` or `XML`.
        encoding: &'static str,
        /// Counted from one.
        line: usize,
        /// Counted from one, in bytes.
        column: usize,
        /// What was found, or expected.
        message: String,
    },
    /// An object without a key that it must have.
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key with a value of another type than the server writes.
    WrongType {
        /// The key.
        key: String,
        /// The type that was found: `text`, `number`, `object`.
        found: &'static str,
    },
    /// A text in which nothing looks like a plan.
    NotAPlan,
    /// A form of output that lays a table out for paper or a browser.
    Layout {
        /// `HTML`, `LaTeX`.
        layout: &'static str,
    },
    /// Nothing there: no text, or no plan in the list.
    Empty,
}

impl PlanError {
    /// ` at $[0].Plan`, where a place inside of the text says more than the text as a whole.
    fn place(&self) -> String {
        let whole = matches!(self.kind, PlanErrorKind::NotAPlan | PlanErrorKind::Layout { .. });
        if whole && self.at == "$" { String::new() } else { format!(" at {}", self.at) }
    }
}

impl fmt::Display for PlanErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { encoding, line, column, message } => {
                write!(out, "not {encoding}: {message} in line {line}, column {column},")
            }
            Self::Missing { key } => write!(out, "no \"{key}\""),
            Self::WrongType { key, found } => write!(out, "\"{key}\" holds {found}"),
            Self::NotAPlan => out.write_str(
                "no plan: expected what EXPLAIN prints in TEXT, JSON, YAML or XML; \
                 copy the whole of it, from its first line",
            ),
            Self::Layout { layout } => write!(
                out,
                "no plan that can be read: this is {layout}; print it again behind \
                 \"\\pset format aligned\","
            ),
            Self::Empty => out.write_str("no plan"),
        }
    }
}
