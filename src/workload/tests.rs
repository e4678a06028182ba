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
