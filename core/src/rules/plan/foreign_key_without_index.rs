use crate::base::{Millis, Name, Share};
use crate::catalog::ForeignKey;
use crate::plan::{NodeKind, Trigger};
use crate::rules::{Check, Confidence, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A delete or update that searches the referring table without an index, row by row.
    ///
    /// ## What it does
    /// Looks for the trigger of a foreign key on the referred table that took at least a fifth of
    /// the run and, on average, more than a fifth of a millisecond a call. With a catalog it looks
    /// whether an index on the referring columns is there, and keeps silent if one is.
    /// ## Why it matters
    /// For each row deleted the server searches the referring table for rows that point at it.
    /// Without an index that reads the whole table, once for each row; the plan shows none of it
    /// but the time of the trigger.
    /// ## When it is fine
    /// When each call has very many referring rows to delete or to set to null: then the time is
    /// the work itself.
    /// ## What to do
    /// Build an index on the referring columns of the foreign key that the finding names.
    /// ## Source
    /// ri_triggers.c runs one query a row and a constraint. Own measurement on 13, 15
    /// and 18: 0.01 ms a call through an index, 0.65 to 1.2 ms over 20,000 rows without one.
    "foreign-key-without-index", Severity::Error, Check::Plan(check)
}

/// Part of the run below which nobody would notice the cure. ExplainSQL draws it at the same
/// place.
const SHARE_MIN: Share = Share::percent(20.0);

/// Time of one call that a search through an index stays below.
const CALL_MAX: Millis = Millis(0.2);

/// The first call of a session also plans the trigger's query.
const FIRST_CALL: Millis = Millis(1.0);

/// Part of the run from which on the missing index is most of the statement.
const SHARE_ERROR: Share = Share::percent(50.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let time = |it: &Trigger| it.time.unwrap_or_default();
    let mut slow: Vec<(&Trigger, Option<&ForeignKey>)> = plan
        .plan
        .triggers
        .iter()
        .filter(|it| is_search(plan, it) && is_slow(plan, it))
        .map(|it| (it, foreign_key(plan, it)))
        .filter(|(_, key)| !key.is_some_and(|it| has_index(plan, it)))
        .collect();
    slow.sort_by(|(a, _), (b, _)| time(b).total_cmp(&time(a)).then_with(|| a.name.cmp(&b.name)));
    if slow.is_empty() {
        return;
    }
    let share = plan.share_of_run(slow.iter().map(|(it, _)| time(it)).sum());
    let facts = slow.iter().map(|(it, _)| Fact::Trigger {
        name: it.constraint.clone().unwrap_or_else(|| it.name.clone()),
        table: it.relation.clone().or_else(|| written(plan)).unwrap_or_default(),
        calls: it.calls,
        time: time(it),
    });
    let known = slow.iter().all(|(_, key)| key.is_some());
    found.push(Finding {
        severity: if share.0 >= SHARE_ERROR.0 { Severity::Error } else { Severity::Warn },
        confidence: if known { Confidence::High } else { Confidence::Medium },
        facts: facts.chain([Fact::TimeShare(share)]).collect(),
        remedies: slow.iter().map(|(it, key)| remedy(it, *key)).collect(),
        ..plan.finding(&RULE, plan.whole(), share)
    });
}

/// Whether the trigger searches the referring table: the server's own name says so. Texts
/// without VERBOSE name the constraint only; then a DELETE fires no other kind.
fn is_search(plan: &PlanOf<'_>, trigger: &Trigger) -> bool {
    if trigger.name.starts_with("RI_ConstraintTrigger_a_") {
        return true;
    }
    let unnamed = trigger.constraint.as_ref() == Some(&trigger.name);
    unnamed && plan.plan.nodes().any(|it| it.operation.as_deref() == Some("Delete"))
}

fn is_slow(plan: &PlanOf<'_>, trigger: &Trigger) -> bool {
    let time = trigger.time.unwrap_or_default();
    let a_call = (time.0 - FIRST_CALL.0) / trigger.calls.max(1.0);
    a_call >= CALL_MAX.0 && plan.share_of_run(time).0 >= SHARE_MIN.0
}

/// The foreign key of a trigger, where the catalog knows exactly one of this name that refers
/// to this table.
fn foreign_key<'a>(plan: &PlanOf<'a>, trigger: &Trigger) -> Option<&'a ForeignKey> {
    let constraint = trigger.constraint.as_ref()?;
    let table = trigger.relation.clone().or_else(|| written(plan))?;
    let keys = plan.catalog.foreign_keys().iter();
    let mut named = keys.filter(|it| it.name.0 == *constraint && it.parent.name.0 == table);
    named.next().filter(|_| named.next().is_none())
}

/// Whether an index starts with the referring columns, in any order.
fn has_index(plan: &PlanOf<'_>, key: &ForeignKey) -> bool {
    let Some(table) = plan.catalog.find_table(&key.child) else { return false };
    plan.catalog.indexes_of(table).any(|(_, index)| {
        let leading: Vec<&Name> = index.columns().take(key.child_columns.len()).collect();
        index.valid && key.child_columns.iter().all(|column| leading.contains(&column))
    })
}

/// The table that the statement writes.
fn written(plan: &PlanOf<'_>) -> Option<String> {
    let node = plan.plan.nodes().find(|it| it.kind == NodeKind::ModifyTable)?;
    Some(node.relation.as_ref()?.name.0.clone())
}

fn remedy(trigger: &Trigger, key: Option<&ForeignKey>) -> Remedy {
    Remedy::Rewrite(match key {
        Some(key) => {
            let columns: Vec<&str> = key.child_columns.iter().map(Name::as_str).collect();
            format!("Build an index on {} ({}).", key.child, columns.join(", "))
        }
        None => format!(
            "Build an index on the referring columns of foreign key {} if there is none; \\d of \
             the referring table shows them.",
            trigger.constraint.as_deref().unwrap_or(&trigger.name)
        ),
    })
}
