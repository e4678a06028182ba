//! `pgsextant rule`: what a rule does, or which there are.

use anyhow::Context as _;

use crate::cli::args::RuleArguments;
use crate::cli::exit::Outcome;
use crate::cli::run::Run;
use crate::report::{rule_document, rules_document};

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
