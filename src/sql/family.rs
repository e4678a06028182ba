//! Families: statements that differ in what an application varies without meaning to.

use super::error::SqlError;

/// Equal for statements that differ only in constants, in the length of IN lists and of VALUES,
/// in schema (one per tenant), or in digits of table names (one per month).
pub fn family_fingerprint(text: &str) -> Result<String, SqlError> {
    super::parse::parse(text).map(|it| it.fingerprint)
}
