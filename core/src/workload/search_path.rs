//! The schemas that an unqualified name is looked up in.

use crate::base::Name;
use crate::catalog::Setting;
use crate::workload::{Capture, Draft};

/// The server's own default.
const DEFAULT: &str = "\"$user\", public";

/// The schemas that a role searches, `pg_catalog` first unless the path places it itself.
///
/// The role's own setting in this database wins over the role's, that over the database's, that
/// over the server's (source: the order in `process_settings`, `postinit.c`). What a session
/// sets for itself is not recorded anywhere.
pub(super) fn search_path(role: &Name, capture: &Capture) -> Vec<Name> {
    let database = &capture.server.database.0;
    let own = capture.roles.iter().find(|it| it.name == *role);
    let text = own
        .and_then(|it| it.search_path.as_deref())
        .or_else(|| scoped(&capture.settings, &format!("role:{} database:{database}", role.0)))
        .or_else(|| scoped(&capture.settings, &format!("role:{}", role.0)))
        .or_else(|| scoped(&capture.settings, &format!("database:{database}")))
        .or_else(|| scoped(&capture.settings, ""))
        .unwrap_or(DEFAULT);
    let mut path: Vec<Name> = schemas(text)
        .into_iter()
        .map(|it| if it.as_str() == "$user" { role.clone() } else { it })
        .collect();
    if !path.iter().any(|it| it.as_str() == "pg_catalog") {
        path.insert(0, Name::from("pg_catalog"));
    }
    path
}

/// The path to plan a statement under, as the value of the setting: its role's path, then the
/// schemas in which its unqualified names were found outside of it, temporary relations last.
pub fn planning_path(draft: &Draft, capture: &Capture) -> String {
    let mut path = search_path(&draft.role, capture);
    let bare = draft.resolution.relations().filter(|(name, _)| name.schema.is_none());
    for (_, table) in bare {
        let schema = &capture.catalog.table(table).name.schema;
        if !path.contains(schema) {
            path.push(schema.clone());
        }
    }
    path.push(Name::from("pg_temp"));
    path.iter().map(Name::to_string).collect::<Vec<_>>().join(", ")
}

/// The value of `search_path` under one scope.
fn scoped<'a>(settings: &'a [Setting], scope: &str) -> Option<&'a str> {
    let found = settings.iter().find(|it| it.name == "search_path" && it.scope == scope)?;
    Some(&found.value)
}

/// A list of identifiers, each folded to lower case unless it is quoted.
fn schemas(text: &str) -> Vec<Name> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                word.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(std::mem::take(&mut word)),
            letter if quoted => word.push(letter),
            letter if letter.is_whitespace() => {}
            letter => word.extend(letter.to_lowercase()),
        }
    }
    found.push(word);
    found.into_iter().filter(|it| !it.is_empty()).map(Name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_and_folded_names() {
        let names = schemas("\"$user\", Public ,\"My \"\"Own\"\", x\",\"\"");
        let texts: Vec<&str> = names.iter().map(Name::as_str).collect();
        assert_eq!(texts, ["$user", "public", "My \"Own\", x"]);
    }
}
