//! The signs that frames are made of, and how wide a letter is on a screen.
//!
//! The signs are those of psql's line styles ascii, old-ascii and unicode. Refuses to be exact
//! about widths: wide letters of the common blocks count two, marks that combine count none.

/// What a line is ruled with.
pub(super) fn is_dash(it: char) -> bool {
    matches!(it, '-' | '─' | '━' | '═')
}

/// What stands between columns and at the edges.
pub(super) fn is_bar(it: char) -> bool {
    matches!(it, '|' | '│' | '┃' | '║')
}

/// Where rules meet.
pub(super) fn is_corner(it: char) -> bool {
    it == '+' || is_bar(it) || matches!(it, '┌'..='╬')
}

/// The sign that a cell goes on in a new line.
pub(super) fn is_newline_mark(it: char) -> bool {
    matches!(it, '+' | '↵')
}

/// The sign that a line was cut to fit.
pub(super) fn is_wrap_mark(it: char) -> bool {
    matches!(it, '.' | '…')
}

/// Columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(columns_of).sum() }
}

/// Columns that a letter takes.
pub(super) fn columns_of(it: char) -> usize {
    match u32::from(it) {
        0x0300..=0x036F | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Whether a text breaks off inside of quotes or parentheses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Balance {
    open: i32,
    quote: Option<u8>,
    escaped: bool,
}

impl Balance {
    /// The balance behind one more piece of text.
    pub fn after(mut self, text: &str) -> Self {
        for it in text.bytes() {
            match (self.quote, it) {
                _ if self.escaped => self.escaped = false,
                (Some(b'"'), b'\\') => self.escaped = true,
                (Some(quote), it) if quote == it => self.quote = None,
                (None, b'"' | b'\'') => self.quote = Some(it),
                (None, b'(') => self.open += 1,
                (None, b')') => self.open -= 1,
                _ => {}
            }
        }
        self
    }

    pub fn is_open(self) -> bool {
        self.open > 0 || self.quote.is_some()
    }

    /// Whether it breaks off inside of quotes, where a line break is a letter.
    pub fn is_quoted(self) -> bool {
        self.quote.is_some()
    }
}
