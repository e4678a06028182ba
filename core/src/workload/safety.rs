//! Which statements may be planned on the user's server, and which of them may be run there.
//!
//! Planning runs code: EXPLAIN evaluates immutable and stable functions, applies operators to
//! statistics, reads literals by their types' input functions, and follows views and policies.
//! A [`Plannable`] names nothing that reaches code of an owner nobody vouched for; a
//! [`ReadOnly`] besides has no effect when it is run. Both can only be made here, by looking.
//!
//! What stands behind a name (views, policies, defaults, domains, casts) is the business of
//! [`Catalog::untrusted`], which the collector computes; this file trusts it to be complete. A
//! doubt: dependency records leave built-in functions out, so a view or policy that calls one
//! of [`crate::workload::denied`] is only known if the collector reads its text.
//!
//! ```compile_fail
//! use pgsextant_core::workload::{Draft, Plannable, ReadOnly};
//!
//! fn forge(plannable: Plannable<'_>) -> ReadOnly<'_> {
//!     ReadOnly(plannable) // error: the field is private
//! }
//! ```
//!
//! ```compile_fail
//! use pgsextant_core::workload::{Draft, Plannable};
//!
//! fn forge(draft: &Draft) -> Plannable<'_> {
//!     Plannable(draft) // error: the field is private
//! }
//! ```

use std::collections::BTreeSet;

use crate::base::{Name, Note, NoteCode, QualifiedName};
use crate::catalog::{Catalog, Language, Table, TableKind, Untrusted, UntrustedKind, Volatility};
use crate::sql::{FunctionName, Kind, Statement};
use crate::workload::resolve::is_system_name;
use crate::workload::{Capture, Draft, denied};

/// Volatile functions without an effect: clocks, random numbers, fresh uuids. Only those that
/// are written in C count; a function of such a name in another language is anybody's.
const HARMLESS: [&str; 13] = [
    "clock_timestamp",
    "gen_random_bytes",
    "gen_random_uuid",
    "random",
    "random_normal",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "txid_current_if_assigned",
    "pg_current_xact_id_if_assigned",
];

const IN_SHADOW: &str = "run EXPLAIN by hand where that can do no harm";
const TRUST: &str = "name the owner with --trust-owner if you trust that code";
const RECORD: &str = "read with a role that sees it, or after it is made again";

/// A statement whose planning runs no code that nobody vouched for.
#[derive(Debug, Clone, Copy)]
pub struct Plannable<'a>(&'a Draft);

/// A statement that may also be executed: one SELECT without side effects.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly<'a>(Plannable<'a>);

impl<'a> Plannable<'a> {
    /// The only way to get one: looks at every name of the statement.
    pub fn of(draft: &'a Draft, capture: &Capture) -> Result<Self, Note> {
        let statement = draft.statement.as_ref().map_err(Clone::clone)?;
        let check = Check { statement, draft, capture };
        check.kind()?;
        check.strings()?;
        check.untrusted()?;
        check.functions()?;
        check.relations()?;
        Ok(Self(draft))
    }

    /// The statement.
    pub fn draft(&self) -> &'a Draft {
        self.0
    }
}

impl<'a> ReadOnly<'a> {
    /// The only way to get one: a `Plannable` that writes and locks nothing, calls nothing
    /// volatile, and reads only tables and materialized views without row security.
    pub fn of(plannable: Plannable<'a>, capture: &Capture) -> Result<Self, Note> {
        let draft = plannable.draft();
        let statement = draft.statement.as_ref().map_err(Clone::clone)?;
        let check = Check { statement, draft, capture };
        check.plain_select()?;
        check.nothing_volatile()?;
        check.fields()?;
        check.plain_relations()?;
        Ok(Self(plannable))
    }

    /// The statement.
    pub fn draft(&self) -> &'a Draft {
        self.0.draft()
    }

    /// The weaker proof that it was made of.
    pub fn plannable(&self) -> Plannable<'a> {
        self.0
    }
}

/// One statement under examination.
struct Check<'a> {
    statement: &'a Statement,
    draft: &'a Draft,
    capture: &'a Capture,
}

/// What may be planned.
impl Check<'_> {
    fn kind(&self) -> Result<(), Note> {
        match self.statement.kind {
            Kind::Select | Kind::Insert | Kind::Update | Kind::Delete | Kind::Merge => Ok(()),
            Kind::Utility => {
                let name = self.statement.utility_name.as_deref().unwrap_or("utility statement");
                Err(self
                    .not_planned(format!("{name} is a utility statement, which has no plan"), ""))
            }
        }
    }

    /// With `standard_conforming_strings` off a backslash begins an escape, so that the text
    /// would say something else than was parsed here.
    fn strings(&self) -> Result<(), Note> {
        let off = self.capture.settings.iter().any(|it| {
            it.name == "standard_conforming_strings"
                && !matches!(it.value.to_ascii_lowercase().as_str(), "on" | "true" | "yes" | "1")
        });
        if !off || !self.statement.literals_with_backslash {
            return Ok(());
        }
        Err(self.not_planned(
            "it has a string with a backslash, and standard_conforming_strings is off for some \
             role or database, so the string may mean something else to the server",
            "write such strings as E'…', or bind them",
        ))
    }

    fn untrusted(&self) -> Result<(), Note> {
        let found = self.catalog().untrusted().iter().find(|it| self.names(it));
        let Some(found) = found else { return Ok(()) };
        let (name, reaches) = (found.name.plain(), &found.reaches);
        let what = match found.kind {
            UntrustedKind::Function => format!("it may call a function {name}"),
            UntrustedKind::Operator => format!("it may use an operator {name}"),
            UntrustedKind::Type => format!("it names the type {name}"),
            UntrustedKind::Relation => format!("it reads {name}"),
            UntrustedKind::Everything => {
                "a built-in object of this database is tied to code of its own".to_owned()
            }
        };
        Err(self.not_planned(format!("{what}, and planning that could run {reaches}"), TRUST))
    }

    /// Whether the statement names an untrusted object, in any schema: overloads and search
    /// paths are not told apart.
    fn names(&self, untrusted: &Untrusted) -> bool {
        let (statement, name) = (self.statement, &untrusted.name.name);
        match untrusted.kind {
            UntrustedKind::Everything => true,
            // `row.name` calls a function of that name when the row has no such column.
            UntrustedKind::Function => {
                statement.functions.iter().any(|it| it.name == *name)
                    || statement.attributes.contains(name)
            }
            UntrustedKind::Operator => statement.operators.iter().any(|it| it.name == *name),
            UntrustedKind::Type => statement.types.iter().any(|it| names_type(&it.name, name)),
            // A relation is a type, too: `null::orders`.
            UntrustedKind::Relation => {
                statement.types.iter().any(|it| names_type(&it.name, name))
                    || self.tables().any(|it| it.name == untrusted.name)
                    || statement
                        .relations
                        .iter()
                        .any(|it| it.name == *name && self.draft.resolution.relation(it).is_none())
            }
        }
    }

    fn functions(&self) -> Result<(), Note> {
        let called = self.statement.functions.iter().map(|it| &it.name);
        for name in called.chain(&self.statement.attributes) {
            if let Some(why) = denied(name) {
                let message = format!("it may call the function {}: {why}", name.0);
                return Err(self.not_planned(message, IN_SHADOW));
            }
        }
        let lost = self.statement.functions.iter().find(|it| !self.is_known(it));
        match lost {
            Some(name) => {
                let message = format!("the function {name} was not found in the catalog");
                Err(self.not_planned(message, RECORD))
            }
            None => Ok(()),
        }
    }

    fn is_known(&self, function: &FunctionName) -> bool {
        self.catalog()
            .functions_named(&function.name)
            .any(|it| function.schema.as_ref().is_none_or(|schema| it.name.schema == *schema))
    }

    fn relations(&self) -> Result<(), Note> {
        for name in &self.statement.relations {
            let temporary = name.schema.as_ref().is_some_and(is_temporary);
            if temporary {
                let message = format!("{name} is a temporary relation of another session");
                return Err(self.not_planned(message, "nothing to do: it is not there any more"));
            }
            if self.draft.resolution.relation(name).is_some() {
                continue;
            }
            if is_system_name(name) {
                let message = format!("it reads {name} of the system catalogs");
                return Err(self.not_planned(message, "nothing to do: they get no indexes"));
            }
            let message = format!("the relation {name} was not found");
            return Err(self.not_planned(message, RECORD));
        }
        let over_foreign = over_foreign_tables(self.catalog());
        for table in self.tables() {
            let name = &table.name;
            if is_temporary(&name.schema) {
                let message = format!("{name} is a temporary relation of another session");
                return Err(self.not_planned(message, "nothing to do: it is not there any more"));
            }
            if over_foreign.contains(name) {
                let message = format!(
                    "{name} is a foreign table or has one below it, and planning it may talk to \
                     the other server"
                );
                return Err(self.not_planned(message, IN_SHADOW));
            }
            if table.kind == TableKind::View && !over_foreign.is_empty() {
                let message =
                    format!("{name} is a view, and there are foreign tables that it may read");
                return Err(self.not_planned(message, IN_SHADOW));
            }
        }
        Ok(())
    }

    fn not_planned(&self, message: impl Into<String>, remedy: &str) -> Note {
        Note::new(NoteCode::Unsafe, &self.draft.label, message).with_remedy(remedy)
    }
}

/// What may be run.
impl Check<'_> {
    fn plain_select(&self) -> Result<(), Note> {
        let statement = self.statement;
        let why = match statement.kind {
            Kind::Select if statement.locking => "it locks rows",
            Kind::Select if statement.into => "it makes a table (SELECT INTO)",
            Kind::Select if statement.writes_in_cte => "it writes in a WITH query",
            Kind::Select if statement.is_plain_select() => return Ok(()),
            _ => "it writes",
        };
        Err(self.not_run(why))
    }

    fn nothing_volatile(&self) -> Result<(), Note> {
        let volatile = self.statement.functions.iter().find(|called| {
            self.catalog().functions_named(&called.name).any(|it| {
                let harmless = HARMLESS.contains(&it.name.name.as_str())
                    && matches!(it.language, Language::Internal | Language::C);
                it.volatility == Volatility::Volatile && !harmless
            })
        });
        match volatile {
            Some(name) => Err(self.not_run(&format!("the function {name} is volatile"))),
            None => Ok(()),
        }
    }

    /// `row.name` calls a function when the row has no such column, so a field has to be a
    /// column that is known, and none may have the name of the server's own functions.
    fn fields(&self) -> Result<(), Note> {
        let mut known: BTreeSet<&Name> =
            self.tables().flat_map(|it| &it.columns).map(|it| &it.name).collect();
        let blocks = &self.statement.blocks;
        known.extend(blocks.iter().flat_map(|it| &it.outputs).filter_map(|it| it.alias.as_ref()));
        known.extend(blocks.iter().flat_map(|it| &it.relations).flat_map(|it| &it.columns));
        let strange = self.statement.attributes.iter().find(|name| {
            let system = matches!(name.as_str(), "ctid" | "tableoid" | "xmin" | "xmax");
            !system && (!known.contains(name) || name.as_str().starts_with("pg_"))
        });
        match strange {
            Some(name) => Err(self.not_run(&format!(
                "the field {} is no known column, and could be a function call",
                name.0
            ))),
            None => Ok(()),
        }
    }

    fn plain_relations(&self) -> Result<(), Note> {
        for table in self.tables() {
            let name = &table.name;
            let why = match table.kind {
                TableKind::View => format!("{name} is a view, which is not looked into"),
                TableKind::Foreign => format!("{name} is a foreign table"),
                TableKind::Other(letter) => format!("{name} is a relation of kind {letter}"),
                _ if table.row_security => format!("{name} has row security policies"),
                TableKind::Table | TableKind::Partitioned | TableKind::MaterializedView => continue,
            };
            return Err(self.not_run(&why));
        }
        Ok(())
    }

    fn not_run(&self, why: &str) -> Note {
        Note::new(NoteCode::NotExecuted, &self.draft.label, format!("planned but not run: {why}"))
            .with_remedy("run it by hand with EXPLAIN (ANALYZE, BUFFERS) where that is safe")
    }

    fn catalog(&self) -> &Catalog {
        &self.capture.catalog
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.draft.resolution.relations().map(|(_, id)| self.capture.catalog.table(id))
    }
}

/// A written type name means a type, or its array.
fn names_type(written: &Name, name: &Name) -> bool {
    written == name || written.as_str().strip_prefix('_') == Some(name.as_str())
}

/// A schema of temporary relations.
fn is_temporary(schema: &Name) -> bool {
    schema.as_str().starts_with("pg_temp") || schema.as_str().starts_with("pg_toast_temp")
}

/// All foreign tables, and everything they are a partition or child of.
fn over_foreign_tables(catalog: &Catalog) -> BTreeSet<&QualifiedName> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Table> =
        catalog.tables().map(|(_, it)| it).filter(|it| it.kind == TableKind::Foreign).collect();
    while let Some(table) = open.pop() {
        if !found.insert(&table.name) {
            continue;
        }
        let parents = table.parents.iter().filter_map(|it| catalog.find_table(it));
        open.extend(parents.map(|id| catalog.table(id)));
    }
    found
}
