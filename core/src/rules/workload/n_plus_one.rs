use crate::base::{Name, TableId};
use crate::catalog::Catalog;
use crate::rules::scene::tables_of;
use crate::rules::{Check, Confidence, Fact, Finding, Remedy, Scene, Severity, Subject};
use crate::sql::{Operand, Predicate, Shape, Statement};
use crate::workload::Case;

rule! {
    /// A statement that seems to run once for each row of another one.
    ///
    /// ## What it does
    /// Looks for a plain SELECT whose only value is a key, called about as often as another
    /// statement of the same role returned rows, where a foreign key ties the two tables. Counts
    /// say no more than that the two fit, so what it names is a candidate. An application that
    /// remembers what it loaded asks once per distinct key; these counts cannot tell that from
    /// chance, so it is not reported. Statements with FOR UPDATE or OFFSET are queues and pages,
    /// and are left out.
    /// ## Why it matters
    /// Each call pays a round trip, a plan and a snapshot. One statement for all keys pays once,
    /// and leaves the planner the choice of how to join.
    /// ## When it is fine
    /// When the calls come from separate requests that happen to be as many as the rows were, or
    /// when a loop must do something slow for each row anyway.
    /// ## What to do
    /// Fetch the rows of all keys at once: by a join in the first statement, or by a second one
    /// that takes all keys as an array. Most object mappers call this eager loading.
    "n-plus-one", Severity::Warn, Check::Workload(check)
}

/// How far calls and rows may lie apart: a reset or a capture in the midst of a loop, and rows
/// that need no call (a key that is null), shift them a little.
const TOLERANCE: f64 = 0.01;

/// Rows of the parent below which equal counts are chance, and the loss is small.
const PARENT_ROWS_MIN: u64 = 20;

/// Calls of the child below which likewise.
const CHILD_CALLS_MIN: u64 = 20;

/// Rows per call of the parent from which on it returns a list; a look-up of one row that is
/// followed by another look-up is a chain, not a loop.
const PARENT_ROWS_PER_CALL_MIN: f64 = 2.0;

/// Rows per call of the child above which a call is a list of its own, worth its round trip.
const CHILD_ROWS_PER_CALL_MAX: f64 = 100.0;

/// Calls of the parent from which on the fit held more than once.
const PARENT_CALLS_MIN: u64 = 2;

/// What pg_stat_statements of 18 and later leaves of a list of several values: such a statement
/// is batched already (source: `generate_normalized_query`, `pg_stat_statements.c`).
const SQUASHED: &str = "/*, ... */";

/// A statement that looks rows up by one key.
struct Child<'a> {
    case: &'a Case,
    table: TableId,
    column: Name,
}

/// A statement that may drive a child's calls, and what ties them.
struct Parent<'a> {
    case: &'a Case,
    refers_to: String,
    /// How far its rows lie from the child's calls, as a part of its rows.
    distance: f64,
}

fn check(scene: &Scene<'_>, found: &mut Vec<Finding>) {
    for child in scene.cases.iter().filter_map(child) {
        let parents = scene.cases.iter().filter_map(|case| parent(&child, case, scene.catalog()));
        let closest = parents.min_by(|a, b| {
            a.distance
                .total_cmp(&b.distance)
                .then_with(|| same_origin(b.case, child.case).cmp(&same_origin(a.case, child.case)))
                .then_with(|| a.case.draft.id.cmp(&b.case.draft.id))
        });
        found.extend(closest.map(|parent| finding(&child, &parent, scene.catalog())));
    }
}

fn finding(child: &Child<'_>, parent: &Parent<'_>, catalog: &Catalog) -> Finding {
    let (own, above) = (&child.case.draft, &parent.case.draft);
    let table = &catalog.table(child.table).name;
    let repeated = above.counters.calls >= PARENT_CALLS_MIN;
    Finding {
        rule: RULE.name,
        severity: RULE.severity,
        confidence: if repeated { Confidence::Medium } else { Confidence::Low },
        subject: Subject::Statement { statement: own.id, label: own.label.clone() },
        facts: vec![
            Fact::CallPattern {
                parent: above.label.clone(),
                parent_calls: above.counters.calls,
                parent_rows: above.counters.rows,
                child_calls: own.counters.calls,
            },
            Fact::KeyedBy {
                column: format!("{}.{}", table.name.as_str(), child.column.as_str()),
                refers_to: parent.refers_to.clone(),
            },
            Fact::Text("a candidate: counts fit, order and requests are not recorded".to_owned()),
        ],
        wishes: Vec::new(),
        remedies: vec![Remedy::Rewrite(format!(
            "Fetch the rows of all keys at once: join {} to the statement {}, or send the keys as \
             one array and compare by {} = ANY ($1).",
            table.plain(),
            above.label,
            child.column,
        ))],
        weight: own.counters.total,
    }
}

/// The statement as a child, where it has the shape of one.
fn child(case: &Case) -> Option<Child<'_>> {
    let statement = case.statement().filter(|it| it.is_plain_select())?;
    let counters = &case.draft.counters;
    let few_rows = counters.rows as f64 <= counters.calls as f64 * CHILD_ROWS_PER_CALL_MAX;
    let pages = statement.blocks.iter().any(|block| block.offset.is_some());
    let batched = case.draft.text.contains(SQUASHED);
    if counters.calls < CHILD_CALLS_MIN || !few_rows || pages || batched {
        return None;
    }
    let key = only_key(statement)?;
    let (table, column) = case.draft.resolution.column(key.left.column()?)?;
    Some(Child { case, table, column })
}

/// The predicate with the statement's only value, where it is an equality that always holds.
fn only_key(statement: &Statement) -> Option<&Predicate> {
    let mut keyed = statement
        .blocks
        .iter()
        .flat_map(|block| &block.predicates)
        .filter(|it| !it.right.parameters().is_empty() || !it.left.parameters().is_empty());
    let key = keyed.next()?;
    (keyed.next().is_none() && key.alternative.is_none() && is_one_value(key)).then_some(key)
}

/// `column = $1`, or `column IN ($1)`.
fn is_one_value(predicate: &Predicate) -> bool {
    match (predicate.shape, &predicate.right) {
        (Shape::Equality, right) => is_parameter(right),
        (Shape::AnyOf, Operand::List(members)) => members.len() == 1 && is_parameter(&members[0]),
        _ => false,
    }
}

/// A parameter under any casts.
fn is_parameter(operand: &Operand) -> bool {
    match operand {
        Operand::Parameter(_) => true,
        Operand::Cast { inner, .. } => is_parameter(inner),
        _ => false,
    }
}

/// The statement as the child's parent, where counts and a foreign key fit.
fn parent<'a>(child: &Child<'_>, case: &'a Case, catalog: &Catalog) -> Option<Parent<'a>> {
    let (own, above) = (&child.case.draft, &case.draft);
    if own.id == above.id || own.role != above.role || !case.statement()?.is_plain_select() {
        return None;
    }
    let (rows, calls) = (above.counters.rows, above.counters.calls);
    if rows < PARENT_ROWS_MIN || (rows as f64) < calls as f64 * PARENT_ROWS_PER_CALL_MIN {
        return None;
    }
    let distance = (own.counters.calls as f64 - rows as f64).abs() / rows as f64;
    if distance > TOLERANCE {
        return None;
    }
    let refers_to = tie(child, case, catalog)?;
    Some(Parent { case, refers_to, distance })
}

/// What the child's key refers to in a table that the parent reads.
///
/// Either the key is a foreign key to such a table (a list for each row), or it is the key that
/// a foreign key of such a table points at (one row for each row).
fn tie(child: &Child<'_>, parent: &Case, catalog: &Catalog) -> Option<String> {
    let read = tables_of(parent, catalog);
    let reads = |name| catalog.find_table(name).is_some_and(|it| read.contains(&it));
    let table = &catalog.table(child.table).name;
    let column = std::slice::from_ref(&child.column);
    let refers = catalog.foreign_keys().iter().find_map(|key| {
        (key.child == *table && key.child_columns == column && reads(&key.parent))
            .then(|| format!("{}.{}", key.parent.name.as_str(), key.parent_columns[0].as_str()))
    });
    refers.or_else(|| {
        catalog.foreign_keys().iter().find_map(|key| {
            (key.parent == *table && key.parent_columns == column && reads(&key.child))
                .then(|| format!("{}.{}", key.child.name.as_str(), key.child_columns[0].as_str()))
        })
    })
}

/// Both come from one part of the application, by the part of their tags before the last
/// separator.
fn same_origin(one: &Case, other: &Case) -> bool {
    let origin = |case: &Case| {
        let tag = case.statement()?.tag.clone()?;
        let at = tag.rfind([':', '/', '.', '#'])?;
        Some(tag[..at].to_owned())
    };
    origin(one).is_some_and(|it| origin(other) == Some(it))
}
