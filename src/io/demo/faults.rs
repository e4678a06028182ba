//! What is planted in a world: `faults.toml`.
//!
//! Refuses unknown keys: a fault that is spelled wrong would never be missed.

use serde::Deserialize;

use super::DemoError;

/// What must be found, and what may be found besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// Planted faults.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
    /// Findings that are true as well.
    #[serde(default, rename = "extra")]
    pub extras: Vec<Extra>,
    /// Indexes that are right.
    #[serde(default, rename = "index")]
    pub indexes: Vec<RightIndex>,
    /// Statements whose promising index is slower.
    #[serde(default, rename = "trap")]
    pub traps: Vec<Trap>,
}

/// One planted fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The rule that has to find it.
    pub rule: String,
    /// A statement's tag, a table or an index.
    pub subject: String,
    /// Why it is one.
    pub why: String,
}

/// A finding that may be reported besides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// The rule.
    pub rule: String,
    /// A statement's tag, a table or an index.
    pub subject: String,
    /// Why it is true.
    pub reason: String,
}

/// Indexes, any of which cures some statements.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightIndex {
    /// As `table (column, column)`, the best first.
    pub any: Vec<String>,
    /// The statements' tags.
    pub statements: Vec<String>,
}

/// A statement that an index makes slower although the planner expects the opposite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// The statement's tag.
    pub statement: String,
    /// The table.
    pub table: String,
    /// The first column of the index.
    pub column: String,
    /// Why it is slower.
    pub why: String,
}

impl Faults {
    /// Reads `faults.toml`.
    pub fn read(text: &str) -> Result<Self, DemoError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |it| it.start);
            let before = text.get(..start).unwrap_or_default();
            DemoError::Line {
                file: "faults.toml",
                line: 1 + before.matches('\n').count(),
                why: error.message().to_owned(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_line_that_makes_no_sense() {
        let text = "[[fault]]\nrule = \"a\"\nsubjekt = \"b\"\n";
        let error = Faults::read(text).unwrap_err().to_string();
        assert!(error.starts_with("faults.toml, line 3: unknown field"), "{error}");
    }
}
