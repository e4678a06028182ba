//! The advice as one SQL script: what to run, why as comments, and the undo at the end.

use std::fmt::Write as _;

use crate::advise::Recommendation;
use crate::indexes::ddl;
use crate::report::advise::{AdviseReport, coverage};

/// How to run the script, for every script.
const PREFACE: [&str; 6] = [
    "-- Run on the primary, outside a transaction block, one statement at a time.",
    "-- CREATE INDEX CONCURRENTLY takes SHARE UPDATE EXCLUSIVE: reads and writes go on. It waits",
    "-- for transactions that were open before it; a lock_timeout would end that wait and leave an",
    "-- invalid index, so there is none.",
    "SET statement_timeout = 0;",
    "SET lock_timeout = 0;",
];

/// Renders the script. Statements stand ready to run one by one; the undo is commented out.
pub fn sql_script(report: &AdviseReport<'_>) -> String {
    let mut out = String::new();
    let server = &report.capture.server;
    push(&mut out, &format!("-- pgsextant: indexes for database {}", server.database.as_str()));
    push(
        &mut out,
        &format!("-- PostgreSQL {}, captured {}", server.version, report.capture.captured_at),
    );
    push(&mut out, &format!("-- coverage: {}", coverage(report.capture)));
    push(&mut out, &format!("-- priced by: {}", report.run.pricer));
    for line in PREFACE {
        push(&mut out, line);
    }
    if report.advice.recommendations.is_empty() {
        push(&mut out, "-- Nothing is advised.");
    }
    for (position, recommendation) in report.advice.recommendations.iter().enumerate() {
        push_recommendation(&mut out, report, recommendation, position + 1);
    }
    if !report.advice.recommendations.is_empty() {
        push(&mut out, "\n-- Undo:");
    }
    for recommendation in &report.advice.recommendations {
        for statement in
            ddl::undo(&recommendation.definition, &recommendation.name, &report.capture.catalog)
        {
            push(&mut out, &commented(&statement.sql));
        }
    }
    out
}

fn push_recommendation(
    out: &mut String,
    report: &AdviseReport<'_>,
    recommendation: &Recommendation,
    number: usize,
) {
    let size = recommendation.size.bytes;
    let gain = recommendation.gain.map_or_else(
        || "not priced".to_owned(),
        |gain| format!("saves {} of the recorded time", gain.saved),
    );
    push(out, &format!("\n-- {number}. [{}] {gain}; {size}", recommendation.id));
    for helped in &recommendation.helped {
        push(out, &commented(&format!("helps {} ({} calls)", helped.label, helped.calls)));
    }
    for risk in &recommendation.risks {
        push(out, &commented(&format!("risk: {risk}")));
    }
    let made = ddl::create(
        &recommendation.definition,
        &recommendation.name,
        &report.capture.catalog,
        report.capture.server.version,
    );
    match made {
        Ok(statements) => statements.iter().for_each(|it| push(out, &it.sql)),
        Err(error) => push(out, &commented(&error.to_string())),
    }
}

/// Every line as a comment, so that no name or reason can end one and begin a statement.
fn commented(text: &str) -> String {
    text.split(['\n', '\r']).map(|line| format!("-- {line}")).collect::<Vec<_>>().join("\n")
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}
