//! Which encoding of EXPLAIN an unframed document is in.
//!
//! Looks at the first signs only and refuses nothing: whatever shows no other sign is TEXT.

/// An encoding of EXPLAIN: what stands after `FORMAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Json,
    Yaml,
    Xml,
}

impl Encoding {
    /// Its name behind `FORMAT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Xml => "XML",
        }
    }
}

/// The encoding by the first sign in the text.
pub(super) fn encoding(text: &str) -> Encoding {
    let text = text.trim_start_matches(|it: char| it.is_whitespace() || it == '\u{feff}');
    match text.chars().next() {
        Some('[' | '{') => Encoding::Json,
        Some('<') => Encoding::Xml,
        _ if is_yaml(text) => Encoding::Yaml,
        _ => Encoding::Text,
    }
}

/// Whether a text opens as YAML: a list item, or a key of those that stand first.
fn is_yaml(text: &str) -> bool {
    const FIRST: [&str; 5] = ["---", "Plan:", "Query Text:", "Node Type:", "Query Parameters:"];
    let text = text.strip_prefix("- ").unwrap_or(text);
    let opens = FIRST.iter().any(|first| text.starts_with(first));
    opens && text.lines().any(|line| line.trim_start_matches([' ', '-']).starts_with("Node Type:"))
}
