//! A document as Markdown, for a pull request or a wiki.

use std::fmt::Write as _;

use crate::report::{Align, Colour, Document, Glyphs, Part, Run, Table, TextStyle, Tone, text};

/// Columns of a tree, which is text as it stands: what a pull request shows without scrolling.
const TREE_WIDTH: usize = 110;

/// Renders a document as Markdown, ending in a newline.
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    if !document.title.is_empty() {
        line(&mut out, format_args!("# {}", escaped(&document.title)));
    }
    for part in &document.parts {
        push_part(&mut out, part);
    }
    out
}

fn push_part(out: &mut String, part: &Part) {
    match part {
        Part::Heading { level, text } => {
            let marks = "#".repeat(usize::from(*level) + 1);
            line(out, format_args!("\n{marks} {}\n", escaped(text)));
        }
        Part::Paragraph(runs) => line(out, format_args!("{}\n", marked(runs))),
        Part::Items(items) => {
            for item in items {
                line(out, format_args!("- {}", marked(item)));
            }
            out.push('\n');
        }
        Part::Table(table) => push_table(out, table),
        Part::Code { language, text } => {
            let fence = "`".repeat(longest_ticks(text).max(2) + 1);
            line(out, format_args!("{fence}{language}\n{text}\n{fence}\n"));
        }
        Part::Facts(facts) => {
            for (name, runs) in facts {
                line(out, format_args!("- {}: {}", escaped(name), marked(runs)));
            }
            out.push('\n');
        }
        // A tree keeps its columns only where letters have one width.
        Part::Tree(_) => {
            let document = Document { title: String::new(), parts: vec![part.clone()] };
            let style =
                TextStyle { width: TREE_WIDTH, colour: Colour::Never, glyphs: Glyphs::Unicode };
            let drawn = text(&document, style);
            let fence = "`".repeat(longest_ticks(&drawn).max(2) + 1);
            line(out, format_args!("{fence}text\n{}\n{fence}\n", drawn.trim_end()));
        }
        Part::Picture(_) => {}
        Part::Gap => out.push('\n'),
    }
}

fn push_table(out: &mut String, table: &Table) {
    let heads: Vec<String> = table.columns.iter().map(|it| cell(&it.heading)).collect();
    line(out, format_args!("| {} |", heads.join(" | ")));
    let rules: Vec<&str> = table
        .columns
        .iter()
        .map(|it| match it.align {
            Align::Left => ":--",
            Align::Right => "--:",
        })
        .collect();
    line(out, format_args!("| {} |", rules.join(" | ")));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|it| cell(&it.text)).collect();
        line(out, format_args!("| {} |", cells.join(" | ")));
    }
    out.push('\n');
}

fn cell(text: &str) -> String {
    escaped(text).replace('\n', " ")
}

fn marked(runs: &[Run]) -> String {
    runs.iter()
        .map(|run| match run.tone {
            _ if run.text.trim().is_empty() => run.text.clone(),
            Tone::Strong | Tone::Warn | Tone::Bad => {
                inside_spaces(&run.text, |text| format!("**{}**", escaped(text)))
            }
            Tone::Name => inside_spaces(&run.text, |text| format!("`{}`", text.replace('`', "'"))),
            Tone::Plain | Tone::Dim | Tone::Good => escaped(&run.text),
        })
        .collect()
}

/// Marks a text but not the spaces around it, which Markdown would not take as marked.
fn inside_spaces(text: &str, mark: impl Fn(&str) -> String) -> String {
    let inner = text.trim();
    let start = text.len() - text.trim_start().len();
    let end = start + inner.len();
    format!("{}{}{}", &text[..start], mark(inner), &text[end..])
}

/// Characters that Markdown or HTML would read, made harmless.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '`' | '|' | '[' | ']' | '\\' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

fn longest_ticks(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_markdown_would_read() {
        let document = Document {
            title: "a_b <script>".to_owned(),
            parts: vec![Part::Code { language: "sql", text: "select '```'".to_owned() }],
        };
        let out = markdown(&document);
        assert!(out.contains("# a\\_b &lt;script&gt;"), "{out}");
        assert!(out.contains("````sql"), "{out}");
    }
}
