//! Fixtures of rules: where they stand, and what is left out of a capture to make it one.
//!
//! A fixture is small and the same wherever it is recorded: what depends on the machine, the
//! hour or the defaults of the server goes.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pgsextant::base::Name;
use pgsextant::catalog::{Catalog, CatalogParts};
use pgsextant::workload::{Capture, RecordedPlan, RecordedStatement, wire};

use crate::root;

/// The hour of every fixture.
const NOW: &str = "2026-01-01T00:00:00Z";

/// The settings that rules and cases read; `enable_…` ones are kept when they are off.
const SETTINGS: [&str; 5] =
    ["work_mem", "hash_mem_multiplier", "search_path", "block_size", "standard_conforming_strings"];

/// The folder of a case.
pub(crate) fn folder(rule: &str, case: &str) -> PathBuf {
    rule_folder(rule).join(case)
}

/// The folder of a rule's cases.
pub(crate) fn rule_folder(rule: &str) -> PathBuf {
    root().join("fixtures/rules").join(rule.replace('-', "_"))
}

/// The capture without what differs from machine to machine, and without what no rule reads.
pub(crate) fn normalized(mut capture: Capture, role: &Name) -> Capture {
    NOW.clone_into(&mut capture.captured_at);
    let server = &mut capture.server;
    server.counters_since = None;
    server.started_at = None;
    server.counter_days = server.counter_days.map(f64::floor);
    server.active_time_ms = None;
    server.statements = None;
    capture.gaps.clear();
    capture.settings.retain(|it| {
        SETTINGS.contains(&it.name.as_str()) || it.name.starts_with("enable_") && it.value == "off"
    });
    let reader = capture.server.role.clone();
    capture.roles.retain(|it| it.name == *role || it.name == reader);
    capture.statements.retain(|it| it.role == *role);
    let keys: Vec<String> = capture.statements.iter().map(RecordedStatement::key).collect();
    capture.plans.retain(|it| keys.contains(&it.statement));
    capture.plans = best_of_each(capture.plans);
    let mut parts = capture.catalog.parts();
    for index in &mut parts.indexes {
        if let Some(usage) = index.usage.as_mut().filter(|it| it.last_scan.is_some()) {
            usage.last_scan = Some(NOW.to_owned());
        }
    }
    capture.catalog = Catalog::new(parts);
    capture
}

/// Only the relations of these schemas.
pub(crate) fn keep_schema(parts: CatalogParts, schema: &Name) -> CatalogParts {
    let CatalogParts { mut tables, indexes, foreign_keys, functions, untrusted } = parts;
    tables.retain(|it| it.name.schema == *schema);
    CatalogParts { tables, indexes, foreign_keys, functions, untrusted }
}

/// Of each statement the plan that ran; those that were only planned where none did.
fn best_of_each(plans: Vec<RecordedPlan>) -> Vec<RecordedPlan> {
    let ran: Vec<String> =
        plans.iter().filter(|it| it.analyzed).map(|it| it.statement.clone()).collect();
    let mut kept: Vec<RecordedPlan> = Vec::new();
    for plan in plans {
        let outdone = !plan.analyzed && ran.contains(&plan.statement);
        if !outdone && kept.iter().all(|it| it.statement != plan.statement) {
            kept.push(plan);
        }
    }
    kept
}

/// Writes the capture's files beside the case's own.
pub(crate) fn write(capture: &Capture, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make {}", folder.display()))?;
    for (name, text) in wire::write(capture) {
        let file = folder.join(name);
        std::fs::write(&file, text)
            .with_context(|| format!("could not write {}", file.display()))?;
    }
    Ok(())
}
