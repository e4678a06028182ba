//! Running what may be run: cheapest first, one at a time, within tight limits.

use std::time::{Duration, Instant};

use crate::base::{Note, NoteCode, Pages};
use crate::io::{Limits, Progress, Question, ServerError, ServerErrorKind, Session};
use crate::workload::{Capture, ParameterSet, Plannable, ReadOnly, RecordedPlan, planning_path};

use super::budget::Budget;
use super::consent::{Consent, running};
use super::{bound, read_document};

/// A planned statement with the set that stands for most of its executions.
pub struct Run<'a> {
    plannable: Plannable<'a>,
    set: &'a ParameterSet,
    cost: f64,
}

impl<'a> Run<'a> {
    /// What would be run of a planned statement.
    pub fn of(plannable: Plannable<'a>, plans: &[RecordedPlan]) -> Option<Self> {
        let sets = plannable.draft().sets.iter().zip(plans);
        let (set, plan) =
            sets.reduce(
                |most, next| {
                    if next.0.share.total_cmp(&most.0.share).is_gt() { next } else { most }
                },
            )?;
        let cost = plan.document.pointer("/0/Plan/Total Cost").and_then(serde_json::Value::as_f64);
        Some(Self { plannable, set, cost: cost.unwrap_or(f64::INFINITY) })
    }
}

/// What runs are made with.
pub struct Runs<'a> {
    /// The server.
    pub session: &'a Session,
    /// What is known of it.
    pub capture: &'a Capture,
    /// What the user allows.
    pub consent: &'a Consent,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

impl Runs<'_> {
    /// Runs what the consent allows, one statement at a time.
    pub async fn run(
        &self,
        mut runs: Vec<Run<'_>>,
        mut budget: Budget,
        found: &mut Vec<Note>,
    ) -> Vec<RecordedPlan> {
        if !self.consent.allows(self.capture.server.standby) {
            found.push(not_allowed());
            return Vec::new();
        }
        runs.sort_by(|a, b| {
            let ids = || a.plannable.draft().id.cmp(&b.plannable.draft().id);
            a.cost.total_cmp(&b.cost).then_with(ids)
        });
        self.progress.begin("running statements", runs.len() as u64);
        let mut left = Left { time: self.consent.total, blocks: self.consent.blocks.0 };
        let mut plans = Vec::new();
        for run in &runs {
            match self.run_one(run, &mut left, &mut budget).await {
                Ok(plan) => plans.push(plan),
                Err(note) => found.push(note),
            }
            self.progress.step();
            if self.session.is_gone() {
                found.push(super::stopped());
                break;
            }
        }
        plans
    }

    async fn run_one(
        &self,
        run: &Run<'_>,
        left: &mut Left,
        budget: &mut Budget,
    ) -> Result<RecordedPlan, Note> {
        let draft = run.plannable.draft();
        let read_only = ReadOnly::of(run.plannable, self.capture)?;
        let each = left.admit(read_only, self.consent)?;
        if !budget.take_run() {
            return Err(not_run(&draft.label, "pg_stat_statements has too few free entries"));
        }
        let begun = Instant::now();
        let document = self.execute(read_only, run.set, each).await;
        left.time = left.time.saturating_sub(begun.elapsed());
        let document = document.map_err(|error| failed(&draft.label, &error, each))?;
        let blocks = blocks(&document);
        left.blocks = left.blocks.saturating_sub(blocks);
        self.session.record(|it| it.blocks = Pages(it.blocks.0.saturating_add(blocks)));
        Ok(RecordedPlan { analyzed: true, ..super::recorded(draft, run.set, document) })
    }

    async fn execute(
        &self,
        read_only: ReadOnly<'_>,
        set: &ParameterSet,
        each: Duration,
    ) -> Result<serde_json::Value, ServerError> {
        let draft = read_only.draft();
        let text = running(&draft.text);
        let path = planning_path(draft, self.capture);
        let values = bound(set);
        let question = Question::new("run a statement", &text)
            .with_values(&values)
            .with_search_path(Some(&path))
            .within(Limits::default().within(each));
        self.session.record(|deeds| deeds.executed += 1);
        read_document(&self.session.ask(&question).await?)
    }
}

/// What is left of the limits.
struct Left {
    time: Duration,
    blocks: u64,
}

impl Left {
    /// How long one statement may run; by what it usually takes some are not even begun.
    fn admit(&self, read_only: ReadOnly<'_>, consent: &Consent) -> Result<Duration, Note> {
        let draft = read_only.draft();
        let each = consent.each.min(self.time);
        if each < Duration::from_millis(1) || self.blocks == 0 {
            return Err(not_run(&draft.label, "the limits for running statements are used up"));
        }
        let counters = &draft.counters;
        if counters.mean.0 > each.as_secs_f64() * 1_000.0 {
            let message = format!("it takes {} on average, the limit is {each:?}", counters.mean);
            return Err(not_run(&draft.label, message));
        }
        let usual = (counters.shared_hit + counters.shared_read) / counters.calls.max(1);
        if usual > self.blocks {
            let message = format!("it reads {usual} blocks on average, {} are left", self.blocks);
            return Err(not_run(&draft.label, message));
        }
        Ok(each)
    }
}

/// Blocks that a run touched: the top node's figures hold those of all below.
fn blocks(document: &serde_json::Value) -> u64 {
    let kinds = [
        "Shared Hit Blocks",
        "Shared Read Blocks",
        "Local Hit Blocks",
        "Local Read Blocks",
        "Temp Read Blocks",
        "Temp Written Blocks",
    ];
    let figure = |kind: &str| {
        document.pointer(&format!("/0/Plan/{kind}")).and_then(serde_json::Value::as_u64)
    };
    kinds.iter().filter_map(|it| figure(it)).sum()
}

fn not_run(label: &str, why: impl Into<String>) -> Note {
    Note::new(NoteCode::NotExecuted, label, why)
}

fn failed(label: &str, error: &ServerError, each: Duration) -> Note {
    match error.kind {
        ServerErrorKind::Timeout => not_run(label, format!("it took longer than {each:?}")),
        _ => not_run(label, error.to_string()).with_remedy(&error.remedy),
    }
}

fn not_allowed() -> Note {
    not_run("statements", "nothing was executed, only planned")
        .with_remedy("Run on a standby, or say --analyze=always to run read-only statements here.")
}
