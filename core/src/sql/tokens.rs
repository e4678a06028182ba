//! The tokens of a text, and what is read from them rather than from the tree.

use pg_query::protobuf::{ScanToken, Token};

/// A text and its tokens, comments among them.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<ScanToken>,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) kind: Token,
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Tokens<'a> {
    /// Splits a text; the scanner's message when it cannot, which is when a literal or a
    /// comment is not closed, or a character makes no sense.
    pub(super) fn of(text: &'a str) -> Result<Self, String> {
        // pg_query 18.1 makes a slice of a null pointer when there is no token at all.
        if text.bytes().all(|it| matches!(it, b' ' | b'\t'..=b'\r')) {
            return Ok(Self { text, tokens: Vec::new() });
        }
        pg_query::scan_tokens(text)
            .map(|tokens| Self { text, tokens })
            .map_err(|error| error.to_string())
    }

    /// All tokens in order.
    pub(super) fn words(&self) -> impl Iterator<Item = Word<'a>> + '_ {
        self.tokens.iter().filter_map(|token| {
            let start = usize::try_from(token.start).ok()?;
            let end = usize::try_from(token.end).ok()?;
            let kind = Token::try_from(token.token).unwrap_or(Token::Nul);
            self.text.get(start..end).map(|text| Word { kind, text, start, end })
        })
    }

    /// The tokens that the grammar sees.
    pub(super) fn meaningful(&self) -> impl Iterator<Item = Word<'a>> + '_ {
        self.words().filter(|it| !it.is_comment())
    }

    /// Whether a plain string literal holds a backslash: `'…'` or `N'…'`, not `E'…'` and not
    /// `$$…$$`, which read the same under both settings of `standard_conforming_strings`.
    pub(super) fn has_plain_backslash(&self) -> bool {
        self.words().any(|it| {
            it.kind == Token::Sconst
                && it.text.starts_with(['\'', 'n', 'N'])
                && it.text.contains('\\')
        })
    }
}

impl Word<'_> {
    /// A comment of either form.
    pub(super) fn is_comment(self) -> bool {
        matches!(self.kind, Token::SqlComment | Token::CComment)
    }
}
