use crate::base::{Millis, Name};
use crate::catalog::{Role, Table, TableKind};
use crate::rules::{Check, Confidence, Fact, Finding, Remedy, Scene, Severity, Subject};

rule! {
    /// A table whose planner statistics are missing or out of date.
    ///
    /// ## What it does
    /// Looks at the tables that the workload reads, for one that has rows but no statistics, and
    /// for one where more than a fifth of the rows, and a thousand more, changed since the last
    /// ANALYZE. Autovacuum by default acts at a tenth and fifty, so it is off here, or behind.
    /// Statistics that this role may not see are not called missing, and counters that were not
    /// read, or stand on a standby, say nothing.
    /// ## Why it matters
    /// Without statistics the planner takes fixed guesses, for instance half a percent of the rows
    /// for an equality. Plans and advice from such guesses are chance.
    /// ## When it is fine
    /// Tables that are filled and emptied within one job.
    /// ## What to do
    /// Run ANALYZE on the table, on the primary. When it happens again, lower
    /// autovacuum_analyze_scale_factor for this table; a partitioned table itself is never
    /// analyzed by autovacuum, so put it on a schedule.
    "stale-statistics", Severity::Warn, Check::Workload(check)
}

/// Part of the rows that may change: twice what autovacuum waits for by default, so that a table
/// whose turn comes in a minute is not reported.
const CHANGED_SHARE_MAX: f64 = 0.2;

/// Changed rows that no plan would notice; autovacuum's own default is fifty.
const CHANGED_ROWS_MIN: f64 = 1_000.0;

fn check(scene: &Scene<'_>, found: &mut Vec<Finding>) {
    for (id, weight) in scene.tables_read() {
        let table = scene.catalog().table(id);
        let facts = missing(scene, table).or_else(|| stale(scene, table));
        found.extend(facts.map(|facts| finding(table, facts, weight)));
    }
}

fn finding(table: &Table, facts: Vec<Fact>, weight: Millis) -> Finding {
    Finding {
        rule: RULE.name,
        severity: RULE.severity,
        confidence: Confidence::High,
        subject: Subject::Relation(table.name.clone()),
        facts,
        wishes: Vec::new(),
        remedies: vec![Remedy::Analyze(table.name.clone())],
        weight,
    }
}

/// The evidence that a table with rows has no statistics.
fn missing(scene: &Scene<'_>, table: &Table) -> Option<Vec<Fact>> {
    let (holds_rows, never_counted) = match table.kind {
        TableKind::Table | TableKind::MaterializedView => {
            let pages = table.size().0 > 0;
            let counted = table.rows.is_some_and(|rows| rows.0 > 0.0);
            (counted || pages && table.rows.is_none(), pages && table.rows.is_none())
        }
        TableKind::Partitioned => (parts_hold_rows(scene, table), false),
        TableKind::View | TableKind::Foreign | TableKind::Other(_) => return None,
    };
    let seen = table.columns.iter().any(|it| it.statistics.is_some());
    if !holds_rows || seen || table.columns.is_empty() {
        return None;
    }
    if !never_counted && !may_see_statistics(scene, table) {
        return None;
    }
    let mut facts = vec![Fact::NoStatistics(Vec::new())];
    if table.kind == TableKind::Partitioned {
        facts.push(Fact::Text("autovacuum never analyzes a partitioned table itself".to_owned()));
    } else if never_counted {
        facts.push(Fact::Text("no ANALYZE or VACUUM has counted its rows yet".to_owned()));
    }
    Some(facts)
}

/// The evidence that too much changed since the last ANALYZE.
fn stale(scene: &Scene<'_>, table: &Table) -> Option<Vec<Fact>> {
    if scene.capture.server.standby || !table.stores_rows() {
        return None;
    }
    let (changed, rows) = (table.modified_since_analyze?, table.rows?);
    let allowed = rows.0.max(0.0) * CHANGED_SHARE_MAX + CHANGED_ROWS_MIN;
    (changed as f64 > allowed).then(|| vec![Fact::Changed { changed, rows }])
}

/// Some partition holds rows.
fn parts_hold_rows(scene: &Scene<'_>, table: &Table) -> bool {
    scene.catalog().tables().any(|(_, part)| {
        part.parents.contains(&table.name)
            && (part.size().0 > 0 || part.rows.is_some_and(|it| it.0 > 0.0))
    })
}

/// The role that read the capture sees every row of `pg_stats` for this table.
///
/// The view shows columns that the role may SELECT, and none where row security applies to it.
/// Grants are not in the capture, so a role that neither owns the table nor may read all is
/// taken to see nothing. An owner is free of row security unless it is forced, which is not in
/// the capture either.
fn may_see_statistics(scene: &Scene<'_>, table: &Table) -> bool {
    let server = &scene.capture.server;
    if server.superuser {
        return true;
    }
    let bypasses = role(scene, &server.role).is_some_and(|it| it.bypasses_row_security);
    if table.row_security && !bypasses {
        return false;
    }
    is_member(scene, &server.role, &table.owner)
        || is_member(scene, &server.role, &Name::from("pg_read_all_data"))
}

fn role<'a>(scene: &Scene<'a>, name: &Name) -> Option<&'a Role> {
    scene.capture.roles.iter().find(|it| it.name == *name)
}

/// One role is the other, or a member of it over any number of steps.
fn is_member(scene: &Scene<'_>, of: &Name, wanted: &Name) -> bool {
    let mut reached = vec![of];
    let mut next = 0;
    while let Some(name) = reached.get(next).copied() {
        next += 1;
        if name == wanted {
            return true;
        }
        for above in role(scene, name).map_or(&[][..], |it| &it.member_of) {
            if !reached.contains(&above) {
                reached.push(above);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::rules::RuleOptions;
    use crate::testing;
    use crate::workload::Capture;

    /// A recorded world whose statistics are gone, read by a role that owns nothing.
    fn without_statistics() -> Capture {
        let mut capture =
            testing::capture(&testing::fixtures("rules/stale_statistics/few_changes"));
        let mut parts = capture.catalog.parts();
        for column in parts.tables.iter_mut().flat_map(|it| &mut it.columns) {
            column.statistics = None;
        }
        capture.catalog = Catalog::new(parts);
        capture.server.superuser = false;
        capture.server.role = Name::from("reader");
        capture
    }

    fn fires(capture: &Capture) -> bool {
        testing::findings(capture, RuleOptions::default()).iter().any(|it| it.rule == RULE.name)
    }

    fn reader(member_of: &str) -> Role {
        Role {
            name: Name::from("reader"),
            superuser: false,
            bypasses_row_security: false,
            search_path: None,
            member_of: vec![Name::from(member_of)],
        }
    }

    #[test]
    fn calls_missing_only_what_it_would_see() {
        let mut capture = without_statistics();
        assert!(!fires(&capture), "hidden from a role without rights");
        capture.roles.push(reader("pg_read_all_data"));
        assert!(fires(&capture), "a role that may read all sees that there are none");
        let mut parts = capture.catalog.parts();
        for table in &mut parts.tables {
            table.row_security = true;
        }
        capture.catalog = Catalog::new(parts);
        assert!(!fires(&capture), "hidden by row security");
        capture.server.superuser = true;
        assert!(fires(&capture), "nothing is hidden from a superuser");
    }

    #[test]
    fn takes_no_counters_of_a_standby() {
        let mut capture = testing::capture(&testing::fixtures("rules/stale_statistics/mostly_new"));
        assert!(fires(&capture));
        capture.server.standby = true;
        assert!(!fires(&capture));
    }
}
