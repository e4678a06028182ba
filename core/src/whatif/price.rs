//! From a plan to what selection needs of it.
//!
//! Reads plans of pretended worlds. Refuses to guess which candidate an index of the plan is:
//! the pricer says under which name it made each.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Cost, QualifiedName, Rows};
use crate::indexes::Definition;
use crate::plan::{Node, NodeKind, Plan, Relationship};

use super::question::Priced;

/// Reduces a plan. `hypothetical` are the candidates that were pretended, by the index name
/// that the plan shows; every other index of the plan is an existing one.
///
/// A plan without costs (COSTS OFF) is priced as infinitely dear, so nothing is chosen by it.
pub fn priced(plan: &Plan, hypothetical: &BTreeMap<String, Definition>) -> Priced {
    let estimate = plan.root().estimate;
    let mut used = BTreeSet::new();
    let mut used_existing = BTreeSet::new();
    for node in plan.nodes() {
        let Some(index) = &node.index else { continue };
        match hypothetical.get(index.as_str()) {
            Some(definition) => drop(used.insert(definition.canonical())),
            None => used_existing.extend(existing(plan, node)),
        }
    }
    Priced {
        cost: estimate.map_or(Cost(f64::INFINITY), |it| it.total),
        rows: estimate.map_or(Rows(0.0), |it| it.rows),
        used,
        used_existing,
        pages: None,
        stops_early: stops_early(plan),
    }
}

/// The existing index of a node. Plans name the schema of tables only (VERBOSE), and an index
/// lives in its table's; without VERBOSE `public` stands for what is not said.
fn existing(plan: &Plan, node: &Node) -> Option<QualifiedName> {
    let name = node.index.clone()?;
    let above = plan.ancestors(node.id).find(|it| it.kind == NodeKind::BitmapHeapScan);
    let reader = if node.kind == NodeKind::BitmapIndexScan { above } else { Some(node) };
    let schema = reader.and_then(|it| it.relation.as_ref()).and_then(|it| it.schema.clone());
    Some(QualifiedName { schema: schema.unwrap_or_else(|| "public".into()), name })
}

/// Whether a LIMIT above a scan in index order counts on finding its rows soon, while a filter
/// or a join on the way may throw rows away.
fn stops_early(plan: &Plan) -> bool {
    let ordered = |node: &&Node| matches!(node.kind, NodeKind::IndexScan | NodeKind::IndexOnlyScan);
    plan.nodes().filter(ordered).any(|scan| {
        let mut thrown_away = scan.conditions.filter.is_some();
        let mut below = scan;
        for node in plan.ancestors(scan.id) {
            match node.kind {
                NodeKind::Limit => return thrown_away,
                _ if blocks(node, below) => return false,
                _ => {}
            }
            thrown_away |= node.kind.is_join()
                || node.conditions.filter.is_some()
                || node.conditions.join_filter.is_some();
            below = node;
        }
        false
    })
}

/// The node reads all of this child before it hands up its first row.
fn blocks(node: &Node, child: &Node) -> bool {
    match node.kind {
        NodeKind::Sort | NodeKind::Hash | NodeKind::SetOp | NodeKind::BitmapHeapScan => true,
        NodeKind::Aggregate => node.strategy.as_deref() != Some("Sorted"),
        NodeKind::NestedLoop => child.relationship == Relationship::Inner,
        _ => matches!(child.relationship, Relationship::InitPlan | Relationship::SubPlan),
    }
}

/// What a hypothetical index of HypoPG seems cheaper by than a real one.
///
/// The planner charges 50 × `cpu_operator_cost` for each page of a descent (source:
/// `btcostestimate`, `selfuncs.c`), height + 1 pages; HypoPG leaves the height at -1, so nothing
/// is charged. Descents are the rows of the outer sides of the nested loops around the scan;
/// a cache between (Memoize, Materialize) makes them fewer, and then one is counted.
pub fn hypopg_bias(plan: &Plan, heights: &BTreeMap<String, u32>, operator_cost: f64) -> Cost {
    const OPERATORS_A_PAGE: f64 = 50.0;
    let scans = plan.nodes().filter_map(|node| {
        let height = heights.get(node.index.as_ref()?.as_str())?;
        let pages = f64::from(*height) + 1.0;
        Some(OPERATORS_A_PAGE * operator_cost * pages * descents(plan, node))
    });
    Cost(scans.sum())
}

fn descents(plan: &Plan, scan: &Node) -> f64 {
    let mut count = 1.0;
    let mut below = scan;
    for node in plan.ancestors(scan.id) {
        match node.kind {
            NodeKind::Memoize | NodeKind::Materialize | NodeKind::Hash => return 1.0,
            NodeKind::NestedLoop if below.relationship == Relationship::Inner => {
                let outer = plan.child(node.id, &Relationship::Outer);
                count *= outer.and_then(|it| it.estimate).map_or(1.0, |it| it.rows.0.max(1.0));
            }
            _ => {}
        }
        below = node;
    }
    count
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::Name;
    use crate::indexes::KeyColumn;
    use crate::plan::read_json;

    fn node(kind: &str, more: &Value, children: Vec<Value>) -> Value {
        let mut node = json!({
            "Node Type": kind, "Startup Cost": 0.0, "Total Cost": 12.5, "Plan Rows": 10,
            "Plan Width": 8, "Parallel Aware": false
        });
        for (key, value) in more.as_object().unwrap() {
            node[key] = value.clone();
        }
        if !children.is_empty() {
            node["Plans"] = Value::Array(children);
        }
        node
    }

    fn plan(root: &Value) -> Plan {
        let text = json!([{ "Plan": root }]).to_string();
        read_json(&text).unwrap().0.remove(0)
    }

    fn scan(more: &Value) -> Value {
        let mut all = json!({
            "Parent Relationship": "Outer", "Index Name": "h1", "Relation Name": "orders",
            "Schema": "shop", "Alias": "orders", "Scan Direction": "Forward"
        });
        for (key, value) in more.as_object().unwrap() {
            all[key] = value.clone();
        }
        node("Index Scan", &all, Vec::new())
    }

    fn pretended() -> (BTreeMap<String, Definition>, String) {
        let definition = Definition {
            table: QualifiedName::new("shop", "orders"),
            method: Name::from("btree"),
            keys: vec![KeyColumn {
                column: Name::from("a"),
                descending: false,
                nulls_first: false,
            }],
            include: Vec::new(),
            predicate: None,
        };
        let text = definition.canonical();
        (BTreeMap::from([("h1".to_owned(), definition)]), text)
    }

    #[test]
    fn tells_candidates_from_existing_indexes() {
        let (hypothetical, text) = pretended();
        let existing = scan(&json!({"Index Name": "orders_pkey", "Parent Relationship": "Inner"}));
        let root = node("Nested Loop", &json!({}), vec![scan(&json!({})), existing]);
        let priced = priced(&plan(&root), &hypothetical);
        assert_eq!(priced.cost, Cost(12.5));
        assert_eq!(priced.used, BTreeSet::from([text]));
        let pkey = QualifiedName::new("shop", "orders_pkey");
        assert_eq!(priced.used_existing, BTreeSet::from([pkey]));
    }

    #[test]
    fn stops_early_only_where_rows_may_be_thrown_away() {
        let (hypothetical, _) = pretended();
        let early = |child: Value| {
            priced(&plan(&node("Limit", &json!({}), vec![child])), &hypothetical).stops_early
        };
        let outer = json!({"Parent Relationship": "Outer"});
        let filtered = || scan(&json!({"Filter": "(status = 'new'::text)"}));
        assert!(early(filtered()));
        assert!(!early(scan(&json!({}))));
        assert!(!early(node("Sort", &outer, vec![filtered()])));
        let inner = node("Seq Scan", &json!({"Parent Relationship": "Inner"}), Vec::new());
        assert!(early(node("Nested Loop", &outer, vec![scan(&json!({})), inner])));
    }

    #[test]
    fn charges_each_descent_what_hypopg_leaves_out() {
        let inner = scan(&json!({"Parent Relationship": "Inner"}));
        let outer = node("Seq Scan", &json!({"Parent Relationship": "Outer"}), Vec::new());
        let plan = plan(&node("Nested Loop", &json!({}), vec![outer, inner]));
        let heights = BTreeMap::from([("h1".to_owned(), 2)]);
        let bias = hypopg_bias(&plan, &heights, 0.0025);
        assert!((bias.0 - 10.0 * 0.375).abs() < 1e-9, "{bias}");
    }
}
