//! What every commit must pass, in the order in which it fails fastest.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::{cargo, root, say};

/// One step: what is said, the arguments, the environment.
type Step = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const STEPS: [Step; 4] = [
    ("lints", "clippy --locked --all-targets --all-features -- -D warnings", &[]),
    ("tests", "test --locked", &[]),
    ("documentation", "doc --locked --no-deps", &[("RUSTDOCFLAGS", "-D warnings")]),
    ("the core alone", "check --locked --no-default-features --lib", &[]),
];

/// Runs the steps and stops at the first that fails.
pub(crate) fn check() -> anyhow::Result<()> {
    format()?;
    for (step, arguments, environment) in STEPS {
        say(&format!("== {step}: cargo {arguments}"));
        cargo(arguments.split(' ').map(str::to_owned), environment)?;
    }
    say("== all is well");
    Ok(())
}

/// The layout of every file. `cargo fmt` finds modules by their `mod` lines, and so none of those
/// that the macro `rules!` takes in.
fn format() -> anyhow::Result<()> {
    say("== format: rustfmt --check");
    let mut files = Vec::new();
    for folder in ["core/src", "src", "tests", "benches"] {
        gather(&root().join(folder), &mut files)?;
    }
    files.sort();
    let status = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(&files)
        .current_dir(root())
        .status()
        .context("could not start rustfmt")?;
    anyhow::ensure!(status.success(), "files are not laid out; run rustfmt --edition 2024 on them");
    Ok(())
}

/// All Rust files below a folder.
fn gather(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
