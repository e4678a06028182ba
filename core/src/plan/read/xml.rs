//! EXPLAIN (FORMAT XML) into values with JSON's keys: the events of an XML parser, put together.
//!
//! A list and an object look alike in XML: what holds items, several things of one name, or
//! things of its own name in the singular is a list. Refuses entities that the document would
//! have to declare: they stay as they are.

use quick_xml::Reader as Parser;
use quick_xml::errors::Error;
use quick_xml::events::Event;

use super::build::{Builder, Kind};
use super::detect::Encoding;
use super::key::Key;
use super::piece::{Piece, Stop};
use super::scalar::scalar;
use super::value::Value;

/// Elements that hold a list even when they hold one thing or nothing.
const LISTS: &[&str] = &[
    "Conflict Arbiter Indexes",
    "Dependent Jobs",
    "Group Key",
    "Group Keys",
    "Grouping Sets",
    "Hash Key",
    "Hash Keys",
    "Output",
    "Params Evaluated",
    "Plans",
    "Presorted Key",
    "Sort Key",
    "Sort Methods Used",
    "Target Tables",
    "Triggers",
    "Workers",
];

/// Reads one XML element; the rest of the text is left alone.
pub(super) fn value(text: &str) -> Piece {
    let mut reader = Reader::default();
    let mut parser = Parser::from_str(text);
    let stop = loop {
        let step = match parser.read_event() {
            Ok(Event::Eof) => Err(reader.unfinished()),
            Ok(event) => Ok(reader.take(event)),
            Err(error) => Err(message(&error)),
        };
        match step {
            Ok(Step::Done) => break None,
            Ok(Step::More) => {}
            Err(message) => {
                let at = usize::try_from(parser.buffer_position()).unwrap_or(text.len());
                break Some(Stop::at(text, at, message));
            }
        }
    };
    if stop.is_some() {
        reader.break_off();
    }
    let end = usize::try_from(parser.buffer_position()).unwrap_or(text.len());
    Piece { values: reader.builder.finish(), end, stop, encoding: Encoding::Xml }
}

#[derive(PartialEq)]
enum Step {
    More,
    /// The outermost element is closed.
    Done,
}

#[derive(Default)]
struct Reader {
    builder: Builder,
    /// What stood between tags since the last one.
    text: String,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Step {
        match event {
            Event::Start(tag) => self.open(tag.local_name().as_ref()),
            Event::Empty(tag) => {
                self.open(tag.local_name().as_ref());
                return self.close();
            }
            Event::Text(text) => self.text.push_str(&text),
            Event::CData(text) => self.text.push_str(&text),
            Event::GeneralRef(name) => self.refer(&name),
            Event::End(_) => return self.close(),
            _ => {}
        }
        Step::More
    }

    fn open(&mut self, tag: &str) {
        self.text.clear();
        let key = if self.builder.name() == "Settings" { tag.to_owned() } else { key(tag) };
        self.builder.key(key.into());
        self.builder.open(Kind::Object);
    }

    fn close(&mut self) -> Step {
        let text = std::mem::take(&mut self.text);
        self.builder.close_as(|above, key, members| match () {
            () if members.is_empty() && !text.trim().is_empty() => word(above, key, &text),
            () if is_list(key, &members) => {
                Value::List(members.into_iter().map(|(_, value)| value).collect())
            }
            () if members.is_empty() && !text.contains('\n') => word(above, key, &text),
            () => Value::Object(labelled(members)),
        });
        if self.builder.within().is_none() { Step::Done } else { Step::More }
    }

    /// A reference such as `&lt;` or `&#x0d;`.
    fn refer(&mut self, name: &str) {
        let code = name.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        });
        let sign = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => code.and_then(char::from_u32),
        };
        match sign {
            Some(sign) => self.text.push(sign),
            None => self.text.extend(["&", name, ";"]),
        }
    }

    /// Closes what is open; an element of which only a part of its text was read is lost.
    fn break_off(&mut self) {
        self.text.clear();
        self.builder.abandon();
        while self.builder.within().is_some() {
            self.close();
        }
    }

    fn unfinished(&self) -> &'static str {
        if self.builder.within().is_some() {
            "the text ends inside of an element"
        } else {
            "the text ends where an element should be"
        }
    }
}

fn message(error: &Error) -> &'static str {
    match error {
        Error::Syntax(_) => "a tag that does not end",
        Error::IllFormed(_) => "a tag that does not fit",
        _ => "not well-formed",
    }
}

/// The text of an element without elements in it.
fn word(above: &str, key: &str, text: &str) -> Value {
    match key {
        "Item" => Value::Text(text.to_owned()),
        _ if above == "Settings" => Value::Text(text.to_owned()),
        key => scalar(key, text),
    }
}

/// The members with the keys of JSON where XML has the same tag for several of them: the groups of
/// an incremental sort, first whole then presorted, and their space, first memory then disk.
fn labelled(members: Vec<(Key, Value)>) -> Vec<(Key, Value)> {
    const GROUPS: [&str; 2] = ["Full-sort Groups", "Pre-sorted Groups"];
    const SPACES: [&str; 2] = ["Sort Space Memory", "Sort Space Disk"];
    let spaces = members.iter().filter(|(key, _)| key == "Sort Space").count();
    let external = |it: &Value| matches!(it, Value::Text(text) if text.starts_with("external"));
    // Of a single space the methods say where it was.
    let on_disk = members.iter().any(|(key, value)| {
        let Value::List(methods) = value else { return false };
        key == "Sort Methods Used" && methods.iter().all(external)
    });
    let mut groups = GROUPS.into_iter();
    let mut spaces = SPACES.into_iter().skip(usize::from(spaces == 1 && on_disk));
    let mut label = |key: Key| match key.as_ref() {
        "Incremental Sort Groups" => groups.next().map_or(key, Key::Borrowed),
        "Sort Space" => spaces.next().map_or(key, Key::Borrowed),
        _ => key,
    };
    members.into_iter().map(|(key, value)| (label(key), value)).collect()
}

fn is_list(key: &str, members: &[(Key, Value)]) -> bool {
    let Some((first, _)) = members.first() else { return LISTS.contains(&key) };
    let alike = members.iter().all(|(name, _)| name == first);
    let singular = key.strip_suffix('s') == Some(first);
    alike
        && (LISTS.contains(&key)
            || members.len() > 1
            || singular
            || first == "Item"
            || first == "Query")
}

/// The key of JSON: the server turns blanks and slashes into hyphens for XML.
fn key(tag: &str) -> String {
    const HYPHENED: [(&str, &str); 4] = [
        ("I O ", "I/O "),
        ("Full sort ", "Full-sort "),
        ("Pre sorted ", "Pre-sorted "),
        ("One Time ", "One-Time "),
    ];
    let key = tag.replace('-', " ");
    let found = HYPHENED.iter().find(|(blank, _)| key.contains(blank));
    match found {
        Some((blank, hyphened)) => key.replace(blank, hyphened),
        None => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_writes() {
        let piece = value(
            "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n    \
             <Plan>\n      \
             <Node-Type>Seq Scan</Node-Type>\n      <Parallel-Aware>false</Parallel-Aware>\n      \
             <Alias>1</Alias>\n      <Plan-Rows>720000000000000000000000001</Plan-Rows>\n      \
             <Output>\n        <Item>1</Item>\n      </Output>\n      \
             <Filter>((a &lt; 1) AND (b = 'x&#x0d;\ny'))</Filter>\n      \
             <I-O-Read-Time>0.5</I-O-Read-Time>\n      <Workers>\n      </Workers>\n    \
             </Plan>\n    \
             <Settings>\n      <work_mem>64</work_mem>\n    </Settings>\n    <Triggers>\n    \
             </Triggers>\n  </Query>\n</explain> and more",
        );
        assert_eq!(piece.stop, None);
        assert_eq!(
            piece.values[0].json(),
            concat!(
                r#"[{"Plan":{"Node Type":"Seq Scan","Parallel Aware":false,"Alias":"1","#,
                r#""Plan Rows":720000000000000000000000001,"Output":["1"],"#,
                r#""Filter":"((a < 1) AND (b = 'x\r\ny'))","I/O Read Time":0.5,"#,
                r#""Workers":[]},"Settings":{"work_mem":"64"},"Triggers":[]}]"#
            )
        );
    }

    #[test]
    fn reads_grouping_sets_and_the_entry_of_a_log() {
        let piece = value(
            "<explain><Query-Text>select 1</Query-Text><Plan><Grouping-Sets><Grouping-Set>\
             <Group-Keys><Group-Key><Item>a</Item></Group-Key><Group-Key></Group-Key></Group-Keys>\
             </Grouping-Set></Grouping-Sets></Plan></explain>",
        );
        assert_eq!(
            piece.values[0].json(),
            concat!(
                r#"{"Query Text":"select 1","Plan":{"Grouping Sets":"#,
                r#"[{"Group Keys":[["a"],[]]}]}}"#
            )
        );
    }

    #[test]
    fn tells_the_groups_of_an_incremental_sort_apart() {
        let group = |count: u32, method: &str| {
            format!(
                "<Incremental-Sort-Groups><Group-Count>{count}</Group-Count><Sort-Methods-Used>\
                 <Item>{method}</Item></Sort-Methods-Used><Sort-Space>\
                 <Peak-Sort-Space-Used>30</Peak-Sort-Space-Used></Sort-Space>\
                 </Incremental-Sort-Groups>"
            )
        };
        let (full, pre) = (group(5, "quicksort"), group(7, "external merge"));
        let text = format!("<Plan><Node-Type>Incremental Sort</Node-Type>{full}{pre}</Plan>");
        let json = value(&text).values[0].json();
        assert!(json.contains("\"Full-sort Groups\":{\"Group Count\":5"), "{json}");
        assert!(json.contains("\"Pre-sorted Groups\":{\"Group Count\":7"), "{json}");
        assert!(json.contains("\"Sort Space Memory\":"), "{json}");
        assert!(json.contains("\"Sort Space Disk\":"), "{json}");
    }

    #[test]
    fn keeps_what_came_before_the_damage() {
        for end in ["", "</Plan-Width>", "<", "<Plan-R"] {
            let piece = value(&format!("<explain><Query><Plan><Plan-Rows>12</Plan-Rows>{end}"));
            assert!(piece.stop.is_some(), "{end}");
            assert_eq!(piece.values[0].json(), r#"[{"Plan":{"Plan Rows":12}}]"#, "{end}");
        }
    }
}
