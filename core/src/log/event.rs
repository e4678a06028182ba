//! Messages into events: what the server's few hundred words mean that matter here.
//!
//! English by its words; other languages by their shape alone, since a time in milliseconds and
//! a colon stand in the same places. `auto_explain` has no translations.

use crate::base::{Bytes, Millis};
use crate::log::document::{Document, document};
use crate::log::raw::Raw;
use crate::log::values::parameter_values;
use crate::log::word::Part;
use crate::log::{Entry, Event, LockState, Phase, Severity};

/// SQLSTATE query_canceled.
const CANCELLED: &str = "57014";

/// Understands an entry.
pub(super) fn entry(mut raw: Raw) -> Entry {
    let severity = raw.severity.take().unwrap_or(Severity::Log);
    let mut message = raw.take(Part::Message).unwrap_or_default();
    if raw.sqlstate.is_none() {
        raw.sqlstate = verbose_state(&message).map(str::to_owned);
        if raw.sqlstate.is_some() {
            message.drain(..7);
        }
    }
    // jsonlog leaves the state of success out, so it says nothing in other forms either.
    raw.sqlstate = raw.sqlstate.filter(|it| it != "00000");
    if let Some((text, position)) = positioned(&message).filter(|_| severity.is_failure()) {
        raw.position = Some(position);
        message.truncate(text);
    }
    let detail = raw.take(Part::Detail);
    let context = raw.take(Part::Context);
    let mut entry = Entry {
        line: raw.line,
        severity: severity.clone(),
        event: Event::Other { message: String::new() },
        parameters: detail.as_deref().map(parameter_values).unwrap_or_default(),
        statement: raw.take(Part::Statement),
        detail,
        hint: raw.take(Part::Hint),
        context,
        position: raw.position,
        time: raw.time,
        session: raw.session,
        sqlstate: raw.sqlstate,
    };
    if entry.parameters.is_empty() && severity.is_failure() {
        entry.parameters = entry.context.as_deref().map(parameter_values).unwrap_or_default();
    }
    entry.event = event(message, &mut entry);
    entry
}

/// `42P01: ` in front of a message, with `log_error_verbosity = verbose`.
fn verbose_state(message: &str) -> Option<&str> {
    let (state, _) = message.split_once(": ").filter(|it| it.0.len() == 5)?;
    let fits = |it: u8| it.is_ascii_digit() || it.is_ascii_uppercase();
    (state.bytes().all(fits) && state.bytes().any(|it| it.is_ascii_digit())).then_some(state)
}

/// ` at character 12` behind a message.
fn positioned(message: &str) -> Option<(usize, u32)> {
    const MARK: &str = " at character ";
    let at = message.rfind(MARK)?;
    Some((at, message[at + MARK.len()..].parse().ok()?))
}

fn event(message: String, entry: &mut Entry) -> Event {
    if entry.severity.is_failure() {
        let cancelled = entry.sqlstate.as_deref() == Some(CANCELLED)
            || message.starts_with("canceling statement due to");
        return if cancelled { Event::Cancelled { message } } else { Event::Failed { message } };
    }
    if entry.severity != Severity::Log {
        return Event::Other { message };
    }
    if let Some((time, rest)) = timed(&message) {
        if let Some(text) = rest.strip_prefix("  plan:\n") {
            let Document { text, query, parameters } = document(text);
            if let Some(values) = parameters.as_deref().map(parameter_values) {
                entry.parameters = values;
            }
            return Event::Plan { time, document: text, query };
        }
        if rest.is_empty() {
            return Event::Duration { time, phase: Phase::Statement, name: None, statement: None };
        }
        if let Some(Named { phase, name, text }) = named(rest.trim_start_matches([' ', ','])) {
            return Event::Duration { time, phase, name, statement: Some(text) };
        }
        return Event::Other { message };
    }
    statement(&message)
        .or_else(|| temporary_file(&message))
        .or_else(|| lock_wait(&message))
        .unwrap_or(Event::Other { message })
}

/// A time and what follows its unit: `duration: 0.123 ms`, `durée : 0.123 ms`.
fn timed(message: &str) -> Option<(Millis, &str)> {
    // The longest word of this kind that the server's translations have is `продолжительность`.
    const WORD_BYTES_MAX: usize = 40;
    let colon = message.find(':').filter(|it| *it <= WORD_BYTES_MAX)?;
    let word = message[..colon].trim_end();
    if word.chars().any(|it| !it.is_alphabetic()) || word.is_empty() {
        return None;
    }
    let rest = message[colon + 1..].strip_prefix(' ')?;
    let end = rest.find(' ')?;
    let (number, after) = rest.split_at(end);
    let decimals = number.split_once('.')?.1;
    let plain = number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let time: f64 = number.parse().ok().filter(|_| plain && decimals.len() == 3)?;
    let after = &after[1..];
    let unit = after.find([' ', ',', '\n']).unwrap_or(after.len());
    let known = word == "duration" && &after[..unit] == "ms";
    (known || word != "duration" && after[..unit].chars().all(char::is_alphabetic))
        .then(|| (Millis(time), &after[unit..]))
}

/// A phase with a statement's name and text.
struct Named {
    phase: Phase,
    name: Option<String>,
    text: String,
}

/// `statement: select`, `execute name/portal: select`, and their like in other languages.
fn named(text: &str) -> Option<Named> {
    let colon = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
    let (words, text) = (text[..colon].trim_end(), text.get(colon + 2..).unwrap_or_default());
    let of = |phase, name: &str| {
        let name = name.split('/').next().filter(|it| !it.is_empty() && *it != "<unnamed>");
        Some(Named { phase, name: name.map(str::to_owned), text: text.to_owned() })
    };
    match words.split_once(' ') {
        None => of(Phase::Statement, ""),
        Some(("parse", name)) => of(Phase::Parse, name),
        Some(("bind", name)) => of(Phase::Bind, name),
        Some(("execute", name)) => match name.strip_prefix("fetch from ") {
            Some(name) => of(Phase::Fetch, name),
            None => of(Phase::Execute, name),
        },
        Some(("fastpath", _)) => None,
        Some((first, _)) => of(localised_phase(first, words)?, words.rsplit(' ').next()?),
    }
}

/// The phase by its first word in the languages that the server speaks; none when unknown.
fn localised_phase(first: &str, words: &str) -> Option<Phase> {
    let fetches = ["fetch", "hämtning"];
    match first.trim_end_matches(':') {
        "Parsen" | "analyse" | "analisi" | "разбор" | "parse" | "解析" | "аналізування" => {
            Some(Phase::Parse)
        }
        "Binden" | "lien" | "сообщение" | "バインド" | "повідомлення" => {
            Some(Phase::Bind)
        }
        "выборка" => Some(Phase::Fetch),
        "Ausführen"
        | "exécute"
        | "ejecutar"
        | "esecuzione"
        | "kör"
        | "выполнение"
        | "実行"
        | "виконувати" => {
            let fetch = words.to_lowercase();
            let is_fetch = fetches.iter().any(|it| fetch.contains(it));
            Some(if is_fetch { Phase::Fetch } else { Phase::Execute })
        }
        _ => None,
    }
}

/// `statement: select` and `execute name: select` of `log_statement`.
fn statement(message: &str) -> Option<Event> {
    const WORDS: &[&str] =
        &["Anweisung", "instruction", "sentencia", "istruzione", "оператор", "文", "sats", "语句"];
    let words = message.split(": ").next()?.trim_end();
    let known = words == "statement" || words.starts_with("execute ") || WORDS.contains(&words);
    if !known {
        return None;
    }
    let Named { phase, name, text } = named(message)?;
    Some(Event::Statement { phase, name, text })
}

/// `temporary file: path "base/pgsql_tmp/…", size 106496`.
fn temporary_file(message: &str) -> Option<Event> {
    let rest = message.strip_prefix("temporary file: path ")?;
    let bytes = rest.rsplit_once(", size ")?.1.parse().ok()?;
    Some(Event::TempFile { bytes: Bytes(bytes) })
}

/// `process 7 still waiting for ShareLock on transaction 759 after 50.096 ms`.
fn lock_wait(message: &str) -> Option<Event> {
    let rest = message.strip_prefix("process ")?;
    let (_, rest) = rest.split_once(' ').filter(|it| it.0.parse::<u32>().is_ok())?;
    let (rest, time) = rest.rsplit_once(" after ")?;
    let waited = Millis(time.strip_suffix(" ms")?.parse().ok()?);
    let states = [
        ("still waiting for ", LockState::Waiting),
        ("avoided deadlock for ", LockState::Waiting),
        ("acquired ", LockState::Acquired),
        ("detected deadlock while waiting for ", LockState::Failed),
        ("failed to acquire ", LockState::Failed),
    ];
    states.into_iter().find_map(|(words, state)| {
        let lock = rest.strip_prefix(words)?;
        let lock = lock.strip_suffix(" by rearranging queue order").unwrap_or(lock).to_owned();
        Some(Event::LockWait { waited, state, lock })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(severity: Severity, message: &str) -> Entry {
        let mut raw = Raw::at(1);
        raw.severity = Some(severity);
        raw.push(Part::Message, message);
        entry(raw)
    }

    fn duration(message: &str) -> String {
        match of(Severity::Log, message).event {
            Event::Duration { time, phase, name, statement } => {
                format!("{} {phase:?} {name:?} {statement:?}", time.0)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn reads_durations_of_every_phase() {
        assert_eq!(duration("duration: 0.010 ms"), "0.01 Statement None None");
        assert_eq!(duration("duration: 1.5e3 ms"), "Other { message: \"duration: 1.5e3 ms\" }");
        assert_eq!(
            duration("duration: 0.010 ms  statement: a: b"),
            "0.01 Statement None Some(\"a: b\")"
        );
        assert_eq!(duration("duration: 9.000 ms  parse <unnamed>: a"), "9 Parse None Some(\"a\")");
        assert_eq!(
            duration("duration: 9.000 ms  execute fetch from S_1/C_2: a"),
            "9 Fetch Some(\"S_1\") Some(\"a\")"
        );
        assert_eq!(
            duration("duration: 9.000 ms  bind S_1/C_2: a"),
            "9 Bind Some(\"S_1\") Some(\"a\")"
        );
    }

    #[test]
    fn reads_durations_of_other_languages() {
        assert_eq!(duration("durée : 0.010 ms"), "0.01 Statement None None");
        assert_eq!(
            duration("durée : 0.010 ms, instruction : a"),
            "0.01 Statement None Some(\"a\")"
        );
        assert_eq!(
            duration("Dauer: 0.010 ms  Ausführen S_1: a"),
            "0.01 Execute Some(\"S_1\") Some(\"a\")"
        );
        assert_eq!(
            duration("продолжительность: 0.010 мс, разбор <unnamed>: a"),
            "0.01 Parse None Some(\"a\")"
        );
        assert_eq!(
            duration("durée : 0.010 ms  exécute fetch à partir de c: a"),
            "0.01 Fetch Some(\"c\") Some(\"a\")"
        );
    }

    #[test]
    fn reads_states_and_positions() {
        let found = of(Severity::Error, "42601: syntax error at or near \"x\" at character 12");
        assert_eq!(found.sqlstate.as_deref(), Some("42601"));
        assert_eq!(found.position, Some(12));
        let message = "syntax error at or near \"x\"".to_owned();
        assert_eq!(found.event, Event::Failed { message });
    }

    #[test]
    fn reads_waits_for_locks() {
        let message = "process 7 avoided deadlock for ShareLock on transaction 9 by rearranging \
                       queue order after 1001.5 ms";
        let Event::LockWait { waited, state, lock } = of(Severity::Log, message).event else {
            panic!("no wait");
        };
        assert_eq!((waited.0, state), (1001.5, LockState::Waiting));
        assert_eq!(lock, "ShareLock on transaction 9");
    }
}
