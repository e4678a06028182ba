//! Objects through which planning could run code of an owner nobody vouched for.
//!
//! The server follows the edges; here each object is told which function it leads to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::base::{Name, Note, NoteCode, QualifiedName};
use crate::catalog::{Untrusted, UntrustedKind};
use crate::io::{Record, ServerError, TextValue, write_array};
use crate::workload::denied;

use super::Reader;
use super::catalog::array;

/// Extensions whose functions in text form are trusted when a superuser owns them: those that
/// come with the server, and widely used ones whose scripts were written for it.
pub const TRUSTED_EXTENSIONS: [&str; 47] = [
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "hypopg",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "old_snapshot",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_surgery",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgis",
    "postgis_raster",
    "postgis_topology",
    "refint",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// An object by its catalog and oid.
type Object = (i64, i64);

impl Reader<'_> {
    /// Everything untrusted. When it cannot be read, nothing is trusted.
    pub async fn untrusted(&self, found: &mut Vec<Note>) -> Result<Vec<Untrusted>, ServerError> {
        let owners = write_array(self.options.trust_owners.iter().map(String::as_str));
        let gaps = found.len();
        let names = include_str!("../queries/function_names.sql");
        let names = self.section("read the names of functions", names, &[], found).await?;
        let denied = names.iter().filter(|it| denied(&Name(it.word("name"))).is_some());
        let denied: Vec<i64> = denied.filter_map(|it| it.whole("oid")).collect();
        let extensions = write_array(TRUSTED_EXTENSIONS);
        let values = [
            TextValue::of(owners),
            TextValue::of(extensions),
            array(&denied),
            TextValue::of(calls_one_of(&denied)),
        ];
        let query = include_str!("../queries/untrusted.sql");
        let doing = "find code that nobody vouched for";
        let records = self.section(doing, query, &values, found).await?;
        if found.len() > gaps {
            return Ok(vec![nothing_known()]);
        }
        let untrusted = closure(&records);
        if untrusted.iter().any(|it| it.kind == UntrustedKind::Everything) {
            let message = "a built-in object is tied to untrusted code, so no statement may be \
                           planned here";
            found.push(Note::new(NoteCode::Unsafe, "trust", message).with_remedy(
                "Name the owner of that code with --trust-owner, if you do trust it.",
            ));
        }
        Ok(untrusted)
    }
}

/// A regular expression that finds calls of these functions in a stored expression (source:
/// `outfuncs.c`, which writes `:funcid` and `:opfuncid`).
fn calls_one_of(functions: &[i64]) -> String {
    let functions: Vec<String> = functions.iter().map(ToString::to_string).collect();
    format!(":(op)?funcid ({}) ", functions.join("|"))
}

/// What stands for a closure that could not be read.
fn nothing_known() -> Untrusted {
    Untrusted {
        kind: UntrustedKind::Everything,
        name: QualifiedName::new("", ""),
        reaches: "what is trusted could not be read".to_owned(),
    }
}

/// The rows as objects that can be named, each with the root it leads to.
fn closure(records: &[Record]) -> Vec<Untrusted> {
    let key = |it: &Record| (it.whole("class").unwrap_or(0), it.whole("oid").unwrap_or(0));
    let roots = records.iter().filter_map(|it| Some((key(it), it.text("root")?)));
    let edges = records.iter().flat_map(|it| {
        sources(&it.json("sources")).into_iter().map(move |source| (source, key(it)))
    });
    let reached = spread(&roots.collect(), edges);
    let mut untrusted: Vec<Untrusted> = records
        .iter()
        .filter_map(|it| {
            let kind = kind(&it.text("kind")?)?;
            let schema = match kind {
                UntrustedKind::Everything => String::new(),
                _ => it.word("schema"),
            };
            Some(Untrusted {
                kind,
                name: QualifiedName { schema: Name(schema), name: Name(it.word("name")) },
                reaches: reached.get(&key(it)).cloned().unwrap_or_default(),
            })
        })
        .collect();
    untrusted.sort();
    untrusted.dedup_by(|a, b| a.kind == b.kind && a.name == b.name);
    untrusted
}

fn kind(word: &str) -> Option<UntrustedKind> {
    match word {
        "everything" => Some(UntrustedKind::Everything),
        "function" => Some(UntrustedKind::Function),
        "operator" => Some(UntrustedKind::Operator),
        "type" => Some(UntrustedKind::Type),
        "relation" => Some(UntrustedKind::Relation),
        _ => None,
    }
}

fn sources(value: &serde_json::Value) -> Vec<Object> {
    let pairs = value.as_array().into_iter().flatten();
    pairs.filter_map(|it| Some((it.get(0)?.as_i64()?, it.get(1)?.as_i64()?))).collect()
}

/// The nearest root of every object; of several at one distance the first by name.
fn spread(
    roots: &BTreeMap<Object, String>,
    edges: impl Iterator<Item = (Object, Object)>,
) -> BTreeMap<Object, String> {
    let mut next: BTreeMap<Object, BTreeSet<Object>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().insert(to);
    }
    let mut by_name: Vec<(&String, &Object)> = roots.iter().map(|(it, name)| (name, it)).collect();
    by_name.sort();
    let mut queue: VecDeque<Object> = by_name.into_iter().map(|(_, it)| *it).collect();
    let mut reached = roots.clone();
    while let Some(object) = queue.pop_front() {
        let Some(root) = reached.get(&object).cloned() else { continue };
        for to in next.get(&object).into_iter().flatten() {
            if !reached.contains_key(to) {
                reached.insert(*to, root.clone());
                queue.push_back(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_allow_list_in_order() {
        assert!(TRUSTED_EXTENSIONS.is_sorted());
    }

    #[test]
    fn finds_the_nearest_root_through_cycles() {
        let roots = BTreeMap::from([((1, 1), "b".to_owned()), ((1, 2), "a".to_owned())]);
        let edges = [((1, 1), (2, 1)), ((2, 1), (2, 2)), ((2, 2), (2, 1)), ((1, 2), (2, 2))];
        let reached = spread(&roots, edges.into_iter());
        assert_eq!(reached[&(2, 1)], "b");
        assert_eq!(reached[&(2, 2)], "a");
    }
}
