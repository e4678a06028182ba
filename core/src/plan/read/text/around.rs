//! What stands beside the tree: triggers, just-in-time compilation, serialization, settings.

use super::make::{Entries, entry, measure, number, text};
use crate::plan::read::key::Key;
use crate::plan::read::value::Value;

/// The key as servers from 11 write it.
pub(super) fn modern(key: &str) -> &str {
    match key {
        "Planning time" => "Planning Time",
        "Execution time" => "Execution Time",
        "Total runtime" => "Total Runtime",
        other => other,
    }
}

/// Whether lines of this key stand beside the tree wherever their indentation puts them.
pub(super) fn is_beside(key: &str) -> bool {
    const KEYS: &[&str] = &[
        "Execution Time",
        "Generated Plan Advice",
        "JIT",
        "Planning",
        "Planning Time",
        "Query Identifier",
        "Query Parameters",
        "Query Text",
        "Serialization",
        "Settings",
        "Supplied Plan Advice",
        "Total Runtime",
    ];
    KEYS.contains(&key)
}

/// Lines that mean something only within their group, or beside the tree.
pub(super) fn within(group: &str, key: &str, value: &str, out: &mut Entries) -> Option<()> {
    match (group, key) {
        ("JIT", "Options") => {
            out.push(entry(key, options(value)?));
        }
        ("JIT", "Timing") => {
            out.push(entry(key, timing(value)?));
        }
        ("Serialization", "Serialization") => serialization(value, out)?,
        (_, "Settings") => out.push(entry(key, settings(value)?)),
        _ => return None,
    }
    Some(())
}

/// `Inlining false, Optimization false, Expressions true, Deforming true`
fn options(value: &str) -> Option<Value> {
    let options = value.split(", ").map(|option| {
        let (name, on) = option.split_once(' ')?;
        Some(entry(name, Value::Flag(on.parse().ok()?)))
    });
    Some(Value::Object(options.collect::<Option<_>>()?))
}

/// `Generation 0.5 ms (Deform 0.1 ms), Inlining 0.0 ms, Total 1.2 ms`
fn timing(value: &str) -> Option<Value> {
    let parts = value.split(", ").map(|part| {
        let Some((whole, inner)) = part.split_once(" (") else { return time(part) };
        let (name, total) = time(whole)?;
        let inner = time(inner.strip_suffix(')')?)?;
        Some((name, Value::Object(vec![inner, entry("Total", total)])))
    });
    Some(Value::Object(parts.collect::<Option<_>>()?))
}

fn time(part: &str) -> Option<(Key, Value)> {
    let (name, time) = part.split_once(' ')?;
    Some(entry(name, measure(time)?))
}

/// `time=0.1 ms  output=1kB  format=text`
fn serialization(value: &str, out: &mut Entries) -> Option<()> {
    for part in value.split("  ") {
        let (name, value) = part.split_once('=')?;
        out.push(match name {
            "time" => entry("Time", measure(value)?),
            "output" => entry("Output Volume", measure(value)?),
            "format" => entry("Format", text(value)),
            other => entry(other, text(value)),
        });
    }
    Some(())
}

/// `a = 'b', c = NULL`: values are printed as they are, whatever quotes they hold.
fn settings(value: &str) -> Option<Value> {
    let mut found = Entries::new();
    let mut rest = value;
    while !rest.is_empty() {
        let (name, behind) = rest.split_once(" = ")?;
        let (value, next) = match behind.strip_prefix('\'') {
            None => {
                let (word, next) = behind.split_once(", ").unwrap_or((behind, ""));
                (if word == "NULL" { Value::Null } else { text(word) }, next)
            }
            Some(inside) => {
                let end = end_of_setting(inside)?;
                (text(&inside[..end]), inside[end + 1..].trim_start_matches(", "))
            }
        };
        found.push(entry(name, value));
        rest = next;
    }
    Some(Value::Object(found))
}

/// Where a value ends: at the quote before the next name, or at the last one.
fn end_of_setting(inside: &str) -> Option<usize> {
    let is_name = |it: char| it.is_alphanumeric() || "_.".contains(it);
    let before_name = |(at, _): &(usize, &str)| {
        let behind = &inside[at + 3..];
        let name = behind.find(|it| !is_name(it)).unwrap_or(behind.len());
        name > 0 && behind[name..].starts_with(" = ")
    };
    let next = inside.match_indices("', ").find(before_name).map(|(at, _)| at);
    next.or_else(|| inside.strip_suffix('\'').map(str::len))
}

/// `Trigger [name][ for constraint name][ on table]: [time=0.1 ]calls=2`; names are not quoted.
pub(super) fn trigger(line: &str) -> Option<Value> {
    let line = line.strip_prefix("Trigger")?;
    let at = line.rfind(": time=").or_else(|| line.rfind(": calls="))?;
    let (names, figures) = (&line[..at], &line[at + 2..]);
    let (time, calls) = match figures.strip_prefix("time=") {
        Some(figures) => {
            let (time, calls) = figures.split_once(" calls=")?;
            (Some(number(time)?), calls)
        }
        None => (None, figures.strip_prefix("calls=")?),
    };
    let calls = number(calls)?;
    let (names, relation) = match names.rsplit_once(" on ") {
        Some((names, relation)) => (names, Some(relation)),
        None => (names, None),
    };
    let (name, constraint) = match names.split_once(" for constraint ") {
        Some((name, constraint)) => (name, Some(constraint)),
        None => (names, None),
    };
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    let texts = [("Trigger Name", name), ("Constraint Name", constraint), ("Relation", relation)];
    let mut found: Entries =
        texts.into_iter().filter_map(|(key, name)| Some(entry(key, text(name?)))).collect();
    found.extend(time.map(|time| entry("Time", time)));
    found.push(entry("Calls", calls));
    Some(Value::Object(found))
}

/// `JIT for worker 0:`, as servers up to 12 head it.
pub(super) fn compiled_by(line: &str) -> Option<Value> {
    number(line.strip_prefix("JIT for worker ")?.strip_suffix(':')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_settings_with_quotes_and_commas() {
        let value =
            settings(r#"search_path = '"$user", 'x', public', work_mem = '4MB', a.b = NULL"#);
        assert_eq!(
            value.unwrap().json(),
            r#"{"search_path":"\"$user\", 'x', public","work_mem":"4MB","a.b":null}"#
        );
    }

    #[test]
    fn reads_triggers_of_every_form() {
        let json = |line: &str| trigger(line).unwrap().json();
        assert_eq!(
            json("Trigger RI_x for constraint child_fk: time=1.5 calls=2"),
            r#"{"Trigger Name":"RI_x","Constraint Name":"child_fk","Time":1.5,"Calls":2}"#
        );
        assert_eq!(
            json("Trigger for constraint child_fk on parent: calls=2"),
            r#"{"Constraint Name":"child_fk","Relation":"parent","Calls":2}"#
        );
        assert_eq!(
            json("Trigger t: time=0.100 calls=1"),
            r#"{"Trigger Name":"t","Time":0.1,"Calls":1}"#
        );
    }
}
