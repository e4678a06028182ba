//! Whatever can lead planning to code that nobody vouched for is found, and nothing else is.

use std::collections::BTreeMap;

use pgsextant::catalog::UntrustedKind;
use pgsextant::io::{
    CollectOptions, Limits, Session, Silent, Spoken, Surroundings, Target, collect,
};
use pgsextant::workload::Capture;

use crate::harness::{LiveServer, each_major};

/// Connects as the superuser.
pub async fn session(live: &LiveServer) -> Session {
    let dsn = live.dsn("postgres", "postgres");
    let target = Target::find(Some(&dsn), &Spoken::default(), &Surroundings::default()).unwrap();
    Session::connect(&target, Limits::default()).await.unwrap()
}

async fn read(live: &LiveServer, trust_owners: &[&str]) -> Capture {
    let options = CollectOptions {
        trust_owners: trust_owners.iter().map(|it| (*it).to_owned()).collect(),
        ..CollectOptions::default()
    };
    collect(&session(live).await, &options, &Silent).await.unwrap()
}

/// Names by kind; the schema is always `public` here.
fn names(capture: &Capture) -> BTreeMap<UntrustedKind, Vec<String>> {
    let mut names: BTreeMap<UntrustedKind, Vec<String>> = BTreeMap::new();
    for it in capture.catalog.untrusted() {
        names.entry(it.kind).or_default().push(it.name.name.0.clone());
    }
    names
}

/// Objects of a superuser and of one who wants to run code as somebody else.
const HOSTILE: &str = "
    grant create on schema public to mallory;
    create function pinned(int) returns int language sql immutable
        set search_path = pg_catalog as 'select $1';
    create function loose(int) returns int language sql immutable as 'select $1';
    create table clean (id int primary key, x int);
    create view printed as select table_to_xml('clean', true, false, '') as x;
    create table viewed_pinned (id int, x int default pinned(1));
    set role mallory;
    create function evil(int) returns int language plpgsql immutable as 'begin return $1; end';
    create function evil_true(int) returns bool language plpgsql immutable
        as 'begin return true; end';
    create function evil_pair(int, int) returns bool language plpgsql immutable
        as 'begin return true; end';
    create function evil_text(int) returns text language plpgsql volatile
        as 'begin return ''''; end';
    create function evil_inlined() returns int language sql volatile as 'select 1';
    create function fires() returns trigger language plpgsql as 'begin return new; end';
    create operator <<<< (function = evil_pair, leftarg = int, rightarg = int);
    create operator public.= (function = evil_pair, leftarg = int, rightarg = int);
    create domain checked as int check (evil_true(value));
    create type pair as (a int, b int);
    create function pair_to_text(pair) returns text language plpgsql immutable
        as 'begin return ''''; end';
    create cast (pair as text) with function pair_to_text(pair) as assignment;
    create table of_pair (p pair);
    create table of_checked (c checked);
    create table of_array (c checked[]);
    reset role;
";

/// The same with objects that other objects stand on.
const TABLES: &str = "
    set role mallory;
    create view over as select evil(1) as x;
    create view over_over as select x from over;
    create materialized view frozen as select evil(1) as x;
    create table indexed (id int);
    create index on indexed (evil(id));
    create table computed (id int, x int generated always as (evil(id)) stored);
    create table guarded (id int);
    alter table guarded enable row level security;
    create policy p on guarded using (evil_true(id));
    create table defaulted (id int default evil(1));
    create table defaulted_volatile (id text default evil_text(1));
    create table defaulted_inlined (id int default evil_inlined());
    create table watched (id int);
    create table limited (id int check (evil_true(id)));
    create table referring (id int);
    create trigger t before insert on watched for each row execute function fires();
    create table parted (id int) partition by range (id);
    create table part1 partition of parted for values from (0) to (10);
    alter table part1 add check (evil_true(id));
    reset role;
    create table target (id int primary key, x int default loose(1));
    create table refers (id int references target);
    create function trusted_pair(int, int) returns bool language internal immutable as 'int4lt';
    create operator <~ (function = trusted_pair, leftarg = int, rightarg = int);
    set role mallory;
";

const EVIL_COMMUTATOR: &str = "
    create function trusted_pair(int, text) returns bool language internal immutable as 'int4lt';
    create function evil_pair(text, int) returns bool language plpgsql immutable
        as 'begin return true; end';
    create operator ~> (function = evil_pair, leftarg = text, rightarg = int);
    create operator <~~ (function = trusted_pair, leftarg = int, rightarg = text,
        commutator = ~>);
    alter function evil_pair(text, int) owner to mallory;
";

#[test]
fn every_way_to_untrusted_code_is_found() {
    each_major(async |live| {
        live.role("mallory", "").await;
        live.psql("grant create on database postgres to mallory").await;
        live.psql(HOSTILE).await;
        live.psql(TABLES).await;
        live.psql(EVIL_COMMUTATOR).await;
        if live.major >= 14 {
            live.psql(
                "create table counted (id int); \
                create statistics counts on (evil(id)), id from counted;",
            )
            .await;
        }
        let capture = read(live, &[]).await;
        let found = names(&capture);
        let has = |kind, name: &str| {
            found.get(&kind).is_some_and(|names| names.iter().any(|it| it == name))
        };
        for name in ["evil", "evil_true", "evil_pair", "evil_text", "loose", "pair_to_text"] {
            assert!(has(UntrustedKind::Function, name), "function {name}: {found:?}");
        }
        for name in ["<<<<", "=", "~>", "<~~"] {
            assert!(has(UntrustedKind::Operator, name), "operator {name}: {found:?}");
        }
        for name in ["checked", "pair", "_checked"] {
            assert!(has(UntrustedKind::Type, name), "type {name}: {found:?}");
        }
        for name in [
            "over",
            "over_over",
            "indexed",
            "computed",
            "guarded",
            "defaulted",
            "limited",
            "parted",
            "part1",
            "of_pair",
            "of_checked",
            "of_array",
            "target",
            "defaulted_inlined",
            "printed",
        ] {
            assert!(has(UntrustedKind::Relation, name), "relation {name}: {found:?}");
        }
        assert_eq!(has(UntrustedKind::Relation, "counted"), live.major >= 14);
        for name in [
            "clean",
            "viewed_pinned",
            "watched",
            "referring",
            "refers",
            "frozen",
            "defaulted_volatile",
        ] {
            assert!(!has(UntrustedKind::Relation, name), "relation {name}: {found:?}");
        }
        assert!(!has(UntrustedKind::Function, "pinned"), "{found:?}");
        assert!(!has(UntrustedKind::Operator, "<~"), "{found:?}");
        assert!(!found.contains_key(&UntrustedKind::Everything), "{found:?}");
        let over = capture.catalog.untrusted().iter().find(|it| it.name.name.0 == "over_over");
        assert_eq!(over.map(|it| it.reaches.as_str()), Some("function public.evil of mallory"));
        let trusted = names(&read(live, &["mallory", "postgres"]).await);
        let left: Vec<&String> = trusted.values().flatten().collect();
        assert!(left.iter().all(|it| it.trim_start_matches('_') == "printed"), "{trusted:?}");
    });
}

#[test]
fn a_cast_between_built_in_types_taints_everything() {
    each_major(async |live| {
        live.role("mallory", "").await;
        live.psql(
            "create function evil(int) returns point language plpgsql immutable
                as 'begin return null; end';
            create cast (int as point) with function evil(int) as implicit;
            alter function evil(int) owner to mallory;",
        )
        .await;
        let found = names(&read(live, &[]).await);
        assert!(found.contains_key(&UntrustedKind::Everything), "{found:?}");
    });
}

#[test]
fn common_extensions_are_trusted() {
    each_major(async |live| {
        live.psql(
            "create extension citext; create extension hstore; create extension pg_trgm;
            create extension ltree; create extension cube; create extension earthdistance;
            create extension btree_gist; create extension intarray; create extension pgcrypto;
            create extension pg_stat_statements;
            create table words (w citext, h hstore, l ltree); create index on words (w);",
        )
        .await;
        let found = names(&read(live, &[]).await);
        assert!(found.is_empty(), "{found:?}");
    });
}

#[test]
fn foreign_tables_are_not_planned() {
    each_major(async |live| {
        live.psql(
            "create extension postgres_fdw;
            create server far foreign data wrapper postgres_fdw;
            create foreign table away (id int) server far;
            create view through as select id from away;",
        )
        .await;
        let found = names(&read(live, &[]).await);
        let relations = found.get(&UntrustedKind::Relation).cloned().unwrap_or_default();
        assert_eq!(relations, ["away", "through"], "{found:?}");
    });
}
