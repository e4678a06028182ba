//! Lines of a plan in TEXT or YAML that mail, chat or a terminal broke, in one piece again.
//!
//! A line goes on where it breaks off inside of parentheses or quotes, where figures stand
//! alone, and where a word stands at the edge that no line of a plan begins with. Refuses to
//! join lines when none of them shows a break: what stands in a literal stays there.

use std::borrow::Cow;

use super::cell::{Balance, columns};
use crate::plan::read::detect::{is_footer, is_label, is_node};

/// Columns below which nobody breaks lines.
const BREAKS_MIN: usize = 40;

/// The lines of a plan in TEXT, in one piece each.
pub(in crate::plan::read) fn joined(text: &str) -> Cow<'_, str> {
    let lines: Vec<&str> = text.lines().collect();
    if !is_broken(&lines) {
        return Cow::Borrowed(text);
    }
    let edge = hard_edge(&lines);
    let widest = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
    let mut out = String::with_capacity(text.len());
    let mut balance = Balance::default();
    for (at, line) in lines.iter().enumerate() {
        let above = at.checked_sub(1).map_or("", |above| lines[above]);
        let hard = Some(columns(above)) == edge;
        // A line break inside of a literal, which no edge explains.
        let fits = columns(above) + 1 + first_word(line) <= widest;
        let literal = balance.is_quoted() && !hard && fits;
        let joins = at > 0 && !literal && !begins(line) && goes_on(above, line, balance);
        if joins {
            let line = if hard { line } else { line.trim_start() };
            if !hard && !out.ends_with(' ') {
                out.push_str(if line.starts_with("(cost=") { "  " } else { " " });
            }
            out.push_str(line);
        } else {
            out.push_str(if at > 0 { "\n" } else { "" });
            out.push_str(line);
        }
        balance = if joins || literal { balance } else { Balance::default() }.after(line);
    }
    out.push('\n');
    Cow::Owned(out)
}

/// Whether the first word of a line no longer fitted into the line above.
fn reaches_edge(above: &str, line: &str) -> bool {
    columns(above) >= BREAKS_MIN && columns(above) + first_word(line) >= EDGE_MIN
}

/// Columns of the first word.
fn first_word(line: &str) -> usize {
    columns(line.trim_start().split(' ').next().unwrap_or_default())
}

/// Columns beyond which mail breaks lines.
const EDGE_MIN: usize = 68;

/// Whether figures are broken: nothing else proves it, since literals hold line breaks as well.
fn is_broken(lines: &[&str]) -> bool {
    lines.windows(2).any(|pair| {
        let (above, line) = (pair[0].trim_end(), pair[1].trim_start());
        let starts = ["(cost=", "(actual ", "(never executed)"];
        let alone = starts.iter().any(|it| line.starts_with(it));
        let open = || above.rfind("(cost=").or_else(|| above.rfind("(actual "));
        let cut = !above.ends_with(')') && open().is_some_and(|at| !above[at..].contains(')'));
        let opened =
            above.ends_with("(actual") || above.ends_with("(never") || above.ends_with('(');
        alone || cut || (opened && is_node(above)) || is_long(above, line)
    })
}

/// Whether a line was broken at an edge inside of parentheses.
fn is_long(above: &str, line: &str) -> bool {
    if !reaches_edge(above, line) {
        return false;
    }
    let balance = Balance::default().after(above);
    balance.is_open() && !balance.is_quoted()
}

/// The column at which a terminal broke every long line, within words too.
fn hard_edge(lines: &[&str]) -> Option<usize> {
    let widths = || lines.iter().map(|line| columns(line));
    let widest = widths().max().filter(|widest| *widest >= BREAKS_MIN)?;
    let full = widths().filter(|width| *width == widest).count();
    let within = lines.windows(2).any(|pair| {
        let ends =
            pair[0].ends_with(|it: char| it.is_ascii_alphanumeric() || it == '.' || it == '=');
        let goes_on = pair[1].starts_with(|it: char| it.is_ascii_alphanumeric() || it == '.');
        columns(pair[0]) == widest && ends && goes_on && !is_footer(pair[1])
    });
    (full > 1 || within).then_some(widest)
}

/// Whether a line of a plan begins here.
fn begins(line: &str) -> bool {
    let first = line.trim_start();
    let key = first.split_once(": ").is_some_and(|(key, _)| {
        line.starts_with(' ')
            && key.len() < 40
            && key.starts_with(|it: char| it.is_ascii_uppercase())
            && key.chars().all(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '/' | '_'))
    });
    first.is_empty() || first.starts_with("->  ") || key || is_footer(first) || is_label(first)
}

fn goes_on(above: &str, line: &str, balance: Balance) -> bool {
    let first = line.trim_start();
    let figures = ["(cost=", "(actual ", "(never executed)"].iter().any(|it| first.starts_with(it));
    let edge = !line.starts_with(' ') && columns(above) >= BREAKS_MIN;
    figures || balance.is_open() || edge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_what_mail_broke() {
        let text = "Hash Join  (cost=1.00..2.00 rows=1 width=4)\n(actual time=0.1..0.2\n\
             rows=1 loops=1)\n  Hash Cond: (a.x =\nb.x)\n  \
             ->  Seq Scan on a  (cost=0.00..1.00\n      rows=1 width=4) (never\nexecuted)\n\
             Planning Time: 1 ms\n";
        assert_eq!(
            joined(text),
            "Hash Join  (cost=1.00..2.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)\n  \
             Hash Cond: (a.x = b.x)\n  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) \
             (never executed)\nPlanning Time: 1 ms\n"
        );
    }

    #[test]
    fn joins_what_a_terminal_cut() {
        let text = "Sort  (cost=1234.00..2345.00 rows=10000 wi\ndth=4)\n  \
             ->  Seq Scan on t  (cost=0.00..1.00 rows\n=1 width=4)\n";
        assert_eq!(
            joined(text),
            "Sort  (cost=1234.00..2345.00 rows=10000 width=4)\n  \
             ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n"
        );
    }

    #[test]
    fn leaves_whole_lines_alone() {
        let text =
            "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (a = 'x\ny'::text)\n";
        assert!(matches!(joined(text), Cow::Borrowed(_)));
    }
}
