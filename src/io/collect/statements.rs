//! pg_stat_statements, under its newest names, whatever its version.
//!
//! Its columns follow the extension's version, not the server's. Why it cannot be read is told
//! apart: not created, not loaded, or not allowed.

use crate::base::{Millis, Name, Note, NoteCode};
use crate::catalog::{Server, Setting, StatementsExtension};
use crate::io::{Record, ServerError, ServerErrorKind};
use crate::workload::{Counters, RecordedStatement};

use super::Reader;
use super::server::Extensions;

/// What is known of the extension before the server's facts are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    version: String,
    schema: Name,
    entries: u64,
    evicted: Option<u64>,
    since: Option<String>,
    hidden: u64,
}

impl Counted {
    /// The extension with the size of its table.
    pub fn extension(self, entries_max: u64) -> StatementsExtension {
        StatementsExtension {
            version: self.version,
            schema: self.schema,
            entries: self.entries,
            entries_max,
            evicted: self.evicted,
            since: self.since,
            hidden: self.hidden,
        }
    }
}

/// The name of the extension.
const EXTENSION: &str = "pg_stat_statements";

impl Reader<'_> {
    /// The recorded statements of this database, dearest first; none, and a gap, when there is
    /// no way to read them.
    pub async fn statements(
        &self,
        extensions: &Extensions,
        found: &mut Vec<Note>,
    ) -> Result<(Vec<RecordedStatement>, Option<Counted>), ServerError> {
        let Some((version, schema)) = extensions.by_name.get(EXTENSION) else {
            return Ok((Vec::new(), None));
        };
        let Some(query) = query(version) else {
            found.push(too_old(version));
            return Ok((Vec::new(), None));
        };
        let doing = "read pg_stat_statements";
        let records = match self.read(doing, &in_schema(query, schema), &[]).await {
            Ok(records) => records,
            Err(error) if error.kind == ServerErrorKind::Gone => return Err(error),
            Err(error) => {
                found.push(refused(&error));
                return Ok((Vec::new(), None));
            }
        };
        let mut statements: Vec<RecordedStatement> = records.iter().map(statement).collect();
        let hidden = statements.iter().filter(|it| it.is_hidden()).count() as u64;
        statements.sort_by(|a, b| {
            b.counters.total.total_cmp(&a.counters.total).then_with(|| a.key().cmp(&b.key()))
        });
        let counted = self.counted((version, schema), hidden, found).await?;
        Ok((statements, Some(counted)))
    }

    async fn counted(
        &self,
        (version, schema): (&String, &Name),
        hidden: u64,
        found: &mut Vec<Note>,
    ) -> Result<Counted, ServerError> {
        let doing = "read the state of pg_stat_statements";
        let entries = in_schema(include_str!("../queries/statements_entries.sql"), schema);
        let entries = self.section(doing, &entries, &[], found).await?;
        let state = if parts(version) >= (1, 9) {
            let query = in_schema(include_str!("../queries/statements_state.sql"), schema);
            self.section(doing, &query, &[], found).await?
        } else {
            Vec::new()
        };
        Ok(Counted {
            version: version.clone(),
            schema: schema.clone(),
            entries: entries.first().map_or(0, |it| it.count("entries")),
            evicted: state.first().map(|it| it.count("evicted")),
            since: state.first().and_then(|it| it.text("since")),
            hidden,
        })
    }
}

/// A fixed query with the extension's schema in its place.
fn in_schema(query: &str, schema: &Name) -> String {
    query.replace("@schema@", &schema.to_string())
}

/// `1.11` as numbers.
fn parts(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|it| it.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The query for a version of the extension; an unknown newer one is read as the newest known.
fn query(version: &str) -> Option<&'static str> {
    match parts(version) {
        version if version >= (1, 11) => Some(include_str!("../queries/statements_11.sql")),
        version if version >= (1, 9) => Some(include_str!("../queries/statements_9.sql")),
        (1, 8) => Some(include_str!("../queries/statements_8.sql")),
        _ => None,
    }
}

fn statement(record: &Record) -> RecordedStatement {
    let millis = |column: &str| Millis(record.float(column).unwrap_or_default());
    RecordedStatement {
        queryid: record.whole("queryid"),
        role: Name(record.word("role")),
        toplevel: record.flag("toplevel"),
        text: record.word("text"),
        counters: Counters {
            calls: record.count("calls"),
            rows: record.count("rows"),
            total: millis("total"),
            mean: millis("mean"),
            min: millis("min"),
            max: millis("max"),
            deviation: millis("deviation"),
            planning: millis("planning"),
            shared_hit: record.count("shared_hit"),
            shared_read: record.count("shared_read"),
            temp_written: record.count("temp_written"),
            read_time: millis("read_time"),
            wal_bytes: record.count("wal_bytes"),
        },
    }
}

/// What to say when nobody created the extension. Its settings are there, for every role, once
/// its library is loaded.
pub fn not_created(extensions: &Extensions, settings: &[Setting]) -> Option<Note> {
    if extensions.by_name.contains_key(EXTENSION) {
        return None;
    }
    let loaded = settings.iter().any(|it| it.name == "pg_stat_statements.max");
    let remedy = if loaded {
        "On the primary, run: create extension pg_stat_statements;"
    } else {
        "Add pg_stat_statements to shared_preload_libraries and restart, then, on the primary, \
         run: create extension pg_stat_statements;"
    };
    let message = "the extension is not created in this database";
    Some(Note::new(NoteCode::Absent, EXTENSION, message).with_remedy(remedy))
}

fn too_old(version: &str) -> Note {
    let message = format!("version {version} of the extension is older than 1.8");
    Note::new(NoteCode::Absent, EXTENSION, message)
        .with_remedy("On the primary, run: alter extension pg_stat_statements update;")
}

fn refused(error: &ServerError) -> Note {
    let note = error.note(EXTENSION);
    match error.kind {
        ServerErrorKind::Unsupported => Note { code: NoteCode::Absent, ..note }.with_remedy(
            "Add pg_stat_statements to shared_preload_libraries of this server and restart it; \
             a standby needs that too.",
        ),
        _ => note,
    }
}

/// What to say of texts that are hidden from the role; `pg_read_all_data` is there from 14 on.
pub fn not_visible(server: &Server) -> Option<Note> {
    let hidden = server.statements.as_ref().map(|it| it.hidden).filter(|it| *it > 0)?;
    let message = format!("the texts of {hidden} statements of other roles are hidden from us");
    let role = &server.role;
    let remedy = if server.version.major() >= 14 {
        format!("Run: GRANT pg_monitor, pg_read_all_data TO {role};")
    } else {
        format!("Run: GRANT pg_read_all_stats TO {role}; and grant it SELECT on the tables.")
    };
    Some(Note::new(NoteCode::Privilege, EXTENSION, message).with_remedy(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_version_of_the_extension() {
        assert!(query("1.7").is_none());
        assert!(query("1.8").is_some_and(|it| it.contains("blk_read_time")));
        assert_eq!(query("1.9"), query("1.10"));
        assert_eq!(query("1.11"), query("1.12"));
        assert_eq!(query("1.13"), query("1.12"));
    }
}
