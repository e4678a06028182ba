//! `cargo dev judge`: reads all plans that `cargo dev plans` made and checks what we make of them.
//!
//! What it checks it works out by itself, from the raw documents: whether figures can be told
//! apart at all, whether ours are such an assignment, whether a misestimate is one. Refuses to
//! end well when something is not as it should be, and says which file.

mod account;
mod encodings;
mod flow;
mod forms;
mod rows;
mod tally;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pgsextant::base::NoteCode;
use pgsextant::rules::{Severity, Subject};
use rayon::prelude::*;

use crate::document::{Item, parse};
use crate::encode::Dialect;
use crate::plans::{Encoding, Extent};
use crate::say;
use encodings::{
    Seen, difference, encoded, first_difference, see, shape, unidentified, without_identifier,
};
pub(crate) use forms::{Forms, Likeness, Source, forms};
use tally::{Row, Share, tables};

/// The stack of a thread: plans are deep, and the grammar recurses.
const STACK: usize = 64 << 20;

/// What to judge, and how sternly.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    /// The folder, with one folder a server.
    pub folder: PathBuf,
    /// Plans that may carry a warning; none for as many as there are.
    pub warned_max: Option<usize>,
    /// Measured plans that must be there.
    pub plans_min: usize,
}

/// One scenario of one server in one extent: up to four files.
#[derive(Debug, Clone)]
struct Trial {
    server: String,
    name: String,
    extent: Extent,
    texts: BTreeMap<Encoding, String>,
}

/// Judges a folder and prints the tables.
pub(crate) fn judge(bench: &Bench) -> anyhow::Result<()> {
    let trials = trials(&bench.folder)?;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build()?;
    let judged: Vec<(Row, Vec<String>)> =
        pool.install(|| trials.par_iter().map(judge_trial).collect());
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut causes = Vec::new();
    for (trial, (row, faults)) in trials.iter().zip(&judged) {
        let sum = rows.entry(trial.server.clone()).or_default();
        *sum = sum.plus(row);
        for listed in &row.listed {
            causes.push(format!("- `{}/{}`: {listed}\n", trial.server, trial.name));
        }
        for fault in faults {
            say(&format!("{}/{}{}: {fault}", trial.server, trial.name, trial.extent.mark()));
        }
    }
    show(&tables(&rows));
    if !causes.is_empty() {
        show(&format!("\nNo assignment of time is possible for:\n\n{}", causes.concat()));
    }
    let all = rows.values().fold(Row::default(), |sum, row| sum.plus(row));
    verdict(&all, bench)
}

/// Whether the corpus shows what it must.
fn verdict(all: &Row, bench: &Bench) -> anyhow::Result<()> {
    let whole = |share: &Share| share.misses_at_most(0);
    let every = |shares: &BTreeMap<Encoding, Share>| shares.values().all(whole);
    anyhow::ensure!(every(&all.read), "not every file could be read");
    anyhow::ensure!(whole(&all.known), "something was unknown");
    anyhow::ensure!(every(&all.same), "one document reads differently in two encodings");
    anyhow::ensure!(every(&all.planned), "the server's own documents read differently");
    anyhow::ensure!(all.times.misses_at_most(1), "more than 1 % of the times do not hold");
    anyhow::ensure!(
        all.blocks.good == all.blocks_possible.good,
        "exclusive blocks do not hold where they could"
    );
    anyhow::ensure!(every(&all.untimed), "two runs of a plan have two shapes");
    anyhow::ensure!(all.plans >= bench.plans_min, "fewer plans than {}", bench.plans_min);
    anyhow::ensure!(whole(&all.misestimates), "a misestimate is none");
    if let Some(most) = bench.warned_max {
        show(&format!("\n{} of {} plans carry a warning.\n", all.warned, all.plans));
        anyhow::ensure!(all.warned <= most, "more than {most} plans carry a warning");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
fn show(text: &str) {
    print!("{text}");
}

fn trials(folder: &Path) -> anyhow::Result<Vec<Trial>> {
    let mut found: BTreeMap<(String, String, Extent), Trial> = BTreeMap::new();
    for server in entries(folder)?.into_iter().filter(|it| it.is_dir()) {
        let label = name_of(&server);
        for file in entries(&server)? {
            let name = name_of(&file);
            let Some((stem, ending)) = name.rsplit_once('.') else { continue };
            let Some(encoding) = Encoding::ALL.into_iter().find(|it| it.ending() == ending) else {
                continue;
            };
            let extent = [Extent::Untimed, Extent::Planned]
                .into_iter()
                .find(|it| stem.ends_with(it.mark()))
                .unwrap_or(Extent::Measured);
            let name = stem.trim_end_matches(extent.mark()).to_owned();
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let key = (label.clone(), name.clone(), extent);
            let fresh = Trial { server: label.clone(), name, extent, texts: BTreeMap::new() };
            found.entry(key).or_insert(fresh).texts.insert(encoding, text);
        }
    }
    anyhow::ensure!(!found.is_empty(), "no plans in {}", folder.display());
    Ok(found.into_values().collect())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not read {}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The counts of one trial, and what is wrong with it.
fn judge_trial(trial: &Trial) -> (Row, Vec<String>) {
    let mut row = Row::default();
    let mut faults = Vec::new();
    let mut seen: BTreeMap<Encoding, Seen> = BTreeMap::new();
    for (encoding, text) in &trial.texts {
        let read = see(text);
        row.read.entry(*encoding).or_default().count(read.is_ok());
        match read {
            Ok(one) => {
                let unknown = one.reading.notes.iter().filter(|it| it.code == NoteCode::Unknown);
                let unknown: Vec<&str> = unknown.map(|it| it.subject.as_str()).collect();
                row.known.count(unknown.is_empty());
                if !unknown.is_empty() {
                    faults.push(format!("{encoding}: unknown: {}", unknown.join(", ")));
                }
                seen.insert(*encoding, one);
            }
            Err(error) => faults.push(format!("{encoding}: not read: {error}")),
        }
    }
    let json = trial.texts.get(&Encoding::Json).zip(seen.get(&Encoding::Json));
    let Some((text, json)) = json else { return (row, faults) };
    match parse(text) {
        Ok(document) => {
            compare_encodings(trial, &document, json, (&mut row, &mut faults));
            compare_servers(trial, &seen, json, (&mut row, &mut faults));
            if trial.extent == Extent::Measured {
                judge_plans(&document, json, (&mut row, &mut faults));
            }
        }
        Err(error) => faults.push(format!("the judge cannot read it: {error}")),
    }
    (row, faults)
}

/// Where counts and faults go.
type Found<'a> = (&'a mut Row, &'a mut Vec<String>);

/// The same document, written by us in the other encodings.
fn compare_encodings(trial: &Trial, document: &Item, json: &Seen, found: Found<'_>) {
    let (row, faults) = found;
    let major = trial.server.trim_end_matches("jit").parse().unwrap_or_default();
    let dialect = Dialect { major, verbose: true };
    for encoding in Encoding::ALL {
        let Some(ours) = encoded(document, dialect, encoding) else { continue };
        if trial.extent == Extent::Planned {
            let theirs = trial.texts.get(&encoding).map(String::as_str).unwrap_or_default();
            let differs = first_difference(&without_identifier(&ours), &without_identifier(theirs));
            row.written.entry(encoding).or_default().count(differs.is_none());
            faults.extend(differs.map(|it| format!("{encoding}: written otherwise: {it}")));
        }
        let differs = match see(&ours) {
            Ok(read) => difference(json, &read, encoding),
            Err(error) => Some(format!("not read: {error}")),
        };
        row.same.entry(encoding).or_default().count(differs.is_none());
        faults.extend(differs.map(|it| format!("{encoding}: {it}")));
    }
}

/// The documents that the server itself wrote in the other encodings.
fn compare_servers(trial: &Trial, seen: &BTreeMap<Encoding, Seen>, json: &Seen, found: Found<'_>) {
    let (row, faults) = found;
    let shapes = |seen: &Seen| seen.reading.plans.iter().map(shape).collect::<String>();
    for (encoding, other) in seen.iter().filter(|(it, _)| **it != Encoding::Json) {
        let (shares, differs) = match trial.extent {
            Extent::Planned => {
                (&mut row.planned, difference(&unidentified(json), &unidentified(other), *encoding))
            }
            Extent::Untimed => (&mut row.untimed, first_difference(&shapes(json), &shapes(other))),
            Extent::Measured => continue,
        };
        shares.entry(*encoding).or_default().count(differs.is_none());
        faults.extend(differs.map(|it| format!("{encoding} of the server: {it}")));
    }
}

/// Times, blocks and misestimates of all plans of a measured document.
fn judge_plans(document: &Item, json: &Seen, found: Found<'_>) {
    let (row, faults) = found;
    let each = document.items().iter().zip(&json.reading.plans).zip(&json.findings);
    for ((item, plan), findings) in each {
        let leaves = tree::leaves(item);
        if leaves.is_empty() || leaves.len() != plan.nodes().len() {
            faults.push("another number of nodes".to_owned());
            continue;
        }
        row.plans += 1;
        row.findings += findings.len();
        let bad = findings.iter().filter(|it| it.severity >= Severity::Warn);
        let bad: Vec<&str> = bad.map(|it| it.rule).collect();
        row.warned += usize::from(!bad.is_empty());
        let verdict = account::judge(&leaves, plan);
        row.times_possible.count(verdict.times_contradict.is_none());
        row.times.count(verdict.times_hold());
        row.blocks_possible.count(verdict.blocks_contradict.is_empty());
        row.blocks.count(verdict.blocks_hold());
        if let Some(excess) = verdict.times_contradict {
            let why = account::cause(&leaves);
            row.listed.push(format!("printed times contradict by {excess} ns: {why}"));
        }
        if !verdict.times_hold() || !verdict.blocks_hold() {
            faults.push(format!("{verdict:?}"));
        }
        if !bad.is_empty() {
            faults.push(format!("warns: {}", bad.join(", ")));
        }
        for finding in findings.iter().filter(|it| it.rule == "row-misestimate") {
            let Subject::PlanNode { node, .. } = &finding.subject else { continue };
            let fault = rows::fault(&leaves, node.position());
            row.misestimates.count(fault.is_none());
            faults.extend(fault.map(|why| format!("misestimate at node {node:?}: {why}")));
        }
    }
}
