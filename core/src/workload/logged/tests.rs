//! Recorded logs grouped: as reviewed, the same in every form, in bounds.

use std::fmt::Write as _;

use super::*;
use crate::base::Bytes;
use crate::log::{LogForm, LogReader, Phase, Session, Severity};
use crate::plan::read_json;
use crate::testing::{fixtures, log, on_deep_stack};

fn grouped(name: &str, prefix: Option<&str>) -> Logged {
    let bytes = log(name).unwrap();
    on_deep_stack(|| {
        let mut reader = LogReader::new(LogForm::detect(&bytes).unwrap(), prefix);
        let mut found = Vec::new();
        reader.feed(&bytes, &mut found);
        let notes = reader.finish(&mut found);
        let mut groups = LogGroups::new();
        for entry in &found {
            groups.add(entry);
        }
        groups.finish(notes)
    })
}

fn told(logged: &Logged) -> String {
    let mut out = String::new();
    writeln!(out, "{} entries, {} failures", logged.entries, logged.failures).unwrap();
    for statement in &logged.statements {
        let text = statement.text.replace('\n', " ");
        writeln!(out, "{} {:.60}", statement.key, text).unwrap();
        for (name, time) in [
            ("durations", statement.durations),
            ("planned", statement.planned),
            ("prepared", statement.prepared),
        ] {
            let LoggedTime { count, total, max } = time;
            writeln!(out, "  {name} {count} × {} = {total}, longest {max}", time.mean()).unwrap();
        }
        for plan in &statement.plans {
            writeln!(out, "  plan {} line {} {:?}", plan.time, plan.line, plan.parameters).unwrap();
        }
        for (name, named) in [
            ("sessions", &statement.sessions),
            ("applications", &statement.applications),
            ("users", &statement.users),
            ("databases", &statement.databases),
        ] {
            writeln!(out, "  {name} {:?}", named.most()).unwrap();
        }
        for (name, named) in &statement.tags {
            writeln!(out, "  tag {name} {:?}", named.most()).unwrap();
        }
        if statement.failures > 0 {
            writeln!(out, "  failures {}", statement.failures).unwrap();
        }
    }
    for note in &logged.notes {
        writeln!(out, "{}: {}", note.subject, note.message).unwrap();
    }
    out
}

#[test]
fn statements_are_grouped() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(fixtures("logs"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let logged = grouped("18-json.csv", None);
    settings.bind(|| insta::assert_snapshot!("18-json.grouped", told(&logged)));
    let same = grouped("18-json.json", None);
    assert_eq!(told(&logged).lines().count(), told(&same).lines().count());
    for (one, other) in logged.statements.iter().zip(&same.statements) {
        assert_eq!((&one.key, one.time()), (&other.key, other.time()));
        assert_eq!(one.plans.len(), other.plans.len());
    }
}

#[test]
fn plans_of_a_log_can_be_read() {
    let logged = grouped("18-json.stderr", None);
    let mut read = 0;
    for plan in logged.statements.iter().flat_map(|it| &it.plans) {
        let (plans, _) = read_json(&plan.document).unwrap();
        assert_eq!(plans.len(), 1);
        read += 1;
    }
    assert!(read > 10, "{read}");
}

fn entry(event: Event) -> Entry {
    Entry {
        line: 1,
        time: String::new(),
        session: Session { process: Some(7), ..Session::default() },
        severity: Severity::Log,
        sqlstate: None,
        event,
        position: None,
        parameters: Vec::new(),
        statement: None,
        detail: None,
        hint: None,
        context: None,
    }
}

fn plan(time: f64, table: usize, bytes: usize) -> Entry {
    let query = Some(format!("select {table}_000 from t{}", "x".repeat(table)));
    entry(Event::Plan { time: Millis(time), document: " ".repeat(bytes), query })
}

#[test]
fn the_slowest_plans_stay_in_bounds() {
    on_deep_stack(|| {
        let mut groups = LogGroups::new();
        for time in 0..10 {
            groups.add(&plan(f64::from(time), 0, 10));
        }
        let logged = groups.finish(Vec::new());
        let times: Vec<f64> = logged.statements[0].plans.iter().map(|it| it.time.0).collect();
        assert_eq!(times, [9.0, 8.0, 7.0]);

        let mut groups = LogGroups::new();
        for table in 0..20 {
            groups.add(&plan(1.0, table, 1 << 20));
        }
        assert!(groups.plan_bytes <= LOGGED_PLAN_BYTES_MAX);
        let logged = groups.finish(Vec::new());
        assert_eq!(logged.statements.len(), 20);
        assert_eq!(logged.notes.len(), 1);
        assert_eq!(logged.notes[0].code, NoteCode::Limit);
    });
}

#[test]
fn durations_without_a_text_belong_to_the_statement_before() {
    on_deep_stack(|| {
        let mut groups = LogGroups::new();
        let text = "select 1".to_owned();
        let bare = || Event::Duration {
            time: Millis(2.0),
            phase: Phase::Statement,
            name: None,
            statement: None,
        };
        groups.add(&entry(Event::Statement { phase: Phase::Statement, name: None, text }));
        groups.add(&entry(Event::TempFile { bytes: Bytes(1) }));
        groups.add(&entry(bare()));
        groups.add(&entry(bare()));
        let logged = groups.finish(Vec::new());
        assert_eq!(logged.statements.len(), 1);
        assert_eq!(logged.statements[0].durations.count, 1);
    });
}
