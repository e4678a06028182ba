//! `log/1`: a log for programs: all statements with their times, and the worst plans as `plan/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{Note, Origin};
use crate::report::json::written;
use crate::report::plan::PlanReport;
use crate::report::plan::json::{PlanEnvelope, envelope};
use crate::report::plan::log::{LogPlan, LogReport, all_time, log_sentence, share};
use crate::workload::{LoggedStatement, LoggedTime, Named};

/// The form and version of a log's `plan --format json`.
pub const LOG_SCHEMA: &str = "log/1";

#[derive(Serialize)]
struct LogEnvelope<'a> {
    schema: &'static str,
    source: &'a str,
    sentence: String,
    first: Option<&'a str>,
    last: Option<&'a str>,
    entries_count: u64,
    failures_count: u64,
    plans_count: u64,
    plans_kept_count: usize,
    executions: TimeJson,
    others: TimeJson,
    statements: Vec<StatementJson<'a>>,
    plans: Vec<LogPlanJson<'a>>,
    notes: &'a [Note],
}

#[derive(Serialize)]
struct StatementJson<'a> {
    number: usize,
    key: &'a str,
    text: &'a str,
    time_share: Option<f64>,
    executions: TimeJson,
    durations: TimeJson,
    planned: TimeJson,
    prepared: TimeJson,
    failures_count: u64,
    plans_kept_count: usize,
    sessions: NamedJson<'a>,
    applications: NamedJson<'a>,
    databases: NamedJson<'a>,
    users: NamedJson<'a>,
    tags: BTreeMap<&'a str, NamedJson<'a>>,
}

/// Executions and what the server says that they took.
#[derive(Serialize)]
struct TimeJson {
    count: u64,
    total_ms: f64,
    mean_ms: f64,
    max_ms: f64,
    origin: Origin,
}

#[derive(Serialize)]
struct NamedJson<'a> {
    counts: &'a BTreeMap<String, u64>,
    others_count: u64,
}

#[derive(Serialize)]
struct LogPlanJson<'a> {
    statement: usize,
    time_ms: f64,
    origin: Origin,
    source: &'a str,
    line: u64,
    when: Option<&'a str>,
    application: Option<&'a str>,
    user: Option<&'a str>,
    database: Option<&'a str>,
    session: Option<&'a str>,
    process: Option<u32>,
    text: Option<&'a str>,
    parameters: &'a [Option<String>],
    document: PlanEnvelope<'a>,
}

/// The log as JSON, ending in a newline.
pub fn log_json(report: &LogReport<'_>) -> String {
    let logged = report.logged;
    let statements = logged.statements.iter().enumerate();
    written(&LogEnvelope {
        schema: LOG_SCHEMA,
        source: report.source,
        sentence: log_sentence(report),
        first: some(&logged.first),
        last: some(&logged.last),
        entries_count: logged.entries,
        failures_count: logged.failures,
        plans_count: logged.statements.iter().map(|it| it.planned.count).sum(),
        plans_kept_count: logged.statements.iter().map(|it| it.plans.len()).sum(),
        executions: time(all_time(logged)),
        others: time(logged.others),
        statements: statements.map(|(at, it)| statement(report, at, it)).collect(),
        plans: report.plans.iter().map(plan).collect(),
        notes: report.notes,
    })
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|it| !it.is_empty())
}

/// Adding leaves noise far behind the point; logs tell microseconds.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn time(time: LoggedTime) -> TimeJson {
    TimeJson {
        count: time.count,
        total_ms: rounded(time.total.0),
        mean_ms: rounded(time.mean().0),
        max_ms: rounded(time.max.0),
        origin: Origin::Measured,
    }
}

fn named(named: &Named) -> NamedJson<'_> {
    NamedJson { counts: &named.counts, others_count: named.others }
}

fn statement<'a>(
    report: &LogReport<'a>,
    position: usize,
    statement: &'a LoggedStatement,
) -> StatementJson<'a> {
    StatementJson {
        number: position + 1,
        key: &statement.key,
        text: &statement.text,
        time_share: share(report.logged, statement).map(|it| rounded(it.0)),
        executions: time(statement.time()),
        durations: time(statement.durations),
        planned: time(statement.planned),
        prepared: time(statement.prepared),
        failures_count: statement.failures,
        plans_kept_count: statement.plans.len(),
        sessions: named(&statement.sessions),
        applications: named(&statement.applications),
        databases: named(&statement.databases),
        users: named(&statement.users),
        tags: statement.tags.iter().map(|(name, it)| (name.as_str(), named(it))).collect(),
    }
}

fn plan(plan: &LogPlan) -> LogPlanJson<'_> {
    let LogPlan { kept, judged, .. } = plan;
    let report = PlanReport {
        source: &kept.source,
        plans: std::slice::from_ref(judged),
        notes: &[],
        extent: crate::report::Extent::All,
    };
    LogPlanJson {
        statement: plan.statement + 1,
        time_ms: kept.time.0,
        origin: Origin::Measured,
        source: &kept.source,
        line: kept.line,
        when: some(&kept.when),
        application: kept.session.application.as_deref(),
        user: kept.session.user.as_deref(),
        database: kept.session.database.as_deref(),
        session: kept.session.id.as_deref(),
        process: kept.session.process,
        text: kept.query.as_deref(),
        parameters: &kept.parameters,
        document: envelope(&report),
    }
}
