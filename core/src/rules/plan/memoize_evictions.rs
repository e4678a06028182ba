use crate::base::{Bytes, Share};
use crate::plan::{MemoizeUse, NodeKind};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A cache in a nested loop that throws entries out before they are asked for again.
    ///
    /// ## What it does
    /// Looks for a Memoize node that threw out more entries than it answered look-ups, or met keys
    /// whose rows alone did not fit, a hundred times or more, and that is with all below it at
    /// least a tenth of the statement.
    /// ## Why it matters
    /// An entry that was thrown out is made again: the plan below runs as often as without the
    /// cache, and the cache's own work comes on top.
    /// ## When it is fine
    /// When each key comes once, so that nothing thrown out is missed.
    /// ## What to do
    /// Give this statement the memory that the finding names: the cache may take work_mem times
    /// hash_mem_multiplier. Or let the outer rows come sorted by the key, so that equal keys follow
    /// each other.
    /// ## Source
    /// nodeMemoize.c evicts the entry that was used least recently once get_hash_memory_limit() is
    /// passed; more evictions than hits is pgexplain's trigger.
    "memoize-evictions", Severity::Warn, Check::Plan(check)
}

/// Entries thrown out below which the cache was merely full in the end.
const EVICTIONS_MIN: u64 = 100;

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

/// `hash_mem_multiplier`'s default from version 15 on (guc_tables.c).
const MULTIPLIER: f64 = 2.0;

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::Memoize) {
        let Some(cache) = plan.plan.cache_use(node.id) else { continue };
        let (share, share_fact) = plan.share_of_branch(node.id);
        let lost = cache.evictions.saturating_add(cache.overflows);
        if lost < EVICTIONS_MIN || lost <= cache.hits || share < SHARE_MIN {
            continue;
        }
        let mut facts = vec![
            Fact::Cache {
                hits: cache.hits,
                misses: cache.misses,
                evictions: cache.evictions,
                overflows: cache.overflows,
            },
            share_fact,
        ];
        let key = node.conditions.cache_key.as_ref();
        facts.extend(key.map(|key| Fact::Condition(format!("cached by {key}"))));
        let remedies = match needed(&cache) {
            Some(memory) => {
                let multiplier = multiplier(plan);
                let work_mem = whole_megabytes(memory.0 as f64 / multiplier);
                facts.push(Fact::HashMemoryNeeded { memory, work_mem, multiplier });
                vec![Remedy::Rewrite(format!(
                    "Set work_mem to {work_mem} for this role or transaction alone, or sort the \
                     outer rows by the key."
                ))]
            }
            None => vec![Remedy::Rewrite(
                "Compare with SET LOCAL enable_memoize = off for this statement.".to_owned(),
            )],
        };
        found.push(Finding { facts, remedies, ..plan.finding(&RULE, plan.subject(node), share) });
    }
}

/// Memory that would have held an entry for each miss: at most that many keys are distinct, so
/// this is an upper bound. None where single entries did not fit.
fn needed(cache: &MemoizeUse) -> Option<Bytes> {
    let held = cache.misses.saturating_sub(cache.evictions).saturating_sub(cache.overflows);
    let fits = cache.overflows == 0 && held > 0;
    fits.then(|| {
        let each = cache.peak_memory.0 as f64 / held as f64;
        whole_megabytes(each * cache.misses as f64)
    })
}

/// `hash_mem_multiplier` as the plan says that it ran with it, else the default.
fn multiplier(plan: &PlanOf<'_>) -> f64 {
    plan.ran_with("hash_mem_multiplier").and_then(|it| it.parse().ok()).unwrap_or(MULTIPLIER)
}

/// Rounded up to whole megabytes, as work_mem is mostly set.
fn whole_megabytes(bytes: f64) -> Bytes {
    const MEGABYTE: f64 = 1_048_576.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and sizes are never negative"
    )]
    let whole = (bytes / MEGABYTE).ceil() as u64;
    Bytes(whole << 20)
}
