//! psql's expanded output: `-[ RECORD 1 ]-`, then the name of the column, a bar, and the cell.
//!
//! Refuses records of several columns: only the column `QUERY PLAN` is taken.

use super::BREAK;
use super::cell::{is_bar, is_corner, is_dash, is_newline_mark, is_wrap_mark};

/// What the server calls the column of a plan.
const COLUMN: &str = "QUERY PLAN";

/// The text with the cells of its records as plain lines; none when it has no record.
pub(super) fn without(text: &str) -> Option<String> {
    // A line without one of these first signs is neither; most lines are told by them.
    let may_be = |line: &str| {
        let first = line.as_bytes().first();
        first.is_some_and(|it| !it.is_ascii() || b"*+|-Q".contains(it))
    };
    let is_ours = |line: &str| may_be(line) && (is_record(line) || is_unaligned(line).is_some());
    if !text.lines().any(is_ours) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut cell: Option<Open<'_>> = None;
    let mut records = 0;
    for line in text.lines() {
        if is_record(line) {
            finish(cell.take(), &mut out);
            out.push_str(if records == 0 { "\u{c}\n" } else { "" });
            records += 1;
        } else if let Some(body) = is_unaligned(line) {
            finish(cell.take(), &mut out);
            out.extend([body, "\n"]);
            records += 1;
        } else if let Some(open) = first_line(line).filter(|_| records > 0) {
            finish(cell.replace(open), &mut out);
        } else if let Some(open) = cell.as_mut().filter(|open| open.goes_on(line)) {
            open.write(&mut out, line);
        } else {
            let was_open = cell.is_some();
            finish(cell.take(), &mut out);
            out.push_str(match () {
                () if records > 0 && line.trim().is_empty() => "",
                () if was_open => BREAK,
                () => line,
            });
            out.push_str(if records > 0 && line.trim().is_empty() { "" } else { "\n" });
        }
    }
    finish(cell, &mut out);
    Some(out)
}

/// `-[ RECORD 1 ]---`, `* Record 1`, in any language.
fn is_record(line: &str) -> bool {
    let line = line.trim_end();
    let numbered = |words: &str| {
        let number = words.rsplit(' ').next().unwrap_or_default();
        words.contains(' ') && !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
    };
    if let Some(words) = line.strip_prefix("* ") {
        return numbered(words) && words.len() < 40;
    }
    let ruled = line.trim_start_matches(is_corner).strip_prefix(is_dash);
    let Some((words, rest)) = ruled.and_then(|it| it.strip_prefix("[ ")?.split_once(" ]")) else {
        return false;
    };
    numbered(words) && rest.chars().all(|it| is_dash(it) || is_corner(it))
}

/// The cell behind `QUERY PLAN|` or `QUERY PLAN,`.
fn is_unaligned(line: &str) -> Option<&str> {
    line.strip_prefix(COLUMN)?.strip_prefix(['|', ',', ';', '\t'])
}

/// A cell that may go on.
struct Open<'a> {
    /// Bytes before the cell in each of its lines, up to the bar or the blank before it.
    before: usize,
    /// With a bar before and behind each line.
    edged: bool,
    /// The last piece that was read, not written yet.
    piece: &'a str,
}

/// The first line of a cell: the name of the column stands before it.
fn first_line(line: &str) -> Option<Open<'_>> {
    let inner = line.strip_prefix(is_bar).and_then(|it| it.strip_prefix(' '));
    let named = inner.unwrap_or(line).strip_prefix(COLUMN)?;
    let edged = inner.is_some();
    let bar = named.strip_prefix(' ').filter(|it| it.starts_with(is_bar));
    let rest = bar.map_or(named, |it| it.trim_start_matches(is_bar));
    let before = line.chars().count() - rest.chars().count();
    let open = Open { before, edged, piece: "" };
    let piece = open.inner(rest);
    Some(Open { piece: piece.strip_prefix(' ').unwrap_or(piece), ..open })
}

impl<'a> Open<'a> {
    /// Without the bar behind and the blank before it.
    fn inner<'b>(&self, text: &'b str) -> &'b str {
        if !self.edged {
            return text;
        }
        let text = text.trim_end();
        text.strip_suffix(is_bar).unwrap_or(text)
    }

    /// What a line adds to the cell, its mark first; none when it is not of the cell.
    fn added<'b>(&self, line: &'b str) -> Option<&'b str> {
        let (at, _) = line.char_indices().nth(self.before)?;
        let blank = |it: char| it == ' ' || is_bar(it);
        line[..at].chars().all(blank).then(|| self.inner(&line[at..]))
    }

    fn goes_on(&self, line: &str) -> bool {
        self.added(line).is_some_and(|text| text.starts_with(|it| it == ' ' || is_wrap_mark(it)))
    }

    /// Writes the piece before, and takes the next.
    fn write(&mut self, out: &mut String, line: &'a str) {
        let Some(next) = self.added(line) else { return };
        let cut = next.starts_with(is_wrap_mark);
        let mut mark = self.piece.chars();
        let marked = mark
            .next_back()
            .is_some_and(|it| if cut { is_wrap_mark(it) } else { is_newline_mark(it) });
        let piece = if marked { mark.as_str() } else { self.piece };
        out.push_str(if cut { piece } else { piece.trim_end() });
        out.push_str(if cut { "" } else { "\n" });
        let mut rest = next.chars();
        rest.next();
        self.piece = rest.as_str();
    }
}

fn finish(cell: Option<Open<'_>>, out: &mut String) {
    let Some(open) = cell else { return };
    out.push_str(open.piece.trim_end());
    out.push('\n');
}
