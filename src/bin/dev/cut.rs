//! Takes one statement with all that it reaches out of a capture.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use pgsextant::base::QualifiedName;
use pgsextant::catalog::{Catalog, CatalogParts};
use pgsextant::io::store;
use pgsextant::workload::{Capture, Case, cases, drafts};

use crate::{fixture, say};

/// Writes the statement as the fixture of a case.
pub(crate) fn cut(from: &Path, statement: &str, folder: &Path) -> anyhow::Result<()> {
    let capture = store::read(from)?.capture;
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(64 << 20)
        .build()
        .context("could not start threads")?;
    let cases = pool.install(|| cases(drafts(&capture), &capture));
    let case = cases
        .iter()
        .find(|it| it.draft.label == statement || it.draft.key == statement)
        .with_context(|| format!("there is no statement {statement} in {}", from.display()))?;
    let small = only(capture, case);
    fixture::write(&fixture::normalized(small, &case.draft.role), folder)?;
    let intent = folder.join("intent");
    if !intent.exists() {
        std::fs::write(&intent, "fires 1\n")
            .with_context(|| format!("could not write {}", intent.display()))?;
    }
    say(&format!("wrote {}; say in `intent` what is expected of it", folder.display()));
    Ok(())
}

/// The capture with this statement alone.
fn only(mut capture: Capture, case: &Case) -> Capture {
    let reached = reached(&capture.catalog, case);
    capture.statements.retain(|it| it.key() == case.draft.key);
    let CatalogParts { mut tables, indexes, mut foreign_keys, functions, untrusted } =
        capture.catalog.parts();
    tables.retain(|it| reached.contains(&it.name));
    foreign_keys.retain(|it| reached.contains(&it.child) && reached.contains(&it.parent));
    capture.catalog =
        Catalog::new(CatalogParts { tables, indexes, foreign_keys, functions, untrusted });
    capture
}

/// The tables that it names or scans, with their partitions and parents.
fn reached(catalog: &Catalog, case: &Case) -> BTreeSet<QualifiedName> {
    let named = case.draft.resolution.relations().map(|(_, id)| id);
    let nodes = case.plans.iter().flat_map(|it| it.plan.nodes());
    let scanned = nodes.filter_map(|it| it.relation.as_ref());
    let scanned = scanned.flat_map(|it| catalog.tables_named(&it.name).iter().copied());
    let own: BTreeSet<QualifiedName> =
        named.chain(scanned).map(|id| catalog.table(id).name.clone()).collect();
    let family = catalog.tables().filter_map(|(_, table)| {
        let of_family = table.parents.iter().any(|it| own.contains(it));
        of_family.then(|| table.name.clone())
    });
    let parents =
        catalog.tables().filter(|(_, it)| own.contains(&it.name)).flat_map(|(_, it)| &it.parents);
    family.chain(parents.cloned()).chain(own.iter().cloned()).collect()
}
