//! One report as a value: every command builds one, every face renders any.

use serde::Serialize;

use crate::base::Share;

/// A finished report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// The title, such as `advise shop on 10.0.0.7`.
    pub title: String,
    /// The parts in reading order.
    pub parts: Vec<Part>,
}

/// One part of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A heading; level 1 is below the title.
    Heading {
        /// 1 to 3.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A paragraph of runs.
    Paragraph(Vec<Run>),
    /// A list; each item is a paragraph.
    Items(Vec<Vec<Run>>),
    /// A table.
    Table(Table),
    /// Code in a language; SQL can be copied as it stands.
    Code {
        /// `sql`, `text`, `json`, `sh`.
        language: &'static str,
        /// The code without a final newline.
        text: String,
    },
    /// Names and values, aligned.
    Facts(Vec<(String, Vec<Run>)>),
    /// A tree with figures before each row.
    Tree(Tree),
    /// A drawing, where the face can show one.
    Picture(Picture),
    /// A blank line between things that belong apart.
    Gap,
}

/// A stretch of text of one meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The text.
    pub text: String,
    /// What it means, which decides how it looks.
    pub tone: Tone,
}

/// Meanings that a face may show by colour, weight or mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Plain text.
    Plain,
    /// What to look at first.
    Strong,
    /// Less important.
    Dim,
    /// A name in the database, a command, an option.
    Name,
    /// Good news.
    Good,
    /// A warning.
    Warn,
    /// An error or a danger.
    Bad,
}

/// A table of short cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<Run>>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableColumn {
    /// Its heading.
    pub heading: String,
    /// Figures stand right, words left.
    pub align: Align,
    /// May be cut or wrapped when the terminal is narrow.
    pub flexible: bool,
}

/// A tree: rows in printed order, each with short figures before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    /// The figures before each row.
    pub columns: Vec<TreeColumn>,
    /// What stands over the rows' labels.
    pub heading: String,
    /// The rows, parents first.
    pub rows: Vec<TreeRow>,
    /// Columns of a terminal from which on the details of each row are shown; 0 for always.
    pub details_from: usize,
}

/// One column of figures before a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeColumn {
    /// Its heading.
    pub heading: String,
    /// Figures stand right, words left.
    pub align: Align,
    /// Columns of a terminal from which on it is shown; 0 for always.
    pub from: usize,
}

/// One row of a tree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TreeRow {
    /// Steps from the top of the tree; 0 at the top.
    pub depth: usize,
    /// Its part of the whole, 0 to 1: drawn as a mark. None where it has none of its own.
    pub heat: Option<Share>,
    /// One figure for each column.
    pub cells: Vec<Run>,
    /// What it is.
    pub label: Vec<Piece>,
    /// Marks that lead to findings, such as `A`.
    pub marks: Vec<Run>,
    /// What more there is to say; each is a line.
    pub details: Vec<Vec<Run>>,
}

/// A stretch of a label, and whether it may be cut in the middle where there is no room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The text.
    pub run: Run,
    /// May be cut.
    pub flexible: bool,
}

/// A drawing, whole in itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// One `<svg>` element.
    pub svg: String,
}

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Left.
    Left,
    /// Right.
    Right,
}

impl Run {
    /// A run of some tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl Piece {
    /// A stretch that is never cut.
    pub fn fixed(text: impl Into<String>, tone: Tone) -> Self {
        Self { run: Run::new(text, tone), flexible: false }
    }

    /// A name, which may be cut in the middle.
    pub fn name(text: impl Into<String>) -> Self {
        Self { run: Run::new(text, Tone::Name), flexible: true }
    }
}

impl From<&str> for Run {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Run {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}
