//! The tables of a plan, with the columns that it names and the size that it lets see.

use std::collections::BTreeMap;

use crate::base::{Name, NodeId, Pages, QualifiedName, Rows};
use crate::catalog::{Column, Table, TableKind};
use crate::plan::{ConditionTerm, Node, NodeKind, Plan, condition_columns, plain_column};

/// The schema of a table whose plan names none: where tables are unless somebody chose.
const SCHEMA: &str = "public";

/// The tables of a plan by what its conditions call them.
pub(super) struct Sightings<'a> {
    /// Of each alias the table; `None` for one that several tables have.
    aliases: BTreeMap<&'a str, Option<QualifiedName>>,
    /// Of each table the columns that are named, with the type of a constant they are compared
    /// with.
    columns: BTreeMap<QualifiedName, BTreeMap<Name, Option<String>>>,
}

impl Sightings<'_> {
    /// The table that a qualifier means.
    pub fn table(&self, qualifier: &str) -> Option<&QualifiedName> {
        self.aliases.get(qualifier)?.as_ref()
    }

    /// The only table of a plan: sort keys of such a plan have no qualifier.
    pub fn only_table(&self) -> Option<&QualifiedName> {
        let mut names = self.columns.keys();
        let first = names.next()?;
        names.next().is_none().then_some(first)
    }

    /// The columns of a table.
    pub fn columns(&self, table: &QualifiedName) -> impl Iterator<Item = &Name> {
        self.columns.get(table).into_iter().flat_map(BTreeMap::keys)
    }
}

/// The table that a node scans, when it is one that can have indexes.
pub(super) fn table_name(node: &Node) -> Option<QualifiedName> {
    let relation = node.relation.as_ref()?;
    let own = matches!(
        node.kind,
        NodeKind::SeqScan
            | NodeKind::SampleScan
            | NodeKind::IndexScan
            | NodeKind::IndexOnlyScan
            | NodeKind::BitmapHeapScan
            | NodeKind::TidScan
            | NodeKind::TidRangeScan
    );
    let schema = relation.schema.clone().unwrap_or_else(|| Name::from(SCHEMA));
    own.then(|| QualifiedName { schema, name: relation.name.clone() })
}

/// Collects every table and every column that the plan names.
pub(super) fn sightings(plan: &Plan) -> Sightings<'_> {
    let mut found = Sightings { aliases: BTreeMap::new(), columns: BTreeMap::new() };
    for node in plan.nodes() {
        let Some(name) = table_name(node) else { continue };
        found.columns.entry(name.clone()).or_default();
        let Some(qualifier) = node.qualifier() else { continue };
        let entry = found.aliases.entry(qualifier.as_str()).or_insert_with(|| Some(name.clone()));
        if entry.as_ref() != Some(&name) {
            *entry = None;
        }
    }
    let named: Vec<(QualifiedName, Name, Option<String>)> =
        plan.nodes().flat_map(|node| named_by(plan, node, &found)).collect();
    for (table, column, type_name) in named {
        let known = found.columns.entry(table).or_default().entry(column).or_default();
        *known = known.take().or(type_name);
    }
    found
}

/// The columns that one node names, with their tables.
fn named_by(
    plan: &Plan,
    node: &Node,
    tables: &Sightings<'_>,
) -> Vec<(QualifiedName, Name, Option<String>)> {
    let own = own_table(plan, node);
    let place = |qualifier: Option<String>| match qualifier {
        Some(qualifier) => tables.table(&qualifier).cloned(),
        None => own.clone(),
    };
    let mut found = Vec::new();
    for (_, text) in node.conditions.each() {
        for term in condition_columns(text) {
            let ConditionTerm::Column(it) = term else { continue };
            if let Some((qualifier, column)) = plain_column(&it.operand).filter(|it| it.0.is_some())
            {
                found.extend(place(qualifier).map(|table| (table, Name(column), None)));
            }
            let type_name = constant_type(&it.operand);
            found.extend(place(it.qualifier).map(|table| (table, Name(it.column), type_name)));
        }
    }
    let keys = node.keys.sort.iter().chain(&node.keys.group).map(|it| sort_term(it).0);
    let outputs = node.output.iter().map(String::as_str);
    for text in keys.chain(outputs) {
        let Some((qualifier, column)) = plain_column(text) else { continue };
        let lone = qualifier.is_none().then(|| tables.only_table().cloned()).flatten();
        found.extend(lone.or_else(|| place(qualifier)).map(|table| (table, Name(column), None)));
    }
    found
}

/// The table whose columns a node names without a qualifier.
fn own_table(plan: &Plan, node: &Node) -> Option<QualifiedName> {
    match node.kind {
        NodeKind::BitmapIndexScan => heap_of(plan, node.id).and_then(table_name),
        _ => table_name(node),
    }
}

/// The heap scan that a bitmap index scan works for.
pub(super) fn heap_of(plan: &Plan, id: NodeId) -> Option<&Node> {
    plan.ancestors(id).find(|it| it.kind == NodeKind::BitmapHeapScan)
}

/// A sort key without its order, and whether it is descending and has NULLs first.
pub(super) fn sort_term(text: &str) -> (&str, bool, bool) {
    let (rest, nulls) = match (text.strip_suffix(" NULLS FIRST"), text.strip_suffix(" NULLS LAST"))
    {
        (Some(rest), _) => (rest, Some(true)),
        (_, Some(rest)) => (rest, Some(false)),
        _ => (text, None),
    };
    match rest.strip_suffix(" DESC") {
        Some(rest) => (rest, true, nulls.unwrap_or(true)),
        None => (rest, false, nulls.unwrap_or(false)),
    }
}

/// The type of a constant as it is printed: `'new'::text` is text, `5` is integer.
fn constant_type(operand: &str) -> Option<String> {
    if let Some((before, type_name)) = operand.rsplit_once("::") {
        let plain = before.ends_with('\'') && !type_name.contains(['(', ')', '[', ' ']);
        return plain.then(|| type_name.to_owned());
    }
    let digits = !operand.is_empty() && operand.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| "integer".to_owned())
}

/// The tables as a catalog has them.
pub(super) fn tables(plan: &Plan, sightings: &Sightings<'_>) -> Vec<Table> {
    let mut sizes: BTreeMap<QualifiedName, Size> = BTreeMap::new();
    for node in plan.nodes() {
        let Some(name) = table_name(node) else { continue };
        let size = sizes.entry(name).or_default();
        let seen = size_seen(plan, node);
        size.rows = size.rows.max(seen.rows);
        size.pages = size.pages.max(seen.pages);
    }
    let made = sizes.into_iter().map(|(name, size)| Table {
        columns: columns_of(sightings, &name),
        name,
        kind: TableKind::Table,
        rows: (size.rows > 0.0).then_some(Rows(size.rows)),
        pages: pages(size.pages),
        all_visible: Pages(0),
        file_pages: None,
        parents: Vec::new(),
        row_security: false,
        owner: Name::from(""),
        activity: None,
        modified_since_analyze: None,
        analyzed: None,
    });
    made.collect()
}

/// The columns of a table that the plan names, numbered as they come.
fn columns_of(sightings: &Sightings<'_>, table: &QualifiedName) -> Vec<Column> {
    let Some(named) = sightings.columns.get(table) else { return Vec::new() };
    let mut columns = Vec::with_capacity(named.len());
    let numbered = named.iter().zip(1..i16::MAX);
    columns.extend(
        numbered.map(|((name, type_name), number)| column(number, name, type_name.as_deref())),
    );
    columns
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and no table has so many pages"
)]
fn pages(count: f64) -> Pages {
    Pages(count.round() as u64)
}

/// A column of which the plan shows little more than the name.
fn column(number: i16, name: &Name, type_name: Option<&str>) -> Column {
    // Types whose values have no order that a b-tree could keep.
    const UNSORTED: [&str; 8] =
        ["json", "xml", "point", "box", "polygon", "circle", "path", "line"];
    let (type_length, type_alignment) = match type_name {
        Some("text" | "character varying" | "bpchar" | "jsonb" | "numeric") => (-1, 'i'),
        Some("boolean") => (1, 'c'),
        Some("smallint") => (2, 's'),
        Some("integer" | "date" | "real") => (4, 'i'),
        Some("uuid") => (16, 'c'),
        _ => (8, 'd'),
    };
    Column {
        number,
        name: name.clone(),
        type_name: type_name.unwrap_or("unknown").to_owned(),
        type_length,
        type_alignment,
        sortable: !type_name.is_some_and(|it| UNSORTED.contains(&it)),
        not_null: false,
        statistics: None,
    }
}

/// What one scan lets see of the size of its table.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    rows: f64,
    pages: f64,
}

/// A scan that ran shows rows and pages; one that was only planned its cost, of which pages are
/// the larger part; an index scan only what it touched.
fn size_seen(plan: &Plan, node: &Node) -> Size {
    let Some(measured) = node.measured.filter(|it| it.loops > 0.0) else {
        return size_planned(plan, node);
    };
    let passes =
        if node.parallel_aware { measured.loops / plan.processes(node.id) } else { measured.loops };
    let removed = node.removed.by_filter.map_or(0.0, |it| it.0);
    let rows = (measured.rows.0 + removed) * measured.loops / passes.max(1.0);
    let touched = plan.own_buffers(node.id).map(|it| (it.shared_hit.0 + it.shared_read.0) as f64);
    let planned = size_planned(plan, node);
    if node.kind == NodeKind::SeqScan {
        let pages = touched.map_or(planned.pages, |it| it / passes.max(1.0));
        Size { rows, pages }
    } else {
        // Other scans see a part of the table; what they touched, some of it often, is no more
        // than a hint, but a table of which little was touched needs no other index.
        Size { rows: 0.0, pages: touched.unwrap_or(planned.pages) }
    }
}

/// The pages that a sequential scan was planned to read, by the planner's own formula.
///
/// Cost is pages × `seq_page_cost` + rows × (`cpu_tuple_cost` + terms × `cpu_operator_cost`)
/// (source: `cost_seqscan`, `costsize.c`, defaults 1, 0.01, 0.0025). Rows a page are guessed by
/// the width handed up, which may be less than the row's, so the pages are too few rather than
/// too many.
fn size_planned(plan: &Plan, node: &Node) -> Size {
    const PAGE_ROOM: f64 = 8168.0; // a page less its header
    const ROW_HEADER: f64 = 28.0; // with the line pointer
    let Some(estimate) = node.estimate else { return Size::default() };
    if node.kind != NodeKind::SeqScan {
        // At most a page a unit of `random_page_cost`, whose default is 4.
        return Size { rows: 0.0, pages: estimate.total.0 / 4.0 };
    }
    let setting = |name: &str, default: f64| {
        plan.settings.get(name).and_then(|it| it.parse().ok()).unwrap_or(default)
    };
    let terms = node.conditions.filter.as_deref().map_or(0, |it| condition_columns(it).len());
    let by_row =
        setting("cpu_tuple_cost", 0.01) + terms as f64 * setting("cpu_operator_cost", 0.0025);
    let rows_a_page = (PAGE_ROOM / (estimate.width.0 as f64 + ROW_HEADER)).max(1.0);
    let pages = estimate.total.0 / (setting("seq_page_cost", 1.0) + rows_a_page * by_row);
    let rows = if terms == 0 { estimate.rows.0 } else { pages * rows_a_page };
    Size { rows: rows.max(estimate.rows.0), pages }
}
