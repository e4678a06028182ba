//! How it is told: one document, several faces.

mod document;
mod finding;
mod markdown;
mod text;

pub use document::{Align, Document, Part, Run, Table, TableColumn, Tone};
pub use finding::{fact, finding_runs, findings_part, severity, subject};
pub use markdown::markdown;
pub use text::{Colour, TextStyle, text};
