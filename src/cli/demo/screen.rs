//! The last screen of a demo: predictions against measurements, one declined, one dropped, what
//! was predicted wrong, and whether everything holds. 80 columns and 40 lines hold all of it.

use crate::base::{Millis, Rows};
use crate::report::{Document, Part, Run, TextStyle, Tone, text};

use super::checks::{Check, Labour, millis};
use super::effect::{Built, Effect, Mean, off, predicted};
use super::proof::{Declined, Dropped};

/// Everything on it.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// What was done where.
    pub title: &'a str,
    /// Why nothing was predicted, when nothing was.
    pub unpriced: &'a str,
    /// What was built.
    pub built: &'a [Built],
    /// What the server worked.
    pub labour: Labour,
    /// The proof of the declined index.
    pub declined: Option<&'a Declined>,
    /// The proof of the dropped index.
    pub dropped: Option<&'a Dropped>,
    /// What the advising run did to the server.
    pub done: &'a str,
    /// Where the time went.
    pub time: &'a str,
    /// What was checked.
    pub checks: &'a [Check],
}

/// Lines of a screen.
pub const LINES_MAX: usize = 40;
/// One line is the prompt's.
const LINES_FREE: usize = 1;
/// Columns that the table of predictions takes.
const TABLE_COLUMNS: usize = 78;
/// Failed checks that are told.
const FAILED_FIRST: usize = 4;
/// Statements named under one heading.
const NAMED_FIRST: usize = 2;

/// The document with as many lines of its table as fit the screen.
pub fn fitting(screen: &Screen<'_>, style: TextStyle) -> Document {
    let all = table(screen.built, usize::MAX).len();
    let fits = |rows: &usize| {
        text(&document(screen, *rows), style).lines().count() <= LINES_MAX - LINES_FREE
    };
    let rows = (TABLE_LINES_MIN..=all).rev().find(fits).unwrap_or(TABLE_LINES_MIN);
    document(screen, rows)
}

/// A heading, one index, one statement, and how much is left out.
const TABLE_LINES_MIN: usize = 4;

/// The document with a table of at most so many lines.
fn document(screen: &Screen<'_>, rows: usize) -> Document {
    let facts = vec![
        fact("work", vec![Run::plain(labour(&screen.labour))]),
        fact("declined", declined(screen.declined)),
        fact("dropped", dropped(screen.dropped)),
        fact("wrong", wrong(screen)),
        fact("server", vec![Run::new(clipped(screen.done, 260), Tone::Dim)]),
        fact("time", vec![Run::new(clipped(screen.time, 130), Tone::Dim)]),
    ];
    let mut parts = vec![
        Part::Code { language: "text", text: table(screen.built, rows).join("\n") },
        Part::Gap,
        Part::Facts(facts),
    ];
    parts.extend(outcome(screen.checks));
    Document { title: clipped(screen.title, 150), parts }
}

fn fact(name: &str, runs: Vec<Run>) -> (String, Vec<Run>) {
    (name.to_owned(), runs)
}

/// The table of predictions: each index, and below it the statements that it should help.
fn table(built: &[Built], rows: usize) -> Vec<String> {
    let head = format!(
        "{:<24}{:>6} {:>14}   {:^15}  {:^15}",
        "index, statements", "calls", "predicted ms", "measured ms", "blocks"
    );
    let least: usize = built.iter().map(|it| 1 + it.effects.len().min(1)).sum();
    let mut spare = rows.saturating_sub(1 + least);
    let mut lines = vec![head.trim_end().to_owned()];
    for it in built {
        let more = it.effects.len().saturating_sub(1).min(spare);
        spare -= more;
        lines.extend(group(it, 1 + more));
    }
    if lines.len() > rows {
        let left = lines.len() - rows + 1;
        lines.truncate(rows - 1);
        lines.push(format!("and {left} more lines: --report FILE has them all"));
    }
    lines
}

fn group(built: &Built, each: usize) -> Vec<String> {
    let mut lines = vec![clipped(&built.words, TABLE_COLUMNS)];
    lines.extend(built.effects.iter().take(each).map(row));
    lines
}

fn row(effect: &Effect) -> String {
    let range = effect
        .predicted
        .map_or_else(|| "not priced".to_owned(), |it| format!("{} to {}", ms(it.low), ms(it.high)));
    let after =
        |figure: fn(&Mean) -> String| effect.after.as_ref().map_or_else(|| "-".to_owned(), figure);
    let mark = if effect.is_off() { "!" } else { " " };
    format!(
        "  {:<22}{:>6} {:>14}{mark} {:>6} > {:<6} {:>6} > {:<6}",
        clipped(short(&effect.label), 21),
        effect.calls,
        range,
        ms(effect.before.time),
        after(|it| ms(it.time)),
        blocks(effect.before.blocks),
        after(|it| blocks(it.blocks)),
    )
    .trim_end()
    .to_owned()
}

/// A label without the application's name.
fn short(label: &str) -> &str {
    label.split_once(':').map_or(label, |(_, it)| it)
}

/// Milliseconds in at most six characters; from ten seconds on in seconds, and saying so.
fn ms(time: Millis) -> String {
    match time.0 {
        least if least < 0.0995 => format!("{least:.3}"),
        little if little < 9.995 => format!("{little:.2}"),
        less if less < 99.95 => format!("{less:.1}"),
        more if more < 9_999.5 => format!("{more:.0}"),
        most => format!("{:.0}s", most / 1_000.0),
    }
}

/// A number and what is counted.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Blocks of one execution in at most six characters.
fn blocks(blocks: f64) -> String {
    match blocks {
        least if least < 9.95 => format!("{least:.1}"),
        less if less < 99_999.5 => Rows(less.round()).to_string(),
        more if more < 9_999_500.0 => format!("{:.0}k", more / 1e3),
        most => format!("{:.0}M", most / 1e6),
    }
}

fn labour(labour: &Labour) -> String {
    format!(
        "{} {} > {}, {:.1} times less",
        labour.what,
        millis(labour.before),
        millis(labour.after),
        labour.times()
    )
}

fn change(label: &str, before: &Mean, after: &Mean) -> String {
    format!(
        "{} {} > {} ms, {} > {} blocks",
        short(label),
        ms(before.time),
        ms(after.time),
        blocks(before.blocks),
        blocks(after.blocks)
    )
}

fn declined(declined: Option<&Declined>) -> Vec<Run> {
    let Some(it) = declined else { return vec![Run::plain("no index that looked promising")] };
    let change = change(&it.change.label, &it.change.before, &it.change.after);
    vec![
        Run::new(clipped(&it.words, 60), Tone::Name),
        Run::plain(format!(": {}. Built all the same, to see: ", clipped(&it.why, 160))),
        Run::new(change, Tone::Warn),
        Run::plain(" per execution; gone again"),
    ]
}

fn dropped(dropped: Option<&Dropped>) -> Vec<Run> {
    let Some(it) = dropped else { return vec![Run::plain("no index was found to be needless")] };
    let mut changes: Vec<_> = it.changes.iter().collect();
    changes.sort_by(|one, two| two.before.time.total_cmp(&one.before.time));
    let worst = changes.first().map(|it| change(&it.label, &it.before, &it.after));
    let slower = it.changes.iter().filter(|it| it.after.is_slower_than(&it.before)).count();
    let schema = format!("{}.", it.name.schema);
    let slower = if slower == 0 { "none slower".to_owned() } else { format!("{slower} slower") };
    vec![
        Run::new(clipped(it.name.name.as_str(), 60), Tone::Name),
        Run::plain(format!(
            ", {}: {}. Dropped; {} replayed, {slower}",
            it.bytes,
            clipped(&it.why.replace(&schema, ""), 90),
            count(it.changes.len(), "reader"),
        )),
        Run::plain(worst.map_or_else(String::new, |it| format!("; longest: {it}"))),
    ]
}

fn wrong(screen: &Screen<'_>) -> Vec<Run> {
    let off = off(screen.built);
    let all = predicted(screen.built);
    if screen.built.is_empty() {
        return vec![Run::plain("nothing was predicted, for no index is advised")];
    }
    if all == 0 {
        let why = clipped(screen.unpriced, 130);
        let so =
            "so whether all are read, and how much less work is left, is shown but not checked";
        return vec![Run::plain(format!("nothing was predicted: {why}; {so}"))];
    }
    if off.is_empty() {
        return vec![Run::plain(format!("none: all {all} statements ran within their range"))];
    }
    let named: Vec<String> = off.iter().take(NAMED_FIRST).map(|it| missed(it)).collect();
    let more = off.len().saturating_sub(NAMED_FIRST);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let faster = off.iter().filter(|it| it.was_faster()).count();
    vec![
        Run::new(format!("{} of {all}", off.len()), Tone::Warn),
        Run::plain(format!(
            " (marked !), {faster} of them faster than predicted; farthest, in ms: {}{more}",
            named.join("; ")
        )),
    ]
}

fn missed(effect: &Effect) -> String {
    let range = effect.predicted.map(|it| format!("{} to {}", ms(it.low), ms(it.high)));
    let after = effect.after.map(|it| ms(it.time));
    format!(
        "{} {}, took {}",
        clipped(short(&effect.label), 25),
        range.unwrap_or_default(),
        after.unwrap_or_default()
    )
}

/// The last lines: how many checks hold, and those that do not.
fn outcome(checks: &[Check]) -> Vec<Part> {
    let failed: Vec<&Check> = checks.iter().filter(|it| it.outcome.is_err()).collect();
    let held = checks.len() - failed.len();
    let tone = if failed.is_empty() { Tone::Good } else { Tone::Bad };
    let words = format!("checks: {held} of {}", checks.len());
    let mut parts = Vec::new();
    if !failed.is_empty() {
        let items = failed.iter().take(FAILED_FIRST).map(|it| failure(it)).collect();
        parts.push(Part::Items(items));
    }
    parts.push(Part::Paragraph(vec![Run::new(words, tone)]));
    parts
}

fn failure(check: &Check) -> Vec<Run> {
    let why = check.outcome.as_ref().err().map_or("", String::as_str);
    vec![
        Run::new(format!("not so: {}", check.what), Tone::Bad),
        Run::plain(format!(": {}", clipped(why, 90))),
    ]
}

/// At most so many characters, on one line.
fn clipped(text: &str, most: usize) -> String {
    let text = text.replace('\n', " ");
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// All checks, one line each, and the whole table, for the report.
pub fn whole_document(screen: &Screen<'_>) -> Document {
    let line = |check: &Check| match &check.outcome {
        Ok(figures) => {
            vec![Run::new("holds: ", Tone::Good), Run::plain(format!("{}: {figures}", check.what))]
        }
        Err(why) => {
            vec![Run::new("NOT SO: ", Tone::Bad), Run::plain(format!("{}: {why}", check.what))]
        }
    };
    let parts = vec![
        Part::Heading { level: 1, text: "checks".to_owned() },
        Part::Items(screen.checks.iter().map(line).collect()),
        Part::Heading { level: 1, text: "predicted and measured".to_owned() },
        Part::Code { language: "text", text: table(screen.built, usize::MAX).join("\n") },
        Part::Gap,
        Part::Paragraph(vec![Run::plain(screen.time)]),
    ];
    Document { title: screen.title.to_owned(), parts }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
