//! What is wrong: one file a rule, listed by one word.
//!
//! A rule reads and reports facts; it builds no SQL and knows no other rule. `settle` merges
//! what several rules say of one thing.

#[macro_use]
mod rule;
mod scene;
mod fact;
mod finding;
mod kept;
mod settle;
mod branch;
mod memory;
mod estimate;
mod whole;
mod scanned;

pub use fact::Fact;
pub use finding::{Confidence, Finding, Remedy, Severity, Subject};
pub use rule::{CaseOf, Check, PlanOf, Rule, check_all, check_plan};
pub use scanned::{Scanned, Waste, is_index_scan, is_table_scan};
pub use scene::{RuleOptions, Scene};
pub use settle::settle;

rules! {
    /// Rules that look at one plan.
    plan {
        selective_seq_scan, filtered_index_scan, nested_loop_rescan, correlated_subplan,
        serial_plan,
        more_workers_could_help,
        recursive_union_blowup,
        recursion_rescan,
        large_result,
        could_be_index_only,
        bloated_scan,
        scattered_index_scan,
        or_across_columns,
        disabled_node,
        late_filter,
        late_or_filter,
        many_index_searches,
        foreign_scan_per_row,
        foreign_filter_local,
        lossy_bitmap,
        heap_fetches,
        partitions_not_pruned,
        large_offset,
        bitmap_and,
        wrong_index_for_order,
        leading_wildcard,
        function_on_column,
        parallel_overhead,
        function_per_row,
        merge_join_rewinds,
        hash_on_larger_side,
        late_aggregation,
        join_filter_discards,
        worker_skew,
        fewer_workers,
        exists_count,
        not_in_subplan,
        materialize_spill,
        cte_spill,
        cte_fence,
        cte_read_many_times,
        memoize_evictions,
        memoize_without_hits,
        nested_loop_many_rounds,
        nested_loop_underestimate,
        cartesian_product,
        row_misestimate, sort_spill, hash_batches, foreign_key_without_index, slow_trigger,
        jit_overhead, slow_planning, planner_memory, slow_serialization, correlated_columns,
        stale_row_count, skewed_column, default_selectivity, generic_plan_trap,
        hash_aggregate_spill, window_spill, temp_files, avoidable_sort, incremental_sort_groups,
        grouping_set_sorts, unique_discards, full_page_images, lost_hot, conflict_waste,
        merge_skips, wal_buffers_full, row_lock_waits, cold_cache, low_hit_share, slow_io,
        dirtied_by_select,
    }
    /// Rules that look at statements side by side.
    workload { n_plus_one }
    /// Rules that look at the database.
    audit { stale_statistics, invalid_index, redundant_index, unused_index }
}
