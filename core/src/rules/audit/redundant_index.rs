use crate::base::{IndexId, Millis};
use crate::catalog::{Catalog, Cover, Index};
use crate::rules::{Check, Confidence, Fact, Finding, Remedy, Scene, Severity, Subject};

rule! {
    /// An index whose work another index does as well.
    ///
    /// ## What it does
    /// Looks for a b-tree index whose keys are the leading keys of another one on the same table,
    /// with the same operator classes, collations and predicate, all in the same order or all
    /// reversed, and whose carried columns are in the other one too. Of two alike one is named.
    /// Indexes that something depends on are left out: constraints, replica identity, CLUSTER,
    /// foreign keys that point at them, extensions, partitioned indexes.
    /// ## Why it matters
    /// Each index is written on every insert and most updates, vacuumed, cached and backed up.
    /// ## When it is fine
    /// When the other index is much wider and this one is read often: a small index stays in
    /// memory where a wide one does not.
    /// ## What to do
    /// Compare both sizes, then drop this one.
    "redundant-index", Severity::Warn, Check::Workload(check)
}

fn check(scene: &Scene<'_>, found: &mut Vec<Finding>) {
    let catalog = scene.catalog();
    for (id, index) in catalog.indexes() {
        let covering = covering(catalog, id);
        // One that stays itself; there is one wherever there is any, since covers make no circle.
        let stays = |it: &&(IndexId, Cover)| self::covering(catalog, it.0).is_empty();
        if let Some((keeper, cover)) = covering.iter().find(stays).or(covering.first()) {
            found.push(finding(scene, index, (catalog.index(*keeper), *cover)));
        }
    }
}

/// The indexes that make this one redundant, nearest first: fewest keys, then by name.
fn covering(catalog: &Catalog, id: IndexId) -> Vec<(IndexId, Cover)> {
    let index = catalog.index(id);
    let Some(table) = catalog.find_table(&index.table) else { return Vec::new() };
    let mut found: Vec<(IndexId, Cover)> = catalog
        .indexes_of(table)
        .filter_map(|(other, it)| Some((other, it.covers(index)?)))
        .filter(|(other, _)| !is_last_of_twins(catalog, *other, id))
        .collect();
    found.sort_by_key(|(other, _)| (catalog.index(*other).keys.len(), *other));
    found
}

/// Both cover each other, and this one stays: the one whose name comes first.
fn is_last_of_twins(catalog: &Catalog, other: IndexId, id: IndexId) -> bool {
    catalog.index(id).covers(catalog.index(other)).is_some() && id < other
}

fn finding(scene: &Scene<'_>, index: &Index, (keeper, cover): (&Index, Cover)) -> Finding {
    let mut facts = vec![Fact::ServedBy(keeper.name.clone())];
    facts.push(Fact::Size(index.size().bytes(scene.capture.server.block)));
    facts.extend(
        index.usage.as_ref().map(|usage| Fact::Scans {
            scans: usage.scans,
            days: scene.capture.server.counter_days,
        }),
    );
    let how = match cover {
        Cover::Same => "same keys, operator classes, collations, predicate and carried columns",
        Cover::Prefix => {
            "its keys lead the other one's, with the same operator classes, collations, predicate \
             and carried columns"
        }
    };
    facts.push(Fact::Checked(format!(
        "{how}; no constraint, replica identity, CLUSTER, foreign key or extension needs it"
    )));
    Finding {
        rule: RULE.name,
        severity: RULE.severity,
        confidence: Confidence::High,
        subject: Subject::Index(index.name.clone()),
        facts,
        wishes: Vec::new(),
        remedies: vec![Remedy::Drop(index.name.clone())],
        weight: Millis(0.0),
    }
}
