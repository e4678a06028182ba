//! The server itself: facts, extensions, settings, roles.

use std::collections::BTreeMap;

use crate::base::{Bytes, Name, Note};
use crate::catalog::{Role, Server, Setting, StatementsExtension, Version};
use crate::io::{Record, ServerError};

use super::Reader;
use super::statements::Counted;

/// The installed extensions that matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// Version and schema by name.
    pub by_name: BTreeMap<String, (String, Name)>,
}

impl Reader<'_> {
    /// Which extensions there are, and in which schema: never looked up by search path, so that
    /// nobody's view of the same name is read in their place.
    pub async fn extensions(&self, found: &mut Vec<Note>) -> Result<Extensions, ServerError> {
        let query = include_str!("../queries/extensions.sql");
        let records = self.section("read the extensions", query, &[], found).await?;
        let by_name = records
            .iter()
            .map(|it| (it.word("name"), (it.word("version"), Name(it.word("schema")))));
        Ok(Extensions { by_name: by_name.collect() })
    }

    /// Facts about the server, and its clock. Without these there is no capture.
    pub async fn server(
        &self,
        extensions: &Extensions,
        counted: Option<Counted>,
    ) -> Result<(Server, String), ServerError> {
        let query = include_str!("../queries/server.sql");
        let records = self.read("read the server's facts", query, &[]).await?;
        let Some(record) = records.first() else {
            return Err(ServerError::new(
                crate::io::ServerErrorKind::Missing,
                "read the server's facts",
                "this database has no row in pg_database",
            ));
        };
        let statements = counted.map(|it| it.extension(record.count("entries_max")));
        Ok((server(record, extensions, statements), record.word("captured_at")))
    }

    /// All roles, with the search path that each has in this database.
    pub async fn roles(&self, found: &mut Vec<Note>) -> Result<Vec<Role>, ServerError> {
        let query = include_str!("../queries/roles.sql");
        let records = self.section("read the roles", query, &[], found).await?;
        let scoped = self.scoped_settings(found).await?;
        Ok(records.iter().map(|it| role(it, &scoped)).collect())
    }

    /// Settings of the server, of roles and of the database.
    pub async fn settings(
        &self,
        roles: &[Role],
        server: &Server,
        found: &mut Vec<Note>,
    ) -> Result<Vec<Setting>, ServerError> {
        let query = include_str!("../queries/settings.sql");
        let records = self.section("read the settings", query, &[], found).await?;
        let scoped = self.scoped_settings(found).await?;
        // Our session's own search path hides the server's when it is set for our role.
        let own = roles.iter().find(|it| it.name == server.role);
        let hidden = own.is_some_and(|it| it.search_path.is_some());
        let plain = records.iter().map(|it| {
            let column =
                if hidden && it.word("name") == "search_path" { "initial" } else { "value" };
            Setting { name: it.word("name"), value: it.word(column), scope: String::new() }
        });
        let mut settings: Vec<Setting> = plain.chain(scoped.into_iter().map(|it| it.0)).collect();
        settings.sort();
        Ok(settings)
    }

    async fn scoped_settings(&self, found: &mut Vec<Note>) -> Result<Vec<Scoped>, ServerError> {
        let query = include_str!("../queries/role_settings.sql");
        let records = self.section("read the settings of roles", query, &[], found).await?;
        Ok(records.iter().map(scoped).collect())
    }
}

/// A setting of a role, of the database, or of both; with the role.
struct Scoped(Setting, Option<String>);

fn scoped(record: &Record) -> Scoped {
    let role = record.text("role");
    let parts = [
        role.as_ref().map(|it| format!("role:{it}")),
        record.text("database").map(|it| format!("database:{it}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let setting =
        Setting { name: record.word("name"), value: record.word("value"), scope: parts.join(" ") };
    Scoped(setting, role)
}

/// A role; of its search paths the narrowest counts: role in database, role, database.
fn role(record: &Record, scoped: &[Scoped]) -> Role {
    let name = record.word("name");
    let paths = scoped.iter().filter(|it| it.0.name == "search_path");
    let fitting = paths.filter(|it| it.1.as_ref().is_none_or(|role| *role == name));
    let narrowest = fitting.max_by_key(|it| (it.1.is_some(), it.0.scope.contains("database:")));
    let members = record.json("member_of");
    let members = members.as_array().into_iter().flatten().filter_map(|it| it.as_str());
    Role {
        superuser: record.flag("superuser"),
        bypasses_row_security: record.flag("bypasses_row_security"),
        search_path: narrowest.map(|it| it.0.value.clone()),
        member_of: members.map(Name::from).collect(),
        name: Name(name),
    }
}

fn server(
    record: &Record,
    extensions: &Extensions,
    statements: Option<StatementsExtension>,
) -> Server {
    Server {
        version: Version(u32::try_from(record.count("version")).unwrap_or_default()),
        database: Name(record.word("database")),
        standby: record.flag("standby"),
        encoding: record.word("encoding"),
        collation: record.word("collation"),
        block: Bytes(record.count("block")),
        role: Name(record.word("role")),
        superuser: record.flag("superuser"),
        counters_since: record.text("counters_since"),
        started_at: record.text("started_at"),
        counter_days: record.float("counter_days"),
        active_time_ms: record.float("active_time_ms"),
        statements,
        hypopg: extensions.by_name.get("hypopg").map(|it| it.0.clone()),
    }
}
