//! Worlds of recorded plans, told line by line.

use super::*;
use crate::plan::read_json;
use crate::testing::{assert_told, fixtures, text_of};
use std::fmt::Write as _;

fn told(name: &str) -> String {
    let text = text_of(&fixtures("plans").join(name));
    let (plans, _) = read_json(&text).unwrap();
    let world = plan_world(&plans[0]);
    let mut out = String::new();
    for (_, table) in world.catalog.tables() {
        let columns: Vec<String> =
            table.columns.iter().map(|it| format!("{} {}", it.name, it.type_name)).collect();
        let (rows, pages) = (table.rows.map(|it| it.0.round()), table.pages.0);
        writeln!(out, "{} {rows:?} rows {pages} pages: {}", table.name, columns.join(", "))
            .unwrap();
    }
    for (_, index) in world.catalog.indexes() {
        let keys: Vec<String> = index.columns().map(ToString::to_string).collect();
        writeln!(out, "{} on {} ({})", index.name, index.table, keys.join(", ")).unwrap();
    }
    for wish in &world.wishes {
        let table = &world.catalog.table(wish.table).name;
        let equal: Vec<String> =
            wish.equalities.iter().map(|it| format!("{} {:?}", it.column, it.with)).collect();
        let order: Vec<String> =
            wish.order.iter().map(|it| format!("{} {}", it.column, it.descending)).collect();
        let (ranges, columns) = (&wish.ranges, &wish.columns);
        writeln!(
            out,
            "wish {table} {equal:?} {ranges:?} {order:?} limited {} keeps {:?} {columns:?}",
            wish.limited, wish.kept
        )
        .unwrap();
    }
    out
}

#[test]
fn plans_show_their_world() {
    for name in [
        "bitmap_and_18",
        "gather_seq_scan_18",
        "limit_stops_early_18",
        "nested_loop_18",
        "hash_spill_15",
        "estimates_only_17",
        "incremental_sort_13",
        "subplan_correlated_18",
    ] {
        let told = told(&format!("{name}.json"));
        assert_told(&fixtures("plans"), &format!("{name}.world"), &told);
    }
}
