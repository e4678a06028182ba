//! A document for a terminal or a file: wrapped to a width, coloured only when asked.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, Width, presets::NOTHING,
};

use crate::report::fit::{one_line, width};
use crate::report::tree_text::push_tree;
use crate::report::{Align, Document, Part, Run, Table, Tone};

/// How a text face looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns of the terminal.
    pub width: usize,
    /// Colours or none.
    pub colour: Colour,
    /// Which characters lines and marks are drawn with.
    pub glyphs: Glyphs,
}

/// Whether escape sequences may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Never.
    Never,
    /// The sixteen colours of any terminal.
    Ansi,
}

/// Which characters lines and marks are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing, arrows, blocks.
    Unicode,
    /// What every terminal has; one character for one, so that the layout is the same.
    Ascii,
}

/// Narrower than this nothing readable comes out, so we wrap to this and let it overflow.
const WIDTH_MIN: usize = 40;

/// Renders a document as text, ending in a newline.
pub fn text(document: &Document, style: TextStyle) -> String {
    let style = TextStyle { width: style.width.max(WIDTH_MIN), ..style };
    let mut out = String::new();
    if !document.title.is_empty() {
        push_runs(&mut out, &[Run::new(document.title.as_str(), Tone::Strong)], style, "", "");
    }
    for part in &document.parts {
        push_part(&mut out, part, style);
    }
    match style.glyphs {
        Glyphs::Unicode => out,
        Glyphs::Ascii => out.chars().map(plain_glyph).collect(),
    }
}

/// One of our own marks as a character that every terminal has.
fn plain_glyph(letter: char) -> char {
    match letter {
        '│' | '├' => '|',
        '└' => '`',
        '─' | '–' | '·' | '▃' | '▍' => '-',
        '→' => '>',
        '×' => 'x',
        '…' => '~',
        '▁' | '▏' => '.',
        '▂' | '▎' => ':',
        '▄' | '▌' => '=',
        '▅' | '▋' => '+',
        '▆' | '▊' => '*',
        '▇' | '▉' | '█' => '#',
        other => other,
    }
}

fn push_part(out: &mut String, part: &Part, style: TextStyle) {
    match part {
        Part::Heading { level, text } => {
            out.push('\n');
            let text = if *level == 1 { text.to_uppercase() } else { text.clone() };
            push_runs(out, &[Run::new(text, Tone::Strong)], style, "", "");
        }
        Part::Paragraph(runs) => push_runs(out, runs, style, "", ""),
        Part::Items(items) => {
            for item in items {
                push_runs(out, item, style, "  - ", "    ");
            }
        }
        Part::Table(table) => push_table(out, table, style),
        Part::Code { language, text } => push_code(out, language, text, style),
        Part::Facts(facts) => {
            let widest = facts.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
            for (name, runs) in facts {
                let first = format!("  {name:<widest$}  ");
                let rest = " ".repeat(width(&first));
                push_runs(out, runs, style, &first, &rest);
            }
        }
        Part::Tree(tree) => push_tree(out, tree, style),
        Part::Picture(_) => {}
        Part::Gap => out.push('\n'),
    }
}

/// Code is never wrapped, so that it can be copied; its comment lines are dimmed, and go on as
/// comments where they are too long.
fn push_code(out: &mut String, language: &str, text: &str, style: TextStyle) {
    for line in text.lines() {
        if let ("sql", Some(comment)) = (language, line.strip_prefix("-- ")) {
            let first = format!("  {}", painted("-- ", Tone::Dim, style));
            let room = style.width.saturating_sub(5);
            for line in wrapped(&[Run::new(comment, Tone::Dim)], room, style) {
                push_line(out, &format!("{first}{line}"));
            }
            continue;
        }
        let comment = language == "sql" && line.trim_start().starts_with("--");
        let tone = if comment { Tone::Dim } else { Tone::Name };
        out.push_str("  ");
        out.push_str(&painted(&one_line(line), tone, style));
        out.push('\n');
    }
}

/// Words of all runs, wrapped; the first line opens with `first`, later ones with `rest`.
fn push_runs(out: &mut String, runs: &[Run], style: TextStyle, first: &str, rest: &str) {
    let room = style.width.saturating_sub(width(rest).max(width(first)));
    for (position, line) in wrapped(runs, room, style).into_iter().enumerate() {
        push_line(out, &format!("{}{line}", if position == 0 { first } else { rest }));
    }
}

/// The lines of runs, wrapped to so many columns and painted; at least one.
pub(super) fn wrapped(runs: &[Run], room: usize, style: TextStyle) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in words(runs) {
        let wide: usize = word.pieces.iter().map(|(piece, _)| width(piece)).sum();
        if used > 0 && used + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for (piece, tone) in &word.pieces {
            line.push_str(&painted(piece, *tone, style));
        }
        used += wide;
    }
    lines.push(line);
    lines
}

pub(super) fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

/// What stands between two spaces: pieces of one or several runs, never broken apart.
#[derive(Default)]
struct Word {
    pieces: Vec<(String, Tone)>,
}

/// The words of runs; a run that does not begin with a space goes on with the word before it.
fn words(runs: &[Run]) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for run in runs {
        for (position, piece) in run.text.split([' ', '\n']).enumerate() {
            if position > 0 {
                words.push(Word::default());
            }
            if let (false, Some(word)) = (piece.is_empty(), words.last_mut()) {
                word.pieces.push((one_line(piece), run.tone));
            }
        }
    }
    words.retain(|it| !it.pieces.is_empty());
    words
}

fn push_table(out: &mut String, table: &Table, style: TextStyle) {
    let mut grid = comfy_table::Table::new();
    grid.load_style(NOTHING);
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    grid.set_width(u16::try_from(style.width.saturating_sub(1)).unwrap_or(u16::MAX));
    grid.set_header(table.columns.iter().map(|column| {
        Cell::new(painted(&column.heading, Tone::Dim, style)).set_alignment(alignment(column.align))
    }));
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).map(|(run, column)| {
            Cell::new(painted(&one_line(&run.text), run.tone, style))
                .set_alignment(alignment(column.align))
        });
        grid.add_row(cells);
    }
    for (column, drawn) in table.columns.iter().zip(grid.column_iter_mut()) {
        drawn.set_padding((1, 1));
        drawn.set_constraint(if column.flexible {
            ColumnConstraint::LowerBoundary(Width::Fixed(12))
        } else {
            ColumnConstraint::ContentWidth
        });
    }
    for line in grid.to_string().lines() {
        push_line(out, &format!(" {}", line.trim_end()));
    }
}

fn alignment(align: Align) -> CellAlignment {
    match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    }
}

pub(super) fn painted(text: &str, tone: Tone, style: TextStyle) -> String {
    let code = match (style.colour, tone) {
        (Colour::Never, _) | (_, Tone::Plain) => return text.to_owned(),
        _ if text.trim().is_empty() => return text.to_owned(),
        (Colour::Ansi, Tone::Strong) => "1",
        (Colour::Ansi, Tone::Dim) => "2",
        (Colour::Ansi, Tone::Name) => "36",
        (Colour::Ansi, Tone::Good) => "32",
        (Colour::Ansi, Tone::Warn) => "33",
        (Colour::Ansi, Tone::Bad) => "31",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::TableColumn;

    fn sample() -> Document {
        Document {
            title: "advise shop".to_owned(),
            parts: vec![
                Part::Heading { level: 1, text: "build".to_owned() },
                Part::Paragraph(vec![
                    Run::plain("One two three four five six seven eight nine ten, "),
                    Run::new("strong", Tone::Strong),
                    Run::plain("."),
                ]),
                Part::Items(vec![vec![Run::plain(
                    "first item that is long enough to wrap around",
                )]]),
                Part::Table(Table {
                    columns: vec![
                        TableColumn {
                            heading: "statement".to_owned(),
                            align: Align::Left,
                            flexible: true,
                        },
                        TableColumn {
                            heading: "calls".to_owned(),
                            align: Align::Right,
                            flexible: false,
                        },
                    ],
                    rows: vec![vec![Run::plain("shop:order_list"), Run::plain("1 200")]],
                }),
                Part::Code { language: "sql", text: "-- why\nSELECT 1;".to_owned() },
                Part::Facts(vec![("size".to_owned(), vec![Run::plain("12 MB")])]),
            ],
        }
    }

    #[test]
    fn wraps_to_the_width_and_joins_runs_without_a_space() {
        let out = text(
            &sample(),
            TextStyle { width: 40, colour: Colour::Never, glyphs: Glyphs::Unicode },
        );
        assert!(out.lines().all(|line| line.chars().count() <= 40), "{out}");
        assert!(out.contains("strong."), "{out}");
        assert!(out.contains("\n  - first"), "{out}");
        assert!(out.contains("\n    "), "{out}");
        assert!(!out.contains('\u{1b}'), "{out}");
    }

    #[test]
    fn paints_only_when_asked() {
        let out =
            text(&sample(), TextStyle { width: 80, colour: Colour::Ansi, glyphs: Glyphs::Unicode });
        assert!(out.contains("\u{1b}[1mstrong\u{1b}[0m"), "{out}");
    }
}
