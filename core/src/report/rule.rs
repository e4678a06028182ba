//! Rules in words: the list of all, and the text of one.

use crate::report::{Document, Part, Run, Tone};
use crate::rules::Rule;

/// The list of all rules.
pub fn rules_document(rules: &[Rule]) -> Document {
    let items = rules.iter().map(|rule| {
        let first = rule.text.trim().lines().next().unwrap_or_default().trim();
        vec![Run::new(rule.name, Tone::Name), Run::plain(format!("  {first}"))]
    });
    Document {
        title: format!("{} rules", rules.len()),
        parts: vec![
            Part::Items(items.collect()),
            Part::Paragraph(vec![Run::new("pgsextant rule NAME explains one.", Tone::Dim)]),
        ],
    }
}

/// One rule's text: its doc comment.
pub fn rule_document(rule: &Rule) -> Document {
    let mut parts = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in rule.text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("## ") {
            flush(&mut parts, &mut paragraph);
        }
        match line.strip_prefix("## ") {
            Some(heading) => parts.push(Part::Heading { level: 2, text: heading.to_owned() }),
            None if !line.is_empty() => paragraph.push(line),
            None => {}
        }
    }
    flush(&mut parts, &mut paragraph);
    Document { title: rule.name.to_owned(), parts }
}

fn flush(found: &mut Vec<Part>, paragraph: &mut Vec<&str>) {
    if !paragraph.is_empty() {
        found.push(Part::Paragraph(vec![Run::plain(paragraph.join(" "))]));
        paragraph.clear();
    }
}
