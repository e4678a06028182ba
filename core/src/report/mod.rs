//! How it is told: one document, several faces.

mod document;
mod advise;
mod fates;
mod finding;
mod evidence;
mod plan;
mod rule;
mod markdown;
mod html;
mod page;
mod script;
mod json;
mod fit;
mod tree_text;
mod text;

pub use advise::{
    AdviseReport, Extent, RunFacts, advise_document, coverage, method_sentence, note_runs,
};
pub use document::{
    Align, Document, Part, Picture, Piece, Run, Table, TableColumn, Tone, Tree, TreeColumn, TreeRow,
};
pub use fates::{fate_name, share_with, tenths_to_hundred};
pub use finding::{fact, finding_runs, findings_part, severity, subject};
pub use html::html;
pub use json::{ADVICE_SCHEMA, advice_json};
pub use markdown::markdown;
pub use plan::{
    COMPARISON_SCHEMA, ComparisonReport, JudgedPlan, LOG_SCHEMA, LogPlan, LogReport, PLAN_SCHEMA,
    PlanReport, comparison_document, comparison_json, log_document, log_json, plan_document,
    plan_json, plan_svg, shown_plans,
};
pub use rule::{rule_document, rules_document};
pub use script::sql_script;
pub use text::{Colour, Glyphs, TextStyle, text};
