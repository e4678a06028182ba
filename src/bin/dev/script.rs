//! `setup.sql` and `workload.sql` of a fixture.
//!
//! A statement ends with a line that ends with a semicolon, outside of `$$`. Lines that begin with
//! `--` before it say how it is run: `-- calls: 40`, `-- params: 7, open`, `-- may fail`. A
//! parameter `call` is the number of the call, from 1.

use std::path::Path;

use anyhow::Context as _;

/// One statement and how it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// Its text, without the semicolon.
    pub text: String,
    /// How often.
    pub calls: u64,
    /// Its values.
    pub parameters: Vec<String>,
    /// What it says when it fails is not looked at.
    pub may_fail: bool,
}

impl Order {
    /// The values of one call.
    pub(crate) fn values(&self, call: u64) -> Vec<String> {
        let value = |it: &String| if it == "call" { call.to_string() } else { it.clone() };
        self.parameters.iter().map(value).collect()
    }
}

/// The statements of a file.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Order>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("could not read {}", file.display()))?;
    let mut orders = Vec::new();
    let mut lines = Vec::new();
    let mut inside_body = false;
    for line in text.lines() {
        lines.push(line);
        inside_body ^= line.matches("$$").count() % 2 == 1;
        if line.trim_end().ends_with(';') && !inside_body {
            orders.push(order(&lines).with_context(|| format!("in {}", file.display()))?);
            lines.clear();
        }
    }
    let rest = lines.iter().find(|it| !it.trim().is_empty());
    anyhow::ensure!(rest.is_none(), "in {}: a statement has no semicolon", file.display());
    Ok(orders)
}

fn order(lines: &[&str]) -> anyhow::Result<Order> {
    let mut order =
        Order { text: String::new(), calls: 1, parameters: Vec::new(), may_fail: false };
    for line in lines {
        let Some(said) = line.strip_prefix("--").map(str::trim) else {
            order.text.push_str(line);
            order.text.push('\n');
            continue;
        };
        if let Some(calls) = said.strip_prefix("calls:") {
            order.calls = calls.trim().parse().context("calls is no number")?;
        } else if let Some(values) = said.strip_prefix("params:") {
            order.parameters = values.split(',').map(|it| it.trim().to_owned()).collect();
        } else if said == "may fail" {
            order.may_fail = true;
        } else {
            anyhow::bail!("a comment says neither calls, params nor may fail: {line}");
        }
    }
    order.text = order.text.trim().trim_end_matches(';').to_owned();
    Ok(order)
}
