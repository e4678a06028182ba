//! How it is told: one document, several faces.

mod document;

pub use document::{Align, Document, Part, Run, Table, TableColumn, Tone};
