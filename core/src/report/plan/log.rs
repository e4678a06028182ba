//! The report of a log: its statements by time, then the worst plans.
//!
//! One sentence, one table, and of each statement its slowest plan as `plan` shows it. Durations
//! and plans are those that the server wrote; what it did not write is not guessed.

use crate::base::{Note, Rows, Share};
use crate::report::advise::{Extent, more_line, note_runs};
use crate::report::fit::{cut_end, width};
use crate::report::plan::icicle::pictures;
use crate::report::plan::measure::Measure;
use crate::report::plan::words::percent;
use crate::report::plan::{JudgedPlan, essence_parts};
use crate::report::{Align, Document, Part, Run, Table, TableColumn, Tone};
use crate::workload::{Logged, LoggedPlan, LoggedStatement, LoggedTime};

/// Statements that a first screen has room for.
const STATEMENTS_FIRST: usize = 10;
/// Plans on a first screen: as many as there are findings on that of one plan.
const PLANS_FIRST: usize = 5;
/// Columns of a statement's text in the table: three lines of a narrow terminal.
const TEXT_ROOM: usize = 70;
/// Columns of a statement's text over its plan.
const TITLE_ROOM: usize = 300;
/// Columns of one parameter's value.
const VALUE_ROOM: usize = 40;
/// Parameters that a first screen has room for.
const VALUES_FIRST: usize = 10;
/// Tags that say which part of an application a statement is of, the most telling first.
const TELLING_TAGS: [&str; 8] =
    ["label", "name", "action", "route", "controller", "job", "query", "endpoint"];

/// A log with the plans of it that are shown.
#[derive(Debug, Clone, Copy)]
pub struct LogReport<'a> {
    /// Where it came from.
    pub source: &'a str,
    /// Its statements.
    pub logged: &'a Logged,
    /// The plans that could be read, of those that [`shown_plans`] chose.
    pub plans: &'a [LogPlan],
    /// Remarks of the readers.
    pub notes: &'a [Note],
    /// How much to list.
    pub extent: Extent,
}

/// One plan of a log, read and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPlan {
    /// The position of its statement.
    pub statement: usize,
    /// The plan as it was logged.
    pub kept: LoggedPlan,
    /// What follows from it.
    pub judged: JudgedPlan,
}

/// The plans to show, by the position of their statement: the slowest first, one of each
/// statement; all that were kept where all are wanted. Ties fall to the statement.
pub fn shown_plans(logged: &Logged, extent: Extent) -> Vec<(usize, &LoggedPlan)> {
    let of_one = match extent {
        Extent::First => 1,
        Extent::All => usize::MAX,
    };
    let statements = logged.statements.iter().enumerate();
    let mut plans: Vec<(usize, &LoggedPlan)> = statements
        .flat_map(|(position, it)| it.plans.iter().take(of_one).map(move |plan| (position, plan)))
        .collect();
    plans.sort_by(|a, b| b.1.time.total_cmp(&a.1.time).then(a.0.cmp(&b.0)));
    plans.truncate(extent.at_most(PLANS_FIRST));
    plans
}

/// Builds the document.
pub fn log_document(report: &LogReport<'_>) -> Document {
    let statements = &report.logged.statements;
    let mut parts = vec![Part::Paragraph(vec![Run::plain(log_sentence(report))])];
    parts.extend(longest(report.logged));
    if !statements.is_empty() {
        let heading = format!("statements: {}", statements.len());
        parts.push(Part::Heading { level: 1, text: heading });
        parts.push(Part::Table(table(report)));
        let more = statements.len().saturating_sub(report.extent.at_most(STATEMENTS_FIRST));
        parts.extend((more > 0).then(|| more_line(more, "statements")));
    }
    for plan in report.plans {
        parts.extend(plan_parts(report, plan));
    }
    parts.extend(more_plans(report));
    if !report.notes.is_empty() {
        parts.push(Part::Heading { level: 1, text: "remarks".to_owned() });
        parts.push(Part::Items(report.notes.iter().map(note_runs).collect()));
    }
    Document { title: format!("log {}", report.source), parts }
}

/// What the log covers, in a sentence.
pub(super) fn log_sentence(report: &LogReport<'_>) -> String {
    let logged = report.logged;
    let all = all_time(logged);
    let plans: u64 = logged.statements.iter().map(|it| it.planned.count).sum();
    let span = match (logged.first.as_str(), logged.last.as_str()) {
        ("", _) => " without times".to_owned(),
        (first, last) if first == last => format!(" of {first}"),
        (first, last) => format!(" from {first} to {last}"),
    };
    let entries = counted(logged.entries, "entry", "entries");
    let executions = counted(all.count, "execution", "executions");
    let statements = counted(logged.statements.len() as u64, "statement", "statements");
    let plans = match plans {
        0 => "no plan (auto_explain writes them)".to_owned(),
        plans => counted(plans, "plan", "plans"),
    };
    let mut told =
        format!("{entries}{span}: {executions} of {statements} took {}, with {plans}", all.total);
    if logged.failures > 0 {
        told += &format!("; {}", counted(logged.failures, "failure", "failures"));
    }
    if !report.notes.is_empty() {
        let remarks = counted(report.notes.len() as u64, "remark", "remarks");
        told += &format!("; {remarks} on what was not read as written");
    }
    told + "."
}

/// The statement that most of the time went into.
fn longest(logged: &Logged) -> Option<Part> {
    let first = logged.statements.first().filter(|_| logged.statements.len() > 1)?;
    let share = share(logged, first).filter(|it| it.0 > 0.0)?;
    let (time, count) = (first.time().total, first.time().count);
    Some(Part::Paragraph(vec![
        Run::new(percent(share), Tone::Strong),
        Run::plain(format!(" of it, {time}, went into statement 1, run {} times: ", whole(count))),
        Run::new(cut_end(&title(first), TEXT_ROOM), Tone::Name),
    ]))
}

/// All executions that the log has a time of.
pub(super) fn all_time(logged: &Logged) -> LoggedTime {
    let times = logged.statements.iter().map(LoggedStatement::time);
    times.fold(logged.others, |sum, it| LoggedTime {
        count: sum.count + it.count,
        total: sum.total + it.total,
        max: if it.max.total_cmp(&sum.max).is_gt() { it.max } else { sum.max },
    })
}

/// A statement's part of the logged time; none where nothing took time.
pub(super) fn share(logged: &Logged, statement: &LoggedStatement) -> Option<Share> {
    let all = all_time(logged).total.0;
    (all > 0.0).then(|| Share::of(statement.time().total.0, all))
}

fn whole(count: u64) -> String {
    Rows(count as f64).to_string()
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", whole(count), if count == 1 { one } else { many })
}

fn table(report: &LogReport<'_>) -> Table {
    let logged = report.logged;
    let column = |heading: &str, align, flexible| TableColumn {
        heading: heading.to_owned(),
        align,
        flexible,
    };
    let figures = ["#", "of time", "runs", "total", "mean", "longest", "plans"];
    let mut columns: Vec<TableColumn> =
        figures.iter().map(|it| column(it, Align::Right, false)).collect();
    columns.push(column("statement", Align::Left, true));
    let all = all_time(logged).total.0;
    let listed = logged.statements.iter().take(report.extent.at_most(STATEMENTS_FIRST));
    let rows = listed.enumerate().map(|(position, statement)| {
        let time = statement.time();
        let share = Share::of(time.total.0, all);
        let tone = if share.0 >= 0.5 { Tone::Strong } else { Tone::Plain };
        vec![
            Run::new((position + 1).to_string(), Tone::Dim),
            Run::new(percent(share), tone),
            Run::plain(whole(time.count)),
            Run::plain(time.total.to_string()),
            Run::plain(time.mean().to_string()),
            Run::plain(time.max.to_string()),
            Run::new(some(statement.planned.count), Tone::Plain),
            Run::new(cut_end(&name(statement), TEXT_ROOM), Tone::Name),
        ]
    });
    Table { rows: rows.collect(), columns }
}

/// A count, or nothing for none.
fn some(count: u64) -> String {
    if count == 0 { String::new() } else { whole(count) }
}

/// The statement by what the application calls it, and its text.
fn name(statement: &LoggedStatement) -> String {
    let tag = TELLING_TAGS.into_iter().find_map(|it| statement.tags.get(it));
    let tag = tag.and_then(|it| it.most().first().map(|(value, _)| format!("{value}: ")));
    format!("{}{}", tag.unwrap_or_default(), title(statement))
}

/// The statement's text in one line, without the comments around it.
pub(super) fn title(statement: &LoggedStatement) -> String {
    let mut text = statement.text.trim();
    while let Some((_, rest)) = text.strip_prefix("/*").and_then(|it| it.split_once("*/")) {
        text = rest.trim_start();
    }
    while let Some((rest, _)) = text.strip_suffix("*/").and_then(|it| it.rsplit_once("/*")) {
        text = rest.trim_end();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "a statement whose text the log does not have".to_owned() } else { line }
}

/// One plan: whose it is, where it stands, and what `plan` says of it.
fn plan_parts(report: &LogReport<'_>, plan: &LogPlan) -> Vec<Part> {
    let statement = &report.logged.statements[plan.statement];
    let text = format!("plan of statement {}", plan.statement + 1);
    let mut facts = vec![("statement", cut_end(&title(statement), TITLE_ROOM))];
    facts.push(("took", plan.kept.time.to_string()));
    facts.push(("logged", logged_at(&plan.kept)));
    facts.push(("by", who(&plan.kept)));
    facts.push(("tags", tags(statement)));
    facts.push(("values", values(&plan.kept, report.extent)));
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    let facts = facts.map(|(name, text)| {
        let tone = if name == "statement" { Tone::Name } else { Tone::Plain };
        (name.to_owned(), vec![Run::new(text, tone)])
    });
    let mut parts = vec![Part::Heading { level: 1, text }, Part::Facts(facts.collect()), Part::Gap];
    parts.extend(essence_parts(&plan.judged, report.extent).into_iter().map(lower));
    let shown = &plan.judged.plan;
    parts.extend(pictures(shown, &Measure::of(shown)).into_iter().map(Part::Picture));
    parts
}

/// A heading one level below, since the plan has one of its own.
fn lower(part: Part) -> Part {
    match part {
        Part::Heading { level, text } => Part::Heading { level: level + 1, text },
        part => part,
    }
}

/// The line, the file, the time.
fn logged_at(plan: &LoggedPlan) -> String {
    let of = if plan.source.is_empty() { String::new() } else { format!(" of {}", plan.source) };
    let when = if plan.when.is_empty() { String::new() } else { format!(", {}", plan.when) };
    format!("line {}{of}{when}", plan.line)
}

fn who(plan: &LoggedPlan) -> String {
    let it = &plan.session;
    let process = it.process.filter(|_| it.id.is_none()).map(|it| it.to_string());
    [
        ("application", it.application.as_ref()),
        ("user", it.user.as_ref()),
        ("database", it.database.as_ref()),
        ("session", it.id.as_ref()),
        ("process", process.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.filter(|it| !it.is_empty()).map(|it| format!("{name} {it}")))
    .collect::<Vec<_>>()
    .join(", ")
}

fn tags(statement: &LoggedStatement) -> String {
    let most = statement.tags.iter().filter_map(|(name, values)| {
        let most = values.most();
        let more = if most.len() > 1 { ", …" } else { "" };
        most.first().map(|(value, _)| format!("{name}={}{more}", cut_end(value, VALUE_ROOM)))
    });
    most.collect::<Vec<_>>().join(" ")
}

fn values(plan: &LoggedPlan, extent: Extent) -> String {
    let room = extent.at_most(VALUE_ROOM);
    let first = extent.at_most(VALUES_FIRST);
    let shown = plan.parameters.iter().enumerate().take(first).map(|(position, value)| {
        let value = value.as_ref().map_or_else(
            || "NULL".to_owned(),
            |it| if width(it) > room { cut_end(it, room) } else { it.clone() },
        );
        format!("${} = {value}", position + 1)
    });
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    let more = plan.parameters.len().saturating_sub(first);
    if more > 0 {
        shown += &format!(", and {more} more");
    }
    shown
}

/// Statements with plans that are not shown.
fn more_plans(report: &LogReport<'_>) -> Option<Part> {
    let kept: usize = report.logged.statements.iter().map(|it| it.plans.len()).sum();
    let more = kept.saturating_sub(report.plans.len());
    (more > 0 && report.extent == Extent::First).then(|| more_line(more, "plans"))
}

#[cfg(test)]
mod tests;
