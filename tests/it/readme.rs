//! What the documents and the program's own words tell people to type can be typed.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use pgsextant::cli::Arguments;

use crate::program::{root, run};
use crate::tidy::{assert_none, files, production, read, short, sources_ending};

/// Documents that tell people what to type; those that are not there yet tell nothing.
const DOCUMENTS: [&str; 4] = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "demo/NOTES.md"];

/// The documents with their texts.
fn documents() -> Vec<(String, String)> {
    let named = DOCUMENTS.iter().map(|it| root().join(it)).filter(|it| it.exists());
    let found: Vec<(String, String)> =
        named.chain(files("docs", ".md")).map(|path| (short(&path), read(&path))).collect();
    assert!(found.len() >= 2, "{found:?}");
    found
}

/// Lines of code blocks, with their continuation lines joined.
fn code_lines(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    let mut open = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            open = false;
            continue;
        }
        if !inside {
            continue;
        }
        let words = line.trim().trim_end_matches('\\').trim_end();
        match found.last_mut().filter(|_| open) {
            Some(last) => *last = format!("{last} {words}"),
            None => found.push(words.to_owned()),
        }
        open = line.trim_end().ends_with('\\');
    }
    found
}

/// The words of a command as a shell would split them, up to a pipe, a redirection or a comment.
fn words(command: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut begun = false;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), letter) => word.push(letter),
            (None, '\'' | '"') => (quote, begun) = (Some(letter), true),
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if !begun => break,
            (None, letter) if letter.is_whitespace() => {
                if begun {
                    found.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, letter) => {
                word.push(letter);
                begun = true;
            }
        }
    }
    if begun {
        found.push(word);
    }
    found
}

/// A command line without prompt and settings of the environment, when it is one of ours.
fn our_command(line: &str) -> Option<Vec<String>> {
    let mut words = words(line.trim_start_matches("$ "));
    let is_setting = |it: &String| {
        it.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        })
    };
    while words.first().is_some_and(is_setting) {
        words.remove(0);
    }
    let program = words.first()?.rsplit('/').next()?;
    (program == "pgsextant").then_some(words)
}

#[test]
fn every_command_in_a_code_block_can_be_typed() {
    let mut complaints = Vec::new();
    for (document, text) in documents() {
        for line in code_lines(&text) {
            let Some(words) = our_command(&line) else { continue };
            // Help and version are told by way of an error that is none.
            let refused = Arguments::command().try_get_matches_from(&words).err();
            if let Some(error) = refused.filter(clap::Error::use_stderr) {
                let why = error.to_string();
                complaints.push(format!("{document}: {line}: {}", why.lines().next().unwrap()));
            }
        }
    }
    assert_none(&complaints, "commands that cannot be typed");
}

#[test]
fn commands_are_split_as_a_shell_splits_them() {
    let split = |line: &str| our_command(line).unwrap_or_default();
    assert_eq!(split("$ pgsextant plan slow.json | head"), ["pgsextant", "plan", "slow.json"]);
    assert_eq!(
        split("PGHOST=db target/debug/pgsextant advise 'host=a user=b' # why"),
        ["target/debug/pgsextant", "advise", "host=a user=b"]
    );
    assert_eq!(split("psql -c 'select 1'"), Vec::<String>::new());
    let wrong = Arguments::command().try_get_matches_from(["pgsextant", "advise", "--no-such"]);
    assert!(wrong.is_err());
    assert_eq!(code_lines("x\n```sh\na \\\n  b\nc\n```\nd"), ["a b", "c"]);
}

/// Every long option of every command.
fn options() -> BTreeSet<String> {
    let command = Arguments::command();
    let all = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let own = command.get_arguments();
    let long = all.chain(own).filter_map(|it| it.get_long()).map(str::to_owned);
    long.chain(["help", "version"].map(str::to_owned)).collect()
}

/// Long options of other programs that the documents and sources may name.
const FOREIGN: [&str; 25] = [
    "all-features",
    "all-targets",
    "auth",
    "bin",
    "bins",
    "check",
    "document-private-items",
    "encoding",
    "example",
    "examples",
    "features",
    "force",
    "lib",
    "locale",
    "locked",
    "manifest-path",
    "no-data-checksums",
    "no-default-features",
    "no-deps",
    "no-sync",
    "path",
    "pwfile",
    "release",
    "test",
    "workspace",
];

/// Options named in a text.
fn named_options(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, mark) in text.match_indices("--") {
        let before = text[..start].chars().next_back();
        let stands = before.is_none_or(|it| it.is_whitespace() || "`\"'([/".contains(it));
        let rest = &text[start + mark.len()..];
        let name: String =
            rest.chars().take_while(|it| it.is_ascii_lowercase() || *it == '-').collect();
        let name = name.trim_end_matches('-').to_owned();
        if stands && name.len() > 1 && name.starts_with(|it: char| it.is_ascii_lowercase()) {
            found.push(name);
        }
    }
    found
}

#[test]
fn every_option_that_documents_name_exists() {
    let known = options();
    let mut complaints = Vec::new();
    for (document, text) in documents() {
        for name in named_options(&text) {
            if !known.contains(&name) && !FOREIGN.contains(&name.as_str()) {
                complaints.push(format!("{document}: --{name}"));
            }
        }
    }
    assert_none(&complaints, "options that do not exist");
}

#[test]
fn every_option_that_the_program_names_exists() {
    let known = options();
    let mut complaints = Vec::new();
    for path in sources_ending(".rs") {
        // Options of servers that we start ourselves, and of cargo.
        if short(&path).starts_with("src/io/throwaway/") || short(&path).starts_with("src/bin/") {
            continue;
        }
        for (number, line) in production(&read(&path)).lines().enumerate() {
            let literals: String =
                line.split('"').skip(1).step_by(2).collect::<Vec<_>>().join("\n");
            for name in named_options(&literals) {
                if !known.contains(&name) && !FOREIGN.contains(&name.as_str()) {
                    complaints.push(format!("{}:{}: --{name}", short(&path), number + 1));
                }
            }
        }
    }
    assert_none(&complaints, "options that do not exist");
}

#[test]
fn every_rule_is_explained_within_80_columns() {
    let mut complaints = Vec::new();
    let mut pages = vec![run(&["rule", "--width", "80"])];
    for rule in pgsextant::rules::ALL {
        let page = run(&["rule", rule.name, "--width", "80"]);
        assert!(page.out.contains(rule.name), "{}", page.out);
        assert_eq!(page, run(&["rule", &rule.name.replace('-', "_"), "--width", "80"]));
        pages.push(page);
    }
    for page in &pages {
        assert_eq!(page.code, 0, "{}", page.words);
        let long = page.out.lines().filter(|it| it.chars().count() > 80);
        complaints.extend(long.map(str::to_owned));
    }
    assert_none(&complaints, "longer than 80 columns");
}

#[test]
fn help_keeps_to_its_columns_and_names_every_command() {
    let help = run(&["--help"]).out;
    for command in Arguments::command().get_subcommands().filter(|it| !it.is_hide_set()) {
        assert!(help.contains(command.get_name()), "{}", command.get_name());
        let page = run(&[command.get_name(), "--help"]).out;
        let long: Vec<&str> = page.lines().filter(|it| it.chars().count() > 100).collect();
        assert!(long.is_empty(), "{long:?}");
    }
}
