//! A whole server is read, on every version, with what each role may see.

use pgsextant::base::{Name, NoteCode, QualifiedName, Rows};
use pgsextant::catalog::{Distinct, KeyTerm};
use pgsextant::io::{
    CollectOptions, Limits, Question, ServerErrorKind, Session, Silent, Spoken, Surroundings,
    Target, collect,
};
use pgsextant::workload::Capture;

use crate::harness::{LiveServer, connect, each_major};

async fn session_of(live: &LiveServer, role: &str) -> Session {
    let dsn = live.dsn(role, "postgres");
    let target = Target::find(Some(&dsn), &Spoken::default(), &Surroundings::default()).unwrap();
    Session::connect(&target, Limits::default()).await.unwrap()
}

async fn read(live: &LiveServer, role: &str) -> Capture {
    let session = session_of(live, role).await;
    collect(&session, &CollectOptions::default(), &Silent).await.unwrap()
}

const SHOP: &str = "
    create extension pg_stat_statements;
    create table customer (id int primary key, mail text not null, tags text[], kind varchar(9));
    create table sale (id bigint generated always as identity primary key,
        customer int not null references customer, at timestamptz not null, paid bool);
    create index sale_at on sale (at desc nulls last, customer) include (paid) where paid;
    create index customer_mail on customer (lower(mail), mail text_pattern_ops);
    create table log (at date, line json) partition by range (at);
    create table log_1 partition of log for values from ('2026-01-01') to ('2027-01-01');
    create index on log (at);
    create view paid as select * from sale where paid;
    create materialized view days as select at::date from sale;
    create table \"Odd \"\"Name\" (\"Col,umn\" int);
    insert into customer select n, 'c' || n % 7 || '@example.com', array['a,b', 'c'],
        case when n % 3 = 0 then 'x' else 'y' end from generate_series(1, 3000) n;
    insert into sale (customer, at, paid) select 1 + n % 3000, '2026-01-01'::timestamptz
        + n * interval '1 min', n % 2 = 0 from generate_series(1, 9000) n;
    analyze;
    select count(*) from sale where customer = 7;
";

#[test]
fn every_section_is_read() {
    each_major(async |live| {
        live.psql(SHOP).await;
        let capture = read(live, "postgres").await;
        assert_eq!(capture.gaps, [], "{:?}", capture.gaps);
        assert_eq!(capture.server.version.major(), live.major);
        assert!(!capture.server.standby);
        assert!(capture.captured_at.ends_with('Z'), "{}", capture.captured_at);
        let extension = capture.server.statements.as_ref().unwrap();
        assert_eq!(extension.entries_max, 5000);
        assert_eq!(extension.evicted.is_some(), live.major >= 14);
        assert!(extension.entries > 3);
        check_tables(&capture);
        check_indexes(&capture);
        let counted = capture.statements.iter().find(|it| it.text.contains("from sale where cust"));
        let counted = counted.unwrap();
        assert_eq!((counted.counters.calls, counted.counters.rows), (1, 1));
        assert!(counted.text.contains("customer = $1"), "{}", counted.text);
        assert_eq!(counted.role, Name::from("postgres"));
        assert!(capture.statements.iter().all(|it| !it.text.contains("pgsextant")));
        let setting = |name: &str| {
            capture.settings.iter().find(|it| it.name == name).map(|it| it.value.as_str())
        };
        assert_eq!(setting("work_mem"), Some("4MB"));
        assert_eq!(setting("statement_timeout").unwrap_or("0"), "0");
        assert_eq!(setting("search_path"), Some("\"$user\", public"));
    });
}

fn check_tables(capture: &Capture) {
    let catalog = &capture.catalog;
    let table = |name: &str| {
        catalog.table(catalog.find_table(&QualifiedName::new("public", name)).unwrap())
    };
    let customer = table("customer");
    assert_eq!(customer.rows, Some(Rows(3000.0)));
    assert_eq!(customer.file_pages, Some(customer.pages));
    let column = |name: &str| customer.column(&Name::from(name)).unwrap();
    let mail = column("mail").statistics.as_ref().unwrap();
    assert_eq!(mail.common.len(), 7);
    assert_eq!(mail.distinct, Distinct::Count(7.0));
    let tags = column("tags").statistics.as_ref().unwrap();
    assert_eq!(tags.common[0].0, "{\"a,b\",c}");
    assert_eq!(column("kind").type_name, "character varying(9)");
    assert!(column("tags").sortable && column("kind").sortable && column("id").sortable);
    assert!(column("mail").not_null && !column("tags").not_null);
    assert!(!table("log").column(&Name::from("line")).unwrap().sortable);
    assert_eq!(table("log_1").parents, [QualifiedName::new("public", "log")]);
    assert!(table("Odd \"Name").column(&Name::from("Col,umn")).is_some());
    assert_eq!(table("sale").analyzed, Some(true));
    assert!(table("paid").file_pages.is_none());
    let [key] = catalog.foreign_keys() else { panic!("{:?}", catalog.foreign_keys()) };
    assert_eq!(key.child.plain(), "public.sale");
    assert_eq!(key.child_columns, [Name::from("customer")]);
    assert_eq!(key.parent_columns, [Name::from("id")]);
    let count = Name::from("count");
    let counts: Vec<_> = catalog.functions_named(&count).collect();
    assert!(counts.iter().all(|it| it.built_in));
    assert!(!counts.is_empty());
}

fn check_indexes(capture: &Capture) {
    let catalog = &capture.catalog;
    let index = |name: &str| {
        catalog.index(catalog.find_index(&QualifiedName::new("public", name)).unwrap())
    };
    let sale_at = index("sale_at");
    assert_eq!(sale_at.predicate.as_deref(), Some("paid"));
    assert_eq!(sale_at.include, [Name::from("paid")]);
    assert!(sale_at.keys[0].descending && !sale_at.keys[0].nulls_first);
    assert!(sale_at.file_pages.is_some() && sale_at.usage.is_some());
    let definition = sale_at.definition.as_deref().unwrap();
    assert!(definition.starts_with("CREATE INDEX sale_at ON public.sale"), "{definition}");
    let mail = index("customer_mail");
    assert_eq!(mail.keys[0].term, KeyTerm::Expression("lower(mail)".to_owned()));
    assert_eq!(mail.keys[1].operator_class, Some(Name::from("text_pattern_ops")));
    let key = index("customer_pkey");
    assert!(key.primary && key.unique && key.referenced && key.valid);
    assert_eq!(index("log_1_at_idx").parent.as_ref().unwrap().plain(), "public.log_at_idx");
}

#[test]
fn a_plain_role_gets_gaps_and_remedies() {
    each_major(async |live| {
        live.psql(SHOP).await;
        live.psql("drop extension pg_stat_statements").await;
        live.role("plain", "").await;
        let capture = read(live, "plain").await;
        let absent = capture.gaps.iter().find(|it| it.code == NoteCode::Absent).unwrap();
        assert!(absent.remedy.contains("create extension"), "{absent:?}");
        assert!(capture.gaps.iter().any(|it| it.subject == "statistics"), "{:?}", capture.gaps);
        live.psql("create extension pg_stat_statements").await;
        let capture = read(live, "plain").await;
        let hidden = capture.server.statements.as_ref().unwrap().hidden;
        assert!(hidden > 0);
        assert!(capture.gaps.iter().any(|it| it.remedy.contains("Run: GRANT pg_")));
    });
}

#[test]
fn a_locked_table_holds_nobody_up() {
    each_major(async |live| {
        live.psql(SHOP).await;
        let holder = connect(&live.dsn("postgres", "postgres")).await;
        holder.batch_execute("begin; lock table sale in access exclusive mode").await.unwrap();
        let session = session_of(live, "postgres").await;
        let capture = collect(&session, &CollectOptions::default(), &Silent).await.unwrap();
        assert_eq!(session.deeds().lock_wait_max.as_millis(), 0, "nothing waited");
        let catalog = &capture.catalog;
        let sale = catalog.find_index(&QualifiedName::new("public", "sale_at")).unwrap();
        assert_eq!(catalog.index(sale).definition, None);
        let sale = catalog.find_table(&QualifiedName::new("public", "sale")).unwrap();
        assert_eq!(catalog.table(sale).file_pages, None);
        let other = catalog.find_index(&QualifiedName::new("public", "customer_mail")).unwrap();
        assert!(catalog.index(other).definition.is_some());
        assert!(capture.gaps.iter().all(|it| it.code == NoteCode::Missing), "{:?}", capture.gaps);
        assert_eq!(capture.gaps.len(), 2);
    });
}

#[test]
fn a_failed_statement_leaves_the_session_usable_and_clean() {
    each_major(async |live| {
        let session = session_of(live, "postgres").await;
        let refused = session.ask(&Question::new("divide", "select 1 / 0")).await.unwrap_err();
        assert_eq!(refused.kind, ServerErrorKind::Other);
        let write = "create table x ()";
        let refused = session.ask(&Question::new("write", write)).await.unwrap_err();
        assert_eq!(refused.sqlstate.as_deref(), Some("25006"));
        let limits = Limits::default().within(std::time::Duration::from_millis(50));
        let slow = Question::new("wait", "select pg_sleep(5)::text as slept").within(limits);
        assert_eq!(session.ask(&slow).await.unwrap_err().kind, ServerErrorKind::Timeout);
        // A question given up half way leaves a transaction that the next one ends.
        let asked = Question::new("wait", "select pg_sleep(0.2)::text as slept");
        let given_up = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(given_up, session.ask(&asked)).await.is_err());
        let text = "select pg_catalog.count(*)::int8 as taken, \
            pg_catalog.current_setting('search_path')::text as path from pg_locks where false";
        let records = session.ask(&Question::new("look", text)).await.unwrap();
        assert_eq!(records[0].word("path"), "pg_catalog, pg_temp");
    });
}

#[test]
fn a_wrong_password_and_a_closed_port_say_what_to_do() {
    each_major(async |live| {
        let socket = live.server.socket_folder().display().to_string();
        let port = live.server.port();
        let connect = async |dsn: String| {
            let around = Surroundings::default();
            let target = Target::find(Some(&dsn), &Spoken::default(), &around).unwrap();
            Session::connect(&target, Limits::default()).await.map(|_| ()).unwrap_err()
        };
        let base = format!("host={socket} port={port} dbname=postgres");
        let wrong = connect(format!("{base} user=postgres password=wr0ng")).await;
        assert_eq!(wrong.kind, ServerErrorKind::Authentication, "{wrong}");
        assert!(!format!("{wrong:?}").contains("wr0ng"));
        let none = connect(format!("{base} user=postgres")).await;
        assert_eq!(none.kind, ServerErrorKind::Authentication, "{none}");
        let closed = connect("host=127.0.0.1 port=1 user=x".to_owned()).await;
        assert_eq!(closed.kind, ServerErrorKind::Unreachable, "{closed}");
        let password = live.server.password();
        let missing =
            format!("host={socket} port={port} user=postgres dbname=no password={password}");
        assert_eq!(connect(missing).await.kind, ServerErrorKind::Missing);
    });
}

#[test]
fn three_hundred_tables_are_read_quickly() {
    let found = crate::harness::binaries();
    crate::harness::runtime().block_on(async {
        let live = crate::harness::start(crate::harness::binaries_of(&found, 15)).await;
        live.psql("create extension pg_stat_statements").await;
        live.psql(
            "do $$ begin for n in 1..300 loop execute format('create table t%s (id int primary \
             key, a int, b text, c timestamptz); create index on t%s (a); create index on t%s \
             (b, c); insert into t%s select i, i %% 10, i::text, now() from \
             generate_series(1, 500) i', n, n, n, n); end loop; end $$; analyze",
        )
        .await;
        let session = session_of(&live, "postgres").await;
        let begun = std::time::Instant::now();
        let capture = collect(&session, &CollectOptions::default(), &Silent).await.unwrap();
        let took = begun.elapsed();
        assert_eq!(capture.catalog.tables().count(), 300 + 1 + usize::from(live.major >= 14));
        let deeds = session.deeds();
        #[expect(clippy::print_stderr, reason = "the figure is what the test is for")]
        {
            eprintln!("{took:?}: {deeds}");
        }
        assert!(deeds.queries < 30, "{deeds}");
        live.server.stop().await.unwrap();
    });
}
