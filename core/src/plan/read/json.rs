//! JSON into values, from the first sign that may begin one, without recursion.
//!
//! Total up to the first thing that is not JSON; what was whole before it is kept. More lenient
//! than the grammar in one thing: a raw line break inside of a text is a blank, since mail and
//! chat break long lines, and the server never writes one.

use super::build::{Builder, Kind};
use super::detect::Encoding;
use super::key::{Key, key};
use super::piece::{Piece, Stop};
use super::value::{Number, Value};

/// Levels of brackets beyond which a text is hostile: a plan takes two a node, and the server
/// gives up (`max_stack_depth`) long before 100,000 nodes stand below each other.
const DEPTH_MAX: usize = 200_000;

/// Reads one JSON value; the rest of the text is left alone.
pub(super) fn value(text: &str) -> Piece {
    let mut reader = Reader { text, at: 0, builder: Builder::default() };
    let stop = reader.run().err().map(|message| Stop::at(text, reader.at, message));
    Piece { values: reader.builder.finish(), end: reader.at, stop, encoding: Encoding::Json }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
}

/// What the reader waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    /// A value, or the end of the list that was just opened.
    First,
    /// A key, or the end of the object that was just opened.
    FirstKey,
    Key,
    /// A comma or the end.
    Next,
}

/// Why reading stopped.
type Message = &'static str;

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Message> {
        let mut want = Want::Value;
        loop {
            self.skip_blanks();
            want = match (want, self.byte()) {
                (Want::First, Some(b']')) | (Want::FirstKey, Some(b'}')) => self.close(),
                (Want::Next, Some(b']')) if self.builder.within() == Some(Kind::List) => {
                    self.close()
                }
                (Want::Next, Some(b'}')) if self.builder.within() == Some(Kind::Object) => {
                    self.close()
                }
                (Want::Next, Some(b',')) => self.comma(),
                (Want::Next, _) => return Err(self.wanted_end()),
                (Want::Value | Want::First, _) => self.value()?,
                (Want::Key | Want::FirstKey, Some(b'"')) => self.key()?,
                (Want::Key | Want::FirstKey, None) => return Err("the text ends in an object"),
                (Want::Key | Want::FirstKey, _) => return Err("expected a key in double quotes"),
            };
            if want == Want::Next && self.builder.within().is_none() {
                return Ok(());
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let is_blank = |it: &&u8| matches!(it, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().take_while(is_blank).count();
    }

    fn wanted_end(&self) -> Message {
        match (self.byte(), self.builder.within()) {
            (None, Some(Kind::List)) => "the text ends in a list",
            (None, _) => "the text ends in an object",
            (_, Some(Kind::List)) => "expected `,` or `]`",
            _ => "expected `,` or `}`",
        }
    }

    fn close(&mut self) -> Want {
        self.at += 1;
        self.builder.close();
        Want::Next
    }

    fn comma(&mut self) -> Want {
        self.at += 1;
        if self.builder.within() == Some(Kind::Object) { Want::Key } else { Want::Value }
    }

    fn key(&mut self) -> Result<Want, Message> {
        let key = self.name()?;
        self.skip_blanks();
        if self.byte() != Some(b':') {
            return Err("expected `:` behind a key");
        }
        self.at += 1;
        self.builder.key(key);
        Ok(Want::Value)
    }

    fn value(&mut self) -> Result<Want, Message> {
        let rest = &self.text[self.at..];
        let (value, length) = match self.byte() {
            None => return Err("the text ends where a value should be"),
            Some(b'{') => return self.open(Kind::Object),
            Some(b'[') => return self.open(Kind::List),
            Some(b'"') => (Value::Text(self.text()?), 0),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) if rest.starts_with("true") => (Value::Flag(true), 4),
            Some(_) if rest.starts_with("false") => (Value::Flag(false), 5),
            Some(_) if rest.starts_with("null") => (Value::Null, 4),
            Some(_) => return Err("expected a value"),
        };
        self.at += length;
        self.builder.value(value);
        Ok(Want::Next)
    }

    fn open(&mut self, kind: Kind) -> Result<Want, Message> {
        if self.builder.depth() >= DEPTH_MAX {
            return Err("nested too deeply");
        }
        self.at += 1;
        self.builder.open(kind);
        Ok(if kind == Kind::List { Want::First } else { Want::FirstKey })
    }

    /// A number; one that the text ends in may have lost digits.
    fn number(&self) -> Result<(Value, usize), Message> {
        let rest = &self.text[self.at..];
        let is_part = |it: &u8| matches!(it, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let length = rest.bytes().take_while(is_part).count();
        if length == rest.len() && self.builder.within().is_some() {
            return Err("the text ends in a number");
        }
        let number = Number::of(&rest[..length]).ok_or("expected a number")?;
        Ok((Value::Number(number), length))
    }

    /// A key in double quotes, which begin here; stands behind it afterwards.
    fn name(&mut self) -> Result<Key, Message> {
        let begin = self.at + 1;
        let end = begin + plain(&self.text.as_bytes()[begin..]);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(key(&self.text[begin..end]));
        }
        self.text().map(Key::Owned)
    }

    /// A text in double quotes, which begin here; stands behind it afterwards.
    fn text(&mut self) -> Result<String, Message> {
        let begin = self.at + 1;
        let mut at = begin;
        let mut out = String::new();
        loop {
            let rest = &self.text[at..];
            let plain = plain(rest.as_bytes());
            let (piece, tail) = rest.split_at(plain);
            match tail.as_bytes().first() {
                None => return Err("the text ends inside of double quotes"),
                Some(b'"') if out.is_empty() => piece.clone_into(&mut out),
                _ => out.push_str(piece),
            }
            at += plain + 1;
            match tail.as_bytes()[0] {
                b'"' => break,
                b'\\' => at += escape(&tail[1..], &mut out)?,
                _ => {
                    out.truncate(out.trim_end_matches(' ').len());
                    out.push(' ');
                    let next = self.text[at..].trim_start_matches([' ', '\t', '\n', '\r']);
                    at = self.text.len() - next.len();
                }
            }
        }
        self.at = at;
        Ok(out)
    }
}

/// How many bytes of a text in double quotes stand for themselves.
fn plain(rest: &[u8]) -> usize {
    const SPECIAL: [bool; 256] = {
        let mut special = [false; 256];
        special[b'"' as usize] = true;
        special[b'\\' as usize] = true;
        special[b'\n' as usize] = true;
        special[b'\r' as usize] = true;
        special
    };
    rest.iter().position(|it| SPECIAL[usize::from(*it)]).unwrap_or(rest.len())
}

/// What stands behind a backslash: writes it, and gives its length.
fn escape(rest: &str, out: &mut String) -> Result<usize, Message> {
    let plain = match rest.as_bytes().first() {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(rest, out).ok_or("expected four hexadecimal digits"),
        _ => return Err("expected a letter behind a backslash"),
    };
    out.push(plain);
    Ok(1)
}

/// `uD83DuDE00` behind their backslashes; half of a pair becomes the sign for what is unknown.
fn unicode(rest: &str, out: &mut String) -> Option<usize> {
    let unit = |from: usize| {
        let digits = rest.get(from..from + 4)?;
        let hexadecimal = digits.bytes().all(|it| it.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)
    };
    let high = unit(1)?;
    let paired = (0xD800..0xDC00).contains(&high) && rest.get(5..7) == Some("\\u");
    let low = if paired { unit(7).filter(|low| (0xDC00..0xE000).contains(low)) } else { None };
    if let Some(low) = low {
        let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Some(11);
    }
    out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Value {
        let mut piece = value(text);
        assert_eq!(piece.stop, None, "{text}");
        piece.values.remove(0)
    }

    #[test]
    fn keeps_repeated_keys_and_order() {
        let value = whole(r#"{"b": 1, "a": [true, null, "x\"y", {}], "b": -2} rest"#);
        assert_eq!(value.json(), r#"{"b":1,"a":[true,null,"x\"y",{}],"b":-2}"#);
    }

    #[test]
    fn keeps_numbers_beyond_64_bits() {
        let value = whole("720000000000000000000000001");
        assert_eq!(value.json(), "720000000000000000000000001");
    }

    #[test]
    fn reads_escapes_and_broken_lines() {
        let text = |text: &str| whole(text).into_text().unwrap();
        assert_eq!(text(r#""\u0041\n\t\/\"\\\ud83d\ude00\ud83dx""#), "A\n\t/\"\\😀\u{fffd}x");
        assert_eq!(text("\"(a = 1) \r\n    AND b\""), "(a = 1) AND b");
    }

    #[test]
    fn says_where_json_ends_early() {
        let piece = value("[\n{\"Plan\": {\"a\": [1, 2");
        let stop = piece.stop.unwrap();
        assert_eq!(
            (stop.line, stop.column, stop.message.as_str()),
            (2, 20, "the text ends in a number")
        );
        assert_eq!(piece.values[0].json(), r#"[{"Plan":{"a":[1]}}]"#);
        for (text, column) in [("[1 2]", 4), ("{1}", 2), ("{\"a\" 1}", 6), ("[1}", 3), ("[,", 2)] {
            assert_eq!(value(text).stop.unwrap().column, column, "{text}");
        }
    }

    #[test]
    fn reads_any_depth_and_stops_at_hostile_ones() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(value(&nested(DEPTH_MAX)).stop, None);
        assert_eq!(value(&nested(1_000_000)).stop.unwrap().message, "nested too deeply");
    }
}
