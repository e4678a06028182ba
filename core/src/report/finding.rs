//! Findings in words: the one place that says what a fact means to a person.

use crate::base::{Millis, NodeId, Origin};
use crate::report::{Part, Run, Tone};
use crate::rules::{Confidence, Fact, Finding, Remedy, Severity, Subject};

/// One finding as a list item: rule, subject, facts, what to do.
pub fn finding_runs(finding: &Finding) -> Vec<Run> {
    let mut runs = vec![
        Run::new(format!("{} ", severity(finding.severity)), tone(finding.severity)),
        Run::new(finding.rule, Tone::Strong),
        Run::plain(" "),
        Run::new(subject(&finding.subject), Tone::Name),
    ];
    let facts: Vec<String> = finding.facts.iter().map(fact).collect();
    if !facts.is_empty() {
        runs.push(Run::plain(format!(": {}", facts.join("; "))));
    }
    let cures: Vec<String> = finding.remedies.iter().filter_map(remedy).collect();
    if !cures.is_empty() {
        runs.push(Run::plain(format!(". {}", cures.join(" "))));
    }
    if finding.confidence == Confidence::Low {
        runs.push(Run::new(" (by counts alone)", Tone::Dim));
    }
    runs
}

/// Findings as a part, or a sentence that there are none.
pub fn findings_part(findings: &[&Finding]) -> Part {
    if findings.is_empty() {
        return Part::Paragraph(vec![Run::new("Nothing found.", Tone::Good)]);
    }
    Part::Items(findings.iter().map(|it| finding_runs(it)).collect())
}

/// The word for a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    }
}

pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Dim,
        Severity::Warn => Tone::Warn,
        Severity::Error => Tone::Bad,
    }
}

/// The node that a finding is about, where it is about one.
pub(super) fn node_of(finding: &Finding) -> Option<NodeId> {
    match &finding.subject {
        Subject::PlanNode { node, .. } => Some(*node),
        _ => None,
    }
}

/// What a finding is about, for people.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::PlanNode { label, node, relation, .. } => {
            let place = match relation {
                Some(relation) => relation.plain(),
                None => format!("node {}", node.0 + 1),
            };
            if label.is_empty() { place } else { format!("{label} on {place}") }
        }
        Subject::Plan { label } if label.is_empty() => "the whole plan".to_owned(),
        other => other.key(),
    }
}

/// One fact with its unit and, where it is not plain, its origin.
pub fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Kept { read, kept } => format!("read {read} rows to keep {kept}"),
        Fact::Estimate { planned, actual } => {
            let (few, many) = (planned.0.min(actual.0).max(1.0), planned.0.max(actual.0));
            format!("planned {planned} rows, {actual} came ({:.0}x)", many / few)
        }
        Fact::Loops(loops) => format!("ran {loops:.0} times in one execution"),
        Fact::TimeShare(share) => format!("{share} of its time ({})", Origin::Measured),
        Fact::CostShare(share) => format!("{share} of its cost ({})", Origin::Planner),
        Fact::OwnTime(time) => format!("{time} by itself ({})", Origin::Measured),
        Fact::Spilled(bytes) => format!("{bytes} written to temporary files"),
        Fact::Batches(batches) => format!("{batches} batches"),
        Fact::MemoryNeeded(bytes) => {
            format!("a work_mem of about {bytes} would hold it ({})", Origin::Model)
        }
        Fact::Condition(condition) => format!("condition {condition}"),
        Fact::UsedIndex(index) => format!("through index {index}"),
        Fact::PagesNeeded(_)
        | Fact::BitmapPages { .. }
        | Fact::Searches { .. }
        | Fact::Partitions { .. }
        | Fact::Returned { .. } => scan_fact(fact),
        Fact::CallPattern { parent, parent_calls, parent_rows, child_calls } => format!(
            "called {child_calls} times; {parent} was called {parent_calls} times and returned \
             {parent_rows} rows"
        ),
        Fact::KeyedBy { column, refers_to } => {
            format!("keyed by {column}, which refers to {refers_to}")
        }
        Fact::Changed { changed, rows } => {
            format!("{changed} rows changed since the last ANALYZE, of {rows}")
        }
        Fact::NoStatistics(columns) if columns.is_empty() => "no statistics at all".to_owned(),
        Fact::NoStatistics(columns) => format!("no statistics for {}", columns.join(", ")),
        Fact::ServedBy(index) => format!("{} serves all that it serves", index.plain()),
        Fact::Scans { scans: 0, days: Some(days) } => {
            format!("no use seen in {days:.0} days on this node")
        }
        Fact::Scans { scans, days: Some(days) } => {
            format!("{scans} scans in {days:.0} days on this node")
        }
        Fact::Scans { scans, days: None } => {
            format!("{scans} scans; for how long the counters have counted is unknown")
        }
        Fact::Size(bytes) => format!("{bytes} on disk"),
        Fact::Checked(what) => format!("checked: {what}"),
        Fact::Phase { .. }
        | Fact::Trigger { .. }
        | Fact::HashMemoryNeeded { .. }
        | Fact::Cached { .. }
        | Fact::PageTime { .. }
        | Fact::WalMade { .. }
        | Fact::PartOfRows { .. }
        | Fact::RanWith { .. }
        | Fact::Assumed(_)
        | Fact::Groups { .. }
        | Fact::MemoryUsed(_) => plan_fact(fact),
        Fact::Sides { .. }
        | Fact::Cache { .. }
        | Fact::ReadAgain { .. }
        | Fact::Workers { .. }
        | Fact::Uneven { .. }
        | Fact::Touched { .. } => join_fact(fact),
        Fact::Text(text) => text.clone(),
    }
}

/// A fact of joins, of rows kept for reading again, and of parallel work.
fn join_fact(fact: &Fact) -> String {
    match fact {
        Fact::Sides { outer, inner } => {
            format!("{outer} rows on the outer side, {inner} on the inner one for each of them")
        }
        Fact::Cache { hits, misses, evictions, overflows } => {
            let mut words = format!("{hits} look-ups hit its cache, {misses} missed");
            if *evictions > 0 {
                words += &format!(", {evictions} entries were thrown out for want of memory");
            }
            if *overflows > 0 {
                words += &format!(", {overflows} entries alone did not fit");
            }
            words
        }
        Fact::ReadAgain { made, read } => {
            let times = read.0 / made.0.max(1.0);
            format!("{made} rows made, {read} read from where they are kept ({times:.0}x)")
        }
        Fact::Workers { planned, launched } => {
            format!("{launched} of {planned} planned workers started")
        }
        Fact::Uneven { busiest, mean } => format!(
            "the busiest process worked {busiest}, the average one {mean} ({})",
            Origin::Measured
        ),
        Fact::Touched { pages, table: Some(table) } => {
            format!("touched {pages}, of a table of {table}")
        }
        Fact::Touched { pages, table: None } => format!("touched {pages}"),
        _ => String::new(),
    }
}

/// A fact of scans.
fn scan_fact(fact: &Fact) -> String {
    match fact {
        Fact::PagesNeeded(pages) => {
            format!("its rows fill {pages} at most ({})", Origin::Model)
        }
        Fact::BitmapPages { exact, lossy } => {
            format!("{lossy} pages were named as a whole, {exact} row by row")
        }
        Fact::Searches { searches, loops } => {
            format!("searched its index {searches} times in {loops:.0} runs")
        }
        Fact::Partitions { read, empty } => {
            format!("read {read} partitions, {empty} of them without a row asked for")
        }
        Fact::Returned { rows, size } => format!("returned {rows} rows, about {size}"),
        _ => String::new(),
    }
}

/// A fact of a plan beyond its nodes' rows and times.
fn plan_fact(fact: &Fact) -> String {
    match fact {
        Fact::Phase { name, time, whole } => {
            format!("{name} took {time} of {whole} ({})", Origin::Measured)
        }
        Fact::Trigger { name, table, calls, time } => {
            format!("{name} on {table}: {calls} calls, {time} ({})", Origin::Measured)
        }
        Fact::HashMemoryNeeded { memory, work_mem, multiplier } => format!(
            "it needs about {memory} of hash memory: a work_mem of {work_mem} at a \
             hash_mem_multiplier of {multiplier} ({})",
            Origin::Model
        ),
        Fact::Cached { hit, read } => format!("{hit} in the cache, {read} read"),
        Fact::PageTime { done, pages, time } => {
            let each = if pages.0 > 0 { time.0 / pages.0 as f64 } else { 0.0 };
            format!("{pages} {done} in {time}, {} each ({})", Millis(each), Origin::Measured)
        }
        Fact::WalMade { records, full_page_images, size } => format!(
            "{size} of WAL in {records} records, {full_page_images} of them with a page image"
        ),
        Fact::PartOfRows { what, part, whole } => format!("{part} of {whole} rows {what}"),
        Fact::RanWith { name, value } => format!("ran with {name} = {value}"),
        Fact::Assumed(share) => {
            format!(
                "the planner takes {share} of the rows whatever the values ({})",
                Origin::Planner
            )
        }
        Fact::Groups { groups, rows } => format!("{rows} rows in {groups} groups"),
        Fact::MemoryUsed(bytes) => format!("{bytes} in use ({})", Origin::Measured),
        _ => String::new(),
    }
}

/// One remedy as a sentence; an index is said by its recommendation instead.
pub(super) fn remedy(remedy: &Remedy) -> Option<String> {
    Some(match remedy {
        Remedy::Index(_) => return None,
        Remedy::Drop(index) => format!("Consider dropping {}.", index.plain()),
        Remedy::Reindex(index) => format!("Rebuild or drop {}.", index.plain()),
        Remedy::Analyze(table) => format!("Run ANALYZE {table}."),
        Remedy::StatisticsTarget(table, column) => {
            format!("Raise the statistics target of {}.{column}.", table.plain())
        }
        Remedy::ExtendedStatistics(table, columns) => {
            format!("Create extended statistics on {} ({}).", table.plain(), columns.join(", "))
        }
        Remedy::Setting(name, value) => format!("Set {name} to {value}."),
        Remedy::Vacuum(table) => format!("Run VACUUM {table}."),
        Remedy::Grant(role) => format!("GRANT {role}."),
        Remedy::Rewrite(words) => words.clone(),
    })
}
