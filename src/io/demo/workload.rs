//! The workload's file: blocks of a few header lines and one statement.
//!
//! Header lines are the comments that begin with `-- name:` and stand between it and the
//! statement; every other comment is for people. Refuses a header that it does not know, so that
//! a slip of the pen is not silently a comment.

use std::collections::BTreeSet;

use crate::sql::script;

use super::DemoError;

/// One statement of the workload and when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name.
    pub name: String,
    /// The line of the name, from 1.
    pub line: usize,
    /// The statement without its semicolon.
    pub text: String,
    /// When it runs.
    pub occasion: Occasion,
    /// It is undone afterwards.
    pub undone: bool,
    /// The server may refuse it.
    pub may_fail: bool,
}

/// When a block runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// So many times.
    Calls {
        /// How often.
        calls: u32,
        /// A query whose rows fill the parameters, beginning again at its end.
        params: Option<String>,
    },
    /// Once for each row that each execution of another block returned.
    Each {
        /// The other block.
        parent: String,
        /// The columns of its row that fill the parameters.
        columns: Vec<String>,
    },
}

impl Block {
    /// How often it runs, where that does not hang on another block's rows.
    pub fn calls(&self) -> Option<u32> {
        match &self.occasion {
            Occasion::Calls { calls, .. } => Some(*calls),
            Occasion::Each { .. } => None,
        }
    }

    /// The block that it runs for the rows of.
    pub fn parent(&self) -> Option<&str> {
        match &self.occasion {
            Occasion::Calls { .. } => None,
            Occasion::Each { parent, .. } => Some(parent),
        }
    }
}

/// Reads the blocks of a workload's file.
pub fn blocks(text: &str) -> Result<Vec<Block>, DemoError> {
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |line: &&str| header(line).is_some_and(|(key, _)| key == "name");
    let heads: Vec<usize> = (0..lines.len()).filter(|at| is_head(&lines[*at])).collect();
    let mut blocks: Vec<Block> = Vec::with_capacity(heads.len());
    let mut names = BTreeSet::new();
    for (position, start) in heads.iter().enumerate() {
        let end = heads.get(position + 1).copied().unwrap_or(lines.len());
        let block = block(&lines[*start..end], start + 1)?;
        if !names.insert(block.name.clone()) {
            return Err(wrong(block.line, format!("the name {} is taken", block.name)));
        }
        if let Some(parent) = block.parent()
            && !blocks.iter().any(|it| it.name == parent)
        {
            return Err(wrong(
                block.line,
                format!("no block {parent} stands before {}", block.name),
            ));
        }
        blocks.push(block);
    }
    if blocks.is_empty() {
        return Err(wrong(1, "there is no block: a line `-- name: …` begins one".to_owned()));
    }
    Ok(blocks)
}

/// The header lines of one block, as found.
#[derive(Debug, Clone, Copy, Default)]
struct Head<'a> {
    name: &'a str,
    calls: Option<(usize, &'a str)>,
    params: Option<(usize, &'a str)>,
    each: Option<(usize, &'a str)>,
    with: Option<(usize, &'a str)>,
    undone: bool,
    may_fail: bool,
}

fn block(lines: &[&str], first: usize) -> Result<Block, DemoError> {
    let count = lines.iter().position(|it| !it.trim_start().starts_with("--"));
    let (heads, body) = lines.split_at(count.unwrap_or(lines.len()));
    let mut head = Head::default();
    for (position, line) in heads.iter().enumerate() {
        head = with_line(head, line, first + position)?;
    }
    if head.name.is_empty() {
        return Err(wrong(first, "the block has no name".to_owned()));
    }
    Ok(Block {
        name: head.name.to_owned(),
        line: first,
        text: statement(&body.join("\n"), first + heads.len())?,
        occasion: occasion(&head, first)?,
        undone: head.undone,
        may_fail: head.may_fail,
    })
}

fn with_line<'a>(head: Head<'a>, line: &'a str, number: usize) -> Result<Head<'a>, DemoError> {
    if line.trim() == "-- expect-error" {
        return Ok(Head { may_fail: true, ..head });
    }
    let Some((key, value)) = header(line) else {
        return Err(wrong(number, "a header line reads `-- word: value`".to_owned()));
    };
    if value.is_empty() {
        return Err(wrong(number, format!("{key} says nothing")));
    }
    match key {
        "name" => Ok(Head { name: value, ..head }),
        "calls" => Ok(Head { calls: Some((number, value)), ..head }),
        "params" => Ok(Head { params: Some((number, value)), ..head }),
        "each" => Ok(Head { each: Some((number, value)), ..head }),
        "with" => Ok(Head { with: Some((number, value)), ..head }),
        "rollback" if value == "yes" => Ok(Head { undone: true, ..head }),
        "rollback" => Err(wrong(number, format!("rollback is yes or left out, not {value}"))),
        other => Err(wrong(number, format!("there is no header {other}"))),
    }
}

fn occasion(head: &Head<'_>, first: usize) -> Result<Occasion, DemoError> {
    match (head.calls, head.params, head.each, head.with) {
        (Some((line, calls)), params, None, None) => {
            let refused = || wrong(line, format!("calls: {calls} is not a number above zero"));
            let calls = calls.parse().ok().filter(|it| *it > 0).ok_or_else(refused)?;
            Ok(Occasion::Calls { calls, params: params.map(|it| it.1.to_owned()) })
        }
        (None, None, Some((_, parent)), Some((_, columns))) => Ok(Occasion::Each {
            parent: parent.to_owned(),
            columns: columns.split(',').map(|it| it.trim().to_owned()).collect(),
        }),
        (None, None, Some((line, _)), None) => {
            Err(wrong(line, "each needs a line `-- with: column, …`".to_owned()))
        }
        (None, _, None, Some((line, _))) => Err(wrong(line, "with needs an each".to_owned())),
        (_, _, Some((line, _)), _) => {
            Err(wrong(line, "each stands without calls and params".to_owned()))
        }
        (Some((line, _)), _, None, Some(_)) => {
            Err(wrong(line, "calls stands without with".to_owned()))
        }
        (None, _, None, None) => {
            Err(wrong(first, format!("{} has neither calls nor each", head.name)))
        }
    }
}

/// The one statement of a block's body, which begins at this line.
fn statement(body: &str, first: usize) -> Result<String, DemoError> {
    let found = script(body).map_err(|error| wrong(first, error.to_string()))?;
    match found.as_slice() {
        [] => Err(wrong(first, "the block has no statement".to_owned())),
        [one] if !one.closed => {
            let line = first + one.line - 1;
            Err(wrong(line, "no semicolon ends the statement".to_owned()))
        }
        [one] => Ok(one.text.to_owned()),
        [_, second, ..] => {
            let line = first + second.line - 1;
            Err(wrong(line, "a second statement: a block has one".to_owned()))
        }
    }
}

/// `-- word: value`.
fn header(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().strip_prefix("-- ")?.split_once(':')?;
    let is_word = !key.is_empty() && key.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    is_word.then(|| (key, value.trim()))
}

fn wrong(line: usize, why: String) -> DemoError {
    DemoError::Line { file: "workload.sql", line, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "-- A day.\n\n-- name: list\n-- calls: 3\n-- params: select 1\n\
        select /* shop:list */ id\n  from orders -- all; of them\n where id > $1;\n\n\
        -- for people: the rest\n-- name: line\n-- each: list\n-- with: id, other\n\
        -- rollback: yes\n-- expect-error\n\
        delete from lines where note = ';' and id = $1;\n\n-- end";

    #[test]
    fn reads_blocks_and_leaves_comments_to_people() {
        let found = blocks(GOOD).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].text,
            "select /* shop:list */ id\n  from orders -- all; of them\n where id > $1"
        );
        let params = Some("select 1".to_owned());
        assert_eq!(found[0].occasion, Occasion::Calls { calls: 3, params });
        assert_eq!(found[1].parent(), Some("list"));
        assert!(found[1].undone);
        assert!(found[1].may_fail);
        assert_eq!(found[1].line, 11);
    }

    #[test]
    fn names_the_line_that_makes_no_sense() {
        let cases = [
            ("", "line 1: there is no block: a line `-- name: …` begins one"),
            ("-- name:\n-- calls: 1\nselect 1;", "line 1: name says nothing"),
            ("-- name: a\nselect 1;", "line 1: a has neither calls nor each"),
            ("-- name: a\n-- calls: x\nselect 1;", "line 2: calls: x is not a number above zero"),
            ("-- name: a\n-- calls: 0\nselect 1;", "line 2: calls: 0 is not a number above zero"),
            ("-- name: a\n-- cals: 1\nselect 1;", "line 2: there is no header cals"),
            ("-- name: a\n-- oh\nselect 1;", "line 2: a header line reads `-- word: value`"),
            ("-- name: a\n-- calls: 1\n", "line 3: the block has no statement"),
            ("-- name: a\n-- calls: 1\nselect 1", "line 3: no semicolon ends the statement"),
            (
                "-- name: a\n-- calls: 1\nselect 1;\n\nselect 2;",
                "line 5: a second statement: a block has one",
            ),
            (
                "-- name: a\n-- calls: 1\n-- rollback: no\nselect 1;",
                "line 3: rollback is yes or left out, not no",
            ),
            (
                "-- name: a\n-- calls: 1\nselect 1;\n-- name: b\n-- each: c\n-- with: d\nselect 1;",
                "line 4: no block c stands before b",
            ),
            (
                "-- name: a\n-- calls: 1\nselect 1;\n-- name: b\n-- each: a\nselect 1;",
                "line 5: each needs a line `-- with: column, …`",
            ),
            (
                "-- name: a\n-- calls: 1\nselect 1;\n-- name: a\n-- calls: 1\nselect 1;",
                "line 4: the name a is taken",
            ),
            ("-- name: a\n-- with: id\nselect 1;", "line 2: with needs an each"),
        ];
        for (text, expected) in cases {
            let error = blocks(text).unwrap_err().to_string();
            assert_eq!(error, format!("workload.sql, {expected}"));
        }
        let error = blocks("-- name: a\n-- calls: 1\nselect 'x;").unwrap_err().to_string();
        assert!(error.starts_with("workload.sql, line 3: "), "{error}");
    }
}
