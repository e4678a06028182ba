use crate::base::{Bytes, Millis};
use crate::catalog::{Index, TableKind};
use crate::rules::{Check, Confidence, Fact, Finding, Remedy, Scene, Severity, Subject};

rule! {
    /// An index that is kept up to date but that no query may use.
    ///
    /// ## What it does
    /// Looks for indexes that the server marks as not valid. They are what CREATE INDEX
    /// CONCURRENTLY or REINDEX CONCURRENTLY leave behind when they fail. An index of a partitioned
    /// table is not valid until all partitions have theirs, and is left out.
    /// ## Why it matters
    /// It takes space and may slow every write, and the query it was built for still scans.
    /// ## When it is fine
    /// While the build is running: pg_stat_progress_create_index shows it.
    /// ## What to do
    /// Drop it where a valid index of the same definition exists; else rebuild it with
    /// REINDEX INDEX CONCURRENTLY, after finding out why the build failed.
    "invalid-index", Severity::Warn, Check::Workload(check)
}

fn check(scene: &Scene<'_>, found: &mut Vec<Finding>) {
    for (_, index) in scene.catalog().indexes().filter(|(_, it)| !it.valid) {
        let table = scene.catalog().find_table(&index.table);
        let partitioned =
            table.is_some_and(|it| scene.catalog().table(it).kind == TableKind::Partitioned);
        if !partitioned {
            found.push(finding(scene, index));
        }
    }
}

fn finding(scene: &Scene<'_>, index: &Index) -> Finding {
    let twin = scene.catalog().indexes().map(|(_, it)| it).find(|it| are_twins(it, index));
    let remedy = match twin {
        Some(_) if !index.is_needed() => Remedy::Drop(index.name.clone()),
        _ => Remedy::Reindex(index.name.clone()),
    };
    let mut facts = vec![Fact::Text(state(index).to_owned())];
    facts.extend(twin.map(|it| Fact::ServedBy(it.name.clone())));
    let size = index.size().bytes(scene.capture.server.block);
    if size > Bytes(0) {
        facts.push(Fact::Size(size));
    }
    facts.push(Fact::Checked("look into pg_stat_progress_create_index before acting".to_owned()));
    Finding {
        rule: RULE.name,
        severity: if index.ready { RULE.severity } else { Severity::Info },
        confidence: Confidence::High,
        subject: Subject::Index(index.name.clone()),
        facts,
        wishes: Vec::new(),
        remedies: vec![remedy],
        weight: Millis(0.0),
    }
}

/// What the two marks of an index that is not valid mean together.
fn state(index: &Index) -> &'static str {
    if index.ready {
        "not valid: every write keeps it up to date, no query may use it"
    } else {
        "not valid and not ready: a build is in progress, or failed in its first scan"
    }
}

/// A valid index of the same definition.
fn are_twins(valid: &Index, invalid: &Index) -> bool {
    valid.valid
        && valid.table == invalid.table
        && valid.method == invalid.method
        && valid.keys == invalid.keys
        && valid.include == invalid.include
        && valid.predicate == invalid.predicate
        && (valid.unique || !invalid.unique)
}
