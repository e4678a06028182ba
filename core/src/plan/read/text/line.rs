//! Lines of a text, those put together that the server meant as one.
//!
//! An expression goes on over line breaks within its quotes, and where somebody wrapped it;
//! the text of a statement goes on up to its plan. No search goes past the next line of a plan,
//! so the work is linear.

use std::borrow::Cow;

use super::list::Scan;
use super::{detail, head};

/// Columns that a tab fills up to.
const TAB: usize = 8;

/// Lines that a wrapped line may be spread over; a plan 40 columns wide takes fewer.
const WRAPPED_MAX: usize = 400;

/// One line, or several put together.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The number of the (first) line, counted from one.
    pub number: usize,
    /// The column of its first sign.
    pub column: usize,
    /// Without white space around it.
    pub text: Cow<'a, str>,
    /// Whether the next line with anything on it starts with an arrow.
    pub before_arrow: bool,
    /// Whether a quote of it never closes.
    pub is_open: bool,
}

/// All lines of a text.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    all: Vec<&'a str>,
    at: usize,
    /// White space that all lines of the plan begin with.
    margin: Option<usize>,
}

impl<'a> Lines<'a> {
    pub fn of(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let all: Vec<&str> = text.lines().collect();
        Self { all, at: 0, margin: None }
    }

    /// The text of a statement: all lines up to its parameters or its plan.
    fn statement(&mut self, first: &'a str) -> Cow<'a, str> {
        let ends = |line: &&str| {
            let line = line.trim();
            line.starts_with("Query Parameters: ") || is_root(line)
        };
        let more = self.all[self.at..].iter().take_while(|line| !ends(line)).count();
        let end = self.at + more;
        let text = self.joined(first, end, "\n");
        self.at = end;
        text
    }

    /// A text and the lines up to the end, each without the common margin.
    fn joined(&self, first: &'a str, end: usize, between: &str) -> Cow<'a, str> {
        if end == self.at {
            return Cow::Borrowed(first);
        }
        let mut text = first.to_owned();
        for line in &self.all[self.at..end] {
            let (column, inner) = indented(line);
            let margin = self.margin.unwrap_or(0).min(column).min(line.len() - inner.len());
            text.push_str(between);
            text.push_str(if between == "\n" { &line[margin..] } else { line.trim() });
        }
        text.truncate(text.trim_end().len());
        Cow::Owned(text)
    }

    /// An expression with the lines that its quotes and brackets still hold.
    fn expression(&mut self, first: &'a str) -> (Cow<'a, str>, bool) {
        let mut scan = Scan::of(first);
        if scan.is_quoted() {
            let Some(end) = self.closing(scan) else {
                return (Cow::Borrowed(first), true);
            };
            let text = self.joined(first, end, "\n");
            self.at = end;
            return (text, false);
        }
        let mut end = self.at;
        let mut is_unfinished = !scan.is_outside() || first.ends_with(',');
        while is_unfinished && end < self.all.len() && end - self.at < WRAPPED_MAX {
            let more = self.all[end].trim();
            if !is_loose(more) {
                break;
            }
            scan.read(more);
            is_unfinished = !scan.is_outside() || more.ends_with(',');
            end += 1;
        }
        let end = if is_unfinished { self.at } else { end };
        let text = self.joined(first, end, " ");
        self.at = end;
        (text, false)
    }

    /// The line behind the one where an open quote closes; none where a line comes before it
    /// that can only stand for itself: then the open one was cut.
    fn closing(&self, mut scan: Scan) -> Option<usize> {
        for (end, line) in self.all.iter().enumerate().skip(self.at) {
            if stands_alone(line.trim()) {
                return None;
            }
            scan.read(line);
            if !scan.is_quoted() {
                return Some(end + 1);
            }
        }
        None
    }

    /// A node's line with the rest of its figures, where somebody wrapped it.
    fn node(&mut self, first: &'a str) -> Cow<'a, str> {
        let is_whole = |text: &str| text.ends_with(')') || !is_cut(&head::head(text));
        let mut end = self.at;
        let mut is_unfinished =
            !is_whole(first) || [" on", " using"].iter().any(|it| first.ends_with(it));
        while end < self.all.len() && end - self.at < WRAPPED_MAX {
            let more = self.all[end].trim();
            let goes_on = ["(actual ", "(never executed)", "(cost="];
            let belongs = goes_on.iter().any(|it| more.starts_with(it));
            if !belongs && (!is_unfinished || !is_loose(more)) {
                break;
            }
            is_unfinished = !is_whole(more) || !more.contains(')');
            end += 1;
        }
        let end = if is_unfinished { self.at } else { end };
        let text = self.joined(first, end, " ");
        self.at = end;
        text
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let raw = *self.all.get(self.at)?;
        self.at += 1;
        let number = self.at;
        let (column, first) = indented(raw);
        let mut is_open = false;
        let text = if first.starts_with("Query Text:") {
            self.margin.get_or_insert(column);
            self.statement(first)
        } else if first.starts_with("->") || begins_node(first) {
            self.margin.get_or_insert(column);
            self.node(first)
        } else if property(first).is_some_and(|(key, _)| detail::is_expression(key)) {
            let (text, open) = self.expression(first);
            is_open = open;
            text
        } else {
            Cow::Borrowed(first)
        };
        let next = self.all[self.at..].iter().map(|line| line.trim_start());
        let next = next.take(2).find(|line| !line.is_empty());
        let before_arrow = next.is_some_and(|line| line.starts_with("->"));
        Some(Line { number, column, text, before_arrow, is_open })
    }
}

/// The column of the first sign, and the line from there on, without white space behind.
fn indented(line: &str) -> (usize, &str) {
    let inner = line.trim_start();
    let column = line[..line.len() - inner.len()].chars().fold(0, |column, sign| match sign {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    });
    (column, inner.trim_end())
}

/// Whether a line may be that of a root, its figures whole or wrapped.
fn begins_node(line: &str) -> bool {
    if !head::shows_figures(line) {
        return false;
    }
    let head = head::head(line);
    head.is_known && head.has_figures || is_root(line)
}

/// Whether words are those of a node with all its figures.
fn is_node(words: &str) -> bool {
    if !head::shows_figures(words) {
        return false;
    }
    let head = head::head(words);
    head.has_figures && !is_cut(&head)
}

/// Whether the figures of a node end early.
fn is_cut(head: &head::Head) -> bool {
    head.unread.as_ref().is_some_and(|rest| rest.starts_with('('))
}

/// Whether a line without an arrow is the first of a plan, by its costs.
fn is_root(line: &str) -> bool {
    let figures = [" (cost=", " (actual "];
    !line.starts_with("->")
        && head::shows_figures(line)
        && figures.iter().any(|it| line.contains(it))
        && property(line).is_none_or(|(key, _)| !detail::is_expression(key))
        && is_node(line)
}

/// Whether a line is a node with its figures or a property that the server is known to print.
fn stands_alone(line: &str) -> bool {
    match line.strip_prefix("->") {
        Some(node) => is_node(node.trim_start()),
        None => property(line).is_some_and(|(key, _)| detail::is_known(key)) || is_root(line),
    }
}

/// Whether a line is nothing that stands for itself.
fn is_loose(line: &str) -> bool {
    let starts = ["->", "InitPlan ", "SubPlan ", "CTE "];
    !line.is_empty()
        && !starts.iter().any(|it| line.starts_with(it))
        && property(line).is_none()
        && !is_root(line)
}

/// The key and the value of a line that has a key.
pub(super) fn property(line: &str) -> Option<(&str, &str)> {
    const KEY_MAX: usize = 64;
    let end = line.bytes().take(KEY_MAX).position(|byte| byte == b':')?;
    let (key, value) = (&line[..end], &line[end + 1..]);
    let is_key = key.starts_with(|it: char| it.is_alphabetic())
        && key.chars().all(|it| it.is_alphanumeric() || " -_/(),.".contains(it));
    (is_key && (value.is_empty() || value.starts_with(' '))).then(|| (key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Lines::of(text).map(|line| line.text.into_owned()).collect()
    }

    #[test]
    fn joins_what_quotes_hold() {
        let text = "Seq Scan on t  (cost=0..1 rows=1 width=4)\n  \
                    Filter: (c = 'a\n  -> b''\n c'::text)\n  Index Cond: x";
        assert_eq!(texts(text)[1..], ["Filter: (c = 'a\n  -> b''\n c'::text)", "Index Cond: x"]);
    }

    #[test]
    fn gives_up_quotes_that_never_close() {
        let text = "Filter: (c = 'a\nOutput: 'b\n->  Sort";
        let lines: Vec<Line> = Lines::of("Filter: (c = 'a\n->  Sort").collect();
        assert!(lines[0].is_open);
        assert_eq!(lines.len(), 2);
        assert_eq!(texts(text), ["Filter: (c = 'a", "Output: 'b", "->  Sort"]);
    }

    #[test]
    fn joins_what_was_wrapped() {
        assert_eq!(
            texts(
                "  Filter: ((a = 1)\nAND (b = 2))\n  ->  Sort  (cost=1.00..2.00\n rows=1 \
                 width=4)\n(actual rows=1 loops=1)"
            ),
            [
                "Filter: ((a = 1) AND (b = 2))",
                "->  Sort  (cost=1.00..2.00 rows=1 width=4) (actual rows=1 loops=1)"
            ]
        );
    }

    #[test]
    fn counts_columns_of_tabs() {
        assert_eq!(indented("\t x"), (9, "x"));
        assert_eq!(indented("  \tx "), (8, "x"));
    }
}
