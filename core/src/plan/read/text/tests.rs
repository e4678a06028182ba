//! TEXT against JSON of the same scenario, and what damage leaves of it.

use std::path::{Path, PathBuf};

use crate::base::{Millis, Note, NoteCode};
use crate::plan::{Executions, Plan, differences, outline, read, read_json, read_text};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/plans/text");

#[expect(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn fixtures() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
    let is_plan = |path: &PathBuf| path.with_extension("json").exists();
    let mut paths: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|it| it == "txt") && is_plan(path))
        .collect();
    paths.sort();
    assert!(paths.len() > 40, "fixtures are where they should be");
    paths
}

fn plans(text: &str) -> Vec<Plan> {
    let (plans, notes) = read_text(text).unwrap();
    assert_eq!(notes, [], "{text}");
    plans
}

fn plan(text: &str) -> Plan {
    let mut plans = plans(text);
    assert_eq!(plans.len(), 1, "{text}");
    plans.remove(0)
}

/// The nodes of a text, each with how deep it stands.
fn tree(plan: &Plan) -> Vec<(usize, String)> {
    plan.nodes().map(|node| (plan.depth(node.id), node.kind.name().to_owned())).collect()
}

/// The notes of a text that can be read.
fn notes(text: &str) -> Vec<Note> {
    read_text(text).unwrap().1
}

#[test]
fn says_what_json_says() {
    for path in fixtures() {
        let (json, _) = read_json(&text_of(&path.with_extension("json"))).unwrap();
        let text = plans(&text_of(&path));
        assert_eq!(json.len(), text.len(), "{path:?}");
        for (json, text) in json.iter().zip(&text) {
            assert_eq!(differences(json, text, Executions::Two), [""; 0], "{path:?}");
        }
    }
}

#[test]
fn indentation_may_be_changed() {
    for path in fixtures().into_iter().filter(|path| !text_of(path).contains("one\n")) {
        let text = text_of(&path);
        let plain = plans(&text);
        let shifted = format!("      {}", text.trim_end().replace('\n', "\n      "));
        let widen = |line: &str| {
            let inner = line.trim_start();
            " ".repeat(3 * (line.len() - inner.len())) + inner
        };
        let widened = text.lines().map(widen).collect::<Vec<_>>().join("\n");
        let tabs = widened.replace("        ", "\t");
        let cut = format!("{}\n", text.trim_start());
        for changed in [shifted, widened, tabs, text.replace('\n', "\r\n"), cut] {
            assert!(plain == plans(&changed), "{path:?}\n{changed}");
        }
    }
}

#[test]
fn every_truncation_keeps_the_sound_part() {
    // A literal that holds the line of a node, cut before its quote closes, looks like one.
    let is_odd = |path: &PathBuf| path.to_string_lossy().contains("line_breaks");
    for path in fixtures().into_iter().filter(|path| !is_odd(path)) {
        let text = text_of(&path);
        let whole: usize = plans(&text).iter().map(|plan| plan.nodes().len()).sum();
        for end in (0..text.len()).step_by(37).filter(|end| text.is_char_boundary(*end)) {
            let Ok((plans, _)) = read_text(&text[..end]) else {
                assert!(!text[..end].contains('\n'), "{path:?} cut at {end}");
                continue;
            };
            let nodes: usize = plans.iter().map(|plan| plan.nodes().len()).sum();
            assert!(nodes <= whole, "{path:?} cut at {end}");
            let arrows = text[..end].lines().filter(|it| it.trim_start().starts_with("->"));
            assert!(nodes >= arrows.count(), "{path:?} cut at {end}");
            assert!(plans.iter().all(|plan| !outline(plan).is_empty()));
        }
    }
}

#[test]
fn a_lost_line_is_no_panic() {
    for path in fixtures() {
        let text = text_of(&path);
        let lines: Vec<&str> = text.lines().collect();
        for lost in 0..lines.len() {
            let rest = [&lines[..lost], &lines[lost + 1..]].concat().join("\n");
            if let Ok((plans, _)) = read_text(&rest) {
                assert!(plans.iter().all(|plan| !outline(plan).is_empty()));
            }
        }
    }
}

#[test]
fn says_where_lines_are_missing() {
    let text = "Hash Join  (cost=1.00..2.00 rows=1 width=4)\n  Hash Cond: (a.b = c.d)\n  \
                ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  ->  Hash  (cost=0.00..1";
    let notes = notes(text);
    assert!(notes.iter().all(|note| note.code == NoteCode::Damaged));
    let said: Vec<String> =
        notes.iter().map(|note| format!("{}: {}", note.subject, note.message)).collect();
    assert_eq!(
        said,
        [
            "line 4: 1 lines were not understood, the first here; kept as they are",
            "line 4: the input of \"Hash\" is missing, as if lines were lost"
        ]
    );
}

#[test]
fn keeps_what_it_does_not_know() {
    let text = "Custom Walk on t  (cost=1.00..2.00 rows=1 width=4)\n  Steps Taken: 17\n  \
                Pace: brisk\n  what is this\n  ->  Seq Scan on t  \
                (cost=0.00..1.00 rows=1 width=4)\n\
                Weather:\n  Sunny: true\n  Wind: 3 knots";
    let (plans, notes) = read_text(text).unwrap();
    let root = plans[0].root();
    assert_eq!(root.kind.name(), "Custom Walk");
    assert_eq!(root.extra["Steps Taken"], "17");
    assert_eq!(root.extra["Pace"], "\"brisk\"");
    assert_eq!(plans[0].extra["Weather"], r#"{"Sunny":true,"Wind":"3 knots"}"#);
    let subjects: Vec<&str> = notes.iter().map(|note| note.subject.as_str()).collect();
    assert_eq!(subjects, ["Custom Walk", "Pace", "Steps Taken", "Weather"]);
    assert_eq!(plans[0].nodes().nth(1).unwrap().subplan_name.as_deref(), Some("what is this"));
}

#[test]
fn reads_a_plan_of_auto_explain() {
    let plan = plan(
        "Query Text: select c\n  from item  -- (cost=\n  where id = $1;\n\
         Query Parameters: $1 = '7'\n\
         Index Scan using item_pkey on item  (cost=0.29..8.30 rows=1 width=7) \
         (actual rows=1 loops=1)\n  \
         Index Cond: (id = 7)\nTrigger it's for constraint x on item: calls=1",
    );
    assert_eq!(
        plan.query_text.as_deref(),
        Some("select c\n  from item  -- (cost=\n  where id = $1;")
    );
    assert_eq!(plan.query_parameters.as_deref(), Some("$1 = '7'"));
    assert_eq!(plan.triggers[0].name, "it's");
}

#[test]
fn reads_several_plans() {
    let text = "QUERY PLAN\n-----\n Seq Scan on a\n   Filter: (b = 1)\n\n Sort\n   Sort Key: b\n   \
                ->  Seq Scan on a\n Planning Time: 0.100 ms\n(7 lignes)\n\nTemps : 0,305 ms\n \
                Result  (cost=0.00..0.01 rows=1 width=4)\n";
    let plans = plans(text);
    assert_eq!(plans.iter().map(|plan| plan.nodes().len()).collect::<Vec<_>>(), [1, 2, 1]);
    assert!(plans.iter().all(|plan| plan.extra.is_empty()));
}

#[test]
fn one_bare_title_names_all_below_it() {
    let plan = plan(
        " Index Scan using i on t  (cost=30.00..34.33 rows=1 width=40)\n   SubPlan\n     \
         ->  Result  (cost=0.00..1.00 rows=1 width=4)\n     \
         ->  Seq Scan on u  (cost=0.00..1.00 rows=1 width=4)\n \
         Total runtime: 0.081 ms",
    );
    assert!(plan.children(plan.root().id).all(|it| it.subplan_name.as_deref() == Some("SubPlan")));
    assert_eq!(plan.children(plan.root().id).count(), 2);
}

#[test]
fn nests_the_plans_of_other_servers() {
    let plan = read_text(&text_of(&Path::new(FIXTURES).join("distributed_citus.txt"))).unwrap();
    let plan = &plan.0[0];
    let tree = tree(plan);
    let tree: Vec<(usize, &str)> =
        tree.iter().map(|(depth, kind)| (*depth, kind.as_str())).collect();
    assert_eq!(
        tree,
        [
            (0, "Custom Scan"),
            (1, "Distributed Subplan"),
            (2, "Seq Scan"),
            (1, "Task"),
            (2, "Aggregate"),
            (3, "Seq Scan"),
        ]
    );
    assert_eq!(plan.root().extra["Task Count"], "32");
    assert_eq!(plan.root().extra["Tasks Shown"], "\"One of 32\"");
    let task = plan.nodes().find(|it| it.kind.name() == "Task").unwrap();
    assert_eq!(task.extra["Planning Time"], "0.25");
    assert_eq!(plan.planning, Some(Millis(1.5)));
    assert_eq!(plan.execution, Some(Millis(20.0)));
    for encoding in ["json", "xml"] {
        let path = Path::new(FIXTURES).join(format!("distributed_citus.{encoding}"));
        let other = &read(&text_of(&path)).unwrap();
        assert_eq!(other.notes, []);
        assert_eq!(differences(&other.plans[0], plan, Executions::One), [] as [String; 0]);
    }
}

#[test]
fn stands_deep_and_wide_plans() {
    let line = |depth: usize, kind: &str| {
        format!("{:depth$}->  {kind}  (cost=0.00..1.00 rows=1 width=4)\n", "")
    };
    let root = "Limit  (cost=0.00..1.00 rows=1 width=4)\n".to_owned();
    let deep = (1..4_000).fold(root, |text, depth| text + &line(depth, "Limit"));
    let plan = &read_text(&deep).unwrap().0[0];
    assert_eq!(plan.nodes().len(), 4_000);
    assert_eq!(plan.depth(plan.nodes().last().unwrap().id), 3_999);
    let root = "Append  (cost=0.00..1.00 rows=1 width=4)\n".to_owned();
    let wide = (1..20_000).fold(root, |text, _| text + &line(1, "Seq Scan on t"));
    let plan = &read_text(&wide).unwrap().0[0];
    assert_eq!(plan.children(plan.root().id).count(), 19_999);
}

#[test]
fn hostile_lines_take_no_more_than_their_share() {
    let root = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let lines = [
        "  Filter: 'a\n",
        "  Filter: '\"\n",
        "  Filter: (a\n",
        "  Filter: (a,\nb\n",
        "  ->  Sort (cost=\n",
        "  Foo: 1\n",
        "a b c\n",
        "  x:\n",
        "Query Text: 'a\n",
        "  Worker 0:  Sort Method: a\n",
        "SubPlan 1\n",
        "Trigger a: calls=1\n",
        "  Settings: a = 'b', \n",
    ];
    for line in lines {
        let text = root.to_owned() + &line.repeat(5_000);
        assert!(read_text(&text).is_ok(), "{line}");
    }
    let nested: Vec<String> = (1..2_000).map(|column| " ".repeat(column) + "x:").collect();
    let nested = nested.join("\n");
    assert!(read_text(&(root.to_owned() + &nested)).is_ok());
}
