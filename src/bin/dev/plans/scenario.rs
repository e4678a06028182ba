//! `schema.sql` and `scenarios.sql` of the plan generator, read into statements.
//!
//! A statement ends with a line that ends with a semicolon. Lines that begin with `-- word:` say
//! what a block or the statement after them is for; all other comments are skipped. Refuses
//! words that it does not know, so that a slip of the pen is no scenario less.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use anyhow::{Context as _, bail};

/// One thing to explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// Its name, which the files bear.
    pub name: String,
    /// The servers that can do it.
    pub majors: RangeInclusive<u32>,
    /// Whether it must not be run, only planned.
    pub only_planned: bool,
    /// Whether only a server with just-in-time compilation shows it.
    pub needs_jit: bool,
    /// What runs before, in the same transaction.
    pub before: Vec<String>,
    /// What is explained, without its semicolon.
    pub statement: String,
}

/// The majors that any server may have.
const ALL: RangeInclusive<u32> = 0..=99;

/// The statements of a schema for one major version.
pub(crate) fn schema(text: &str, major: u32) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut majors = ALL;
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("-- ") {
            if let Some(range) = said.strip_prefix("majors: ") {
                majors = range_of(range)?;
            }
            continue;
        }
        lines.push(line);
        if let Some(statement) = ended(&lines) {
            if majors.contains(&major) {
                found.push(statement);
            }
            lines.clear();
            majors = ALL;
        }
    }
    Ok(found)
}

/// A block while it is read.
#[derive(Debug, Default)]
struct Block {
    name: String,
    is_group: bool,
    majors: Option<RangeInclusive<u32>>,
    only_planned: bool,
    needs_jit: bool,
    with: Vec<String>,
    statements: Vec<String>,
}

/// All scenarios of a file, in its order.
pub(crate) fn scenarios(text: &str) -> anyhow::Result<Vec<Scenario>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for block in blocks(text)? {
        if block.is_group {
            groups.insert(block.name, block.statements);
            continue;
        }
        let name = block.name;
        let mut before = Vec::new();
        for group in &block.with {
            let statements = groups.get(group);
            before.extend_from_slice(
                statements.with_context(|| format!("{name}: there is no group {group}"))?,
            );
        }
        before.extend(block.statements);
        let statement = before.pop().with_context(|| format!("{name} has no statement"))?;
        found.push(Scenario {
            name,
            majors: block.majors.unwrap_or(ALL),
            only_planned: block.only_planned,
            needs_jit: block.needs_jit,
            before,
            statement,
        });
    }
    Ok(found)
}

fn blocks(text: &str) -> anyhow::Result<Vec<Block>> {
    let mut found: Vec<Block> = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        let word = line.strip_prefix("-- ").and_then(|said| said.split_once(": "));
        if let Some((key @ ("group" | "scenario"), name)) = word {
            let is_group = key == "group";
            found.push(Block { name: name.to_owned(), is_group, ..Block::default() });
            continue;
        }
        let Some(block) = found.last_mut() else { continue };
        match word {
            Some(("majors", range)) => block.majors = Some(range_of(range)?),
            Some(("with", names)) => block.with = names.split(", ").map(str::to_owned).collect(),
            Some(("only", "plain")) => block.only_planned = true,
            Some(("needs", "jit")) => block.needs_jit = true,
            Some((key, value)) => bail!("{}: what is `{key}: {value}`?", block.name),
            None => lines.push(line),
        }
        if let Some(statement) = ended(&lines) {
            block.statements.push(statement);
            lines.clear();
        }
    }
    Ok(found)
}

/// The statement that these lines make, if the last one ends it.
fn ended(lines: &[&str]) -> Option<String> {
    let text = lines.join("\n");
    text.trim().strip_suffix(';').map(str::to_owned)
}

/// Reads `13`, `13-`, `-12` or `10-15`.
fn range_of(text: &str) -> anyhow::Result<RangeInclusive<u32>> {
    let number = |text: &str, open: u32| {
        if text.is_empty() { Ok(open) } else { text.parse::<u32>() }
    };
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let fail = || format!("{text} is no range of versions");
    Ok(number(from, *ALL.start()).with_context(fail)?
        ..=number(to, *ALL.end()).with_context(fail)?)
}
