//! Recorded logs: every form of one session gives the same entries, torn anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::base::{Note, start_of};
use crate::testing::fixtures;

/// The prefixes of `record.sh`, by the name of the run.
const PREFIXES: &[(&str, &str)] = &[
    ("text", "%m [%p] "),
    ("json", "%t:%r:%u@%d:[%p]:"),
    ("xml", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h "),
    ("yaml", "%n|%c|%v|%x|%e|%b|%Q|%q%u|%d|%a|%h|"),
];

/// The recorded runs: the path without its ending, and the prefix.
fn runs() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for major in [13, 15, 18] {
        for (name, prefix) in PREFIXES {
            let prefix = if major < 14 { prefix.replace("%Q|", "") } else { (*prefix).to_owned() };
            found.push((fixtures("logs").join(format!("{major}-{name}")), prefix));
        }
    }
    found
}

fn bytes(run: &Path, ending: &str) -> Option<Vec<u8>> {
    let name = run.file_name()?.to_string_lossy();
    crate::testing::log(&format!("{name}.{ending}"))
}

fn read_chunks(
    form: LogForm,
    prefix: Option<&str>,
    bytes: &[u8],
    chunk: usize,
) -> (Vec<Entry>, Vec<Note>) {
    let mut reader = LogReader::new(form, prefix);
    let mut found = Vec::new();
    for chunk in bytes.chunks(chunk) {
        reader.feed(chunk, &mut found);
    }
    let notes = reader.finish(&mut found);
    (found, notes)
}

fn read(bytes: &[u8], prefix: Option<&str>) -> (Vec<Entry>, Vec<Note>) {
    let form = LogForm::detect(bytes).expect("a log");
    read_chunks(form, prefix, bytes, bytes.len().max(1))
}

/// Entries by process, each in its order, without those that only syslog gets, and with what
/// `other` never says blanked.
fn comparable(entries: &[Entry], other: &[Entry]) -> Vec<Entry> {
    let says = |field: fn(&Entry) -> bool| other.iter().any(field);
    let mut found: Vec<Entry> = entries.to_vec();
    found.retain(|it| {
        let message = "redirecting log output to logging collector process";
        !matches!(&it.event, Event::Other { message: it } if it == message)
    });
    for entry in &mut found {
        entry.line = 0;
        // Each form looks at the clock anew, so only the same fraction is the same time.
        if !says(|it| it.time.contains(' ') && it.time.contains('.')) {
            entry.time.clear();
        }
        let session = &mut entry.session;
        session.id = session.id.take().filter(|_| says(|it| it.session.id.is_some()));
        session.virtual_transaction = session
            .virtual_transaction
            .take()
            .filter(|_| says(|it| it.session.virtual_transaction.is_some()));
        session.transaction =
            session.transaction.filter(|_| says(|it| it.session.transaction.is_some()));
        session.user = session.user.take().filter(|_| says(|it| it.session.user.is_some()));
        session.database =
            session.database.take().filter(|_| says(|it| it.session.database.is_some()));
        session.application =
            session.application.take().filter(|_| says(|it| it.session.application.is_some()));
        session.host = session.host.take().filter(|_| says(|it| it.session.host.is_some()));
        session.backend =
            session.backend.take().filter(|_| says(|it| it.session.backend.is_some()));
        session.query_id = session.query_id.filter(|_| says(|it| it.session.query_id.is_some()));
        entry.sqlstate = entry.sqlstate.take().filter(|_| says(|it| it.sqlstate.is_some()));
    }
    found.sort_by_key(|it| it.session.process);
    found
}

fn assert_same(name: &str, entries: &[Entry], wanted: &[Entry]) {
    let (found, wanted) = (comparable(entries, entries), comparable(wanted, entries));
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted, "{name}");
    }
    assert_eq!(found.len(), wanted.len(), "{name}");
}

#[test]
fn every_form_of_a_session_gives_the_same_entries() {
    for (run, prefix) in runs() {
        let name = run.file_name().unwrap().to_string_lossy().into_owned();
        let (wanted, notes) = read(&bytes(&run, "csv").unwrap(), None);
        assert_eq!(notes, [], "{name}");
        assert!(wanted.len() > 50, "{name}: {}", wanted.len());
        let mut forms = 0;
        for ending in ["stderr", "json", "syslog", "syslog5424"] {
            let Some(bytes) = bytes(&run, ending) else { continue };
            let (found, notes) = read(&bytes, Some(&prefix));
            assert_eq!(notes, [], "{name}.{ending}");
            assert_same(&format!("{name}.{ending}"), &found, &wanted);
            forms += 1;
        }
        assert!(forms >= 2, "{name}: {forms}");
    }
}

/// Lines as objects, as containers and clouds hold them.
fn wrapped(lines: &str, object: fn(&str) -> serde_json::Value) -> Vec<u8> {
    let objects = lines.split_terminator('\n').map(|it| object(it).to_string() + "\n");
    objects.collect::<String>().into_bytes()
}

#[test]
fn wrapped_lines_give_the_same_entries() {
    let lines = String::from_utf8(crate::testing::log("18-text.stderr").unwrap()).unwrap();
    let (wanted, _) = read(lines.as_bytes(), None);
    let google = wrapped(
        &lines,
        |line| serde_json::json!({"insertId": "s=1", "textPayload": line, "timestamp": "2026"}),
    );
    let docker = wrapped(
        &lines,
        |line| serde_json::json!({"log": format!("{line}\n"), "stream": "stderr", "time": "2026"}),
    );
    let azure = wrapped(
        &lines,
        |line| serde_json::json!({"properties": {"errorLevel": "LOG", "message": line}}),
    );
    let list = String::from_utf8(google.clone()).unwrap().replace("}\n", "},\n");
    let list = format!("[{}]", list.trim_end_matches(",\n")).into_bytes();
    for bytes in [google, docker, list] {
        let (found, _) = read(&bytes, None);
        assert_same("lines in objects", &found, &wanted);
    }
    // Azure says the level beside every line: those without a head would be messages of their own.
    let (found, _) = read(&azure, None);
    assert!(found.len() >= wanted.len());
}

#[test]
fn wrapped_records_give_the_same_entries() {
    let lines = String::from_utf8(crate::testing::log("18-json.json").unwrap()).unwrap();
    let (wanted, _) = read(lines.as_bytes(), None);
    let names = [
        ("timestamp", "log_time"),
        ("user", "user_name"),
        ("dbname", "database_name"),
        ("pid", "process_id"),
        ("remote_host", "connection_from"),
        ("vxid", "virtual_transaction_id"),
        ("txid", "transaction_id"),
        ("state_code", "sql_state_code"),
        ("statement", "query"),
        ("cursor_position", "query_pos"),
    ];
    let mut records = String::new();
    for line in lines.lines() {
        let own: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let record: serde_json::Map<String, serde_json::Value> = own
            .into_iter()
            .map(|(name, value)| {
                let other = names.iter().find(|it| it.0 == name).map_or(name.as_str(), |it| it.1);
                let text = value.as_str().map_or(value.to_string(), str::to_owned);
                (other.to_owned(), text.into())
            })
            .collect();
        let object = serde_json::json!({"level": "info", "logger": "postgres", "record": record});
        writeln!(records, "{object}").unwrap();
    }
    let (found, notes) = read(records.as_bytes(), None);
    assert_eq!(notes, []);
    assert_same("records in objects", &found, &wanted);
}

#[test]
fn a_prefix_is_inferred() {
    let mut told = String::new();
    for (run, prefix) in runs() {
        for ending in ["stderr", "syslog"] {
            let Some(bytes) = bytes(&run, ending) else { continue };
            let (found, notes) = read(&bytes, None);
            let (wanted, _) = read(&bytes, Some(&prefix));
            let name = run.file_name().unwrap().to_string_lossy();
            writeln!(told, "{name}.{ending}: {} entries", found.len()).unwrap();
            writeln!(told, "  said     {prefix}").unwrap();
            for note in &notes {
                writeln!(told, "  {}", note.message).unwrap();
            }
            assert_same(&format!("{name}: {}", notes[0].message), &found, &wanted);
        }
    }
    snapshot("inferred", &told);
}

#[test]
fn chunks_change_nothing() {
    for (run, _) in runs() {
        for ending in ["stderr", "csv", "json", "syslog", "syslog5424"] {
            let Some(bytes) = bytes(&run, ending) else { continue };
            let form = LogForm::detect(&bytes).unwrap();
            let whole = read_chunks(form, None, &bytes, bytes.len());
            for chunk in [1, 7, 4096] {
                let torn = read_chunks(form, None, &bytes, chunk);
                assert!(torn == whole, "{}.{ending} by {chunk}", run.display());
            }
        }
    }
}

#[test]
fn damage_is_survived() {
    for (run, prefix) in runs() {
        for ending in ["stderr", "csv", "json", "syslog", "syslog5424"] {
            let Some(bytes) = bytes(&run, ending) else { continue };
            let form = LogForm::detect(&bytes).unwrap();
            let whole = read_chunks(form, Some(&prefix), &bytes, 4096).0.len();
            for cut in (0..bytes.len()).step_by(bytes.len() / 17) {
                // A file that was cut, and goes on with a whole one.
                let mut torn = bytes[..cut].to_vec();
                torn.push(b'\n');
                torn.extend_from_slice(&bytes);
                let found = read_chunks(form, Some(&prefix), &torn, 4096).0;
                let lost = (whole + 1).saturating_sub(found.len());
                assert!(lost <= 1, "{}.{ending} cut at {cut}: {lost} lost", run.display());
                // Any form read as any other.
                for other in [LogForm::Stderr, LogForm::Csv, LogForm::Json, LogForm::Syslog] {
                    let from = &bytes[cut..bytes.len().min(cut + 3000)];
                    read_chunks(other, Some(&prefix), from, 97);
                }
            }
            let garbled: Vec<u8> = bytes
                .iter()
                .enumerate()
                .map(|(at, byte)| if at % 13 == 5 { byte ^ 0x95 } else { *byte })
                .collect();
            read_chunks(form, Some(&prefix), &garbled, 1000);
            if run.ends_with("18-text") {
                for other in [LogForm::Stderr, LogForm::Csv, LogForm::Json, LogForm::Syslog] {
                    read_chunks(other, None, &garbled, 1000);
                }
            }
            LogForm::detect(&garbled);
        }
    }
}

#[test]
fn entries_are_as_reviewed() {
    for name in ["13-json", "15-xml", "18-text", "18-yaml"] {
        let run = fixtures("logs").join(name);
        let (entries, _) = read(&bytes(&run, "csv").unwrap(), None);
        snapshot(name, &entries.iter().map(told).collect::<String>());
    }
}

/// What an entry says, in a few lines.
fn told(entry: &Entry) -> String {
    let Entry { line, severity, session, event, sqlstate, .. } = entry;
    let mut out = format!("{line} {severity} {} ", sqlstate.as_deref().unwrap_or("-"));
    let vxid = session.virtual_transaction.as_deref().unwrap_or("-");
    let user = session.user.as_deref().unwrap_or("-");
    let application = session.application.as_deref().unwrap_or("-");
    let backend = session.backend.as_deref().unwrap_or("-");
    writeln!(out, "{vxid} {:?} {user} {application:?} {backend}", session.transaction).unwrap();
    match event {
        Event::Plan { time, document, query } => {
            let first = document.lines().next().unwrap_or_default();
            writeln!(out, "  Plan {} {query:?} {first:?} …{}", time.0, document.len()).unwrap();
        }
        other => writeln!(out, "  {}", shortened(&format!("{other:?}"))).unwrap(),
    }
    let parts = [
        ("statement", &entry.statement),
        ("detail", &entry.detail),
        ("hint", &entry.hint),
        ("context", &entry.context),
    ];
    for (name, text) in parts {
        if let Some(text) = text {
            writeln!(out, "  {name} {}", shortened(&format!("{text:?}"))).unwrap();
        }
    }
    if let Some(position) = entry.position {
        writeln!(out, "  position {position}").unwrap();
    }
    if !entry.parameters.is_empty() {
        writeln!(out, "  parameters {:?}", entry.parameters).unwrap();
    }
    if !entry.tags().is_empty() {
        writeln!(out, "  tags {:?}", entry.tags()).unwrap();
    }
    out
}

fn shortened(text: &str) -> String {
    if text.len() < 300 { text.to_owned() } else { format!("{}…", start_of(text, 300)) }
}

fn snapshot(name: &str, told: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(fixtures("logs"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, told));
}
