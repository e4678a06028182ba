//! Families: statements that differ in what an application varies without meaning to.

use super::error::SqlError;
use super::parse::{fingerprint, guarded};

/// Equal for statements that differ only in constants, in the length of IN lists, of arrays and
/// of VALUES, in schema (one per tenant), or in digits of table names (one per month).
///
/// Too coarse on its own: whether two schemas hold the same tables only the catalog knows, and
/// casts and column labels do not count.
pub fn family_fingerprint(text: &str) -> Result<String, SqlError> {
    guarded(text, |_| fingerprint(text, pg_query::FingerprintOptions::RANGEVAR_IGNORE_ALIASES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one_family(texts: &[&str]) -> bool {
        let mut prints: Vec<String> =
            texts.iter().map(|it| family_fingerprint(it).unwrap()).collect();
        prints.dedup();
        prints.len() == 1
    }

    #[test]
    fn merges_what_applications_vary() {
        assert!(is_one_family(&[
            "SELECT * FROM a WHERE b IN ($1)",
            "SELECT * FROM a WHERE b IN ($1, $2, $3)",
            "SELECT * FROM a WHERE b IN ($1 /*, ... */)",
            "select * from tenant_x.a where b in (1, 2)",
        ]));
        assert!(is_one_family(&[
            "INSERT INTO a (b, c) VALUES ($1, $2)",
            "INSERT INTO a (b, c) VALUES ($1, $2), ($3, $4)",
        ]));
        assert!(is_one_family(&["SELECT 1 FROM log_2024_01", "SELECT 1 FROM log_2024_02"]));
        assert!(is_one_family(&["SELECT b FROM a", "SELECT b FROM a AS z"]));
    }

    #[test]
    fn keeps_apart_what_plans_apart() {
        assert!(!is_one_family(&["SELECT 1 FROM a", "SELECT 1 FROM b"]));
        assert!(!is_one_family(&["SELECT 1 FROM a x", "SELECT 1 FROM b x"]));
        assert!(!is_one_family(&["SELECT 1 FROM a ORDER BY b", "SELECT 1 FROM a ORDER BY b DESC"]));
    }
}
