//! Takes off what stands around a plan: frames of psql and other tools, quotes, prompts, fences.
//!
//! Each step takes a text and gives one of the same number of lines or fewer; what was a frame
//! becomes a `BREAK`, so that a document never reaches across one. Refuses nothing: what is no
//! frame stays as it is, and what is no plan is left out by `documents`.

mod cell;
mod clean;
mod documents;
mod expanded;
mod quoted;
mod table;
mod wrap;

use std::borrow::Cow;

pub(super) use documents::{DOCUMENTS_MAX, Document, documents};
pub(super) use wrap::joined;

/// A line that ends whatever document stands above it.
const BREAK: &str = "\u{c}";

/// The text without frames.
pub(super) fn unframed(text: &str) -> Cow<'_, str> {
    let steps = [clean::cleaned, expanded::without, table::without, quoted::without];
    let mut text = Cow::Borrowed(text);
    for step in steps {
        let changed = step(&text);
        if let Some(changed) = changed {
            text = Cow::Owned(changed);
        }
    }
    text
}

/// Forms of psql that mean a layout and not a text; what to do instead is the same for all.
pub(super) fn layout(text: &str) -> Option<&'static str> {
    const LAYOUTS: [(&str, &str); 5] = [
        ("<table", "HTML"),
        ("[cols=", "AsciiDoc"),
        ("\\begin{tabular}", "LaTeX"),
        ("\\begin{longtable}", "LaTeX"),
        (".TS\n", "troff"),
    ];
    LAYOUTS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, name)| *name)
}
