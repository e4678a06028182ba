//! How it is told: one document, several faces.

mod document;
mod markdown;
mod text;

pub use document::{Align, Document, Part, Run, Table, TableColumn, Tone};
pub use markdown::markdown;
pub use text::{Colour, TextStyle, text};
