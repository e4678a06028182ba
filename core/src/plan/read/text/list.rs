//! Lists of expressions and names, which TEXT joins with commas.

/// The parts between top-level occurrences of `, `: outside of quotes and brackets.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut scan = Scan::default();
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let outside = scan.is_outside();
        scan.step(byte);
        if byte == b',' && outside && text[at..].starts_with(", ") {
            found.push(text[start..at].trim_start_matches(' '));
            start = at + 2;
        }
    }
    found.push(&text[start..]);
    found
}

/// Quotes and brackets that are open while an expression is read byte by byte.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scan {
    quote: Option<u8>,
    depth: usize,
}

impl Scan {
    pub fn of(text: &str) -> Self {
        let mut scan = Self::default();
        scan.read(text);
        scan
    }

    pub fn read(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.step(byte));
    }

    /// The server doubles quotes within quotes, so each closes and opens again.
    fn step(&mut self, byte: u8) {
        match (self.quote, byte) {
            (Some(quote), _) if quote == byte => self.quote = None,
            (None, b'\'' | b'"') => self.quote = Some(byte),
            (None, b'(' | b'[' | b'{') => self.depth += 1,
            (None, b')' | b']' | b'}') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    pub fn is_quoted(self) -> bool {
        self.quote.is_some()
    }

    pub fn is_outside(self) -> bool {
        self.quote.is_none() && self.depth == 0
    }
}

/// A name at the start of a text, without its quotes, and what follows it.
///
/// A bare name ends before a space or a dot.
pub(super) fn name(text: &str) -> (String, &str) {
    let Some(inside) = text.strip_prefix('"') else {
        let end = text.find([' ', '.']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut found = String::new();
    let mut rest = inside;
    loop {
        let Some((part, behind)) = rest.split_once('"') else {
            return (found + rest, ""); // cut off
        };
        found.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                found.push('"');
                rest = more;
            }
            None => return (found, behind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_outside_of_quotes_and_brackets() {
        assert_eq!(
            parts(r#"a, f(b, c), ARRAY[1, 2], 'x, ''y', "d, e" DESC, '1, 2'::text"#),
            ["a", "f(b, c)", "ARRAY[1, 2]", "'x, ''y'", "\"d, e\" DESC", "'1, 2'::text"]
        );
    }

    #[test]
    fn unquotes_names() {
        assert_eq!(name("item i"), ("item".to_owned(), " i"));
        assert_eq!(name(r#""a ""b"".c".d"#), ("a \"b\".c".to_owned(), ".d"));
        assert_eq!(name("\"cut"), ("cut".to_owned(), ""));
    }
}
