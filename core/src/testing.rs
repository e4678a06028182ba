//! Checks that tests share; the only place where unit tests of pure floors touch the disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::plan::read_json;
use crate::rules::{Finding, PlanOf, Rule, RuleOptions, Scene, check_all, check_plan};
use crate::workload::{Capture, cases, drafts, plan_world, wire, wishes};

/// A folder below `fixtures/`.
pub(crate) fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(below)
}

/// The text of a fixture.
pub(crate) fn text_of(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The recorded plans with their names, sorted.
pub(crate) fn recorded_plans() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(fixtures("plans")).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort();
    assert!(files.len() > 40, "fixtures are where they should be");
    let name = |file: &Path| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), text_of(file))).collect()
}

/// Keeps a snapshot beside the fixtures that it was made of.
pub(crate) fn assert_told(folder: &Path, name: &str, told: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, told));
}

/// A recorded log; none when the server of that version has no such form.
pub(crate) fn log(name: &str) -> Option<Vec<u8>> {
    std::fs::read(fixtures("logs").join(name)).ok()
}

/// The folders in a folder, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The capture in a folder.
pub(crate) fn capture(folder: &Path) -> Capture {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|it| it == "jsonl") || name == "capture.json" {
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    wire::read(&files).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// Runs pure work as the command line does: on threads with stacks that deep statements need.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .stack_size(64 << 20)
        .build()
        .unwrap()
        .install(work)
}

/// Every finding of every rule in a recorded world.
pub(crate) fn findings(capture: &Capture, options: RuleOptions) -> Vec<Finding> {
    on_deep_stack(|| {
        let cases = cases(drafts(capture), capture);
        let wishes = wishes(&cases, &capture.catalog);
        check_all(&Scene { options, ..Scene::new(capture, &cases, &wishes) })
    })
}

/// The options of a case: its `options.json`, else those that every user starts from.
fn options(case: &Path) -> RuleOptions {
    match std::fs::read_to_string(case.join("options.json")) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => RuleOptions::default(),
    }
}

/// What all rules say of a case: of its one plan, as `pgsextant plan` does, else of its capture.
fn found_in(case: &Path) -> Vec<Finding> {
    let recorded = case.join("plan.json");
    if !recorded.exists() {
        return findings(&capture(case), options(case));
    }
    let (plans, _) = read_json(&text_of(&recorded))
        .unwrap_or_else(|error| panic!("{}: {error}", recorded.display()));
    plans.iter().flat_map(|plan| check_plan(&PlanOf::alone(plan, &plan_world(plan)))).collect()
}

/// Runs a rule over its fixtures: every case does what its `intent` says (`fires 2`, `silent`),
/// one fires and one is silent, and what fires is as reviewed in `findings.snap`.
pub(crate) fn check_rule(rule: &Rule) {
    let folder = fixtures("rules").join(rule.name.replace('-', "_"));
    let mut intents = Vec::new();
    for case in folders(&folder) {
        let place = format!("{}/{}", rule.name, case.file_name().unwrap().to_string_lossy());
        let intent = std::fs::read_to_string(case.join("intent"))
            .unwrap_or_else(|error| panic!("{place}: intent: {error}"));
        let found: Vec<Finding> =
            found_in(&case).into_iter().filter(|it| it.rule == rule.name).collect();
        match intent.trim().split_once(' ') {
            Some(("fires", times)) => {
                assert_eq!(found.len().to_string(), times, "{place}: {found:#?}");
            }
            None if intent.trim() == "silent" => assert!(found.is_empty(), "{place}: {found:#?}"),
            _ => panic!("{place}: intent says neither `fires N` nor `silent`"),
        }
        intents.push(intent.trim() == "silent");
        assert_told(&case, "findings", &told(&found));
    }
    assert!(intents.contains(&false), "{}: no case fires", rule.name);
    assert!(intents.contains(&true), "{}: no case is silent", rule.name);
}

/// Findings as lines, for snapshots.
fn told(found: &[Finding]) -> String {
    let mut out = String::new();
    for finding in found {
        let Finding { severity, confidence, subject, facts, remedies, .. } = finding;
        writeln!(out, "{severity:?} {confidence:?} {}", subject.key()).unwrap();
        for fact in facts {
            writeln!(out, "  {fact:?}").unwrap();
        }
        for remedy in remedies {
            writeln!(out, "  cure {remedy:?}").unwrap();
        }
    }
    out
}
