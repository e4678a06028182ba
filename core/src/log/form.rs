//! Which form a log has, by its first bytes.
//!
//! Refuses what only mentions a message: output of psql with NOTICEs in it is no log.

use crate::log::prefix::typed_length;
use crate::log::{syslog, word};

/// The forms of logs that are told apart before reading; what is inside decides the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogForm {
    /// stderr, with any `log_line_prefix`.
    Stderr,
    /// csvlog, or an export as CSV with a line of names.
    Csv,
    /// jsonlog, or objects that hold entries or lines: CloudNativePG, Google, Azure, Docker.
    Json,
    /// syslog in its traditional form or that of RFC 5424, and Heroku's logplex.
    Syslog,
}

/// Bytes that are enough to tell a form; fewer are as well when there are no more.
pub const FORM_BYTES: usize = 64 << 10;

/// Keys that one of the known objects has.
const KEYS: &[&str] =
    &["\"error_severity\":", "\"textPayload\":", "\"errorLevel\":", "\"sqlerrcode\":"];

impl LogForm {
    /// The form of a text that begins so; none when it is no log of a server.
    pub fn detect(first: &[u8]) -> Option<Self> {
        let first = &first[..first.len().min(FORM_BYTES)];
        let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        let text = String::from_utf8_lossy(first);
        if text.trim_start().starts_with(['{', '[']) {
            let dense = text.replace("\": ", "\":");
            let docker = dense.contains("\"log\":") && dense.contains("\"stream\":");
            let found = docker || KEYS.iter().any(|it| dense.contains(it));
            if found {
                return Some(Self::Json);
            }
        }
        if text.lines().next().is_some_and(is_names) || text.lines().any(is_record) {
            return Some(Self::Csv);
        }
        if text.lines().any(is_of_syslog) {
            return Some(Self::Syslog);
        }
        text.lines().any(is_head).then_some(Self::Stderr)
    }
}

/// The first line of an export as CSV.
fn is_names(line: &str) -> bool {
    let names: Vec<&str> = line.trim_end().split(',').map(|it| it.trim_matches('"')).collect();
    let is_message = |it: &&str| ["message", "textpayload"].contains(&it.to_lowercase().as_str());
    let time = ["timestamp", "TimeGenerated", "time"];
    names.len() > 1
        && names.iter().any(is_message)
        && names.iter().any(|it| time.iter().any(|time| it.starts_with(time)))
}

/// A record of csvlog: a time, a comma, and the word of a severity between commas.
fn is_record(line: &str) -> bool {
    let Some(time) = typed_length('m', line) else { return false };
    let rest = &line[time..];
    rest.starts_with(',')
        && rest
            .split(',')
            .skip(10)
            .take(4)
            .any(|it| matches!(word::known(it), Some(word::Word::Begin(_))))
}

fn is_of_syslog(line: &str) -> bool {
    syslog::strip(0, line)
        .is_some_and(|it| word::find(&it.text).is_some_and(|at| is_severity(&it.text[at..])))
}

/// The head of a message: a severity behind something that a prefix would hold, or a duration
/// at the margin.
fn is_head(line: &str) -> bool {
    let Some(at) = word::find(line).filter(|at| is_severity(&line[*at..])) else { return false };
    let prefix = &line[..at];
    if line.starts_with(['\t', ' ']) {
        return false;
    }
    let says_when = (0..prefix.len().min(80)).filter(|it| prefix.is_char_boundary(*it)).any(|it| {
        ['m', 'n', 'c'].iter().any(|letter| typed_length(*letter, &prefix[it..]).is_some())
    });
    let process = prefix.split(['[', '(']).skip(1).any(|it| {
        let digits = it.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && it[digits..].starts_with([']', ')', '-'])
    });
    let bare = prefix.is_empty() && line.contains(":  duration: ");
    says_when || process || bare
}

fn is_severity(text: &str) -> bool {
    let word = word::split(text).and_then(|it| word::known(it.0));
    matches!(word, Some(word::Word::Begin(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_log() {
        for text in [
            "",
            "Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)",
            "NOTICE:  table \"x\" does not exist, skipping\n QUERY PLAN\n",
            "psql:a.sql:1: ERROR:  no\nSeq Scan on a  (cost=0.00..1.00 rows=1 width=4)",
            "[{\"Plan\": {\"Node Type\": \"Result\"}}]",
            "{\"Query Text\": \"select '\\\"error_severity\\\": 1'\", \"Plan\": {}}",
            "QUERY PLAN\n\"Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\"\n",
        ] {
            assert_eq!(LogForm::detect(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn tells_forms_apart() {
        for (text, form) in [
            ("2026-11-20 14:20:15.007 UTC [19780] LOG:  x", LogForm::Stderr),
            ("[7] ERREUR:  x", LogForm::Stderr),
            ("LOG:  duration: 0.010 ms", LogForm::Stderr),
            ("Nov 20 14:20:15 db1 postgres[197]: [8-1] user= LOG:  x", LogForm::Syslog),
            ("[\n  {\n    \"textPayload\": \"x\"", LogForm::Json),
            ("{\"log\":\"2026\",\"stream\":\"stderr\"}", LogForm::Json),
            ("timestamp,textPayload\n2026,x\n", LogForm::Csv),
        ] {
            assert_eq!(LogForm::detect(text.as_bytes()), Some(form), "{text}");
        }
    }
}
