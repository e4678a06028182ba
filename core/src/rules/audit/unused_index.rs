use crate::base::{Bytes, Millis};
use crate::catalog::{Catalog, Index, Table, TableKind};
use crate::rules::{Check, Confidence, Fact, Finding, Remedy, Scene, Severity, Subject};

rule! {
    /// An index of which no use was seen on this node.
    ///
    /// ## What it does
    /// Looks for an index that no scan has started on since the counters began. Counters that are
    /// 35 days old or more make it a warning; younger ones, or of unknown age, only a remark, and
    /// only for an index of a megabyte or more. Left out are unique indexes, which also guard what
    /// is written and decide ON CONFLICT, and do not count that as a scan; indexes of constraints,
    /// replica identity, CLUSTER and extensions; those that begin with the columns of a foreign
    /// key; those that a plan of the capture reads; and those of partitioned tables, which stand
    /// or fall together.
    /// ## Why it matters
    /// Each index is written on every insert and most updates, vacuumed, cached and backed up.
    /// ## When it is fine
    /// When a yearly report needs it, or another node reads it: every node counts for itself.
    /// ## What to do
    /// Look at the same counters on the primary and on every standby, then drop it, and keep the
    /// definition for the way back.
    "unused-index", Severity::Warn, Check::Workload(check)
}

/// Below this size an index without proof of age is not worth a line.
const UNPROVEN_SIZE_MIN: Bytes = Bytes(1 << 20);

fn check(scene: &Scene<'_>, found: &mut Vec<Finding>) {
    let read = scene.indexes_read();
    for (_, index) in scene.catalog().indexes() {
        let unused = index.usage.as_ref().is_some_and(|it| it.scans == 0 && it.last_scan.is_none());
        if unused && !read.contains(&index.name.name) && may_go(scene.catalog(), index) {
            found.extend(finding(scene, index));
        }
    }
}

fn finding(scene: &Scene<'_>, index: &Index) -> Option<Finding> {
    let server = &scene.capture.server;
    let days = server.counter_days;
    let size = index.size().bytes(server.block);
    let proven = days.is_some_and(|it| it >= scene.options.unused_days);
    if !proven && size < UNPROVEN_SIZE_MIN {
        return None;
    }
    let mut facts = vec![Fact::Scans { scans: 0, days }, Fact::Size(size)];
    if !proven {
        facts.push(Fact::Text(match days {
            Some(days) => format!("unknown: counters are {days:.0} days old"),
            None => "unknown: nothing says how old the counters are".to_owned(),
        }));
    }
    facts.push(Fact::Checked(
        "not unique, no constraint, foreign key, replica identity, CLUSTER or extension needs it, \
         no recorded plan reads it"
            .to_owned(),
    ));
    let ask = if server.standby { "the primary and other standbys" } else { "every standby" };
    facts.push(Fact::Text(format!("this node alone was asked; ask {ask} too")));
    Some(Finding {
        rule: RULE.name,
        severity: if proven { RULE.severity } else { Severity::Info },
        confidence: if proven { Confidence::Medium } else { Confidence::Low },
        subject: Subject::Index(index.name.clone()),
        facts,
        wishes: Vec::new(),
        remedies: vec![Remedy::Drop(index.name.clone())],
        weight: Millis(0.0),
    })
}

/// Nothing but queries could need it.
fn may_go(catalog: &Catalog, index: &Index) -> bool {
    let Some(table) = catalog.find_table(&index.table).map(|it| catalog.table(it)) else {
        return false;
    };
    index.valid
        && index.ready
        && !index.unique
        && !index.is_needed()
        && table.kind != TableKind::Partitioned
        && !supports_foreign_key(catalog, table, index)
}

/// Its leading columns are those of a foreign key of its table, in any order: a delete of the
/// row referred to would scan the table without it.
fn supports_foreign_key(catalog: &Catalog, table: &Table, index: &Index) -> bool {
    let columns: Vec<_> = index.columns().collect();
    let own = catalog.foreign_keys().iter().filter(|key| key.child == table.name);
    own.filter_map(|key| Some((key, columns.get(..key.child_columns.len())?)))
        .any(|(key, leading)| leading.iter().all(|it| key.child_columns.contains(it)))
}
