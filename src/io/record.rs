//! One row of an answer, read by column name.
//!
//! All columns of our own SQL are cast to text, int8, float8 or bool there, so a mismatch here
//! is our bug and panics; the live tests read every column on every version.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

/// One row.
#[derive(Debug)]
pub struct Record(pub(in crate::io) Row);

/// Text of any type whose binary form is its text, such as json.
struct PlainText(String);

impl<'a> FromSql<'a> for PlainText {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(str::from_utf8(bytes)?.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::JSON | Type::VARCHAR | Type::NAME | Type::UNKNOWN)
    }
}

const CAST: &str = "the column is in the query and cast to the type that is read";

impl Record {
    /// A text, `None` for NULL.
    pub fn text(&self, column: &str) -> Option<String> {
        self.0.try_get::<_, Option<PlainText>>(column).expect(CAST).map(|it| it.0)
    }

    /// A text that NULL makes empty.
    pub fn word(&self, column: &str) -> String {
        self.text(column).unwrap_or_default()
    }

    /// A whole number, `None` for NULL.
    pub fn whole(&self, column: &str) -> Option<i64> {
        self.0.try_get(column).expect(CAST)
    }

    /// A count: NULL and negative numbers are zero.
    pub fn count(&self, column: &str) -> u64 {
        self.whole(column).and_then(|it| u64::try_from(it).ok()).unwrap_or_default()
    }

    /// A float, `None` for NULL.
    pub fn float(&self, column: &str) -> Option<f64> {
        self.0.try_get(column).expect(CAST)
    }

    /// A truth; NULL is false.
    pub fn flag(&self, column: &str) -> bool {
        self.0.try_get::<_, Option<bool>>(column).expect(CAST).unwrap_or(false)
    }

    /// A JSON text cast to text, read; NULL is JSON's null.
    pub fn json(&self, column: &str) -> serde_json::Value {
        let text = self.text(column);
        text.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default()
    }

    /// The first column as text: EXPLAIN's document.
    pub fn first(&self) -> Option<String> {
        self.0.try_get::<_, Option<PlainText>>(0).ok().flatten().map(|it| it.0)
    }
}
