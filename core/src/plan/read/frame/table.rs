//! Tables of one column: psql's aligned and wrapped formats, with every border and line style,
//! `DBeaver`'s text, tables of Markdown.
//!
//! A table is known by its rule, or by bars at both edges of neighbouring lines. Refuses tables
//! of several columns: their lines stay as they are.

use super::BREAK;
use super::cell::{
    Balance, columns, columns_of, is_bar, is_corner, is_dash, is_newline_mark, is_wrap_mark,
};
use crate::plan::read::detect::{is_footer as is_plan_footer, is_node};

/// The text with the cells of its tables as plain lines; none when it has no table.
pub(super) fn without(text: &str) -> Option<String> {
    let drawn = || text.contains(['─', '═', '━']) || text.contains(is_bar) || text.contains("↵\n");
    let plain = text.contains("---") || text.contains('|') || text.contains("+\n");
    if !plain && (text.is_ascii() || !drawn()) {
        return None;
    }
    let lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches('\t')).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let Some((frame, body)) = frame_at(&lines, at) else {
            out.push_str(lines[at]);
            out.push('\n');
            at += 1;
            continue;
        };
        out.extend((at..body).flat_map(|_| [BREAK, "\n"]));
        let end = frame.end(&lines, body);
        frame.write(&lines[body..end], &mut out);
        at = end;
    }
    Some(out)
}

/// How the lines of a table are framed.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// A bar before each line, and one behind.
    left: bool,
    right: bool,
    /// Blanks that stand before each cell.
    margin: usize,
    /// Columns of the rule without its corners; none when there is no rule.
    width: Option<usize>,
}

/// The table that begins in this line, and where its body begins.
fn frame_at(lines: &[&str], at: usize) -> Option<(Frame, usize)> {
    // The rule on top, the header, the rule below it.
    let top = usize::from(rule(lines[at]).is_some());
    let below = at + top + 1;
    if let Some(frame) = lines.get(below).and_then(|line| rule(line)) {
        let header = lines[at + top];
        if top == 1 || (!header.trim().is_empty() && !is_cell(header, frame)) || frame.right {
            return Some((with_margin(frame, lines, below + 1), below + 1));
        }
    }
    if let Some(frame) = rule(lines[at]).filter(|frame| frame.left) {
        return Some((with_margin(frame, lines, at + 1), at + 1));
    }
    headless(lines, at).map(|frame| (frame, at))
}

/// Whether what looks like a header is a line of a plan already: its first line is lost.
fn is_cell(header: &str, frame: Frame) -> bool {
    !frame.left && header.contains("(cost=")
}

/// The frame whose rule this line is.
fn rule(line: &str) -> Option<Frame> {
    let line = line.trim_end();
    let left = line.starts_with(is_corner);
    let dashes = line.trim_start_matches(is_corner);
    let edge = dashes.trim_end_matches(is_corner);
    let right = edge.len() < dashes.len();
    // Markdown sets blanks around its dashes, and colons for the side to align to.
    let dashes = edge.trim_matches([' ', ':']);
    let markdown = left && right && edge.len() > dashes.len();
    let count = columns(dashes);
    let ruled = dashes.chars().all(is_dash) && (count >= 4 || (markdown && count > 1));
    ruled.then_some(Frame { left, right, margin: 0, width: (!markdown).then_some(count) })
}

/// A rule says nothing of the blank that psql sets before each cell: the first cell does.
fn with_margin(frame: Frame, lines: &[&str], body: usize) -> Frame {
    let first = lines.get(body).map_or("", |line| line.strip_prefix(is_bar).unwrap_or(line));
    Frame { margin: usize::from(first.starts_with(' ')), ..frame }
}

/// Lines between bars, or with marks of going on, of which the header was not copied.
fn headless(lines: &[&str], at: usize) -> Option<Frame> {
    let next = lines.get(at + 1)?;
    let framed = |line: &str| line.starts_with(is_bar) && ends_in_bar(line) && columns(line) > 4;
    if framed(lines[at]) && framed(next) && columns(lines[at]) == columns(next) {
        let frame = Frame { left: true, right: true, margin: 0, width: Some(columns(next) - 2) };
        return Some(with_margin(frame, lines, at));
    }
    let marked = |line: &str| line.ends_with('+') || line.ends_with('↵');
    let begins = lines[at].trim_start().starts_with(['[', '{', '<', '-']);
    let width = columns(lines[at]);
    if begins && marked(lines[at]) && marked(next) && width == columns(next) {
        let frame = Frame { left: false, right: false, margin: 0, width: Some(width) };
        return Some(with_margin(frame, lines, at));
    }
    None
}

fn ends_in_bar(line: &str) -> bool {
    line.trim_end().ends_with(is_bar)
}

/// What a line of a table holds.
#[derive(Debug, Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    /// It goes on from the line above, which was cut.
    goes_on: bool,
    /// It was cut; what was cut off stands in the next line.
    is_cut: bool,
    /// It takes all columns that there are.
    is_full: bool,
}

impl Cell<'_> {
    /// Whether blanks behind the cell are padding.
    fn is_padded(&self) -> bool {
        !self.is_cut && !self.is_full
    }
}

/// Whether blanks fill each line up.
#[derive(Debug, Clone, Copy)]
struct Padded(bool);

impl Frame {
    /// Where the body ends that begins here.
    fn end(&self, lines: &[&str], body: usize) -> usize {
        let is_over = |at: usize| {
            let line = lines[at];
            let edged =
                (!self.left || line.starts_with(is_bar)) && (!self.right || ends_in_bar(line));
            let framed = self.left || self.right;
            !edged
                || rule(line).is_some()
                || (!framed && (line.trim().is_empty() || is_footer(line)))
                || (!framed && lines.get(at + 1).is_some_and(|next| rule(next).is_some()))
        };
        (body..lines.len()).find(|at| is_over(*at)).unwrap_or(lines.len())
    }

    /// The cells as plain lines, those that were cut in one piece again.
    fn write(&self, lines: &[&str], out: &mut String) {
        let widest = lines.iter().map(|line| columns(line)).max();
        let full = lines.iter().filter(|line| Some(columns(line)) == widest).count();
        let padded = Padded(self.right || full * 2 > lines.len());
        // The style old-ascii cuts without a mark; the others never do.
        let cells = || lines.iter().map(|line| self.cell(line, padded));
        let marked = cells().any(|it| it.goes_on || it.is_cut);
        let mut balance = Balance::default();
        let mut above: Option<Cell<'_>> = None;
        for line in lines {
            let cell = self.cell(line, padded);
            let joins = above.is_some_and(|above| {
                let cut = cell.goes_on || (above.is_cut && self.margin == 0);
                let odd = !padded.0 || balance.is_open() || !may_begin(cell.text);
                cut || (!marked && above.is_full && odd)
            });
            if joins && cell.text.starts_with(|it: char| columns_of(it) == 2) {
                // A wide letter did not fit into the last column.
                out.truncate(out.trim_end_matches(' ').len());
            }
            if !joins {
                out.truncate(if padded.0 { out.trim_end_matches(' ').len() } else { out.len() });
                out.extend(above.map(|_| '\n'));
                balance = Balance::default();
            }
            let text = if cell.is_padded() { cell.text.trim_end() } else { cell.text };
            out.push_str(text);
            balance = balance.after(text);
            above = Some(cell);
        }
        out.extend(above.map(|_| '\n'));
    }

    fn cell<'a>(&self, line: &'a str, padded: Padded) -> Cell<'a> {
        let mut rest = line;
        if self.left {
            rest = rest.strip_prefix(is_bar).unwrap_or(rest);
        }
        if self.right {
            rest = rest.trim_end();
            rest = rest.strip_suffix(is_bar).unwrap_or(rest);
        }
        let width = self.width.unwrap_or(usize::MAX);
        // Without margins the mark stands behind the last column, else in it.
        let full = if self.margin == 0 && !self.left { width.saturating_add(1) } else { width };
        let reaches = columns(rest) == full;
        let goes_on = self.margin == 1 && rest.starts_with(is_wrap_mark);
        let mut text =
            if self.margin == 1 { rest.strip_prefix(is_wrap_mark).unwrap_or(rest) } else { rest };
        if !goes_on && self.margin == 1 {
            text = text.strip_prefix(' ').unwrap_or(text);
        }
        let is_cut = reaches && text.ends_with(is_wrap_mark);
        let blank = text.strip_suffix(is_newline_mark).filter(|it| it.ends_with(' '));
        let marked = text.ends_with('↵') || (text.ends_with('+') && (reaches || blank.is_some()));
        if is_cut || marked {
            let shorter = text.char_indices().next_back().map_or("", |(last, _)| &text[..last]);
            return Cell { text: shorter, goes_on, is_cut, is_full: false };
        }
        // What is padded may end in blanks of its own: one fewer column is taken as full too.
        let blank = if padded.0 { 2 } else { 1 };
        let filled =
            reaches && text.ends_with(' ') && columns(text.trim_end()) + blank >= columns(text);
        let text = if filled { &text[..text.len() - 1] } else { text };
        Cell { text, goes_on, is_cut, is_full: filled && self.width.is_some() }
    }
}

/// Whether a line of a plan in any encoding may begin so.
fn may_begin(text: &str) -> bool {
    text.trim().is_empty()
        || text.starts_with([' ', '"', '<', '[', ']', '{', '}'])
        || text.starts_with("- ")
        || text.starts_with("->")
        || is_plan_footer(text)
        || is_node(text)
}

/// `(8 rows)` in any language.
fn is_footer(line: &str) -> bool {
    let inner =
        line.trim_end().strip_prefix(['(', '（']).and_then(|it| it.strip_suffix([')', '）']));
    inner.is_some_and(|inner| {
        inner.len() < 40
            && inner.starts_with(|it: char| it.is_ascii_digit())
            && !inner.contains('=')
    })
}
