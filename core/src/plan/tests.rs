//! Every recorded oddity, read, outlined, and added up.

use std::path::{Path, PathBuf};

use super::{Buffers, Direction, NodeKind, Place, Plan, PlanErrorKind, outline, read_json};
use crate::base::{Bytes, Millis, NodeId, Note, Rows};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/plans");

#[expect(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn fixtures() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    paths.sort();
    assert!(paths.len() > 40, "fixtures are where they should be");
    paths
}

fn read(name: &str) -> (Vec<Plan>, Vec<Note>) {
    read_json(&text_of(&Path::new(FIXTURES).join(format!("{name}.json")))).unwrap()
}

/// The only plan of a fixture that this version knows all of.
fn plan(name: &str) -> Plan {
    let (mut plans, notes) = read(name);
    assert_eq!(notes, [], "{name}");
    assert_eq!(plans.len(), 1, "{name}");
    plans.remove(0)
}

fn only(plan: &Plan, kind: &NodeKind) -> NodeId {
    plan.nodes().find(|node| node.kind == *kind).unwrap().id
}

#[test]
fn outlines_every_fixture() {
    for path in fixtures() {
        let (plans, notes) = read_json(&text_of(&path)).unwrap();
        let outlines: Vec<String> = plans.iter().map(outline).collect();
        let notes: Vec<String> =
            notes.iter().map(|it| format!("note {}: {}\n", it.subject, it.message)).collect();
        let text = outlines.join("\n") + &notes.concat();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(FIXTURES);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_input_file(&path);
        settings.bind(|| insta::assert_snapshot!(format!("{name}.outline"), text));
    }
}

#[test]
fn own_shares_add_up_to_the_root() {
    for path in fixtures() {
        for plan in read_json(&text_of(&path)).unwrap().0 {
            let root = plan.root().id;
            let own: Millis = plan.nodes().filter_map(|node| plan.own_time(node.id)).sum();
            let wall = plan.wall_time(root).unwrap_or_default();
            let beside = plan.time_beside_root().unwrap_or_default();
            assert!((own.0 - wall.0 - beside.0).abs() < 1e-5, "{path:?}: {own:?} of {wall:?}");
            let own = plan.nodes().filter_map(|node| plan.own_buffers(node.id));
            let sum = own.fold(Buffers::default(), Buffers::plus);
            let late: Vec<Buffers> = plan
                .nodes()
                .filter(|node| plan.writes(node.id))
                .filter_map(|node| node.buffers)
                .collect();
            let all = late.into_iter().fold(plan.root().buffers.unwrap_or_default(), Buffers::plus);
            assert_eq!(sum, all, "{path:?}");
        }
    }
}

#[test]
fn every_account_comes_out() {
    for path in fixtures() {
        for plan in read_json(&text_of(&path)).unwrap().0 {
            let odd: Vec<NodeId> = plan.out_of_balance().map(|node| node.id).collect();
            assert_eq!(odd, [], "{path:?}");
            for node in plan.nodes() {
                let Some(interval) = plan.own_time_interval(node.id) else { continue };
                let own = plan.own_time(node.id).unwrap();
                assert!(interval.low <= own && own <= interval.high, "{path:?} {:?}", node.id);
            }
            let Some(beside) = plan.beside() else { continue };
            let tree = plan.wall_time(plan.root().id).unwrap() + plan.time_beside_root().unwrap();
            let all = plan.execution.unwrap_or(tree) + plan.planning.unwrap_or_default();
            assert!((tree.0 + beside.total().0 - all.0).abs() < 0.002, "{path:?} {beside:?}");
        }
    }
}

#[test]
fn the_reader_that_waited_pays_for_a_with_query() {
    let plan = plan("cte_spill_18");
    let scans: Vec<NodeId> =
        plan.nodes().filter(|it| it.kind == NodeKind::CteScan).map(|it| it.id).collect();
    let own = |id| plan.own_buffers(id).unwrap().shared_hit.0;
    assert_eq!(scans.iter().map(|id| own(*id)).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(own(NodeId(1)), 702);
    let init = self::plan("append_pruned_by_init_plan_18");
    let append = only(&init, &NodeKind::Append);
    assert!(init.own_time(append).unwrap().0 < 0.01, "it pays for what it was pruned by");
}

#[test]
fn counts_a_node_that_only_one_process_ran_with_its_whole_time() {
    let plan = plan("gather_nested_loop_18");
    let join = plan.node(only(&plan, &NodeKind::NestedLoop));
    let measured = join.measured.unwrap();
    let mean = measured.total.unwrap().0 * measured.loops / 3.0;
    assert!(plan.wall_time(join.id).unwrap().0 > mean * 2.5);
}

#[test]
fn every_truncation_is_an_error_with_a_place() {
    for path in fixtures() {
        let text = text_of(&path);
        for end in (0..text.trim_end().len()).step_by(97) {
            let error = read_json(&text[..end]).unwrap_err();
            match error.kind {
                PlanErrorKind::Empty => assert_eq!(end, 0),
                PlanErrorKind::Malformed { line, .. } => assert!(line > 0),
                other => panic!("{path:?} cut at {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_lost_line_is_no_panic() {
    for path in fixtures() {
        let text = text_of(&path);
        let lines: Vec<&str> = text.lines().collect();
        for lost in (0..lines.len()).step_by(7) {
            let rest = [&lines[..lost], &lines[lost + 1..]].concat().join("\n");
            if let Ok((plans, _)) = read_json(&rest) {
                assert!(plans.iter().all(|plan| !outline(plan).is_empty()));
            }
        }
    }
}

#[test]
fn charges_an_init_plan_to_the_scan_that_needs_it() {
    for name in ["init_plan_15", "init_plan_18"] {
        let plan = plan(name);
        let pages = |id| plan.own_buffers(id).unwrap().touched().0;
        let [limit, init, inside, scan] = [0, 1, 2, 3].map(NodeId);
        assert_eq!((pages(limit), pages(init)), (0, 0), "{name}");
        let whole = plan.node(scan).buffers.unwrap().touched().0;
        assert_eq!(pages(inside) + pages(scan), whole, "{name}");
        assert!(pages(scan) < 20, "{name}");
        assert!(plan.own_time(scan).unwrap().0 < 0.2, "{name}");
    }
}

#[test]
fn charges_a_with_query_to_the_scan_that_pulled_it() {
    let plan = plan("cte_read_twice_18");
    let scans: Vec<_> = plan.nodes().filter(|node| node.kind == NodeKind::CteScan).collect();
    assert_eq!(scans.len(), 2);
    for scan in scans {
        assert_eq!(plan.cte_producer(scan.id).unwrap().kind, NodeKind::Aggregate);
        assert_eq!(plan.own_buffers(scan.id).unwrap(), Buffers::default());
        assert!(plan.own_time(scan.id).unwrap().0 < 0.4);
    }
    assert_eq!(
        plan.cte_readers(plan.cte_producer(only(&plan, &NodeKind::CteScan)).unwrap().id).count(),
        2
    );
}

#[test]
fn a_with_query_that_writes_runs_beside_the_root() {
    let plan = plan("cte_that_writes_17");
    assert!(plan.time_beside_root().unwrap().0 > 0.0);
}

#[test]
fn divides_by_the_processes_that_ran() {
    let plan = plan("gather_nested_loop_18");
    let join = only(&plan, &NodeKind::NestedLoop);
    let inner = plan.child(join, &super::Relationship::Inner).unwrap();
    assert!(inner.measured.unwrap().loops > 1000.0);
    assert!(plan.processes(inner.id) <= 3.0);
    assert!(plan.wall_time(inner.id).unwrap() <= plan.wall_time(join).unwrap());
    assert!(plan.inside_gather(inner.id));
    assert!((plan.processes(plan.root().id) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn stopping_early_is_no_misestimate() {
    let early = plan("limit_stops_early_18");
    let scan = only(&early, &NodeKind::SeqScan);
    assert!(early.may_stop_early(scan));
    assert_eq!(early.row_error(scan), None);
    let read = plan("subplan_hashed_17");
    let scans: Vec<_> = read.nodes().filter(|node| node.kind == NodeKind::SeqScan).collect();
    assert!(scans.iter().all(|scan| !read.may_stop_early(scan.id)));
}

#[test]
fn does_not_judge_rows_that_nobody_counts() {
    let bitmaps = plan("bitmap_and_18");
    assert_eq!(bitmaps.row_error(only(&bitmaps, &NodeKind::BitmapAnd)), None);
    let deletes = plan("delete_cascade_13");
    assert_eq!(deletes.row_error(deletes.root().id), None);
}

#[test]
fn rounded_rows_are_judged_kindly() {
    let plan = plan("exists_rounded_17");
    let inner = plan.node(only(&plan, &NodeKind::IndexOnlyScan));
    assert_eq!(inner.measured.unwrap().rows, Rows(0.0));
    assert_eq!(inner.measured.unwrap().rounding, Rows(0.5));
    assert_eq!(plan.row_error(inner.id).unwrap().direction, Direction::Exact);
}

#[test]
fn judges_estimates_for_one_loop() {
    let plan = plan("subplan_correlated_18");
    let inner = plan.nodes().filter(|node| node.kind == NodeKind::BitmapHeapScan).nth(1).unwrap();
    assert!(inner.measured.unwrap().loops > 50.0);
    let error = plan.row_error(inner.id).unwrap();
    assert!(error.factor < 2.5, "{error:?}");
    assert!(plan.row_error(plan.root().id).unwrap().factor < 1.2);
    let sub = plan.nodes().find(|node| node.subplan_name.is_some()).unwrap();
    assert!((plan.runs_per_row_of(sub.id).unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn a_node_that_never_ran_has_no_error() {
    let plan = plan("never_executed_15");
    let scan = only(&plan, &NodeKind::IndexScan);
    assert!(plan.never_executed(scan));
    assert_eq!(plan.row_error(scan), None);
    assert_eq!(plan.own_time(scan), Some(Millis(0.0)));
}

#[test]
fn keeps_both_lists_of_workers() {
    let plan = plan("workers_twice_12");
    let sort = plan.node(only(&plan, &NodeKind::Sort));
    assert_eq!(sort.workers.len(), 2);
    assert!(sort.workers.iter().all(|it| it.sort.is_some() && it.measured.is_some()));
    assert_eq!(sort.workers[0].sort.as_ref().unwrap().place, Place::Disk);
    assert_eq!(sort.disk_use(), Bytes((208 + 136) * 1024));
}

#[test]
fn reads_every_plan_of_a_text() {
    assert_eq!(read("insert_also_15").0.len(), 2);
    let plan = plan("auto_explain_16");
    assert_eq!(plan.query_text.as_deref(), Some("select c from item where id = $1"));
    assert_eq!(plan.query_parameters.as_deref(), Some("$1 = '7'"));
}

#[test]
fn keeps_what_it_does_not_know() {
    let (plans, notes) = read("unknown_words");
    assert_eq!(plans[0].root().extra["Steps Taken"], r#"[1,2.5,"three"]"#);
    assert_eq!(plans[0].extra["Weather"], r#"{"Sunny":true}"#);
    let subjects: Vec<&str> = notes.iter().map(|note| note.subject.as_str()).collect();
    assert_eq!(subjects, ["Custom Walk", "Steps Taken", "Weather"]);
}

#[test]
fn a_disabled_scan_shows_in_every_version() {
    assert!(plan("disabled_scan_17").root().disabled);
    assert!(plan("disabled_scan_18").root().disabled);
    assert!(plan("huge_estimates_18").nodes().all(|node| !node.disabled));
}

#[test]
fn says_where_a_node_is_wrong() {
    let at = |text: &str| {
        let error = read_json(text).unwrap_err();
        format!("{error}")
    };
    assert_eq!(
        at(r#"[{"Plan": {"Node Type": "Append", "Plans": [{"Node Type": "Result"}, {}]}}]"#),
        "no \"Node Type\" at $[0].Plan.Plans[1]"
    );
    assert_eq!(
        at(
            r#"{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Sort Key": [1]}]}}"#
        ),
        "\"Sort Key\" holds a number at $.Plan.Plans[0]"
    );
    assert_eq!(at("[]"), "no plan at $");
    assert_eq!(at("{}"), "no \"Plan\" at $");
    assert_eq!(at("[1]"), "\"Plan\" holds a number at $[0]");
}

#[test]
fn stands_deep_plans_and_circles() {
    let node = r#"{"Node Type": "Append", "Actual Rows": 1, "Actual Loops": 1, "Plans": ["#;
    let deep = |depth: usize| {
        let text = node.repeat(depth) + r#"{"Node Type": "Result"}"# + &"]}".repeat(depth);
        read_json(&text).unwrap().0.remove(0)
    };
    assert_eq!(deep(10_000).nodes().len(), 10_001);
    assert_eq!(outline(&deep(1_000)).lines().count(), 1_001);
    let cte = |name: &str, reads: &str| {
        format!(
            r#"{{"Node Type": "Result", "Parent Relationship": "InitPlan",
                "Subplan Name": "CTE {name}", "Actual Total Time": 1, "Actual Rows": 1,
                "Actual Loops": 1, "Plans": [{{"Node Type": "CTE Scan", "CTE Name": "{reads}",
                "Actual Total Time": 1, "Actual Rows": 1, "Actual Loops": 1}}]}}"#
        )
    };
    let circle = format!(
        r#"{{"Node Type": "Result", "Actual Total Time": 3, "Actual Rows": 1,
            "Actual Loops": 1, "Plans": [{}, {}]}}"#,
        cte("a", "b"),
        cte("b", "a")
    );
    let plan = &read_json(&circle).unwrap().0[0];
    let own: Millis = plan.nodes().filter_map(|node| plan.own_time(node.id)).sum();
    assert!((own.0 - 3.0).abs() < 1e-6);
}
