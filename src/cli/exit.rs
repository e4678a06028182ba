//! How a run ends: 0 nothing at or above the threshold, 1 findings, 2 no result could be made.

use std::process::ExitCode;

use crate::cli::args::FailOn;
use crate::rules::{Finding, Severity};

/// How a command ended when a result could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or above the threshold.
    Fine,
    /// Something at or above it.
    Found,
}

impl Outcome {
    /// Found when a finding is as severe as asked, or worse.
    pub fn of(findings: &[Finding], fail_on: FailOn) -> Self {
        let threshold = match fail_on {
            FailOn::Never => return Self::Fine,
            FailOn::Info => Severity::Info,
            FailOn::Warn => Severity::Warn,
            FailOn::Error => Severity::Error,
        };
        if findings.iter().any(|it| it.severity >= threshold) { Self::Found } else { Self::Fine }
    }
}

/// The exit code of a run; the one place that knows the numbers.
pub fn code(outcome: &anyhow::Result<Outcome>) -> ExitCode {
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(_) => ExitCode::from(2),
    }
}
