//! The ways in which one statement is explained: how much is measured, and in which encoding.

use std::fmt;

/// How EXPLAIN writes a plan down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    /// JSON, which all else is compared with.
    Json,
    /// Indented text.
    Text,
    /// YAML.
    Yaml,
    /// XML.
    Xml,
}

impl Encoding {
    /// All of them, JSON first.
    pub(crate) const ALL: [Self; 4] = [Self::Json, Self::Text, Self::Yaml, Self::Xml];

    /// The name that EXPLAIN knows.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Yaml => "yaml",
            Self::Xml => "xml",
        }
    }

    /// How files in it end.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            _ => self.word(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

/// How much EXPLAIN measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// All that the version can.
    Measured,
    /// All but times: two runs may give the same document.
    Untimed,
    /// Nothing: two runs must give the same document.
    Planned,
}

impl Extent {
    /// All of them, what runs first first.
    pub(crate) const ALL: [Self; 3] = [Self::Measured, Self::Untimed, Self::Planned];

    /// The part of a file's name that says it.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Measured => "",
            Self::Untimed => ".untimed",
            Self::Planned => ".plain",
        }
    }

    /// The file of a scenario.
    pub(crate) fn file(self, scenario: &str, encoding: Encoding) -> String {
        format!("{scenario}{}.{}", self.mark(), encoding.ending())
    }
}

/// What stands before the statement.
pub(crate) fn prefix(major: u32, extent: Extent, encoding: Encoding) -> String {
    let since = |from: u32, option: &'static str| (major >= from).then_some(option);
    let options: Vec<&str> = match extent {
        Extent::Measured => [
            Some("analyze, verbose, buffers"),
            since(12, "settings"),
            since(13, "wal"),
            since(17, "memory, serialize text"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Extent::Untimed => vec!["analyze, timing off, verbose, buffers"],
        Extent::Planned => [Some("verbose"), since(12, "settings")].into_iter().flatten().collect(),
    };
    format!("explain ({}, format {encoding})", options.join(", "))
}
