//! How it is told: one document, several faces.

mod document;
mod advise;
mod fates;
mod finding;
mod evidence;
mod plan;
mod markdown;
mod script;
mod json;
mod text;

pub use advise::{
    AdviseReport, Extent, RunFacts, advise_document, coverage, method_sentence, note_runs,
};
pub use document::{Align, Document, Part, Run, Table, TableColumn, Tone};
pub use fates::{fate_name, share_with, tenths_to_hundred};
pub use finding::{fact, finding_runs, findings_part, severity, subject};
pub use json::{ADVICE_SCHEMA, FINDINGS_SCHEMA, advice_json, findings_json};
pub use markdown::markdown;
pub use plan::{PlanReport, plan_document, rule_document, rules_document};
pub use script::sql_script;
pub use text::{Colour, TextStyle, text};
