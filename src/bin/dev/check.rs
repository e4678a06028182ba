//! What every commit must pass, in the order in which it fails fastest.

use crate::{cargo, say};

/// One step: what is said, the arguments, the environment.
type Step = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const STEPS: [Step; 5] = [
    ("format", "fmt --check", &[]),
    ("lints", "clippy --locked --all-targets --all-features -- -D warnings", &[]),
    ("tests", "test --locked", &[]),
    ("documentation", "doc --locked --no-deps", &[("RUSTDOCFLAGS", "-D warnings")]),
    ("the core alone", "check --locked --no-default-features --lib", &[]),
];

/// Runs the steps and stops at the first that fails.
pub(crate) fn check() -> anyhow::Result<()> {
    for (step, arguments, environment) in STEPS {
        say(&format!("== {step}: cargo {arguments}"));
        cargo(arguments.split(' ').map(str::to_owned), environment)?;
    }
    say("== all is well");
    Ok(())
}
