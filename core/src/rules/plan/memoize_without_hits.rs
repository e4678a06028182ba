use crate::base::Share;
use crate::plan::NodeKind;
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A cache in a nested loop that is hardly ever hit.
    ///
    /// ## What it does
    /// Looks for a Memoize node that was asked a thousand times or more, answered less than a
    /// tenth, threw nothing out for want of memory, and is with all below it at least a tenth of
    /// the statement.
    /// ## Why it matters
    /// The planner expected the same key again and again, and chose the nested loop for that. When
    /// each key comes once, every look-up runs the plan below and fills the cache on top of it; a
    /// hash join would mostly have been cheaper.
    /// ## When it is fine
    /// When the inner side is a single descent of an index in a table too large for a hash join.
    /// ## What to do
    /// The planner took the number of distinct keys for too small. Run ANALYZE; raise the
    /// statistics target of the key's column, or state the number with ALTER TABLE … ALTER COLUMN
    /// … SET (n_distinct = …). For an expression create statistics on it. To compare, SET LOCAL
    /// enable_memoize = off.
    /// ## Source
    /// nodeMemoize.c: each miss allocates an entry; cost_memoize_rescan in costsize.c reckons the
    /// hits from the distinct values expected.
    "memoize-without-hits", Severity::Warn, Check::Plan(check)
}

/// Look-ups below which the cache costs nothing.
const LOOKUPS_MIN: u64 = 1_000;

/// Part of the look-ups answered, from which on the cache earns its keep: an entry that is filled
/// costs about as much as one that is found saves of a single descent.
const HITS_MAX: Share = Share::percent(10.0);

/// Part of the statement below which nobody would notice the cure.
const SHARE_MIN: Share = Share::percent(10.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    for node in plan.plan.nodes().filter(|it| it.kind == NodeKind::Memoize) {
        let Some(cache) = plan.plan.cache_use(node.id) else { continue };
        let lookups = cache.hits.saturating_add(cache.misses);
        let hits = Share::of(cache.hits as f64, lookups as f64);
        let (share, share_fact) = plan.share_of_branch(node.id);
        let full = cache.evictions > 0 || cache.overflows > 0;
        if full || lookups < LOOKUPS_MIN || hits >= HITS_MAX || share < SHARE_MIN {
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
        let key = node.conditions.cache_key.clone();
        let of = key.as_deref().map_or_else(String::new, |key| format!(" of {key}"));
        facts.extend(key.map(|key| Fact::Condition(format!("cached by {key}"))));
        found.push(Finding {
            facts,
            remedies: vec![
                Remedy::Rewrite(format!(
                    "Correct the number of distinct values{of}: ANALYZE, a higher statistics \
                     target, or SET (n_distinct = …) on the column."
                )),
                Remedy::Rewrite(
                    "Compare with SET LOCAL enable_memoize = off for this statement.".to_owned(),
                ),
            ],
            ..plan.finding(&RULE, plan.subject(node), share)
        });
    }
}
