use crate::base::{Millis, Share};
use crate::rules::{Check, Fact, Finding, PlanOf, Remedy, Severity};

rule! {
    /// A result that takes long to turn into text.
    ///
    /// ## What it does
    /// Looks at the time of serialization (EXPLAIN's SERIALIZE option, from 17): a fifth of the
    /// run or more, and five milliseconds.
    /// ## Why it matters
    /// Values that were stored out of line are fetched and unpacked here, outside of the tree of
    /// the plan: the statement looks fast to EXPLAIN and is slow for the application.
    /// ## When it is fine
    /// When the application needs all of it.
    /// ## What to do
    /// Select the columns that are needed instead of all; fetch large values for the rows that
    /// are really shown; cut long texts with left() on the server.
    /// ## Source
    /// A fifth is where the cure begins to be felt; below five milliseconds nobody notices it.
    "slow-serialization", Severity::Warn, Check::Plan(check)
}

/// Part of the run below which the cure is not felt.
const SHARE_MIN: Share = Share::percent(20.0);

/// Time below which nobody would notice the cure.
const TIME_MIN: Millis = Millis(5.0);

fn check(plan: &PlanOf<'_>, found: &mut Vec<Finding>) {
    let (Some(serialization), Some(run)) = (&plan.plan.serialization, plan.run_time()) else {
        return;
    };
    let Some(time) = serialization.time.filter(|it| it.0 >= TIME_MIN.0) else { return };
    let share = plan.share_of_run(time);
    if share.0 < SHARE_MIN.0 {
        return;
    }
    let mut facts = vec![
        Fact::Phase { name: "serialization", time, whole: run },
        Fact::Text(format!("{} sent as {}", serialization.volume, serialization.format)),
    ];
    let touched = serialization.buffers.map_or(0, |it| it.touched().0);
    if touched > 0 {
        facts.push(Fact::Text(format!("{touched} pages touched to unpack stored values")));
    }
    found.push(Finding {
        facts,
        remedies: vec![Remedy::Rewrite(
            "Select only the columns that are needed, and large values only for rows that are \
             shown."
                .to_owned(),
        )],
        ..plan.finding(&RULE, plan.whole(), share)
    });
}
