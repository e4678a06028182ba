//! What has to hold at the end of a demo, each in one line.
//!
//! Refuses to be lenient: a planted fault that was not found is a failure of ours.

use std::time::Duration;

use crate::advise::Method;
use crate::base::Millis;
use crate::io::demo::{Faults, Reading};
use crate::rules::{Finding, Severity, Subject};

use super::effect::Built;
use super::proof::{Declined, Dropped};

/// One thing that has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: String,
    /// With which figures it holds, or what is wrong.
    pub outcome: Result<String, String>,
}

/// What the server worked in the two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labour {
    /// In the first run.
    pub before: Duration,
    /// In the replay.
    pub after: Duration,
    /// What was measured, in words.
    pub what: &'static str,
}

impl Labour {
    /// How many times less it is.
    pub fn times(&self) -> f64 {
        self.before.as_secs_f64() / self.after.as_secs_f64().max(0.001)
    }
}

/// A duration as reports print times.
pub fn millis(duration: Duration) -> Millis {
    Millis(duration.as_secs_f64() * 1_000.0)
}

/// The processor time must fall at least so many times.
pub const TIMES_MIN: f64 = 5.0;

/// Everything that is checked.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was planted.
    pub faults: &'a Faults,
    /// What was found.
    pub findings: &'a [Finding],
    /// How what was built had been priced. Without a price no gain is promised, so none is
    /// asked for.
    pub method: Method,
    /// What was built.
    pub built: &'a [Built],
    /// What the server worked.
    pub labour: Labour,
    /// The proof of the declined index.
    pub declined: Option<&'a Declined>,
    /// The proof of the dropped index.
    pub dropped: Option<&'a Dropped>,
    /// Statements of the first run.
    pub before: &'a Reading,
    /// Statements of the replay.
    pub after: &'a Reading,
}

/// Checks all of it.
pub fn checks(evidence: &Evidence<'_>) -> Vec<Check> {
    let mut checks = vec![
        check("every planted fault is found", planted(evidence)),
        check("nothing else is found at warn or above", others(evidence)),
        check("every statement gives as many rows as before", same_rows(evidence)),
    ];
    if evidence.method != Method::Structure {
        checks.push(check("every advised index is read in the replay", read(evidence)));
        checks.push(check("the server works at least 5 times less", less(&evidence.labour)));
    }
    if !evidence.faults.traps.is_empty() {
        checks.push(check("no index that sets off a trap is advised", avoided(evidence)));
        checks.push(check("the declined index is slower when built", slower(evidence)));
    }
    if expects_drop(evidence.faults) {
        checks.push(check("the dropped index is not missed", not_missed(evidence)));
    }
    checks
}

fn check(what: &str, outcome: Result<String, String>) -> Check {
    Check { what: what.to_owned(), outcome }
}

fn planted(evidence: &Evidence<'_>) -> Result<String, String> {
    let faults = &evidence.faults.faults;
    let missing: Vec<String> = faults
        .iter()
        .filter(|fault| !evidence.findings.iter().any(|it| is(it, &fault.rule, &fault.subject)))
        .map(|fault| format!("{} on {}", fault.rule, fault.subject))
        .collect();
    let found = faults.len() - missing.len();
    fails(&missing, format!("{found} of {}", faults.len()), "missing: ")
}

fn others(evidence: &Evidence<'_>) -> Result<String, String> {
    let faults = evidence.faults.faults.iter().map(|it| (&it.rule, &it.subject));
    let extras = evidence.faults.extras.iter().map(|it| (&it.rule, &it.subject));
    let listed: Vec<(&String, &String)> = faults.chain(extras).collect();
    let serious = evidence.findings.iter().filter(|it| it.severity >= Severity::Warn);
    let mut unlisted: Vec<String> = serious
        .filter(|finding| !listed.iter().any(|(rule, subject)| is(finding, rule, subject)))
        .map(|finding| format!("{} on {}", finding.rule, finding.subject.key()))
        .collect();
    unlisted.sort();
    unlisted.dedup();
    fails(&unlisted, format!("{} findings in all", evidence.findings.len()), "not planted: ")
}

/// A finding is of this rule and about this statement, table or index.
fn is(finding: &Finding, rule: &str, subject: &str) -> bool {
    let about = match &finding.subject {
        Subject::PlanNode { label, .. }
        | Subject::Statement { label, .. }
        | Subject::Plan { label } => label == subject,
        other => other.key() == subject,
    };
    finding.rule == rule && about
}

fn read(evidence: &Evidence<'_>) -> Result<String, String> {
    let built = evidence.built;
    if built.is_empty() {
        return Err("no index is advised".to_owned());
    }
    let idle = built.iter().filter(|it| it.scans == 0).map(|it| it.words.clone());
    let idle: Vec<String> = idle.collect();
    fails(&idle, format!("{} of {}", built.len() - idle.len(), built.len()), "never read: ")
}

fn less(labour: &Labour) -> Result<String, String> {
    let words = format!(
        "{} to {}, {:.1} times less",
        millis(labour.before),
        millis(labour.after),
        labour.times()
    );
    if labour.times() >= TIMES_MIN { Ok(words) } else { Err(words) }
}

fn same_rows(evidence: &Evidence<'_>) -> Result<String, String> {
    let mut differing = Vec::new();
    let mut same = 0;
    for (text, before) in evidence.before.all() {
        match evidence.after.of(text) {
            Some(after) if after.rows == before.rows && after.calls == before.calls => same += 1,
            _ => differing.push(text.chars().take(40).collect::<String>()),
        }
    }
    fails(&differing, format!("{same} statements"), "differing: ")
}

fn avoided(evidence: &Evidence<'_>) -> Result<String, String> {
    let sprung = |it: &&Built| {
        evidence.faults.traps.iter().any(|trap| {
            let table = trap.table.rsplit('.').next().unwrap_or(&trap.table);
            it.words.starts_with(&format!("{table} ({}", trap.column))
        })
    };
    let sprung: Vec<String> =
        evidence.built.iter().filter(sprung).map(|it| it.words.clone()).collect();
    fails(&sprung, format!("{} planted", evidence.faults.traps.len()), "advised: ")
}

fn slower(evidence: &Evidence<'_>) -> Result<String, String> {
    let Some(declined) = evidence.declined else {
        return Err("no index was considered and declined".to_owned());
    };
    let (before, after) = (declined.change.before.time, declined.change.after.time);
    let words = format!("{before} to {after} per execution");
    if after > before * FASTER_MAX { Ok(words) } else { Err(words) }
}

/// The declined index must be slower by more than two runs differ anyway.
const FASTER_MAX: f64 = 1.5;

/// Whether a world holds an index that can be dropped.
fn expects_drop(faults: &Faults) -> bool {
    faults.faults.iter().any(|it| it.rule == "redundant-index" || it.rule == "unused-index")
}

fn not_missed(evidence: &Evidence<'_>) -> Result<String, String> {
    let Some(dropped) = evidence.dropped else {
        return Err("no index was found to be needless".to_owned());
    };
    let slower = dropped.changes.iter().filter(|it| it.after.is_slower_than(&it.before));
    let slower: Vec<String> =
        slower.map(|it| format!("{} {} to {}", it.label, it.before.time, it.after.time)).collect();
    fails(&slower, format!("{} statements replayed", dropped.changes.len()), "slower: ")
}

fn fails(wrong: &[String], right: String, head: &str) -> Result<String, String> {
    if wrong.is_empty() { Ok(right) } else { Err(format!("{head}{}", wrong.join("; "))) }
}

/// What the server worked: processor time where the system tells it.
pub fn labour(processor: Option<(Duration, Duration)>, executed: (Millis, Millis)) -> Labour {
    if let Some((before, after)) = processor {
        return Labour { before, after, what: "processor time of the server:" };
    }
    let duration = |it: Millis| Duration::from_secs_f64((it.0 / 1_000.0).max(0.0));
    Labour {
        before: duration(executed.0),
        after: duration(executed.1),
        what: "execution time of all statements (the system tells no processor time):",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::QualifiedName;
    use crate::io::demo::Tally;
    use crate::rules::Confidence;

    fn finding(rule: &'static str, subject: Subject, severity: Severity) -> Finding {
        Finding {
            rule,
            severity,
            confidence: Confidence::High,
            subject,
            facts: Vec::new(),
            wishes: Vec::new(),
            remedies: Vec::new(),
            weight: Millis(0.0),
        }
    }

    fn built(scans: u64) -> Built {
        Built {
            words: "orders (tenant_id)".to_owned(),
            name: QualifiedName::new("shop", "idx"),
            scans,
            effects: Vec::new(),
        }
    }

    fn reading(rows: u64) -> Reading {
        let tally = Tally { calls: 1, rows, ..Tally::default() };
        Reading::from_iter([("select 1".to_owned(), tally)])
    }

    /// What fails, one line each.
    fn failures(findings: &[Finding], scans: u64, after: Duration, rows: u64) -> Vec<String> {
        let faults = Faults::read(
            "[[fault]]\nrule = \"n-plus-one\"\nsubject = \"shop:lines\"\nwhy = \"\"\n\
             [[extra]]\nrule = \"sort-spill\"\nsubject = \"shop:best\"\nreason = \"\"\n",
        )
        .unwrap();
        let evidence = Evidence {
            faults: &faults,
            findings,
            method: Method::Hypopg,
            built: &[built(scans)],
            labour: Labour { before: Duration::from_secs(10), after, what: "time" },
            declined: None,
            dropped: None,
            before: &reading(3),
            after: &reading(rows),
        };
        let failed = checks(&evidence).into_iter().filter_map(|it| it.outcome.err());
        failed.collect()
    }

    #[test]
    fn each_broken_promise_is_told() {
        let statement = |label: &str| Subject::Statement {
            statement: crate::base::StatementId(0),
            label: label.to_owned(),
        };
        let planted = finding("n-plus-one", statement("shop:lines"), Severity::Info);
        let listed = finding("sort-spill", statement("shop:best"), Severity::Warn);
        let unlisted = finding("sort-spill", statement("shop:other"), Severity::Warn);
        let harmless = finding("sort-spill", statement("shop:other"), Severity::Info);
        let fine = [planted.clone(), listed.clone(), harmless];
        let second = Duration::from_secs(1);
        assert_eq!(failures(&fine, 1, second, 3), Vec::<String>::new());
        assert_eq!(failures(&[listed], 1, second, 3), ["missing: n-plus-one on shop:lines"]);
        let found = [planted, unlisted];
        assert_eq!(failures(&found, 1, second, 3), ["not planted: sort-spill on shop:other"]);
        assert_eq!(failures(&fine, 0, second, 3), ["never read: orders (tenant_id)"]);
        assert_eq!(failures(&fine, 1, second * 3, 3), ["10.0 s to 3.0 s, 3.3 times less"]);
        assert_eq!(failures(&fine, 1, second, 4), ["differing: select 1"]);
    }
}
