//! Where in an unframed text the plans are: each document a run of lines in one encoding.
//!
//! Prompts, statements, timings, prose and the rest of a log are left out. Refuses nothing: what
//! only looks like a document is for its reader to judge.

use std::borrow::Cow;

use super::BREAK;
use super::cell::Balance;
use crate::plan::read::detect::{Encoding, has_figures, is_footer, is_label, is_node};

/// A document in one encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan::read) struct Document<'a> {
    pub encoding: Encoding,
    pub text: &'a str,
    /// Its first line in the whole text, counted from zero.
    pub line: usize,
}

impl<'a> Document<'a> {
    /// The text without the blanks that all its lines begin with: in XML a literal that breaks
    /// would keep them.
    pub(in crate::plan::read) fn unindented(&self) -> Cow<'a, str> {
        let margin = self.text.len() - self.text.trim_start_matches(' ').len();
        let (margin, text) = self.text.split_at(margin);
        let lines = || text.split_inclusive('\n').skip(1);
        if margin.is_empty() || !lines().all(|it| it.trim().is_empty() || it.starts_with(margin)) {
            return Cow::Borrowed(self.text);
        }
        let first = text.split_inclusive('\n').take(1);
        let others = lines().map(|line| line.strip_prefix(margin).unwrap_or(line));
        Cow::Owned(first.chain(others).collect())
    }
}

/// Plans beyond which a text is a log, for which there is a reader of its own: a plan takes some
/// 3 kB of memory, and the least text of one a few bytes.
pub(in crate::plan::read) const DOCUMENTS_MAX: usize = 20_000;

/// All documents of a text, in its order.
pub(in crate::plan::read) fn documents(text: &str) -> Vec<Document<'_>> {
    let mut found = Vec::new();
    // A name alone begins a plan only where no plan shows figures: prose is full of such words.
    let figured = Figured(has_figures(text));
    let mut scan = Scan { text, at: 0, line: 0 };
    while scan.at < text.len() && found.len() < DOCUMENTS_MAX {
        let rest = &text[scan.at..];
        let Some((encoding, length)) = begin(rest, figured) else {
            scan.skip(line_length(rest));
            continue;
        };
        if let Some(length) = length {
            found.push(Document { encoding, text: &rest[..length], line: scan.line });
            scan.skip(length.max(1));
        } else {
            scan.skip(line_length(rest));
        }
    }
    found
}

/// Whether any line of the text has figures.
#[derive(Debug, Clone, Copy)]
struct Figured(bool);

impl Figured {
    /// Whether a plan in TEXT may begin with this line.
    fn is_root(self, line: &str) -> bool {
        (!self.0 || has_figures(line)) && is_node(line)
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Scan<'_> {
    fn skip(&mut self, length: usize) {
        let mut end = (self.at + length).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.line += self.text[self.at..end].bytes().filter(|it| *it == b'\n').count();
        self.at = end;
    }
}

/// The length of the first line, with its end.
fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

/// The encoding of what begins in this line, and its length where it is a document.
fn begin(text: &str, figured: Figured) -> Option<(Encoding, Option<usize>)> {
    let line = &text[..line_length(text)];
    if is_boundary(line) {
        return None;
    }
    let first = line.trim_start();
    if opens_json(text) {
        let length = json_length(text);
        let holds = ["\"Node Type\"", "\"QUERY PLAN\"", "\\\"Node Type\\\""];
        let is_plan = holds.iter().any(|key| text[..length].contains(key));
        return Some((Encoding::Json, is_plan.then_some(length)));
    }
    if ["<explain", "<?xml", "<Query>", "<Plan>"].iter().any(|tag| first.starts_with(tag)) {
        return Some((Encoding::Xml, Some(xml_length(text))));
    }
    if first.starts_with("- Plan:") || first.starts_with("Plan:") || opens_entry(text) {
        return Some((Encoding::Yaml, Some(yaml_length(text))));
    }
    if figured.is_root(line) || first.starts_with("Query Text:") {
        return Some((Encoding::Text, text_length(text, figured)));
    }
    None
}

/// Lines across which no document reaches.
fn is_boundary(line: &str) -> bool {
    let line = line.trim();
    line == BREAK.trim_matches(' ')
        || line.starts_with("```")
        || line.starts_with("~~~")
        || is_prompt(line)
}

/// `postgres=# `, `db=> `, `postgres-# `: what psql sets before what is typed.
fn is_prompt(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    let Some(before) = word.strip_suffix(['#', '>']) else { return false };
    let before = before.trim_end_matches(['*', '!', '?']);
    let name = before.strip_suffix(['=', '-', '(', '\'', '"', '$', '^', '!']).unwrap_or("");
    name.len() < 200 && name.contains(char::is_alphanumeric) && !name.contains("->")
}

/// Whether this is a list or an object, and not the `[local]` of a prompt.
fn opens_json(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    let next = |text: &str| text[1..].trim_start().chars().next();
    match text.chars().next() {
        Some('[') => matches!(next(text), Some('{' | '[' | '"')),
        Some('{') => matches!(next(text), Some('"')),
        Some('"') => text.starts_with("\"[{\\\"") || text.starts_with("\"{\\\""),
        _ => false,
    }
}

/// Up to the bracket that closes the first one; of a damaged document up to the next document.
fn json_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if quoted => {
                bytes.next();
            }
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            b'\n' if ends_json(&text[at + 1..]) => return at + 1,
            _ => {}
        }
        if depth == 0 && !quoted && !byte.is_ascii_whitespace() {
            return at + 1;
        }
    }
    text.len()
}

/// Whether another document begins in this line although the last one is not at its end.
fn ends_json(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'[' | b'{') => {
            let line = text[..line_length(text)].trim_end();
            let next = text[line.len()..].trim_start();
            (line == "[" && next.starts_with('{'))
                || (line == "{"
                    && ["\"Plan\"", "\"Query Text\""].iter().any(|it| next.starts_with(it)))
        }
        Some(b'\x0c' | b'`' | b'~' | b'<') => {
            is_boundary(&text[..line_length(text)]) || text.starts_with("<explain")
        }
        Some(b'-') => text.starts_with("- Plan:"),
        Some(byte) if byte.is_ascii_alphabetic() => {
            let line = &text[..line_length(text)];
            is_prompt(line) || (line.contains("  (cost=") && is_node(line))
        }
        _ => false,
    }
}

/// Up to the end of the outermost element.
fn xml_length(text: &str) -> usize {
    let mut end = text.len();
    let mut above = "";
    for (at, line) in lines(text).skip(1) {
        let next = line.trim();
        // The plan of another server (Citus) is a document within the document.
        let begins = next.starts_with("<explain") && above != "<Remote-Plan>";
        if is_boundary(line) || begins && !text.starts_with("<?xml") {
            end = at;
            break;
        }
        above = next;
    }
    let within = &text[..end];
    let begin = within.trim_start();
    let last = match begin {
        _ if begin.starts_with("<Query>") => "</Query>",
        _ if begin.starts_with("<Plan>") => "</Plan>",
        _ => "</explain>",
    };
    let closed = match last {
        "</Plan>" => within.rfind(last),
        "</Query>" => within.find(last),
        _ => outermost_end(within),
    };
    closed.map_or(end, |at| at + last.len())
}

/// Where the tag stands that closes the first `<explain>`, which may hold others.
fn outermost_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.match_indices("explain").find_map(|(at, _)| {
        let before = &text[..at];
        if before.ends_with("</") {
            // A damaged tag closes nothing.
            if !text[at..].starts_with("explain>") {
                return None;
            }
            depth = depth.saturating_sub(1);
            return (depth == 0).then_some(at - 2);
        }
        depth += usize::from(before.ends_with('<'));
        None
    })
}

/// An entry of a log in YAML: the text of the statement, and then the plan as a key.
fn opens_entry(text: &str) -> bool {
    const LINES_MAX: usize = 2_000;
    let quoted = ["Query Text: \"", "- Query Text: \""].iter().any(|it| text.starts_with(it));
    quoted
        && lines(text)
            .take(LINES_MAX)
            .map(|(_, line)| line)
            .take_while(|line| !is_boundary(line))
            .any(|line| line.trim_end() == "Plan:" || line.trim_end() == "  Plan:")
}

/// As far as lines are indented or are of the same list or object.
fn yaml_length(text: &str) -> usize {
    let base = indentation(text);
    let listed = text[base..].starts_with("- ");
    let mut end = 0;
    for (at, line) in lines(text) {
        let own = indentation(line);
        let first = line.trim_start();
        let same = match () {
            () if at == 0 || first.is_empty() => true,
            () if is_boundary(line) => false,
            () if own > base => true,
            () if listed => own == base && first.starts_with("- "),
            () => own == base && is_key(first),
        };
        if !same {
            break;
        }
        if !first.is_empty() {
            end = at + line.len();
        }
    }
    end
}

/// `Execution Time: 1.5`.
fn is_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, rest)| {
        key.len() < 60
            && key.starts_with(|it: char| it.is_ascii_uppercase())
            && (rest.is_empty() || rest.starts_with([' ', '\n']))
            && !rest.trim_end().ends_with(" ms")
    })
}

/// From the root up to the last line that a plan can have; none when there is no node.
fn text_length(text: &str, figured: Figured) -> Option<usize> {
    let mut base = None;
    let mut end = 0;
    let mut balance = Balance::default();
    for (at, line) in lines(text) {
        let own = indentation(line);
        let first = line.trim();
        if is_boundary(line) || (at > 0 && is_other(line)) {
            break;
        }
        let root = figured.is_root(line);
        let Some(above) = base else {
            // The statement, in an entry of a log.
            if root {
                base = Some(own);
                end = at + line.len();
                balance = Balance::default().after(line);
            }
            continue;
        };
        if root && own <= above && !first.starts_with("->") && !balance.is_quoted() {
            break;
        }
        let is_ours = !first.is_empty()
            && (root || own > above || is_footer(first) || is_label(first) || balance.is_open());
        if is_ours {
            let before = if is_footer(first) || root { Balance::default() } else { balance };
            balance = before.after(line);
            end = at + line.len();
        }
    }
    base.map(|_| end)
}

/// Whether a document in another encoding begins here, or another entry.
fn is_other(line: &str) -> bool {
    let first = line.trim();
    ["<explain", "<?xml", "- Plan:", "Query Text:"].iter().any(|it| first.starts_with(it))
        || matches!(first, "[" | "{" | "[{")
}

fn indentation(line: &str) -> usize {
    line.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count()
}

/// The lines with their ends, and where they begin.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let begin = *at;
        *at += line.len();
        Some((begin, line))
    })
}
