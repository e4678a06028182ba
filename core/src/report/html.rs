//! A document as one HTML page: whole in itself, without scripts, light and dark as the reader
//! has it, fit for a screen reader and for paper.
//!
//! Everything that comes from outside is escaped here; only pictures, which are made in this
//! crate, are written as they stand.

use std::fmt::Write as _;

use crate::report::page::STYLE;
use crate::report::tree_text::heat_tone;
use crate::report::{Align, Document, Part, Picture, Run, Table, Tone, Tree, TreeRow};

/// Renders a document as a page, ending in a newline.
pub fn html(document: &Document) -> String {
    let mut out = String::new();
    let title = escaped(&document.title);
    push(&mut out, "<!DOCTYPE html>");
    push(&mut out, "<html lang=\"en\">");
    push(&mut out, "<head>");
    push(&mut out, "<meta charset=\"utf-8\"/>");
    push(&mut out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
    push(&mut out, "<meta name=\"color-scheme\" content=\"light dark\"/>");
    push(&mut out, &format!("<title>{title}</title>"));
    push(&mut out, &format!("<style>\n{STYLE}\n</style>"));
    push(&mut out, "</head>");
    push(&mut out, "<body>");
    push(&mut out, "<main>");
    push(&mut out, &format!("<h1>{title}</h1>"));
    for part in &document.parts {
        push_part(&mut out, part);
    }
    push(&mut out, "</main>");
    push(&mut out, "</body>");
    push(&mut out, "</html>");
    out
}

fn push_part(out: &mut String, part: &Part) {
    match part {
        Part::Heading { level, text } => {
            let level = usize::from(*level).clamp(1, 5) + 1;
            push(out, &format!("<h{level}>{}</h{level}>", escaped(text)));
        }
        Part::Paragraph(runs) => push(out, &format!("<p>{}</p>", spans(runs))),
        Part::Items(items) => {
            push(out, "<ul>");
            for item in items {
                push(out, &format!("<li>{}</li>", spans(item)));
            }
            push(out, "</ul>");
        }
        Part::Table(table) => push_table(out, table),
        Part::Code { language, text } => push(
            out,
            &format!("<pre class=\"code {language}\" tabindex=\"0\">{}</pre>", escaped(text)),
        ),
        Part::Facts(facts) if facts.is_empty() => {}
        Part::Facts(facts) => {
            push(out, "<dl>");
            for (name, runs) in facts {
                let (name, runs) = (escaped(name), spans(runs));
                push(out, &format!("<div><dt>{name}</dt><dd>{runs}</dd></div>"));
            }
            push(out, "</dl>");
        }
        Part::Tree(tree) => push_tree(out, tree),
        Part::Picture(picture) => push_picture(out, picture),
        Part::Gap => {}
    }
}

fn push_picture(out: &mut String, picture: &Picture) {
    push(out, "<figure>");
    // The drawing says its own title, in it and to a screen reader.
    push(out, picture.svg.trim_end());
    push(out, "</figure>");
}

fn push_table(out: &mut String, table: &Table) {
    push(out, "<div class=\"wide\" tabindex=\"0\"><table>");
    let heads = table.columns.iter().map(|it| {
        format!("<th scope=\"col\" class=\"{}\">{}</th>", side(it.align), escaped(&it.heading))
    });
    push(out, &format!("<thead><tr>{}</tr></thead>", heads.collect::<String>()));
    push(out, "<tbody>");
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).map(|(run, column)| {
            format!("<td class=\"{}\">{}</td>", side(column.align), span(run))
        });
        push(out, &format!("<tr>{}</tr>", cells.collect::<String>()));
    }
    push(out, "</tbody></table></div>");
}

fn push_tree(out: &mut String, tree: &Tree) {
    push(out, "<div class=\"wide\" tabindex=\"0\"><table class=\"tree\">");
    let shown: Vec<usize> = (0..tree.columns.len())
        .filter(|at| tree.rows.iter().any(|row| row.cells.get(*at).is_some_and(is_said)))
        .collect();
    let heads = shown.iter().map(|at| {
        let column = &tree.columns[*at];
        format!(
            "<th scope=\"col\" class=\"{}\">{}</th>",
            side(column.align),
            escaped(&column.heading)
        )
    });
    let label = escaped(&tree.heading);
    let heads: String = heads.collect();
    push(out, &format!("<thead><tr>{heads}<th scope=\"col\">{label}</th></tr></thead>"));
    push(out, "<tbody>");
    for row in &tree.rows {
        push_tree_row(out, tree, row, &shown);
    }
    push(out, "</tbody></table></div>");
}

fn is_said(run: &Run) -> bool {
    !run.text.is_empty()
}

/// Steps beyond which a page would be all margin; deeper rows stand at this one.
const DEPTH_SHOWN: usize = 40;

fn push_tree_row(out: &mut String, tree: &Tree, row: &TreeRow, shown: &[usize]) {
    let cells = shown.iter().filter_map(|at| {
        let (run, column) = (row.cells.get(*at)?, tree.columns.get(*at)?);
        Some(format!("<td class=\"{}\">{}</td>", side(column.align), span(run)))
    });
    let mut label: String = row.label.iter().map(|it| span(&it.run)).collect();
    for mark in &row.marks {
        let _ = write!(label, " {}", span(mark));
    }
    for detail in &row.details {
        let _ = write!(label, "<small>{}</small>", spans(detail));
    }
    let heat = row.heat.map_or(0.0, |it| it.0.clamp(0.0, 1.0) * 100.0);
    let warm = class(heat_tone(row.heat.unwrap_or_default()));
    let depth = row.depth.min(DEPTH_SHOWN);
    push(
        out,
        &format!(
            "<tr class=\"{warm}\" style=\"--heat:{heat:.1}%;--depth:{depth}\">{}<th scope=\"row\">\
             {label}</th></tr>",
            cells.collect::<String>()
        ),
    );
}

fn side(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Right => "right",
    }
}

fn spans(runs: &[Run]) -> String {
    runs.iter().map(span).collect()
}

fn span(run: &Run) -> String {
    let text = escaped(&run.text);
    match run.tone {
        Tone::Plain => text,
        Tone::Strong => format!("<strong>{text}</strong>"),
        Tone::Name => format!("<code>{text}</code>"),
        tone => format!("<span class=\"{}\">{text}</span>", class(tone)),
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Strong => "strong",
        Tone::Dim => "dim",
        Tone::Name => "name",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// A text as HTML and XML show it: marks escaped, and control characters, which neither may
/// hold, made visible.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter if letter.is_control() => out.extend(letter.escape_default()),
            letter => out.push(letter),
        }
    }
    out
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_page_would_read() {
        let attack = "</title><script>alert('x')</script>\u{1b}[2J";
        let document = Document {
            title: attack.to_owned(),
            parts: vec![
                Part::Paragraph(vec![Run::new(attack, Tone::Name)]),
                Part::Facts(vec![(attack.to_owned(), vec![Run::plain(attack)])]),
            ],
        };
        let page = html(&document);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains('\u{1b}'), "{page}");
        assert_eq!(page.matches("&lt;/title&gt;").count(), 5, "{page}");
    }
}
