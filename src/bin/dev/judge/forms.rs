//! Whether all forms of one plan, or all logs of one run, are read as the first of them.
//!
//! The first file is the measure: a document as the server wrote it, or a log with plans in JSON.
//! Refuses to compare what was not read: a first file without plans is an error.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pgsextant::io::Silent;
use pgsextant::io::log::{LogOptions, LogSource, read_entries};
use pgsextant::log::{Entry, Event};
use pgsextant::plan::{Executions, differences};

use super::encodings::{Seen, see};
use super::{STACK, show};
use crate::say;

/// What to compare, and how.
#[derive(Debug, Clone)]
pub(crate) struct Forms {
    /// What the row is called.
    pub title: String,
    /// The files; the first is the measure of the others.
    pub files: Vec<PathBuf>,
    /// What they are.
    pub source: Source,
    /// What may differ.
    pub likeness: Likeness,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Source {
    /// A plan, or several.
    Plan,
    /// A server's log with plans among its entries.
    Log,
}

/// What may differ between two readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Likeness {
    /// Nothing.
    Whole,
    /// What the encoding TEXT leaves unsaid.
    Said,
}

/// Compares all files with the first and prints a row of a table; fails where one differs.
pub(crate) fn forms(wish: &Forms) -> anyhow::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build()?;
    pool.install(|| compare(wish))
}

fn compare(wish: &Forms) -> anyhow::Result<()> {
    let (first, others) = wish.files.split_first().context("no file is given")?;
    let measure = statements(first, wish.source)?;
    let plans = measure.iter().flat_map(|it| &it.seen.reading.plans);
    let nodes: usize = plans.clone().map(|plan| plan.nodes().len()).sum();
    let findings: usize = measure.iter().flat_map(|it| &it.seen.findings).map(Vec::len).sum();
    let plans = plans.count();
    anyhow::ensure!(plans > 0, "{} holds no plan", first.display());
    let mut missed = Vec::new();
    for file in others {
        let differs = match statements(file, wish.source) {
            Ok(other) => difference(&measure, &other, wish.likeness),
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(differs) = differs {
            say(&format!("{}: {differs}", file.display()));
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            missed.push(name.into_owned());
        }
    }
    let (title, forms, which) = (&wish.title, others.len(), missed.join(", "));
    let number = missed.len();
    show(&format!("| {title} | {forms} | {plans} | {nodes} | {findings} | {number} | {which} |\n"));
    anyhow::ensure!(missed.is_empty(), "{number} forms are read otherwise than the first");
    Ok(())
}

/// A statement's plan; the text is empty where only the plan is there.
struct Statement {
    text: String,
    parameters: Vec<Option<String>>,
    seen: Seen,
}

/// The plans of a file, by the texts of their statements and then as they come.
fn statements(file: &Path, source: Source) -> anyhow::Result<Vec<Statement>> {
    let wrong = |error: String| anyhow::anyhow!(error);
    if source == Source::Plan {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("could not read {}", file.display()))?;
        let seen = see(&text).map_err(wrong)?;
        return Ok(vec![Statement { text: String::new(), parameters: Vec::new(), seen }]);
    }
    let mut logged = Vec::new();
    let sources = [LogSource::of(file.to_owned())];
    read_entries(&sources, &LogOptions::default(), &Silent, &mut |entry: Entry| {
        let text = entry.text().unwrap_or_default().to_owned();
        if let Event::Plan { document, .. } = entry.event {
            logged.push((text, entry.parameters, document));
        }
    })?;
    logged.sort_by(|left, right| left.0.cmp(&right.0));
    let read = |(text, parameters, document): (String, _, String)| {
        let seen = see(&document).map_err(wrong)?;
        Ok(Statement { text, parameters, seen })
    };
    logged.into_iter().map(read).collect()
}

/// The first thing in which two readings differ.
fn difference(measure: &[Statement], other: &[Statement], likeness: Likeness) -> Option<String> {
    if measure.len() != other.len() {
        return Some(format!("{} plans against {}", other.len(), measure.len()));
    }
    measure.iter().zip(other).find_map(|(one, other)| {
        let differs = match () {
            () if one.text != other.text => Some(format!("the statement is {:?}", other.text)),
            () if one.parameters != other.parameters => {
                Some(format!("its parameters are {:?}", other.parameters))
            }
            () => seen_difference(&one.seen, &other.seen, likeness),
        };
        differs.map(|it| format!("{:?}: {it}", one.text))
    })
}

fn seen_difference(one: &Seen, other: &Seen, likeness: Likeness) -> Option<String> {
    let (left, right) = (&one.reading.plans, &other.reading.plans);
    if left.len() != right.len() {
        return Some(format!("{} plans against {}", right.len(), left.len()));
    }
    let said = left.iter().zip(right).flat_map(|(it, other)| {
        // An entry of a log has what stands in front of a plan in TEXT, and was compared.
        let mut other = other.clone();
        if other.query_text.is_none() {
            other.query_text.clone_from(&it.query_text);
            other.query_parameters.clone_from(&it.query_parameters);
        }
        differences(it, &other, Executions::One)
    });
    if let Some(differs) = said.into_iter().next() {
        return Some(differs);
    }
    if likeness == Likeness::Whole && left != right {
        return Some("a figure that only FORMAT JSON has".to_owned());
    }
    let faults = |seen: &Seen| -> Vec<String> {
        seen.findings.iter().flatten().map(|it| format!("{it:?}")).collect()
    };
    let (faults, others) = (faults(one), faults(other));
    (faults != others).then(|| format!("findings {others:?} against {faults:?}"))
}
