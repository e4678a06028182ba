//! x
use crate::cli::{args::DemoArguments, exit::Outcome, run::Run};
/// x
pub fn demo(_: &Run, _: &DemoArguments) -> anyhow::Result<Outcome> { anyhow::bail!("x") }
