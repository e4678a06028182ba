use crate::base::{Name, Rows, Share};
use crate::plan::{Node, NodeKind, Plan};
use crate::rules::estimate::{equality, terms};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A sort of many rows to return a few, that an index in this order would spare.
    ///
    /// ## What it does
    /// Looks for a sort right above the scan of one table, by plain columns of that table, under a
    /// LIMIT that takes at most a tenth of at least a thousand rows that were sorted, where sort
    /// and scan are at least a tenth of the run. Keeps silent where a known index has that order.
    /// ## Why it matters
    /// Every row that matches is read and compared to return the first few; the time grows with
    /// the table, not with the answer. In the order of an index the scan ends after those few.
    /// ## When it is fine
    /// When few rows match; and without a LIMIT, since reading a whole table in the order of an
    /// index is slower than sorting it.
    /// ## What to do
    /// Build an index that begins with the columns compared by equality and goes on with those of
    /// the ORDER BY, in their directions.
    /// ## Source
    /// The tenth is where an index scan that stops early reads fewer pages than the sort's input
    /// even if each row lies on a page of its own (ten rows a page and more are usual).
    "avoidable-sort", Severity::Warn, Check::Plan(check)
}

/// Part of the sorted rows that is returned, above which sorting them was not in vain.
const RETURNED_MAX: Share = Share::percent(10.0);

/// Sorted rows below which the sort is a fraction of a millisecond.
const ROWS_MIN: Rows = Rows(1_000.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for sort in plan.plan.nodes().filter(|it| it.kind == NodeKind::Sort) {
        judge(plan, sort, found);
    }
}

fn judge(plan: &PlanOf<'_>, sort: &Node, found: &mut Vec<Finding>) {
    let Some(scan) = plan.plan.children(sort.id).next().filter(|it| reads_a_table(it)) else {
        return;
    };
    let (Some(limit), Some(order)) = (limit_above(plan.plan, sort), order(sort, scan)) else {
        return;
    };
    let Some((sorted, returned)) = rows(plan.plan, scan, limit) else { return };
    let (share, share_fact) = plan.share_of([sort, scan]);
    let in_vain = sorted.0 >= ROWS_MIN.0 && returned.0 <= sorted.0 * RETURNED_MAX.0;
    if !in_vain || share.0 < SHARE_MIN.0 || has_order(plan, scan, &order) {
        return;
    }
    let wishes = plan.wishes_on(scan);
    found.push(Finding {
        facts: vec![
            Fact::PartOfRows { what: "sorted were returned", part: returned, whole: sorted },
            share_fact,
            Fact::Condition(format!("sort by {}", sort.keys.sort.join(", "))),
        ],
        remedies: if wishes.is_empty() {
            vec![Remedy::Rewrite(in_words(scan, sort))]
        } else {
            wishes.iter().map(|wish| Remedy::Index(*wish)).collect()
        },
        wishes,
        ..plan.finding(&RULE, plan.subject(scan), share)
    });
}

fn reads_a_table(node: &Node) -> bool {
    let kind = matches!(
        node.kind,
        NodeKind::SeqScan
            | NodeKind::BitmapHeapScan
            | NodeKind::IndexScan
            | NodeKind::IndexOnlyScan
    );
    kind && node.relation.is_some()
}

/// The LIMIT that takes from this sort, through nodes that hand every row on.
fn limit_above<'a>(plan: &'a Plan, sort: &Node) -> Option<&'a Node> {
    let hands_on = |it: &&Node| {
        matches!(it.kind, NodeKind::GatherMerge | NodeKind::SubqueryScan | NodeKind::Result)
            && it.conditions.filter.is_none()
    };
    let above = plan.ancestors(sort.id).find(|it| !hands_on(it))?;
    (above.kind == NodeKind::Limit).then_some(above)
}

/// The columns that the sort goes by, where all are plain columns of the scanned table.
fn order(sort: &Node, scan: &Node) -> Option<Vec<String>> {
    sort.keys.sort.iter().map(|key| column(key, scan)).collect()
}

/// The column of a sort key: `lines.label DESC NULLS LAST` without its qualifier and direction.
fn column(key: &str, scan: &Node) -> Option<String> {
    let bare = ["NULLS FIRST", "NULLS LAST", "DESC"]
        .iter()
        .fold(key.trim(), |key, tail| key.strip_suffix(tail).unwrap_or(key).trim_end());
    let name = match bare.split_once('.') {
        Some((qualifier, column)) => {
            let own = scan.qualifier()?.to_string();
            (own == qualifier).then_some(column)?
        }
        None => bare,
    };
    let plain = name.chars().all(|it| it.is_alphanumeric() || it == '_') && !name.is_empty();
    plain.then(|| name.to_owned())
}

/// Rows that came to the sort in all its processes, and rows that the LIMIT let through.
fn rows(plan: &Plan, scan: &Node, limit: &Node) -> Option<(Rows, Rows)> {
    if let (Some(sorted), Some(returned)) = (plan.total_rows(scan.id), plan.total_rows(limit.id)) {
        return Some((sorted, returned));
    }
    Some((scan.estimate?.rows, limit.estimate?.rows))
}

/// Whether a known index has the order behind columns that are compared by equality.
fn has_order(plan: &PlanOf<'_>, scan: &Node, order: &[String]) -> bool {
    let Some(relation) = &scan.relation else { return false };
    let terms = terms(scan);
    let equal: Vec<&str> = terms.iter().filter_map(equality).map(|it| it.column.as_str()).collect();
    let of = |table: &crate::base::TableId| {
        let schema = &plan.catalog.table(*table).name.schema;
        relation.schema.as_ref().is_none_or(|it| it == schema)
    };
    let tables = plan.catalog.tables_named(&relation.name).iter().copied().filter(of);
    tables.flat_map(|table| plan.catalog.indexes_of(table)).any(|(_, index)| {
        let mut columns = index.columns().map(Name::as_str).skip_while(|it| equal.contains(it));
        index.is_plain_btree() && order.iter().all(|it| columns.next() == Some(it))
    })
}

/// The index in words, where nobody else worked it out.
fn in_words(scan: &Node, sort: &Node) -> String {
    let table = scan.relation.as_ref().map_or("the table", |it| it.name.as_str());
    let terms = terms(scan);
    let mut equal: Vec<&str> =
        terms.iter().filter_map(equality).map(|it| it.column.as_str()).collect();
    equal.dedup();
    let order = sort.keys.sort.join(", ");
    if equal.is_empty() {
        return format!("An index on {table} in the order {order} hands the rows up sorted.");
    }
    format!(
        "An index on {table} that begins with {} and goes on in the order {order} hands the rows \
         up sorted.",
        equal.join(", ")
    )
}
