//! YAML and XML: all that JSON says, in the same order.

use std::fmt::Write as _;

use crate::document::Item;

/// The document as YAML.
pub(crate) fn yaml(plans: &Item) -> String {
    let mut out = String::new();
    for plan in plans.items() {
        yaml_map("- ", 0, plan.entries(), &mut out);
    }
    out
}

/// Entries of an object that stands in a list, its first line behind `dash`.
fn yaml_map(dash: &str, depth: usize, entries: &[(String, Item)], out: &mut String) {
    for (position, (key, value)) in entries.iter().enumerate() {
        let lead = if position == 0 { dash } else { &" ".repeat(dash.len()) };
        let _ = write!(out, "{}{lead}{key}: ", " ".repeat(depth));
        yaml_value(depth + dash.len(), value, out);
    }
}

fn yaml_value(depth: usize, value: &Item, out: &mut String) {
    match value {
        Item::Map(entries) => {
            out.push('\n');
            yaml_map("", depth + 2, entries, out);
        }
        Item::List(items) => {
            out.push('\n');
            for item in items {
                match item {
                    Item::Map(entries) => yaml_map("- ", depth + 2, entries, out),
                    Item::List(words) => {
                        let words: Vec<String> = words.iter().map(yaml_word).collect();
                        let words = words.join(", ");
                        let _ = writeln!(out, "{}- [{words}]", " ".repeat(depth + 2));
                    }
                    word => {
                        let _ = writeln!(out, "{}- {}", " ".repeat(depth + 2), yaml_word(word));
                    }
                }
            }
        }
        word => {
            let _ = writeln!(out, "{}", yaml_word(word));
        }
    }
}

fn yaml_word(item: &Item) -> String {
    match item {
        Item::Text(text) => quoted(text),
        other => other.word(),
    }
}

/// As `escape_json` quotes, which YAML's is too.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out + "\""
}

/// The document as XML.
pub(crate) fn xml(plans: &Item) -> String {
    let mut out = String::from("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
    for plan in plans.items() {
        xml_item(2, "Query", plan, &mut out);
    }
    out + "</explain>\n"
}

fn xml_item(depth: usize, key: &str, item: &Item, out: &mut String) {
    let (indent, tag) = (" ".repeat(depth), tag(key));
    match item {
        Item::Map(entries) => {
            let _ = writeln!(out, "{indent}<{tag}>");
            for (key, value) in entries {
                xml_item(depth + 2, key, value, out);
            }
            let _ = writeln!(out, "{indent}</{tag}>");
        }
        Item::List(items) => {
            let _ = writeln!(out, "{indent}<{tag}>");
            for item in items {
                let bare = matches!(item, Item::Map(_) | Item::List(_));
                let name = if bare { key.strip_suffix('s').unwrap_or(key) } else { "Item" };
                xml_item(depth + 2, name, item, out);
            }
            let _ = writeln!(out, "{indent}</{tag}>");
        }
        word => {
            let _ = writeln!(out, "{indent}<{tag}>{}</{tag}>", escaped(&word.word()));
        }
    }
}

/// A name as `ExplainXMLTag` writes it; of groups their type, not their label.
fn tag(key: &str) -> String {
    let key = match key {
        "Full-sort Groups" | "Pre-sorted Groups" => "Incremental Sort Groups",
        "Sort Space Memory" | "Sort Space Disk" => "Sort Space",
        _ => key,
    };
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    key.chars().map(|it| if plain(it) { it } else { '-' }).collect()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\r', "&#x0d;")
}
