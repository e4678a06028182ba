//! The JSON forms against their schemas, by a checker of the few keywords that these use.
//!
//! Own and small, because a library for all of JSON Schema brings some eighty crates; a keyword
//! that it does not know is an error here, so the schemas cannot say what nothing checks.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::program::{advise, root, run, worlds};

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join(format!("schemas/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Says nothing of values.
const WORDS: [&str; 5] = ["$schema", "$id", "$defs", "title", "description"];

struct Checker<'a> {
    whole: &'a Value,
}

impl Checker<'_> {
    /// Everything that a value does not keep to.
    fn faults(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (keyword, wanted) in schema.as_object().unwrap() {
            found.extend(self.fault(keyword, wanted, (schema, value), place));
        }
        found
    }

    fn fault(
        &self,
        keyword: &str,
        wanted: &Value,
        (schema, value): (&Value, &Value),
        place: &str,
    ) -> Vec<String> {
        let one = |holds: bool| {
            let fault = format!("{place}: {value} against {keyword} {wanted}");
            if holds { Vec::new() } else { vec![fault] }
        };
        match keyword {
            "type" => one(types(wanted).iter().any(|it| is_a(value, it))),
            "const" => one(value == wanted),
            "enum" => one(wanted.as_array().unwrap().contains(value)),
            "minimum" => one(value.as_f64().is_none_or(|it| it >= wanted.as_f64().unwrap())),
            "pattern" => {
                assert_eq!(wanted, "^[0-9a-f]{10}$", "the only pattern this checker knows");
                let text = value.as_str().unwrap_or_default();
                one(text.len() == 10 && text.chars().all(|it| it.is_ascii_hexdigit()))
            }
            "required" => {
                let keys = wanted.as_array().unwrap().iter().map(|it| it.as_str().unwrap());
                one(keys.clone().all(|key| value.get(key).is_some()))
            }
            "properties" => self.members(wanted.as_object().unwrap(), value, place),
            // Readers must take more than is described; we describe all that we write.
            "additionalProperties" => {
                assert_eq!(wanted, true);
                let known = schema["properties"].as_object().unwrap();
                let more = value.as_object().into_iter().flatten();
                more.filter(|(key, _)| !known.contains_key(*key))
                    .map(|(key, _)| format!("{place}.{key} is described nowhere"))
                    .collect()
            }
            "items" => {
                let members = value.as_array().into_iter().flatten().enumerate();
                members
                    .flat_map(|(position, it)| {
                        self.faults(wanted, it, &format!("{place}[{position}]"))
                    })
                    .collect()
            }
            "$ref" => self.elsewhere(wanted.as_str().unwrap(), value, place),
            "anyOf" | "oneOf" => {
                let ways: Vec<Vec<String>> = wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| self.faults(it, value, place))
                    .collect();
                let fitting = ways.iter().filter(|it| it.is_empty()).count();
                match fitting {
                    0 => vec![format!("{place}: {value} fits none of {} ways", ways.len())],
                    1 => Vec::new(),
                    _ => one(keyword == "anyOf"),
                }
            }
            word => {
                assert!(WORDS.contains(&word), "a keyword that this checker does not know: {word}");
                Vec::new()
            }
        }
    }

    /// Against a part of this schema, or of one beside it.
    fn elsewhere(&self, reference: &str, value: &Value, place: &str) -> Vec<String> {
        let (file, path) = reference.split_once('#').unwrap();
        let Some(name) = file.strip_suffix(".json") else {
            return self.faults(self.whole.pointer(path).unwrap(), value, place);
        };
        let whole = schema(name);
        Checker { whole: &whole }.faults(whole.pointer(path).unwrap(), value, place)
    }

    fn members(&self, known: &Map<String, Value>, value: &Value, place: &str) -> Vec<String> {
        let members = value.as_object().into_iter().flatten();
        members
            .filter_map(|(key, member)| Some((key, member, known.get(key)?)))
            .flat_map(|(key, member, schema)| {
                self.faults(schema, member, &format!("{place}.{key}"))
            })
            .collect()
    }
}

fn types(wanted: &Value) -> Vec<String> {
    match wanted {
        Value::Array(all) => all.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn check(name: &str, value: &Value, place: &str) {
    let whole = schema(name);
    let found = Checker { whole: &whole }.faults(&whole, value, place);
    assert!(found.is_empty(), "{place}:\n  {}", found.join("\n  "));
}

#[test]
fn advice_keeps_to_its_schema() {
    for world in worlds() {
        check("advice-1", &advise(&world, "json").json(), world.to_str().unwrap());
        let place = world.to_str().unwrap();
        let structure = run(&["advise", "--from", place, "--price", "structure", "-f", "json"]);
        check("advice-1", &structure.json(), place);
    }
}

#[test]
fn plans_keep_to_their_schema() {
    let mut told = 0;
    for path in crate::tidy::files("fixtures/plans", ".json") {
        let ran = run(&["plan", path.to_str().unwrap(), "--format", "json"]);
        if ran.code == 0 {
            told += ran.json()["findings"].as_array().unwrap().len();
            check("plan-1", &ran.json(), path.to_str().unwrap());
        }
    }
    assert!(told >= 9, "{told} findings");
}

#[test]
fn every_rule_fixture_keeps_to_the_schema() {
    let mut kinds = BTreeSet::new();
    for path in crate::tidy::files("fixtures/rules", "capture.json") {
        let world = path.parent().unwrap();
        let json = advise(world, "json").json();
        check("advice-1", &json, world.to_str().unwrap());
        let findings = json["findings"].as_array().unwrap().iter();
        let facts = findings.flat_map(|it| it["facts"].as_array().unwrap());
        kinds.extend(facts.map(|it| it["kind"].as_str().unwrap().to_owned()));
    }
    // Kinds that no rule states yet would be missing here; most must have been seen.
    assert!(kinds.len() >= 12, "{kinds:?}");
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let whole = schema("advice-1");
    let checker = Checker { whole: &whole };
    let sound = advise(&crate::program::world("shop15"), "json").json();
    assert_eq!(checker.faults(&whole, &sound, "sound"), Vec::<String>::new());
    let wrongs: [(&str, Value); 7] = [
        ("/schema", "advice/2".into()),
        ("/recommendations/0/gain/cost_before", "much".into()),
        ("/recommendations/0/id", "9A".into()),
        ("/findings/0/severity", "fatal".into()),
        ("/findings/0/facts/0/kind", "rumour".into()),
        ("/statements/0/fate", Value::Null),
        ("/coverage/statements_count", (-1).into()),
    ];
    for (place, wrong) in wrongs {
        let mut changed = sound.clone();
        *changed.pointer_mut(place).unwrap() = wrong;
        assert_ne!(checker.faults(&whole, &changed, place), Vec::<String>::new(), "{place}");
    }
    let mut more = sound.clone();
    more["weather"] = "rain".into();
    assert_eq!(checker.faults(&whole, &more, ""), [".weather is described nowhere"]);
    let mut less = sound;
    less.as_object_mut().unwrap().remove("notes");
    assert_ne!(checker.faults(&whole, &less, ""), Vec::<String>::new());
}

/// Every schema below one has words for people.
fn undescribed(schema: &Value, place: &str, out: &mut Vec<String>) {
    let Some(members) = schema.as_object() else { return };
    let is_schema = members.contains_key("type") || members.contains_key("oneOf");
    if is_schema
        && !members.contains_key("description")
        && schema != &serde_json::json!({"type": "null"})
    {
        out.push(place.to_owned());
    }
    for (key, value) in members {
        match value {
            Value::Array(all) => {
                for it in all {
                    undescribed(it, &format!("{place}/{key}"), out);
                }
            }
            value => undescribed(value, &format!("{place}/{key}"), out),
        }
    }
}

#[test]
fn schemas_describe_every_field_and_every_kind_of_fact() {
    let source = std::fs::read_to_string(root().join("core/src/report/evidence.rs")).unwrap();
    let start = source.find("enum Evidence").unwrap();
    let body = &source[start..start + source[start..].find("\n}").unwrap()];
    let kinds: Vec<String> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split([' ', '{']).next())
        .filter(|it| it.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(snake)
        .collect();
    assert!(kinds.len() >= 20, "{kinds:?}");
    for name in ["advice-1", "plan-1"] {
        let whole = schema(name);
        let mut found = Vec::new();
        undescribed(&whole, name, &mut found);
        assert!(found.is_empty(), "{found:#?}");
        let described: Vec<&str> = whole["$defs"]["fact"]["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["properties"]["kind"]["const"].as_str().unwrap())
            .collect();
        for kind in &kinds {
            assert!(described.contains(&kind.as_str()), "{name} does not describe {kind}");
        }
    }
}

#[test]
fn plan_schemas_describe_every_field() {
    for name in ["plan-1", "plan-comparison-1", "log-1"] {
        let mut found = Vec::new();
        undescribed(&schema(name), name, &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn logs_keep_to_their_schema() {
    for name in ["18-json.csv", "15-text.stderr", "13-yaml.syslog"] {
        let path = root().join("fixtures/logs").join(name);
        let path = path.to_str().unwrap();
        for more in [&["--all"][..], &["--anonymize"]] {
            let ran = run(&[&["plan", path, "--format", "json"], more].concat());
            check("log-1", &ran.json(), name);
            assert!(ran.json()["plans"].as_array().unwrap().len() >= 5, "{name}");
        }
    }
}

#[test]
fn comparisons_keep_to_their_schema() {
    let plans = crate::tidy::files("fixtures/plans", ".json");
    for pair in plans.windows(2).step_by(5) {
        let [before, after] = [0, 1].map(|at| pair[at].to_str().unwrap());
        let ran = run(&["plan", before, after, "--format", "json"]);
        if ran.code == 0 {
            check("plan-comparison-1", &ran.json(), before);
        }
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
