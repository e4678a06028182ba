//! Reading a server into a capture, section by section.
//!
//! Each section is a transaction of its own. One that fails becomes a gap that says so, and the
//! rest goes on; only a server that does not answer at all ends the run. It refuses to plan or
//! execute anything of the user's.

mod catalog;
mod indexes;
mod server;
mod statements;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Name, Note, NoteCode};
use crate::catalog::{Catalog, CatalogParts};
use crate::io::{Progress, Question, Record, ServerError, ServerErrorKind, Session, TextValue};
use crate::sql;
use crate::workload::{Capture, Counters, Privacy, RecordedStatement};

pub use trust::TRUSTED_EXTENSIONS;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectOptions {
    /// Roles whose functions may run while planning, besides superusers.
    pub trust_owners: Vec<String>,
    /// Whether values from rows may be kept.
    pub privacy: Privacy,
    /// The most relations to read; the largest come first.
    pub relations_max: u32,
    /// Statements that stand in for the recorded workload; empty for that workload.
    pub texts: Vec<String>,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            trust_owners: Vec::new(),
            privacy: Privacy::Values,
            relations_max: 5_000,
            texts: Vec::new(),
        }
    }
}

/// Sections, for progress.
const SECTIONS: u64 = 12;

/// Reads the whole world of one database.
///
/// pg_stat_statements is read first, so that nothing of ours can push an entry out before it
/// was seen.
pub async fn collect(
    session: &Session,
    options: &CollectOptions,
    progress: &dyn Progress,
) -> Result<Capture, ServerError> {
    progress.begin("reading the server", SECTIONS);
    let reader = Reader { session, options, progress };
    let mut gaps = Vec::new();
    let extensions = reader.extensions(&mut gaps).await?;
    let (statements, counted) = reader.statements(&extensions, &mut gaps).await?;
    let (server, captured_at) = reader.server(&extensions, counted).await?;
    let statements =
        if options.texts.is_empty() { statements } else { given(&options.texts, &server.role) };
    let roles = reader.roles(&mut gaps).await?;
    let settings = reader.settings(&roles, &server, &mut gaps).await?;
    gaps.extend(statements::not_visible(&server));
    gaps.extend(statements::not_created(&extensions, &settings));
    let parts = reader.catalog(&server, &mut gaps).await?;
    let functions = reader.functions(&statements, &mut gaps).await?;
    let untrusted = reader.untrusted(&mut gaps).await?;
    gaps.sort();
    gaps.dedup();
    Ok(Capture {
        captured_at,
        privacy: options.privacy,
        server,
        settings,
        roles,
        catalog: Catalog::new(CatalogParts { functions, untrusted, ..parts }),
        statements,
        plans: Vec::new(),
        gaps,
        unknown: BTreeMap::new(),
    })
}

/// Statements that were never recorded, as the role that is connected would run them.
fn given(texts: &[String], role: &Name) -> Vec<RecordedStatement> {
    let statement = |text: &String| RecordedStatement {
        queryid: None,
        role: role.clone(),
        toplevel: true,
        text: text.clone(),
        counters: Counters::default(),
    };
    texts.iter().map(statement).collect()
}

/// What every section reads with.
struct Reader<'a> {
    session: &'a Session,
    options: &'a CollectOptions,
    progress: &'a dyn Progress,
}

/// A fixed query without its first comment, our mark after its first word.
pub(in crate::io) fn fixed(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let body: Vec<&str> = lines.collect();
    let body = body.join("\n");
    let (first, rest) = body.split_once(char::is_whitespace).unwrap_or((&body, ""));
    format!("{first} {} {rest}", crate::io::session::MARKER)
}

impl Reader<'_> {
    /// Reads one section; a refusal other than a lost connection becomes a gap.
    async fn section(
        &self,
        doing: &str,
        query: &str,
        values: &[TextValue],
        found: &mut Vec<Note>,
    ) -> Result<Vec<Record>, ServerError> {
        let read = self.read(doing, query, values).await;
        match read {
            Ok(records) => Ok(records),
            Err(error) if error.kind == ServerErrorKind::Gone => Err(error),
            Err(error) => {
                found.push(error.note("capture"));
                Ok(Vec::new())
            }
        }
    }

    /// Reads one section or fails.
    async fn read(
        &self,
        doing: &str,
        query: &str,
        values: &[TextValue],
    ) -> Result<Vec<Record>, ServerError> {
        let text = fixed(query);
        let asked = self.session.ask(&Question::new(doing, &text).with_values(values)).await;
        self.progress.step();
        asked
    }

    /// Every overload of the functions that statements name, and of those that a column-like
    /// name could mean (`row.name` calls a function when there is no such column).
    async fn functions(
        &self,
        statements: &[RecordedStatement],
        found: &mut Vec<Note>,
    ) -> Result<Vec<crate::catalog::Function>, ServerError> {
        let names = names_called(statements).await;
        let names = crate::io::write_array(names.iter().map(String::as_str));
        let query = include_str!("../queries/functions.sql");
        let records =
            self.section("read the functions", query, &[TextValue::of(names)], found).await?;
        Ok(records.iter().map(catalog::function).collect())
    }
}

/// Stack of the thread that parses: the grammar recurses once per level of nesting.
const STACK: usize = 64 << 20;

/// The names of functions in all texts that parse.
async fn names_called(statements: &[RecordedStatement]) -> BTreeSet<String> {
    let texts: Vec<String> = statements.iter().map(|it| it.text.clone()).collect();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let parser = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let parsed = texts.iter().filter_map(|text| sql::parse(text).ok());
        let names = parsed.flat_map(|statement| {
            let called = statement.functions.into_iter().map(|it| it.name.0);
            let selected = statement.attributes.into_iter().map(|it| it.0);
            called.chain(selected).collect::<Vec<String>>()
        });
        drop(sender.send(names.collect::<BTreeSet<String>>()));
    });
    match parser {
        Ok(_) => receiver.await.unwrap_or_default(),
        Err(_) => BTreeSet::new(),
    }
}

/// A remark that something was left out because there is too much of it.
fn capped(subject: &str, message: String) -> Note {
    Note::new(NoteCode::Limit, subject, message)
}

/// A schema and a name of a row.
fn qualified(record: &Record, schema: &str, name: &str) -> crate::base::QualifiedName {
    crate::base::QualifiedName { schema: Name(record.word(schema)), name: Name(record.word(name)) }
}
