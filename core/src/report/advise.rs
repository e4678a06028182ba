//! The report of `advise`: what to build first, then why, then what was not done and why not.

use crate::advise::{Advice, Method, Recommendation};
use crate::base::{Bytes, Millis, Note, Share};
use crate::catalog::Catalog;
use crate::indexes::ddl;
use crate::report::fates::{fate_parts, refusal_parts};
use crate::report::finding::findings_part;
use crate::report::{Align, Document, Part, Run, Table, TableColumn, Tone};
use crate::rules::{Finding, Severity};
use crate::sql::Kind;
use crate::workload::{Capture, Case};

/// Everything that the report tells.
#[derive(Debug, Clone, Copy)]
pub struct AdviseReport<'a> {
    /// The recorded world.
    pub capture: &'a Capture,
    /// Its statements.
    pub cases: &'a [Case],
    /// What is wrong.
    pub findings: &'a [Finding],
    /// What to do.
    pub advice: &'a Advice,
    /// What only the run knows.
    pub run: &'a RunFacts,
    /// How much to list.
    pub extent: Extent,
}

/// What only the run knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFacts {
    /// What was allowed to touch the server, in a sentence.
    pub limits: String,
    /// How gains were priced, in a sentence.
    pub pricer: String,
    /// The one command that would give a better pricer; empty when there is none.
    pub better: String,
    /// What was done to the server; empty when none was touched.
    pub closing: String,
    /// Remarks of the run.
    pub notes: Vec<Note>,
}

/// How much to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What fits a screen or two.
    First,
    /// All of it.
    All,
}

impl Extent {
    /// At most so many of a list, unless all are wanted.
    pub fn at_most(self, first: usize) -> usize {
        match self {
            Self::First => first,
            Self::All => usize::MAX,
        }
    }
}

/// Findings that a first screen has room for.
const FINDINGS_FIRST: usize = 8;
/// Statements named under one recommendation.
const HELPED_FIRST: usize = 4;
/// Characters of a statement's text under a recommendation.
const EXCERPT_WIDE: usize = 200;
/// Remarks that a first screen has room for.
const NOTES_FIRST: usize = 6;

/// What every statement below has in common.
const BUILD_HINT: &str = "Run on the primary, outside a transaction. Each takes SHARE UPDATE \
    EXCLUSIVE: reads and writes go on. One that fails leaves an invalid index: run its undo, then \
    try again.";

/// Builds the document.
pub fn advise_document(report: &AdviseReport<'_>) -> Document {
    let server = &report.capture.server;
    let place = if server.standby { "standby" } else { "primary" };
    let title = format!(
        "advise {} (PostgreSQL {} {place}, captured {})",
        server.database.as_str(),
        server.version,
        report.capture.captured_at
    );
    let mut parts = vec![Part::Facts(facts(report))];
    parts.extend(build_parts(report));
    parts.extend(finding_parts(report));
    parts.extend(refusal_parts(&report.advice.refusals, report.extent));
    parts.extend(fate_parts(report));
    parts.extend(note_parts(report));
    if !report.run.closing.is_empty() {
        parts.push(Part::Gap);
        parts.push(Part::Paragraph(vec![Run::new(report.run.closing.clone(), Tone::Dim)]));
    }
    Document { title, parts }
}

fn facts(report: &AdviseReport<'_>) -> Vec<(String, Vec<Run>)> {
    let mut facts = vec![("coverage".to_owned(), vec![Run::plain(coverage(report.capture))])];
    if !report.run.limits.is_empty() {
        facts.push(("limits".to_owned(), vec![Run::plain(report.run.limits.clone())]));
    }
    let mut pricer = vec![Run::plain(report.run.pricer.clone())];
    if !report.run.better.is_empty() {
        pricer.push(Run::plain(". Better: "));
        pricer.push(Run::new(report.run.better.clone(), Tone::Name));
    }
    facts.push(("priced by".to_owned(), pricer));
    facts
}

/// What the workload covers, in one sentence: the first line of every report.
pub fn coverage(capture: &Capture) -> String {
    let recorded: Millis = capture.statements.iter().map(|it| it.counters.total).sum();
    let mut text = format!("{} statements, {recorded} recorded", capture.statements.len());
    if let Some(active) = capture.server.active_time_ms.filter(|it| *it > 0.0) {
        let share = Share::of(recorded.0, active);
        text.push_str(&format!(", {share} of the {} active in this database", Millis(active)));
    }
    if let Some(statements) = &capture.server.statements {
        text.push_str(&format!("; {} of {} entries", statements.entries, statements.entries_max));
        match statements.evicted {
            Some(evicted) => text.push_str(&format!(", {evicted} evictions")),
            None => text.push_str(", evictions unknown before version 1.9"),
        }
        if statements.hidden > 0 {
            text.push_str(&format!(", {} hidden from this role", statements.hidden));
        }
    }
    if let Some(days) = capture.server.counter_days {
        text.push_str(&format!("; counters are {} old", age(days)));
    }
    text
}

/// An age in the unit that has a digit to show.
fn age(days: f64) -> String {
    match days {
        days if days >= 1.0 => format!("{days:.1} days"),
        days if days * 24.0 >= 1.0 => format!("{:.1} hours", days * 24.0),
        days => format!("{:.0} min", days * 24.0 * 60.0),
    }
}

fn build_parts(report: &AdviseReport<'_>) -> Vec<Part> {
    let advice = report.advice;
    let mut parts = vec![Part::Heading { level: 1, text: build_heading(advice) }];
    if advice.recommendations.is_empty() {
        parts.push(Part::Paragraph(vec![Run::plain(
            "No index is advised. What became of each statement is below.",
        )]));
    } else {
        parts.push(Part::Paragraph(vec![Run::new(BUILD_HINT, Tone::Dim)]));
    }
    for (position, recommendation) in advice.recommendations.iter().enumerate() {
        parts.extend(recommendation_parts(report, recommendation, position + 1));
    }
    parts
}

fn build_heading(advice: &Advice) -> String {
    let all: Bytes = Bytes(advice.recommendations.iter().map(|it| it.size.bytes.high.0).sum());
    match advice.recommendations.len() {
        0 => "build".to_owned(),
        count => format!("build: {count}, at most {all} in all (model)"),
    }
}

fn recommendation_parts(
    report: &AdviseReport<'_>,
    recommendation: &Recommendation,
    number: usize,
) -> Vec<Part> {
    let catalog = &report.capture.catalog;
    let mut parts = vec![
        Part::Gap,
        Part::Paragraph(headline(recommendation, number)),
        Part::Code { language: "sql", text: script(recommendation, report.capture) },
    ];
    parts.push(Part::Table(helped_table(recommendation, report.extent)));
    let more = recommendation.helped.len().saturating_sub(report.extent.at_most(HELPED_FIRST));
    if more > 0 {
        parts.push(Part::Paragraph(vec![Run::new(
            format!("  and {more} more statements"),
            Tone::Dim,
        )]));
    }
    let texts = recommendation.helped.iter().take(report.extent.at_most(HELPED_FIRST));
    let texts = texts.filter_map(|it| {
        let text = excerpt(&report.cases[it.statement.position()], EXCERPT_WIDE)?;
        Some((it.label.clone(), vec![Run::new(text, Tone::Dim)]))
    });
    parts.push(Part::Facts(texts.collect()));
    parts.push(Part::Facts(recommendation_facts(recommendation, catalog)));
    parts
}

fn headline(recommendation: &Recommendation, number: usize) -> Vec<Run> {
    let mut runs = vec![Run::new(format!("{number}. "), Tone::Strong)];
    match &recommendation.gain {
        Some(gain) => {
            runs.push(Run::new(format!("saves {}", gain.saved), Tone::Good));
            runs.push(Run::plain(format!(
                " of the recorded time (model); planner cost {} to {}",
                gain.before, gain.after
            )));
        }
        None => runs.push(Run::plain("covers its statements' conditions; not priced")),
    }
    let size = recommendation.size.bytes;
    runs.push(Run::plain(format!("; {size} on disk (model)")));
    runs.push(Run::new(format!("  [{}]", recommendation.id), Tone::Dim));
    runs
}

/// The first words of a statement, in one line. Texts of utility statements are not normalized
/// and may hold a password: they are not shown.
pub(super) fn excerpt(case: &Case, width: usize) -> Option<String> {
    let statement = case.statement()?;
    if statement.kind == Kind::Utility {
        return None;
    }
    let text = case.draft.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = text.chars().take(width).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Some(shown)
}

/// The statements to run, or why there are none.
fn script(recommendation: &Recommendation, capture: &Capture) -> String {
    let made = ddl::create(
        &recommendation.definition,
        &recommendation.name,
        &capture.catalog,
        capture.server.version,
    );
    match made {
        Ok(statements) => statements.iter().map(|it| bare(&it.sql)).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("-- {error}"),
    }
}

/// A statement without its comment lines, which the SQL script keeps.
fn bare(sql: &str) -> String {
    let lines: Vec<&str> = sql.lines().filter(|it| !it.trim_start().starts_with("--")).collect();
    lines.join("\n")
}

fn helped_table(recommendation: &Recommendation, extent: Extent) -> Table {
    let column = |heading: &str, align, flexible| TableColumn {
        heading: heading.to_owned(),
        align,
        flexible,
    };
    let rows = recommendation.helped.iter().take(extent.at_most(HELPED_FIRST)).map(|helped| {
        let expected = helped.expected.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let cost = match (helped.before, helped.after) {
            (Some(before), Some(after)) => format!("{before} to {after}"),
            _ => "-".to_owned(),
        };
        vec![
            Run::new(helped.label.clone(), Tone::Name),
            Run::plain(helped.calls.to_string()),
            Run::plain(helped.time_share.to_string()),
            Run::plain(helped.mean.to_string()),
            Run::new(expected, Tone::Good),
            Run::plain(cost),
        ]
    });
    Table {
        columns: vec![
            column("helps", Align::Left, true),
            column("calls", Align::Right, false),
            column("of time", Align::Right, false),
            column("mean now", Align::Right, false),
            column("expected", Align::Right, false),
            column("planner cost", Align::Right, false),
        ],
        rows: rows.collect(),
    }
}

fn recommendation_facts(
    recommendation: &Recommendation,
    catalog: &Catalog,
) -> Vec<(String, Vec<Run>)> {
    let undo = ddl::undo(&recommendation.definition, &recommendation.name, catalog);
    let undo: Vec<String> = undo.iter().map(|it| bare(&it.sql)).collect();
    let mut facts = vec![("undo".to_owned(), vec![Run::new(undo.join(" "), Tone::Name)])];
    if let Some(price) = &recommendation.write_price {
        let mut text = match price.entries_per_day {
            Some(entries) => format!("{entries:.0} index entries a day"),
            None => "one entry per inserted row, and per updated row unless HOT; how many a day \
                     is not known before the counters are a day old"
                .to_owned(),
        };
        if let Some(updates) = price.hot_at_risk.filter(|it| *it > 0) {
            text.push_str(&format!("; {updates} updates would no longer be HOT"));
        }
        facts.push(("writers pay".to_owned(), vec![Run::plain(text)]));
    }
    for risk in &recommendation.risks {
        facts.push(("risk".to_owned(), vec![Run::new(risk.clone(), Tone::Warn)]));
    }
    facts
}

fn finding_parts(report: &AdviseReport<'_>) -> Vec<Part> {
    let serious: Vec<&Finding> = match report.extent {
        Extent::All => report.findings.iter().collect(),
        Extent::First => {
            report.findings.iter().filter(|it| it.severity >= Severity::Warn).collect()
        }
    };
    let shown = &serious[..serious.len().min(report.extent.at_most(FINDINGS_FIRST))];
    let mut parts = vec![
        Part::Heading { level: 1, text: format!("findings: {}", report.findings.len()) },
        findings_part(shown),
    ];
    let more = report.findings.len() - shown.len();
    if more > 0 {
        parts.push(more_line(more, "findings"));
    }
    parts
}

fn note_parts(report: &AdviseReport<'_>) -> Vec<Part> {
    let notes: Vec<&Note> =
        report.capture.gaps.iter().chain(&report.run.notes).chain(&report.advice.notes).collect();
    if notes.is_empty() {
        return Vec::new();
    }
    let shown = notes.len().min(report.extent.at_most(NOTES_FIRST));
    let mut parts = vec![
        Part::Heading { level: 1, text: "not looked at, or only in part".to_owned() },
        Part::Items(notes[..shown].iter().map(|note| note_runs(note)).collect()),
    ];
    if notes.len() > shown {
        parts.push(more_line(notes.len() - shown, "remarks"));
    }
    parts
}

/// One remark as a list item.
pub fn note_runs(note: &Note) -> Vec<Run> {
    let mut runs =
        vec![Run::new(note.subject.clone(), Tone::Name), Run::plain(format!(": {}", note.message))];
    if !note.remedy.is_empty() {
        runs.push(Run::plain(format!(". {}", sentence(&note.remedy))));
    }
    runs
}

/// A remedy as a sentence of its own; one that ends in a statement keeps its semicolon.
fn sentence(remedy: &str) -> String {
    let mut letters = remedy.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if remedy.ends_with(['.', ';', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

/// What `--all` would list.
pub(super) fn more_line(more: usize, what: &str) -> Part {
    Part::Paragraph(vec![Run::new(format!("  {more} more {what}: --all"), Tone::Dim)])
}

/// How gains were priced, in a sentence.
pub fn method_sentence(method: Method) -> &'static str {
    match method {
        Method::Structure => {
            "structure only: ranked by the recorded time that they cover; no gain is claimed"
        }
        Method::Hypopg => "HypoPG: hypothetical indexes in the server's own planner",
        Method::Shadow => "a shadow database with production's statistics",
    }
}
