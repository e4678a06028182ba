//! EXPLAIN (FORMAT YAML) into values: the events of a YAML parser, put together.
//!
//! A whole parser rather than a reader of the server's narrow dialect, because plans come back
//! from tools that quote, fold and indent in their own way. Refuses aliases, which no plan has.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::build::{Builder, Kind};
use super::detect::Encoding;
use super::key::key;
use super::piece::{Piece, Stop};
use super::scalar::scalar;
use super::value::Value;

/// Reads all YAML documents of a text, up to the first thing that is not YAML.
pub(super) fn values(text: &str) -> Piece {
    let mut reader = Reader::default();
    let mut stop = None;
    for event in Parser::new_from_str(text) {
        stop = reader.take(event).err();
        if stop.is_some() {
            break;
        }
    }
    let encoding = Encoding::Yaml;
    Piece { values: reader.builder.finish(), end: text.len(), stop, encoding }
}

#[derive(Default)]
struct Reader {
    builder: Builder,
    /// For each object that is open: whether a key comes next. Of a list: never.
    keys: Vec<bool>,
}

impl Reader {
    fn take(&mut self, event: Result<(Event<'_>, Span), ScanError>) -> Result<(), Stop> {
        let (event, span) = event.map_err(|error| stop(error.marker(), error.info()))?;
        match event {
            Event::Scalar(word, style, _, _) if self.wants_key() => {
                if style == ScalarStyle::Literal || style == ScalarStyle::Folded {
                    return Err(stop(&span.start, "a block where a key should be"));
                }
                self.builder.key(key(&word));
                self.turn();
            }
            Event::Scalar(word, style, _, _) => {
                let value = self.scalar(word, style);
                self.builder.value(value);
                self.turn();
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.wants_key() => {
                return Err(stop(&span.start, "expected a key"));
            }
            Event::SequenceStart(..) => self.open(Kind::List),
            Event::MappingStart(..) => self.open(Kind::Object),
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close();
                self.keys.pop();
                self.turn();
            }
            Event::Alias(_) => return Err(stop(&span.start, "an alias, which no plan has")),
            _ => {}
        }
        Ok(())
    }

    fn wants_key(&self) -> bool {
        self.keys.last() == Some(&true)
    }

    /// After a key a value, and after a value a key.
    fn turn(&mut self) {
        let object = self.builder.within() == Some(Kind::Object);
        if let Some(key) = self.keys.last_mut().filter(|_| object) {
            *key = !*key;
        }
    }

    fn open(&mut self, kind: Kind) {
        self.builder.open(kind);
        self.keys.push(kind == Kind::Object);
    }

    fn scalar(&self, word: Cow<'_, str>, style: ScalarStyle) -> Value {
        if style != ScalarStyle::Plain {
            return Value::Text(word.into_owned());
        }
        match &*word {
            "" | "~" | "null" => Value::Null,
            word => scalar(self.builder.name(), word),
        }
    }
}

fn stop(marker: &saphyr_parser::Marker, message: &str) -> Stop {
    Stop { line: marker.line(), column: marker.col() + 1, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_writes() {
        let piece = values(
            "- Plan: \n    Node Type: \"Seq Scan\"\n    Parallel Aware: false\n    \
             Alias: \"1\"\n    \
             Plan Rows: 720000000000000000000000001\n    Output: \n      - \"1\"\n      \
             - \"a\\\"b\"\n    \
             Workers: \n    Workers: \n      - Worker Number: 0\n  Triggers: \n",
        );
        assert_eq!(piece.stop, None);
        assert_eq!(
            piece.values[0].json(),
            concat!(
                r#"[{"Plan":{"Node Type":"Seq Scan","Parallel Aware":false,"Alias":"1","#,
                r#""Plan Rows":720000000000000000000000001,"Output":["1","a\"b"],"#,
                r#""Workers":null,"Workers":[{"Worker Number":0}]},"Triggers":null}]"#
            )
        );
    }

    #[test]
    fn reads_what_tools_made_of_it() {
        let piece = values(
            "---\nPlan: {Node Type: Seq Scan, Alias: 1, Actual Rows: 1.5, Output: [1, 'it''s']}\n\
             Query Text: |\n  select\n  1\n...\n",
        );
        assert_eq!(piece.stop, None);
        assert_eq!(
            piece.values[0].json(),
            concat!(
                r#"{"Plan":{"Node Type":"Seq Scan","Alias":"1","Actual Rows":1.5,"#,
                r#""Output":["1","it's"]},"Query Text":"select\n1\n"}"#
            )
        );
    }

    #[test]
    fn keeps_what_came_before_the_damage() {
        let piece =
            values("- Plan: \n    Node Type: \"Limit\"\n    Plans: \n      - Node Ty\n\"x: 1");
        assert_eq!(piece.stop.as_ref().map(|stop| stop.line), Some(5));
        assert!(piece.values[0].json().contains("Limit"), "{:?}", piece.values);
        assert!(values("a: *b").stop.is_some());
        assert!(values("? [a]\n: b").stop.is_some());
    }
}
