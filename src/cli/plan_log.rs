//! `pgsextant plan LOG`: the statements of a log, and its worst plans; two logs are compared.

use crate::base::{Note, NoteCode};
use crate::cli::args::{PlanArguments, PlanFormat};
use crate::cli::exit::Outcome;
use crate::cli::plan::{extent, hidden, identity, judged, tell_comparison, tell_document};
use crate::cli::plan_sql::one_list;
use crate::cli::run::Run;
use crate::cli::{input, output};
use crate::io::log::{LogOptions, LogSource, read_log};
use crate::plan::{Identity, read_document};
use crate::report::{
    ComparisonReport, LogPlan, LogReport, PlanReport, log_document, log_json, plan_svg, shown_plans,
};
use crate::rules::Finding;
use crate::workload::{Logged, LoggedPlan};

/// Reads logs as one and tells of their statements and worst plans.
pub fn plan_log(
    run: &Run,
    arguments: &PlanArguments,
    sources: &[LogSource],
) -> anyhow::Result<Outcome> {
    let logged = shared(read(run, arguments, sources)?, identity(arguments));
    let shown = shown_plans(&logged, extent(arguments));
    let judged: Vec<Result<(LogPlan, String), Note>> =
        run.deep(|| shown.into_iter().map(|it| judged_plan(it, identity(arguments))).collect());
    let mut notes = logged.notes.clone();
    let (mut plans, mut documents) = (Vec::new(), Vec::new());
    for result in judged {
        match result {
            Ok((plan, document)) => {
                plans.push(plan);
                documents.push(document);
            }
            Err(note) => notes.push(note),
        }
    }
    let source = name(arguments, sources);
    let report = LogReport {
        source: &source,
        logged: &logged,
        plans: &plans,
        notes: &notes,
        extent: extent(arguments),
    };
    match arguments.format {
        PlanFormat::Json => output::write(&run.look, &log_json(&report))?,
        PlanFormat::Svg => output::write(&run.look, &picture(&report)?)?,
        PlanFormat::ExplainJson if plans.is_empty() => anyhow::bail!("{NO_PLAN}"),
        PlanFormat::ExplainJson => {
            output::write(&run.look, &(one_list(documents.into_iter()) + "\n"))?;
        }
        format => tell_document(run, format, &log_document(&report))?,
    }
    let findings: Vec<Finding> = plans.iter().flat_map(|it| it.judged.findings.clone()).collect();
    Ok(Outcome::of(&findings, arguments.fail_on))
}

/// Why there is nothing to draw.
const NO_PLAN: &str = "could not show a plan: the log holds none that can be read; auto_explain \
                       writes them";

/// The worst plan's picture.
fn picture(report: &LogReport<'_>) -> anyhow::Result<String> {
    let Some(worst) = report.plans.first() else { anyhow::bail!("{NO_PLAN}") };
    Ok(plan_svg(&PlanReport {
        source: report.source,
        plans: std::slice::from_ref(&worst.judged),
        notes: &[],
        extent: report.extent,
    }))
}

/// Compares the worst plans of the statement that is slowest in both logs together.
pub fn compare_logs(
    run: &Run,
    arguments: &PlanArguments,
    (before, after): (&LogSource, &LogSource),
) -> anyhow::Result<Outcome> {
    let read = |source: &LogSource| read(run, arguments, std::slice::from_ref(source));
    let (first, second) = (read(before)?, read(after)?);
    let pairs = pairs(&first, &second);
    let Some((one, other)) = pairs.first() else {
        anyhow::bail!(
            "could not compare {} with {}: no statement has a plan in both",
            before.place(),
            after.place()
        );
    };
    let mut notes = match identity(arguments) {
        Identity::Shown => [first.notes.as_slice(), second.notes.as_slice()].concat(),
        Identity::Hidden => first.notes.iter().chain(&second.notes).map(hidden).collect(),
    };
    let judged = run
        .deep(|| [one, other].map(|it| judged_plan((0, it), identity(arguments)).map(|it| it.0)));
    let [Ok(one), Ok(other)] = judged else {
        let why = judged.into_iter().find_map(Result::err).map(|it| it.message);
        anyhow::bail!("could not compare: {}", why.unwrap_or_default());
    };
    let message = format!(
        "{} statements have plans in both logs; compared are the slowest plans of the slowest, \
         in lines {} and {}",
        pairs.len(),
        one.kept.line,
        other.kept.line
    );
    let remedy = "To read two logs as one: cat FIRST SECOND | pgsextant plan";
    notes.push(Note::new(NoteCode::Method, "logs", message).with_remedy(remedy));
    let name = |source: &LogSource| name(arguments, std::slice::from_ref(source));
    let (before, after) = (name(before), name(after));
    let report = ComparisonReport {
        before_source: &before,
        before: &one.judged,
        after_source: &after,
        after: &other.judged,
        notes: &notes,
        extent: extent(arguments),
    };
    tell_comparison(run, arguments, &report)
}

/// The slowest plans of the statements that have some in both, by both times together.
fn pairs<'a>(first: &'a Logged, second: &'a Logged) -> Vec<(&'a LoggedPlan, &'a LoggedPlan)> {
    let mut found: Vec<_> = first
        .statements
        .iter()
        .filter_map(|one| {
            let other = second.statements.iter().find(|it| it.key == one.key)?;
            Some((one.plans.first()?, other.plans.first()?))
        })
        .collect();
    let both = |it: &(&LoggedPlan, &LoggedPlan)| it.0.time.0 + it.1.time.0;
    found.sort_by(|a, b| both(b).total_cmp(&both(a)));
    found
}

fn read(run: &Run, arguments: &PlanArguments, sources: &[LogSource]) -> anyhow::Result<Logged> {
    let options = LogOptions { prefix: arguments.log_prefix.clone(), form: None };
    let progress = input::progress(run);
    Ok(run.deep(|| read_log(sources, &options, &*progress))?)
}

fn shared(logged: Logged, identity: Identity) -> Logged {
    match identity {
        Identity::Shown => logged,
        Identity::Hidden => logged.hidden(),
    }
}

/// What reports call the input.
fn name(arguments: &PlanArguments, sources: &[LogSource]) -> String {
    match identity(arguments) {
        Identity::Shown => sources.iter().map(LogSource::place).collect::<Vec<_>>().join(" "),
        Identity::Hidden => "anonymized".to_owned(),
    }
}

/// Reads and judges one plan of a log; a remark where it cannot be read.
fn judged_plan(
    (statement, kept): (usize, &LoggedPlan),
    identity: Identity,
) -> Result<(LogPlan, String), Note> {
    let refused = |why: String| {
        let message = format!("the plan in line {} could not be read: {why}", kept.line);
        Note::new(NoteCode::Damaged, format!("statement {}", statement + 1), message)
    };
    let (reading, document) =
        read_document(&kept.document, identity).map_err(|error| match identity {
            Identity::Shown => refused(error.to_string()),
            Identity::Hidden => refused("why is not told".to_owned()),
        })?;
    let plan = reading.plans.into_iter().next();
    let plan = plan.ok_or_else(|| refused("it holds none".to_owned()))?;
    Ok((LogPlan { statement, kept: kept.clone(), judged: judged(plan) }, document))
}
