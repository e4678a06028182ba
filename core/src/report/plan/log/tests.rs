//! Recorded logs as people get them.

use crate::advise::plan_advice;
use crate::log::{LogForm, LogReader};
use crate::plan::{Identity, read_document};
use crate::report::plan::log::{LogPlan, LogReport, log_document, shown_plans};
use crate::report::plan::{JudgedPlan, log_json};
use crate::report::{Colour, Extent, Glyphs, TextStyle, html, markdown, text};
use crate::rules::{PlanOf, check_plan};
use crate::testing::{assert_told, fixtures, log, on_deep_stack};
use crate::workload::{LogGroups, Logged, plan_world};

fn grouped(name: &str) -> Logged {
    let bytes = log(name).unwrap();
    on_deep_stack(|| {
        let mut reader = LogReader::new(LogForm::detect(&bytes).unwrap(), None);
        let mut found = Vec::new();
        reader.feed(&bytes, &mut found);
        let notes = reader.finish(&mut found);
        let mut groups = LogGroups::new();
        groups.begin(name);
        for entry in &found {
            groups.add(entry);
        }
        groups.finish(notes)
    })
}

fn judged(logged: &Logged, extent: Extent, identity: Identity) -> Vec<LogPlan> {
    let plans = shown_plans(logged, extent).into_iter().map(|(statement, kept)| {
        let plan = read_document(&kept.document, identity).unwrap().0.plans.remove(0);
        let world = plan_world(&plan);
        let findings = check_plan(&PlanOf::alone(&plan, &world));
        let advice = Some(plan_advice(&plan, &world, &findings));
        let judged = JudgedPlan { title: String::new(), plan, findings, advice };
        LogPlan { statement, kept: kept.clone(), judged }
    });
    plans.collect()
}

#[test]
fn logs_as_they_are_seen_at_80_and_at_160_columns() {
    for name in ["18-json.csv", "15-text.stderr"] {
        let logged = grouped(name);
        let plans = judged(&logged, Extent::First, Identity::Shown);
        assert_eq!(plans.len(), 5, "{name}");
        let report = LogReport {
            source: name,
            logged: &logged,
            plans: &plans,
            notes: &logged.notes,
            extent: Extent::First,
        };
        let document = log_document(&report);
        for width in [80, 160] {
            let style = TextStyle { width, colour: Colour::Never, glyphs: Glyphs::Unicode };
            let told = text(&document, style);
            assert_told(&fixtures("logs/shown"), &format!("{name}.{width}"), &told);
            // Code is never wrapped, so that it can be copied.
            let is_code =
                |it: &str| ["  --", "  CREATE", "  ANALYZE"].iter().any(|sql| it.starts_with(sql));
            let lines = told.lines().filter(|it| !is_code(it));
            let widest = lines.map(crate::report::fit::width).max().unwrap();
            assert!(widest <= width, "{name}: {widest} of {width}");
        }
    }
}

#[test]
fn the_worst_plan_stands_first_and_all_are_shown_when_wanted() {
    let logged = grouped("18-json.csv");
    let first = shown_plans(&logged, Extent::First);
    let all = shown_plans(&logged, Extent::All);
    assert!(all.len() > first.len(), "{}", all.len());
    for plans in [&first, &all] {
        assert!(plans.is_sorted_by(|a, b| a.1.time.total_cmp(&b.1.time).is_ge()));
    }
    let mut statements: Vec<usize> = first.iter().map(|it| it.0).collect();
    statements.sort_unstable();
    statements.dedup();
    assert_eq!(statements.len(), first.len());
}

/// Words of the recorded session may stand in no face of a log that was hidden.
#[test]
fn no_face_of_a_hidden_log_tells_what_it_is_about() {
    for name in ["18-json.csv", "15-text.stderr", "13-xml.syslog5424"] {
        let logged = grouped(name).hidden();
        let plans = judged(&logged, Extent::All, Identity::Hidden);
        let report = LogReport {
            source: "anonymized",
            logged: &logged,
            plans: &plans,
            notes: &logged.notes,
            extent: Extent::All,
        };
        let document = log_document(&report);
        let style = TextStyle { width: 160, colour: Colour::Never, glyphs: Glyphs::Unicode };
        let faces =
            [text(&document, style), html(&document), markdown(&document), log_json(&report)];
        for face in faces {
            let is_letter = |it: char| it.is_alphanumeric() || it == '_';
            for word in ["orders", "customer", "touch_all", "shop", "app", "night", "controller"] {
                let told = face.split(|it| !is_letter(it)).any(|it| it == word);
                assert!(!told, "{name}: {word}");
            }
        }
    }
}
