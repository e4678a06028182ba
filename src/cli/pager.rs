//! `pgsextant pager`: what psql pipes its output to.
//!
//! Plans are shown analyzed and then as they came; all else goes on byte for byte while it
//! comes. Only the first lines are held back, and only until it is clear what follows.

use std::io::Read;

use anyhow::Context as _;

use crate::cli::exit::Outcome;
use crate::cli::output;
use crate::cli::plan::{Wanted, judged_text};
use crate::cli::run::Run;
use crate::io::{page, pager_command};
use crate::plan::Identity;
use crate::report::{Extent, PlanReport, plan_document, text};

/// Lines in which a plan shows itself: a title, a head, a rule, the first row.
const HEAD_LINES: usize = 4;
/// Bytes after which a line is no head of a plan.
const HEAD_BYTES: usize = 64 << 10;
/// Larger results are passed on, plans or not.
const PLAN_BYTES_MAX: usize = 256 << 20;

/// Reads standard input and shows it through the user's own pager.
pub fn pager(run: &Run) -> anyhow::Result<Outcome> {
    // Ctrl-C is the pager's: it goes to both, and only the pager knows what it means.
    let kept = run
        .wait(async { tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()) });
    let command = pager_command(&run.environment);
    let mut input = std::io::stdin().lock();
    let mut head = first_lines(&mut input).context("could not read standard input")?;
    if looks_like_a_plan(&head) {
        let left = PLAN_BYTES_MAX.saturating_sub(head.len()) as u64;
        (&mut input).take(left).read_to_end(&mut head).context("could not read standard input")?;
        if let Some(analysis) = analysis(run, &head) {
            head = [analysis.as_bytes(), b"\n", &head].concat();
        }
    }
    page(command.as_deref(), &head, &mut input).context("could not pass the result on")?;
    drop(kept);
    Ok(Outcome::Fine)
}

/// The first lines, or all there is.
fn first_lines(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut chunk = vec![0; HEAD_BYTES];
    loop {
        let length = match input.read(&mut chunk) {
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        head.extend_from_slice(&chunk[..length]);
        let lines = head.split(|it| *it == b'\n').count() - 1;
        if length == 0 || lines >= HEAD_LINES || head.len() >= HEAD_BYTES {
            return Ok(head);
        }
    }
}

/// What stands in the first lines of every plan, whatever psql is set to.
fn looks_like_a_plan(head: &[u8]) -> bool {
    const SIGNS: [&str; 5] = ["QUERY PLAN", "  (cost=", "\"Plan\": {", "- Plan:", "<explain "];
    let head = String::from_utf8_lossy(head);
    let lines = head.lines().take(HEAD_LINES);
    lines.into_iter().any(|line| SIGNS.iter().any(|sign| line.contains(sign)))
}

/// The analysis; none where it is no plan after all.
fn analysis(run: &Run, bytes: &[u8]) -> Option<String> {
    let input = String::from_utf8_lossy(bytes);
    let wanted = Wanted { identity: Identity::Shown, document: false };
    let told = run.deep(|| judged_text("psql", &input, wanted, Vec::new())).ok()?;
    let report =
        PlanReport { source: "", plans: &told.plans, notes: &told.notes, extent: Extent::First };
    Some(text(&plan_document(&report), output::style(&run.look, &run.environment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_plans_from_other_results() {
        let plans = [
            "                QUERY PLAN\n-----------\n Seq Scan on a\n",
            "Title\n\n+-----+\n| QUERY PLAN |\n",
            "Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n",
            "[\n  {\n    \"Plan\": {\n",
            "-[ RECORD 1 ]---\nQUERY PLAN | Seq Scan on a\n",
        ];
        for plan in plans {
            assert!(looks_like_a_plan(plan.as_bytes()), "{plan}");
        }
        for other in ["", " id | name\n----+-----\n  1 | x\n", "a\nb\nc\nd\nQUERY PLAN\n"] {
            assert!(!looks_like_a_plan(other.as_bytes()), "{other}");
        }
    }
}
