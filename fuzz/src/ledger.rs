//! Memory that one input takes, counted where it is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// What an input may take: 64 MB, and 20 times its own size.
const BASE: usize = 64 << 20;
const TIMES: usize = 20;

struct Counting;

// The only way to count: the allocator's own interface is unsafe.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does the work and panics when it took more memory than its input may take.
pub fn within_bounds(input: &[u8], work: impl FnOnce()) {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    let taken = PEAK.load(Relaxed) - before;
    let allowed = BASE + TIMES * input.len();
    assert!(taken <= allowed, "{taken} bytes for an input of {}", input.len());
}

/// Everything that is done with plans once they are read, up to the faces that are shown.
#[allow(dead_code, reason = "the log has no plans")]
pub fn judge(plans: Vec<pgsextant_core::plan::Plan>) {
    use pgsextant_core::report::{
        Colour, Extent, Glyphs, JudgedPlan, PlanReport, TextStyle, html, markdown, plan_document,
        plan_json, plan_svg, text,
    };
    use pgsextant_core::{advise, plan, rules, workload};
    let judged = |one: plan::Plan| {
        let world = workload::plan_world(&one);
        let findings = rules::check_plan(&rules::PlanOf::alone(&one, &world));
        let advice = Some(advise::plan_advice(&one, &world, &findings));
        let _ = plan::outline(&one);
        for node in one.nodes() {
            let own = one.own_time(node.id).map_or(0.0, |it| it.0);
            assert!(own >= 0.0, "an own time is negative");
        }
        JudgedPlan { title: String::new(), plan: one, findings, advice }
    };
    let plans: Vec<JudgedPlan> = plans.into_iter().map(judged).collect();
    let report = PlanReport { source: "", plans: &plans, notes: &[], extent: Extent::All };
    let document = plan_document(&report);
    let style = TextStyle { width: 80, colour: Colour::Never, glyphs: Glyphs::Unicode };
    let _ = (text(&document, style), markdown(&document), html(&document));
    let _ = (plan_json(&report), plan_svg(&report));
}
