//! The whole floor over one small capture: drafts, sets, proofs of safety, wishes, files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::base::{Millis, Name, NoteCode};
use crate::catalog::{Catalog, Setting};
use crate::testing::{capture, fixtures, on_deep_stack};

fn tiny() -> Capture {
    capture(&fixtures("captures/tiny"))
}

/// What is known of every statement, as text.
fn told(capture: &Capture) -> String {
    on_deep_stack(|| {
        let cases = cases(drafts(capture), capture);
        let wishes = wishes(&cases, &capture.catalog);
        let mut out = String::new();
        for case in &cases {
            tell_draft(&case.draft, capture, &mut out);
            let own = wishes.iter().filter(|it| it.statement == case.draft.id);
            own.for_each(|it| tell_wish(it, &capture.catalog, &mut out));
            out.push('\n');
        }
        out
    })
}

fn tell_draft(draft: &Draft, capture: &Capture, out: &mut String) {
    writeln!(out, "{}", draft.text).unwrap();
    if draft.label != draft.key {
        writeln!(out, "  label {}", draft.label).unwrap();
    }
    for set in &draft.sets {
        let values = set.values.iter().map(|it| format!("{}::{}", it.text, it.type_name));
        let values = values.collect::<Vec<_>>().join(" | ");
        writeln!(out, "  set {:?} {} {values}", set.origin, set.share).unwrap();
    }
    let safety = match Plannable::of(draft, capture) {
        Err(note) => format!("refused: {} [{}]", note.message, note.remedy),
        Ok(plannable) => match ReadOnly::of(plannable, capture) {
            Err(note) => note.message,
            Ok(_) => "may be run".to_owned(),
        },
    };
    writeln!(out, "  {safety}").unwrap();
    for note in &draft.notes {
        writeln!(out, "  {}: {}", note.code, note.message).unwrap();
    }
}

fn tell_wish(wish: &Wish, catalog: &Catalog, out: &mut String) {
    let name = |name: &Name| name.0.clone();
    let equal = wish.equalities.iter().map(|it| {
        let with = match it.with {
            EqualityKind::Join(table) => catalog.table(table).name.plain(),
            other => format!("{other:?}").to_lowercase(),
        };
        format!("{} = {with}", it.column.0)
    });
    let ranges = wish.ranges.iter().map(|it| format!("{} in range", it.0));
    let order = wish.order.iter().map(|it| {
        let down = if it.descending { " desc" } else { "" };
        format!("order {}{down}", it.column.0)
    });
    let limited = wish.limited.then(|| "limited".to_owned());
    let asked = equal.chain(ranges).chain(order).chain(limited).collect::<Vec<_>>().join(", ");
    let columns = match &wish.columns {
        Some(columns) => columns.iter().map(name).collect::<Vec<_>>().join(" "),
        None => "*".to_owned(),
    };
    let kept = wish.kept.map_or("?".to_owned(), |it| it.to_string());
    let table = catalog.table(wish.table).name.plain();
    writeln!(out, "  wish {table}: {asked}; reads {columns}; keeps {kept}").unwrap();
}

#[test]
fn reads_a_workload_from_text_to_wishes() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(fixtures("captures/tiny"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("workload", told(&tiny())));
}

#[test]
fn comes_back_from_its_files_as_it_was() {
    let capture = tiny();
    let files = wire::write(&capture);
    assert_eq!(wire::read(&files).unwrap(), capture);
    assert_eq!(wire::write(&wire::read(&files).unwrap()), files);
}

/// A capture like the small one, with one statement of `shop` in it.
fn with_statement(text: &str, change: impl FnOnce(&mut Capture)) -> Capture {
    let mut capture = tiny();
    let one = RecordedStatement { text: text.to_owned(), ..capture.statements[0].clone() };
    capture.statements = vec![one];
    change(&mut capture);
    capture
}

/// Why the statement is not planned or not run; empty when it may be run.
fn refusal(capture: &Capture) -> (Option<NoteCode>, String) {
    let drafts = on_deep_stack(|| drafts(capture));
    let proof = Plannable::of(&drafts[0], capture).and_then(|it| ReadOnly::of(it, capture));
    match proof {
        Ok(read_only) => {
            assert_eq!(read_only.draft().id, read_only.plannable().draft().id);
            (None, String::new())
        }
        Err(note) => {
            assert!(!note.subject.is_empty());
            (Some(note.code), note.message)
        }
    }
}

fn check_refused(text: &str, code: NoteCode, reason: &str) {
    let (found, message) = refusal(&with_statement(text, |_| {}));
    assert_eq!(found, Some(code), "{text}: {message}");
    assert!(message.contains(reason), "{text}: {message}");
}

#[test]
fn refuses_to_plan_what_could_run_other_code() {
    let check = |text, reason| check_refused(text, NoteCode::Unsafe, reason);
    check("vacuum orders", "VACUUM or ANALYZE is a utility statement");
    check("select score(1)", "function public.score");
    check("select other.score(1)", "function public.score");
    check("select (o).score from orders o", "function public.score");
    check("select id from orders where id <~> 1", "operator public.<~>");
    check("select 'x'::rating", "type public.rating");
    check("select '{x}'::rating[]", "type public.rating");
    check("select null::invoices", "reads tenant.invoices");
    check("select id from tenant.invoices", "reads tenant.invoices");
    check("select unheard_of(1)", "unheard_of was not found");
    check("select other.lower('x')", "other.lower was not found");
    check("select schema_to_xml('public', true, false, '')", "named by a value");
    check("select ts_stat('select 1')", "runs a text as a query");
    check("select ('select 1'::text).ts_stat", "runs a text as a query");
    check("select price from remote.prices", "other server");
    check("select id from recent_orders", "is a view, and there are foreign tables");
    check("select id from pg_temp_3.things", "temporary");
    check("select relname from pg_class", "system catalogs");
    check("select id from nowhere", "nowhere was not found");
    check_refused("selec 1", NoteCode::Unparsed, "syntax error");
}

#[test]
fn refuses_backslashes_that_may_read_otherwise() {
    let text = r"select id from orders where note = 'a\'";
    let off = |capture: &mut Capture| {
        capture.settings.push(Setting {
            name: "standard_conforming_strings".to_owned(),
            value: "off".to_owned(),
            scope: "role:shop".to_owned(),
        });
    };
    assert_eq!(refusal(&with_statement(text, |_| {})).0, None);
    assert_eq!(refusal(&with_statement(text, off)).0, Some(NoteCode::Unsafe));
    let plain = "select id from orders where note = 'a'";
    assert_eq!(refusal(&with_statement(plain, off)).0, None);
}

#[test]
fn refuses_everything_when_a_built_in_object_is_tied_to_other_code() {
    let capture = with_statement("select id from orders", |capture| {
        let mut parts = capture.catalog.parts();
        parts.untrusted[0].kind = crate::catalog::UntrustedKind::Everything;
        capture.catalog = Catalog::new(parts);
    });
    assert_eq!(refusal(&capture).0, Some(NoteCode::Unsafe));
}

#[test]
fn refuses_to_run_what_has_an_effect() {
    let check = |text, reason| check_refused(text, NoteCode::NotExecuted, reason);
    check("select id from orders for update", "locks rows");
    check("select id into orders from customers", "SELECT INTO");
    check("with d as (delete from orders returning id) select id from d", "in a WITH");
    check("update orders set status = 'x'", "it writes");
    check("select pg_sleep(1)", "pg_sleep is volatile");
    check("select nextval('s')", "nextval is volatile");
    check("select (o.id).pg_sleep from orders o", "pg_sleep is no known column");
    check("select (o.id).setval from orders o", "setval is no known column");
    check("select id from tenant.secrets", "row security");
    let views = with_statement("select id from recent_orders", |capture| {
        let mut parts = capture.catalog.parts();
        parts.tables.retain(|it| it.kind != crate::catalog::TableKind::Foreign);
        capture.catalog = Catalog::new(parts);
    });
    assert_eq!(refusal(&views).0, Some(NoteCode::NotExecuted));
}

#[test]
fn runs_what_is_harmless() {
    for text in [
        "select o.id from orders o where random() < 0.1 order by o.created_at limit 5",
        "with d as (select id as order_number from orders) select d.order_number from d",
    ] {
        assert_eq!(refusal(&with_statement(text, |_| {})), (None, String::new()), "{text}");
    }
    let taken = with_statement("select random()", |capture| {
        let mut parts = capture.catalog.parts();
        let random = parts.functions.iter_mut().find(|it| it.name.name.as_str() == "random");
        random.unwrap().language = crate::catalog::Language::Sql;
        capture.catalog = Catalog::new(parts);
    });
    assert_eq!(refusal(&taken).0, Some(NoteCode::NotExecuted));
}

#[test]
fn keeps_what_it_does_not_know_and_says_what_is_damaged() {
    let mut files = wire::write(&tiny());
    let objects = files.get_mut("objects.jsonl").unwrap();
    *objects = objects.replacen("\"owner\":\"shop\"", "\"colour\":\"red\",\"owner\":\"shop\"", 1);
    objects.push_str("{\"kind\":\"publication\",\"object\":{\"name\":\"p\"}}\n{\"kind\":\"ta\n");
    files.insert("counters.jsonl".to_owned(), "{\"a\":1}\n".to_owned());
    files.remove("roles.jsonl");
    let capture = wire::read(&files).unwrap();
    let damaged: Vec<&str> = capture
        .gaps
        .iter()
        .filter(|it| it.code == NoteCode::Damaged)
        .map(|it| it.subject.as_str())
        .collect();
    assert_eq!(damaged, ["objects.jsonl", "objects.jsonl:30"]);
    assert!(capture.gaps.iter().any(|it| it.subject == "roles.jsonl"));
    let again = wire::write(&capture);
    assert_eq!(again["counters.jsonl"], "{\"a\":1}\n");
    assert!(again["objects.jsonl"].contains("\"colour\":\"red\""));
    assert!(again["objects.jsonl"].contains("\"publication\""));
    assert_eq!(wire::read(&again).unwrap(), capture);
}

#[test]
fn plans_nothing_when_untrusted_objects_may_be_missing() {
    let mut files = wire::write(&tiny());
    let objects = files.get_mut("objects.jsonl").unwrap();
    let cut = objects.find("\"kind\":\"untrusted\"").unwrap() - 1;
    objects.truncate(cut);
    let capture = wire::read(&files).unwrap();
    let kinds = capture.catalog.untrusted().iter().map(|it| it.kind);
    assert_eq!(kinds.collect::<Vec<_>>(), [crate::catalog::UntrustedKind::Everything]);
}

#[test]
fn refuses_a_capture_without_a_head_or_of_a_newer_format() {
    let mut files = wire::write(&tiny());
    let newer = files["capture.json"].replace("\"format\": 1", "\"format\": 2");
    files.insert("capture.json".to_owned(), newer);
    assert!(wire::read(&files).unwrap_err().why.contains("the format is 2"));
    files.insert("capture.json".to_owned(), "{\n\"format\"".to_owned());
    assert_eq!(wire::read(&files).unwrap_err().line, 2);
    files.remove("capture.json");
    assert_eq!(
        wire::read(&files).unwrap_err().to_string(),
        "capture.json:1: there is no such file"
    );
}

/// Any order of lists, odd numbers and odd letters come back; lists in their one order.
#[test]
fn brings_odd_values_back() {
    let mut capture = tiny();
    capture.statements.reverse();
    capture.settings.reverse();
    let odd = [0.1 + 0.2, 1e-300, 123_456_789.123_456_78, f64::MAX, 5e-324];
    for (position, statement) in capture.statements.iter_mut().enumerate() {
        statement.counters.total = Millis(odd[position % odd.len()]);
        statement.text.push_str("\n\t\"\\ \u{2028} \u{1f40c}");
        statement.queryid = Some(i64::MIN + i64::try_from(position).unwrap());
        capture.plans.push(RecordedPlan {
            statement: statement.key(),
            values: vec![None, Some(String::new()), Some("{\"a\",b}".to_owned())],
            analyzed: position % 2 == 0,
            document: serde_json::json!([{ "Plan": { "Total Cost": odd[position % odd.len()] } }]),
        });
    }
    let capture = capture.in_order();
    let files: BTreeMap<String, String> = wire::write(&capture);
    assert_eq!(wire::read(&files).unwrap(), capture);
}

#[test]
fn drops_all_values_for_privacy() {
    let mut capture = tiny();
    let secret = "select id from customers where email = 'anna@example.com' -- anna@example.com";
    capture.statements[0].text = secret.to_owned();
    capture.plans.push(RecordedPlan {
        statement: capture.statements[0].key(),
        values: vec![Some("anna@example.com".to_owned())],
        analyzed: false,
        document: serde_json::json!([{ "Plan": {
            "Node Type": "Seq Scan", "Relation Name": "customers", "Plan Rows": 42,
            "Filter": "(email = 'anna@example.com'::text)"
        } }]),
    });
    let clean = on_deep_stack(|| capture.without_values());
    let files = wire::write(&clean);
    for (file, text) in &files {
        assert!(!text.contains("anna@"), "{file}");
    }
    assert!(files["plans.jsonl"].contains("\"Plan Rows\":42"));
    let known: Vec<String> = clean.statements.iter().map(RecordedStatement::key).collect();
    assert!(known.contains(&clean.plans[0].statement));
    assert_eq!(clean.privacy, Privacy::None);
}

#[test]
fn joins_recorded_plans_with_their_sets() {
    let mut capture = tiny();
    let key = capture.statements[2].key();
    let document = serde_json::json!([{ "Plan": {
        "Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders",
        "Startup Cost": 0.0, "Total Cost": 100.0, "Plan Rows": 10, "Plan Width": 8
    } }]);
    let plan = |values: Vec<Option<String>>, document| RecordedPlan {
        statement: key.clone(),
        values,
        analyzed: false,
        document,
    };
    let typical = Some("2025-10-01 00:00:00+00".to_owned());
    capture.plans = vec![
        plan(Vec::new(), document.clone()),
        plan(vec![typical.clone()], document.clone()),
        plan(vec![Some("other".to_owned())], document),
        plan(vec![typical], serde_json::json!({ "no": "plan" })),
    ];
    let cases = on_deep_stack(|| cases(drafts(&capture), &capture));
    let origins: Vec<PlanOrigin> = cases[2].plans.iter().map(|it| it.origin).collect();
    assert_eq!(origins, [PlanOrigin::Planner, PlanOrigin::Generic]);
    let codes: Vec<NoteCode> = cases[2].notes.iter().map(|it| it.code).collect();
    assert_eq!(codes, [NoteCode::Unplanned, NoteCode::Method]);
}
