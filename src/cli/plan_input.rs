//! What `plan` is given: plans, or the log of a server, from files or standard input.
//!
//! A paste of one plan that a log holds is a plan; what holds more statements is a log.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::Context as _;

use crate::base::{Note, NoteCode};
use crate::cli::args::PlanArguments;
use crate::cli::run::Run;
use crate::io::log::LogSource;
use crate::log::{Event, FORM_BYTES, LogForm, LogReader};

/// What a place holds.
#[derive(Debug)]
pub enum Input {
    /// The log of a server, to be streamed.
    Log(LogSource),
    /// Anything else, which should hold plans.
    Text(TextInput),
}

/// A text with what was remarked on the way.
#[derive(Debug)]
pub struct TextInput {
    /// Where it came from.
    pub source: String,
    /// All of it.
    pub text: String,
    /// What was changed.
    pub notes: Vec<Note>,
}

impl Input {
    /// The log, where it is one.
    pub fn log(&self) -> Option<&LogSource> {
        match self {
            Self::Log(source) => Some(source),
            Self::Text(_) => None,
        }
    }
}

/// Looks at a place and reads it, unless it is a log.
pub fn input_of(run: &Run, arguments: &PlanArguments, place: &Path) -> anyhow::Result<Input> {
    let (first, source) = opened(place)?;
    if run.deep(|| is_log(&first, arguments.log_prefix.as_deref())) {
        return Ok(Input::Log(source));
    }
    let (text, notes) = text_in(place, &source)?;
    Ok(Input::Text(TextInput { source: place.display().to_string(), text, notes }))
}

/// A whole file, or standard input. What is no UTF-8 is replaced and noted, not refused: a
/// server writes texts in the encoding of its database.
pub fn text_of(place: &Path) -> anyhow::Result<(String, Vec<Note>)> {
    let (_, source) = opened(place)?;
    text_in(place, &source)
}

fn opened(place: &Path) -> anyhow::Result<(Vec<u8>, LogSource)> {
    let source = LogSource::of(place.to_owned());
    if source == LogSource::Input && std::io::stdin().is_terminal() {
        anyhow::bail!(
            "could not read a plan: name a file, or give one on standard input, such as \
             psql -XAtc 'explain (format json, analyze, buffers) select …' | pgsextant plan"
        );
    }
    source.begun().with_context(|| could_not_read(place))
}

fn could_not_read(place: &Path) -> String {
    let is_input = place == Path::new("-");
    format!(
        "could not read {}",
        if is_input { "standard input".into() } else { place.display().to_string() }
    )
}

fn text_in(place: &Path, source: &LogSource) -> anyhow::Result<(String, Vec<Note>)> {
    let bytes = source.whole().with_context(|| could_not_read(place))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("not UTF-8 from byte {at} on: such characters were replaced");
            let note = Note::new(NoteCode::Damaged, place.display().to_string(), message);
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), vec![note])
        }
    })
}

/// Whether what begins so is to be read as a log: it has the form of one, and more in it than
/// one plan.
fn is_log(first: &[u8], prefix: Option<&str>) -> bool {
    let detected = LogForm::detect(first);
    if detected.is_some() && first.len() >= FORM_BYTES {
        return true;
    }
    // A prefix that was given, perhaps by the environment, may make a log of what shows none.
    let Some(form) = detected.or(prefix.map(|_| LogForm::Stderr)) else { return false };
    let mut reader = LogReader::new(form, prefix);
    let mut found = Vec::new();
    reader.feed(first, &mut found);
    reader.finish(&mut found);
    let is_plan = |it: &Event| matches!(it, Event::Plan { .. });
    let plans = found.iter().filter(|it| is_plan(&it.event)).count();
    let others = found.iter().filter(|it| !is_plan(&it.event) && it.text().is_some()).count();
    match plans + others {
        0 if detected.is_none() => false,
        // Words of a server that are about no statement; a plan may still be among them.
        0 => crate::plan::read(&String::from_utf8_lossy(first)).is_err(),
        1 => plans == 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "2026-11-20 10:00:00 UTC [7] LOG:  duration: 12.000 ms  plan:\n\
                        \tQuery Text: select 1\n\
                        \tResult  (cost=0.00..0.01 rows=1 width=4)\n";
    const STATEMENT: &str =
        "2026-11-20 10:00:01 UTC [7] LOG:  duration: 12.000 ms  statement: select 2\n";

    #[test]
    fn one_logged_plan_is_a_plan_and_more_are_a_log() {
        let prefixed = |text: &str| is_log(text.as_bytes(), Some("%d|%u "));
        let odd = "shop|app LOG:  duration: 12.000 ms  statement: select 1\n";
        assert!(prefixed(odd));
        assert!(!prefixed("Result  (cost=0.00..0.01 rows=1 width=4)\n"));
        let is_log = |text: &str| is_log(text.as_bytes(), None);
        assert!(!is_log(odd));
        assert!(!is_log(PLAN));
        assert!(is_log(&PLAN.repeat(2)));
        assert!(is_log(STATEMENT));
        assert!(is_log(&format!("{PLAN}{STATEMENT}")));
        assert!(!is_log("Result  (cost=0.00..0.01 rows=1 width=4)\n"));
        assert!(!is_log("select 1;\n"));
        assert!(!is_log(""));
    }
}
