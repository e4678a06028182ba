//! Starts a rule: the file with its headings, the word in the list, the fixture folder.

use std::path::Path;

use anyhow::Context as _;

use crate::{fixture, root, say};

/// What a new rule's file says.
const FILE: &str = r#"use crate::rules::{Check, Finding, SCOPE, Severity};

rule! {
    /// One line: what is wrong.
    ///
    /// ## What it does
    /// What it looks for, with its thresholds in words.
    /// ## Why it matters
    /// What it costs.
    /// ## When it is fine
    /// When to decline it.
    /// ## What to do
    /// What cures it.
    "NAME", Severity::Warn, Check::KIND(check)
}

fn check(IT: &SCOPE<'_>, found: &mut Vec<Finding>) {
    let _ = (IT, found);
}
"#;

/// Writes the three parts; refuses to touch a rule that is there.
pub(crate) fn new_rule(name: &str, folder: &str) -> anyhow::Result<()> {
    let fits = name.starts_with(|it: char| it.is_ascii_lowercase())
        && name.chars().all(|it| it.is_ascii_lowercase() || it == '-' || it.is_ascii_digit());
    anyhow::ensure!(fits, "{name} is no name of a rule: lower-case words joined by hyphens");
    let (kind, scope, it) = match folder {
        "plan" => ("Plan", "PlanOf", "plan"),
        "case" => ("Case", "CaseOf", "case"),
        "workload" | "audit" => ("Workload", "Scene", "scene"),
        _ => anyhow::bail!("{folder} is neither plan, case, workload nor audit"),
    };
    let word = name.replace('-', "_");
    let file = root().join(format!("core/src/rules/{folder}/{word}.rs"));
    anyhow::ensure!(!file.exists(), "{} is there already", file.display());
    let list = root().join("core/src/rules/mod.rs");
    let text = std::fs::read_to_string(&list).context("could not read core/src/rules/mod.rs")?;
    write(&list, &with_word(&text, folder, &word)?)?;
    let rule = [("NAME", name), ("KIND", kind), ("SCOPE", scope), ("IT", it)]
        .iter()
        .fold(FILE.to_owned(), |text, (mark, word)| text.replace(mark, word));
    write(&file, &rule)?;
    for (case, intent) in [("fires", "fires 1\n"), ("silent", "silent\n")] {
        let case = fixture::folder(name, case);
        write(&case.join("intent"), intent)?;
        write(&case.join("setup.sql"), "create table things (id int primary key);\n")?;
        match folder {
            "plan" => write(
                &case.join("statement.sql"),
                "-- major: 18\nselect id from things where id = 7;\n",
            )?,
            _ => write(
                &case.join("workload.sql"),
                "-- calls: 2\n-- params: 7\nselect id from things where id = $1;\n",
            )?,
        }
    }
    say(&format!("wrote {}, its word, and {word}/fires and {word}/silent", file.display()));
    say(&format!("next: the cases, then cargo dev record {name}"));
    Ok(())
}

/// The list with one more word at the end of a folder's, and the folder when it is new.
fn with_word(text: &str, folder: &str, word: &str) -> anyhow::Result<String> {
    const START: &str = "rules! {\n";
    let start =
        text.find(START).context("core/src/rules/mod.rs has no list of rules")? + START.len();
    let Some(opening) = text[start..].find(&format!("    {folder} {{")) else {
        let end = text.rfind("\n}").context("the list of rules has no end")? + 1;
        let entry = format!("    /// Rules that look at a {folder}.\n    {folder} {{ {word} }}\n");
        return Ok(format!("{}{entry}{}", &text[..end], &text[end..]));
    };
    let opening = start + opening;
    let closing = opening + text[opening..].find('}').context("a folder's list has no end")?;
    let words = text[opening..closing].trim_end();
    let comma = if words.ends_with(',') { "" } else { "," };
    let (gap, end) = if words.contains('\n') { ("\n        ", ",\n    ") } else { (" ", " ") };
    Ok(format!("{}{words}{comma}{gap}{word}{end}{}", &text[..opening], &text[closing..]))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    std::fs::write(file, text).with_context(|| format!("could not write {}", file.display()))
}
