//! `pgsextant plan` and `pgsextant rule`: one document, no server.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use crate::cli::args::{Format, PlanArguments, RuleArguments};
use crate::cli::exit::Outcome;
use crate::cli::output;
use crate::cli::run::Run;
use crate::plan::{Plan, read_json};
use crate::report::{
    Extent, PlanReport, findings_json, markdown, plan_document, rule_document, rules_document,
};
use crate::rules::{Finding, PlanOf, check_plan};
use crate::workload::plan_world;

/// Reads one EXPLAIN document and says what is wrong in it.
pub fn plan(run: &Run, arguments: &PlanArguments) -> anyhow::Result<Outcome> {
    let source = arguments.file.display().to_string();
    let text = read(&arguments.file)?;
    let (plans, notes) = run.deep(|| read_json(&text)).with_context(|| {
        format!("could not read a plan from {source}; EXPLAIN (FORMAT JSON) output is needed")
    })?;
    let plans: Vec<(Plan, Vec<Finding>)> = plans.into_iter().map(judged).collect();
    let findings: Vec<Finding> = plans.iter().flat_map(|(_, found)| found.clone()).collect();
    let report = PlanReport {
        source: &source,
        plans: &plans,
        notes: &notes,
        extent: if arguments.all { Extent::All } else { Extent::First },
    };
    match arguments.format {
        Format::Json => output::write(&run.look, &findings_json(&source, &findings, &notes))?,
        Format::Markdown => output::write(&run.look, &markdown(&plan_document(&report)))?,
        Format::Text => run.write_text(&plan_document(&report))?,
        Format::Sql => anyhow::bail!(
            "could not write SQL: a plan alone gives no script; use text, json or markdown"
        ),
    }
    Ok(Outcome::of(&findings, arguments.fail_on))
}

/// What the rules say of a plan in the world that it shows.
fn judged(plan: Plan) -> (Plan, Vec<Finding>) {
    let world = plan_world(&plan);
    let found = check_plan(&PlanOf::alone(&plan, &world));
    (plan, found)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("could not read standard input")?;
        bytes
    } else {
        std::fs::read(file).with_context(|| format!("could not read {}", file.display()))?
    };
    String::from_utf8(bytes)
        .with_context(|| format!("could not read {}: it is not UTF-8 text", file.display()))
}

/// Explains a rule, or lists all.
pub fn rule(run: &Run, arguments: &RuleArguments) -> anyhow::Result<Outcome> {
    let Some(name) = &arguments.name else {
        run.write_text(&rules_document(crate::rules::ALL))?;
        return Ok(Outcome::Fine);
    };
    let wanted = name.replace('_', "-");
    let rule = crate::rules::ALL.iter().find(|it| it.name == wanted).with_context(|| {
        format!("could not find a rule {name}; pgsextant rule lists all of them")
    })?;
    run.write_text(&rule_document(rule))?;
    Ok(Outcome::Fine)
}
