//! The faces of recorded plans, as people and programs get them.

use crate::advise::plan_advice;
use crate::plan::{Identity, read_document};
use crate::report::plan::{ComparisonReport, JudgedPlan, PlanReport};
use crate::report::{
    Colour, Extent, Glyphs, TextStyle, comparison_document, html, plan_document, plan_svg, text,
};
use crate::rules::{PlanOf, check_plan};
use crate::testing::{assert_told, fixtures, recorded_plans, text_of};
use crate::workload::plan_world;

/// Deep, wide, parallel, with a WITH query, only planned, and writing.
const SHOWN: [&str; 8] = [
    "gather_nested_loop_18",
    "subplan_correlated_18",
    "cte_read_twice_18",
    "append_pruned_15",
    "estimates_only_17",
    "delete_cascade_18",
    "costs_off_18",
    "gather_jit15",
];

fn judged(text: &str, identity: Identity) -> Vec<JudgedPlan> {
    let (reading, _) = read_document(text, identity).unwrap();
    let judged = reading.plans.into_iter().map(|plan| {
        let world = plan_world(&plan);
        let findings = check_plan(&PlanOf::alone(&plan, &world));
        let advice = Some(plan_advice(&plan, &world, &findings));
        JudgedPlan { title: String::new(), plan, findings, advice }
    });
    judged.collect()
}

fn recorded(name: &str) -> Vec<JudgedPlan> {
    let text = text_of(&fixtures("plans").join(format!("{name}.json")));
    judged(&text, Identity::Shown)
}

fn report<'a>(source: &'a str, plans: &'a [JudgedPlan], extent: Extent) -> PlanReport<'a> {
    PlanReport { source, plans, notes: &[], extent }
}

fn style(width: usize) -> TextStyle {
    TextStyle { width, colour: Colour::Never, glyphs: Glyphs::Unicode }
}

#[test]
fn plans_as_they_are_seen_at_80_and_at_160_columns() {
    for name in SHOWN {
        let plans = recorded(name);
        let document = plan_document(&report(name, &plans, Extent::First));
        for width in [80, 160] {
            let told = text(&document, style(width));
            let plan = told.split("\nPLAN\n").nth(1).unwrap();
            let tree = plan.lines().take_while(|line| !line.is_empty());
            let widest = tree.map(crate::report::fit::width).max().unwrap();
            assert!(widest <= width, "{name}: {widest} of {width}");
            assert_told(&fixtures("plans/shown"), &format!("{name}.{width}"), &told);
        }
    }
}

#[test]
fn every_recorded_plan_adds_up_in_every_face() {
    for (name, text) in recorded_plans() {
        if read_document(&text, Identity::Shown).is_err() {
            continue;
        }
        let plans = judged(&text, Identity::Shown);
        let report = report(&name, &plans, Extent::All);
        let page = html(&plan_document(&report));
        assert_well_formed(&page, &name);
        let picture = plan_svg(&report);
        assert_well_formed(&picture, &name);
        assert_eq!(picture, plan_svg(&report), "{name}");
        for sign in ["NaN", "inf\"", "http://", "<script", "@import", "url("] {
            let strange = page.replace("http://www.w3.org/2000/svg", "").contains(sign);
            assert!(!strange, "{name}: {sign} in the page");
        }
    }
}

/// Every tag is closed by its own, and no bare mark stands in a text.
fn assert_well_formed(page: &str, name: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap_or(page);
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        let amps =
            text.match_indices('&').all(|(at, _)| text[at..].find(';').is_some_and(|end| end <= 6));
        assert!(amps, "{name}: a bare & in {text}");
        let end = start + rest[start..].find('>').unwrap_or_else(|| panic!("{name}: no end"));
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}");
        } else if !tag.ends_with('/') {
            open.push(tag.split([' ', '\n']).next().unwrap());
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{name}");
}

#[test]
fn an_index_that_was_made_shows_in_the_comparison() {
    let (before, after) = (recorded("subplan_hashed_17"), recorded("subplan_correlated_18"));
    let report = ComparisonReport {
        before_source: "before",
        before: &before[0],
        after_source: "after",
        after: &after[0],
        notes: &[],
        extent: Extent::First,
    };
    let told = text(&comparison_document(&report), style(80));
    assert_told(&fixtures("plans/shown"), "comparison.80", &told);
}

#[test]
fn a_plan_against_itself_differs_in_nothing() {
    for name in SHOWN {
        let plans = recorded(name);
        let report = ComparisonReport {
            before_source: "a",
            before: &plans[0],
            after_source: "b",
            after: &plans[0],
            notes: &[],
            extent: Extent::All,
        };
        let comparison = crate::report::plan::compare::Comparison::of(&plans[0], &plans[0]);
        assert_eq!(comparison.changes, Vec::new(), "{name}");
        assert!(comparison.new.is_empty(), "{name}");
        assert!(comparison.gone.is_empty(), "{name}");
        assert_eq!(comparison.nodes.iter().filter(|it| it.before != it.after).count(), 0);
        let told = text(&comparison_document(&report), style(80));
        assert!(told.contains("The plans have one shape"), "{told}");
    }
}

/// Words of the fixtures' schema may stand in no face of an anonymised plan.
#[test]
fn no_face_tells_a_name_that_was_hidden() {
    let words =
        ["item", "part", "part_item", "item_pkey", "item_a", "event_2022", "child_parent_id_fkey"];
    for name in SHOWN {
        let text_in = text_of(&fixtures("plans").join(format!("{name}.json")));
        let plans = judged(&text_in, Identity::Hidden);
        let report = report("hidden", &plans, Extent::All);
        let document = plan_document(&report);
        let faces = [
            text(&document, style(160)),
            html(&document),
            plan_svg(&report),
            crate::report::plan_json(&report),
            crate::report::markdown(&document),
        ];
        for face in faces {
            for word in words {
                let is_letter = |it: char| it.is_alphanumeric() || it == '_';
                let told = face.split(|it| !is_letter(it)).any(|it| it == word);
                assert!(!told, "{name}: {word}");
            }
        }
    }
}
