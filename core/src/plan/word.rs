//! The words of an expression as the server deparses it; total over any text.

use std::borrow::Cow;

/// One word with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub word: Word<'a>,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// A name in lower case or in quotes, without these.
    Name(Cow<'a, str>),
    /// A word with capitals: the server prints key words so, and never bare names.
    Key(&'a str),
    /// A string constant, number, or parameter.
    Constant,
    /// An operator's signs.
    Operator(&'a str),
    Open,
    Close,
    Dot,
    /// `::`
    Cast,
    /// Anything else: brackets, commas.
    Other,
}

/// Splits a text into its words; what is no word is `Other`.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 4 + 2);
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let (word, length) = read(&text[start..], first);
        if let Some(word) = word {
            found.push(Token { word, start, end: start + length });
        }
        start += length;
    }
    found
}

/// The word at the start of a text, none for a space, and its length in bytes.
fn read(text: &str, first: char) -> (Option<Word<'_>>, usize) {
    match first {
        '(' => (Some(Word::Open), 1),
        ')' => (Some(Word::Close), 1),
        ':' if text.starts_with("::") => (Some(Word::Cast), 2),
        '\'' => (Some(Word::Constant), quoted(text, '\'', false)),
        'E' | 'B' | 'X' if text[1..].starts_with('\'') => {
            (Some(Word::Constant), 1 + quoted(&text[1..], '\'', first == 'E'))
        }
        '"' => {
            let length = quoted(text, '"', false);
            let inner = text[1..length].strip_suffix('"').unwrap_or(&text[1..length]);
            let name = if inner.contains("\"\"") {
                Cow::Owned(inner.replace("\"\"", "\""))
            } else {
                Cow::Borrowed(inner)
            };
            (Some(Word::Name(name)), length)
        }
        '0'..='9' | '$' => (Some(Word::Constant), run(text, |it| is_word(it) || it == '.')),
        '.' => (Some(Word::Dot), 1),
        _ if is_word(first) => {
            let length = run(text, is_word);
            let word = &text[..length];
            let key = word.bytes().any(|it| it.is_ascii_uppercase());
            let word = if key { Word::Key(word) } else { Word::Name(Cow::Borrowed(word)) };
            (Some(word), length)
        }
        _ if is_sign(first) => {
            let length = run(text, is_sign);
            (Some(Word::Operator(&text[..length])), length)
        }
        _ if first.is_whitespace() => (None, first.len_utf8()),
        _ => (Some(Word::Other), first.len_utf8()),
    }
}

/// The length of a quoted word with its quotes; to the end of the text where one is missing.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut signs = text.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if (escapes && sign == '\\')
            || (sign == quote && signs.peek().is_some_and(|it| it.1 == quote))
        {
            signs.next();
        } else if sign == quote {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|it| !belongs(it)).unwrap_or(text.len())
}

fn is_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric()
        || (!sign.is_ascii() && sign.is_alphanumeric())
        || sign == '_'
        || sign == '$'
}

fn is_sign(sign: char) -> bool {
    matches!(
        sign,
        '+' | '-'
            | '*'
            | '/'
            | '<'
            | '>'
            | '='
            | '~'
            | '!'
            | '@'
            | '#'
            | '%'
            | '^'
            | '&'
            | '|'
            | '`'
            | '?'
    )
}
