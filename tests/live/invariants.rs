//! What pgsextant promises never to do to a server, one test a promise, on real servers.
//!
//! Refuses to take its word for it: what happened is read from the server's log, its catalogs
//! and its tables.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::harness::{LiveServer, MAJORS, connect, psql, runtime};
use crate::shop::{
    APP, Folder, LogLine, advise, copy, empty_copy, has_hypopg, log_end, log_of, on, own, run, work,
};

/// One version with HypoPG and the newest.
const TWO: [u32; 2] = [15, 18];

/// Drops a database of a test.
async fn drop_database(live: &LiveServer, name: &str) {
    live.psql(&format!("drop database {name} with (force)")).await;
}

/// Code of somebody who waits for a superuser to plan his statements. Each function tells the
/// log when it runs and leaves a file, which even a read-only transaction allows.
fn hostile(mark: &Path) -> String {
    let body = |name: &str, result: &str| {
        format!("language plpgsql as $f$ begin perform act('{name}'); return {result}; end $f$")
    };
    format!(
        "grant pg_execute_server_program to mallory;
        grant select on all tables in schema public to mallory;
        grant create on schema public to mallory;
        set role mallory;
        create function act(name text) returns void volatile language plpgsql as $f$ begin
            raise log 'RAN %', name;
            execute format('copy (select 1) to program %L', 'cat > {}/' || name); end $f$;
        create function looks_stable(int) returns int stable {};
        create function looks_immutable(int) returns int immutable {};
        create function looks_equal(int, int) returns bool immutable {};
        create operator === (function = looks_equal, leftarg = int, rightarg = int);
        create function looks_fine(int) returns bool immutable {};
        create domain checked as int check (looks_fine(value));
        create view watched as select id from sale where customer = looks_immutable(7);
        create table guarded (id int);
        create policy p on guarded using (looks_fine(7));
        alter table guarded enable row level security;
        alter table guarded force row level security;
        create table indexed (id int);
        create index on indexed (looks_immutable(id));
        reset role;",
        mark.display(),
        body("stable", "$1"),
        body("immutable", "$1"),
        body("equal", "true"),
        body("fine", "true"),
    )
}

/// Statements that run that code when they are planned.
const TRAPS: [&str; 8] = [
    "select id from sale where id = -1 and customer = looks_stable(7)",
    "select id from sale where id = -1 and customer = looks_immutable(7)",
    "select id from sale where id = -1 and customer === 7",
    "select id from sale where id = -1 and id = 7::checked",
    "select id from watched where id = -1",
    "select id from guarded",
    "select id from indexed where looks_immutable(id) = 7",
    "select s.id from sale s join customer c on c.id = s.customer where s.id = -1 \
     and s.customer === c.id",
];

#[test]
fn planning_never_runs_code_nobody_vouched_for() {
    on(&[13, 15, 18], async |live| {
        let mark = Folder::new("touched");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(mark.path(), open).unwrap();
        copy(live, "trapped").await;
        live.role("mallory", "").await;
        let dsn = live.dsn("postgres", "trapped");
        psql(&dsn, &hostile(mark.path())).await;
        let owner = connect(&live.dsn("mallory", "trapped")).await;
        for trap in TRAPS {
            owner.batch_execute(trap).await.unwrap();
        }
        let touched = || std::fs::read_dir(mark.path()).unwrap().count();
        assert!(touched() >= 3, "the traps do not work");
        for file in std::fs::read_dir(mark.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        let since = log_end(live);
        let told = advise(live, "postgres", "trapped", &["--analyze=always", "--all"]).fine();
        assert_eq!(touched(), 0, "{}", told.out);
        let log = log_of(live, since, "trapped", "pgsextant");
        assert!(log.iter().all(|it| !it.text.contains("RAN ")), "{log:?}");
        assert!(told.deed(" executed") > 0 && told.deed(" statements planned") > 3);
        assert!(told.flat().contains("--trust-owner"), "{}", told.out);
        let json = advise(live, "postgres", "trapped", &["--format=json"]).fine().json();
        let list = |name: &str| json[name].as_array().unwrap().clone();
        let remarks = list("notes").into_iter().filter(|it| it["code"] == "unsafe").count();
        // Of the others no parameter has a type, so that they are not planned in any case.
        assert!(remarks >= TRAPS.len() - 2, "{remarks}: {}", told.out);
        let fates = list("statements").into_iter().filter(|it| it["fate"] == "unsafe").count();
        let priced = has_hypopg(live.major);
        assert!(fates >= if priced { TRAPS.len() - 2 } else { 1 }, "{fates}: {}", told.out);
        // Who is vouched for is planned: the traps are real to the very end.
        advise(live, "postgres", "trapped", &["--trust-owner=mallory"]).fine();
        assert!(touched() > 0);
        drop(owner);
        drop_database(live, "trapped").await;
        live.psql("drop role mallory").await;
    });
}

/// Everything that a write would change: rows, who made and locked them, sequences.
const CONTENT: &str = "
    select md5(string_agg(r, ',' order by r)) from (
        select t::text || t.xmin || t.xmax || t.ctid as r from sale t
        union all select t::text || t.xmin || t.xmax || t.ctid from customer t
        union all select t::text || t.xmin || t.xmax || t.ctid from line t
        union all select t::text || t.xmin || t.xmax || t.ctid from product t
        union all select last_value::text || is_called from ticket) all_of_it;
    select count(*), md5(string_agg(c::text, ',' order by oid)) from
        (select oid, relname, relkind, relfilenode, relpages from pg_class) c;
    select md5(string_agg(i::text, ',' order by indexrelid)) from pg_index i;
";

/// How often each of the application's statements ran.
const CALLS: &str = "
    select s.queryid, s.calls from pg_stat_statements s
    join pg_roles r on r.oid = s.userid
    join pg_database d on d.oid = s.dbid
    where r.rolname = 'app' and d.datname = current_database() order by 1, 2";

#[test]
fn only_read_only_statements_are_executed() {
    on(&MAJORS, async |live| {
        copy(live, "untouched").await;
        let dsn = live.dsn("postgres", "untouched");
        psql(
            &dsn,
            "create function counts(int) returns int volatile language sql as
                'select nextval(''ticket'')::int + $1';
            create table seen (id int); grant insert, select, delete on seen to app",
        )
        .await;
        let app = connect(&live.dsn(APP, "untouched")).await;
        for statement in [
            "select counts(1)",
            "select * from sale where customer = 5 for no key update",
            "with made as (insert into seen values (1) returning id) select id from made",
            "insert into seen select id from sale where customer = 6",
            "delete from seen where id = 1",
            "select setval('ticket', 500)",
            "select pg_notify('a', 'b')",
            "select set_config('work_mem', '1MB', false)",
            "select pg_advisory_lock(7)",
            "select lo_create(0)",
            "select max(total) from sale where customer > 10",
        ] {
            app.batch_execute(statement).await.unwrap();
        }
        drop(app);
        let before = (psql(&dsn, CONTENT).await, psql(&dsn, CALLS).await);
        let told = advise(live, "postgres", "untouched", &["--analyze=always"]).fine();
        assert!(told.deed(" executed") > 2, "{}", told.out);
        let after = (psql(&dsn, CONTENT).await, psql(&dsn, CALLS).await);
        assert_eq!(before, after);
        let large = psql(&dsn, "select count(*) from pg_largeobject_metadata").await;
        assert_eq!(large, [["1"]]);
        drop_database(live, "untouched").await;
    });
}

/// The texts of one session, in order.
fn sessions(log: &[LogLine]) -> Vec<Vec<&LogLine>> {
    let mut processes: Vec<&str> = log.iter().map(|it| it.process.as_str()).collect();
    processes.sort_unstable();
    processes.dedup();
    let of = |process: &str| log.iter().filter(|it| it.process == process).collect();
    processes.into_iter().map(of).collect()
}

/// What was sent, without the log's words before it.
fn sent(line: &LogLine) -> Option<(&str, &str)> {
    let text = line.text.strip_prefix("LOG:  ")?;
    text.split_once(": ").filter(|(how, _)| *how == "statement" || how.starts_with("execute"))
}

fn check_frames(session: &[&LogLine]) {
    let mut open: Option<&str> = None;
    for line in session {
        let Some((how, text)) = sent(line) else { continue };
        assert_eq!(line.transaction, "0", "a transaction id was taken: {line:?}");
        assert!(!text.to_ascii_lowercase().starts_with("set "), "{text}");
        assert!(how == "statement" || how == "execute <unnamed>", "{how}: {text}");
        let begins = text.starts_with("begin /* pgsextant */");
        match (open, how) {
            (None, "statement") if begins => {
                assert!(text.contains("isolation level read committed read only;"), "{text}");
                assert!(!text.contains(", false)"), "{text}");
                open = Some(&line.virtual_transaction);
            }
            (Some(transaction), "statement") if text.starts_with("rollback /* pgsextant */") => {
                assert!(
                    text.ends_with("to attempt") || line.virtual_transaction == transaction,
                    "{line:?}"
                );
                if !text.ends_with("to attempt") {
                    open = None;
                }
            }
            (Some(_), "statement") => assert!(
                ["savepoint /* pgsextant */", "release /* pgsextant */"]
                    .iter()
                    .any(|it| text.starts_with(it)),
                "{text}"
            ),
            (Some(transaction), _) => {
                assert_eq!(line.virtual_transaction, transaction, "{text}");
                assert!(text.contains("/* pgsextant */"), "{text}");
                assert!(!text.contains("set_config") || !text.contains("false)"), "{text}");
            }
            (None, _) => panic!("outside a transaction: {text}"),
        }
    }
    assert_eq!(open, None, "a transaction was left open");
}

#[test]
fn every_statement_is_its_own_short_read_only_transaction() {
    on(&MAJORS, async |live| {
        copy(live, "framed").await;
        let since = log_end(live);
        let told = advise(live, "postgres", "framed", &["--analyze=always"]).fine();
        let log = log_of(live, since, "framed", "pgsextant");
        let sessions = sessions(&log);
        assert!(!sessions.is_empty() && log.len() > 40, "{log:?}");
        for session in &sessions {
            check_frames(session);
        }
        let executed = log.iter().filter_map(sent);
        let executed = executed.filter(|(how, _)| how.starts_with("execute")).count() as u64;
        // A statement that the server refuses is sent, and counted, but not logged as executed.
        assert!(executed <= told.deed(" queries sent"), "{executed}: {}", told.out);
        assert!(executed + 3 >= told.deed(" queries sent"), "{executed}: {}", told.out);
        drop_database(live, "framed").await;
    });
}

/// What a session leaves on its backend: settings, prepared statements, locks, transactions.
const LEFT: &str = "select 'LEFT:' || coalesce(string_agg(what, ' '), '') || ':END' from (
    select name || '=' || setting as what from pg_settings where source = 'session'
    union all select name from pg_prepared_statements
    union all select mode from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'
    union all select 'temporary' where pg_my_temp_schema() <> 0
    union all select 'application=' || setting from pg_settings
        where name = 'search_path' and setting <> reset_val) it";

/// Passes bytes on, and when the client says goodbye asks the server what it left behind.
async fn pass_on(client: UnixStream, server: UnixStream) -> String {
    const GOODBYE: [u8; 5] = [b'X', 0, 0, 0, 4];
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = async move {
        let mut bytes = vec![0; 1 << 16];
        let mut tail = Vec::new();
        let mut heard = true;
        loop {
            let count = from_server.read(&mut bytes).await.unwrap_or(0);
            if count == 0 {
                return tail;
            }
            tail.extend_from_slice(&bytes[..count]);
            let old = tail.len().saturating_sub(1 << 16);
            tail.drain(..old);
            heard = heard && to_client.write_all(&bytes[..count]).await.is_ok();
            if !heard && tail.windows(4).any(|it| it == b":END") {
                return tail;
            }
        }
    };
    let forth = async move {
        let mut bytes = vec![0; 1 << 16];
        loop {
            let count = from_client.read(&mut bytes).await.unwrap_or(0);
            let last = bytes[..count].ends_with(&GOODBYE);
            let kept = if last { count - GOODBYE.len() } else { count };
            to_server.write_all(&bytes[..kept]).await.unwrap();
            if last || count == 0 {
                break;
            }
        }
        let mut asked = vec![b'Q'];
        asked.extend(u32::try_from(LEFT.len() + 5).unwrap().to_be_bytes());
        asked.extend(LEFT.as_bytes());
        asked.push(0);
        to_server.write_all(&asked).await.unwrap();
        to_server.write_all(&GOODBYE).await.unwrap();
        to_server
    };
    let (tail, _kept_open) = tokio::join!(back, forth);
    String::from_utf8_lossy(&tail).into_owned()
}

#[test]
fn settings_do_not_outlive_a_transaction() {
    on(&[13, 15, 18], async |live| {
        let folder = Folder::new("between");
        let port = live.server.port();
        let listener = UnixListener::bind(folder.at(format!(".s.PGSQL.{port}"))).unwrap();
        let real = live.server.socket_folder().join(format!(".s.PGSQL.{port}"));
        let between = tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            pass_on(client, UnixStream::connect(real).await.unwrap()).await
        });
        let socket = live.server.socket_folder().display().to_string();
        let dsn = live.dsn("postgres", "shop").replace(&socket, &folder.at(""));
        let told = tokio::task::spawn_blocking(move || run(&["advise", &dsn, "--analyze=always"]));
        let told = told.await.unwrap().fine();
        assert!(told.deed(" executed") > 0, "{}", told.out);
        let left = between.await.unwrap();
        assert!(left.contains("LEFT::END"), "{}", &left[left.len().saturating_sub(300)..]);
    });
}

#[test]
fn no_advisory_locks_no_writes_no_resets() {
    on(&TWO, async |live| {
        copy(live, "watched_run").await;
        let dsn = live.dsn("postgres", "watched_run");
        let state = "select (select sum(calls) from pg_stat_statements s join pg_database d \
            on d.oid = s.dbid where d.datname = current_database() \
            and position('pgsextant' in query) = 0 and query like '%from sale where%')::text, \
            (select stats_reset from pg_stat_statements_info)::text, \
            (select stats_reset from pg_stat_database where datname = current_database())::text, \
            (select count(*) from pg_extension)::text, \
            (select count(*) from pg_db_role_setting)::text";
        let before = (psql(&dsn, CONTENT).await, psql(&dsn, state).await);
        let done = Arc::new(AtomicBool::new(false));
        let watcher = tokio::spawn(watch_locks(live.dsn("postgres", "postgres"), done.clone()));
        let told = advise(live, "postgres", "watched_run", &["--analyze=always"]).fine();
        done.store(true, Ordering::Relaxed);
        let seen = watcher.await.unwrap();
        // Planning an UPDATE, or a SELECT FOR UPDATE, takes its lock for as long.
        let known = [
            "relation AccessShareLock",
            "relation RowShareLock",
            "relation RowExclusiveLock",
            "virtualxid ExclusiveLock",
        ];
        assert!(seen.iter().all(|it| known.contains(&it.as_str())), "{seen:?}");
        assert!(seen.iter().any(|it| it.starts_with("virtualxid")), "nothing was seen: {seen:?}");
        assert!(told.deed(" executed") > 0);
        let after = (psql(&dsn, CONTENT).await, psql(&dsn, state).await);
        assert_eq!(before, after);
        drop_database(live, "watched_run").await;
    });
}

/// Every kind of lock that a session of ours was seen with.
async fn watch_locks(dsn: String, done: Arc<AtomicBool>) -> Vec<String> {
    let client = connect(&dsn).await;
    let mut seen = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let rows = client
            .query(
                "select distinct l.locktype || ' ' || l.mode from pg_locks l \
                join pg_stat_activity a on a.pid = l.pid where a.application_name = 'pgsextant' \
                and a.datname = 'watched_run'",
                &[],
            )
            .await
            .unwrap();
        seen.extend(rows.iter().map(|it| it.get::<_, String>(0)));
        seen.sort();
        seen.dedup();
    }
    seen
}

#[test]
fn our_entries_stay_below_a_tenth_of_the_free_slots() {
    runtime().block_on(async {
        for major in TWO {
            for max in ["100", "600"] {
                let settings = [
                    ("pg_stat_statements.max", max),
                    // Statements that only prepare the test take no entries.
                    ("pg_stat_statements.track_utility", "on"),
                ];
                let live = own(major, &settings).await;
                empty_copy(&live, "shop").await;
                let dsn = live.dsn("postgres", "shop");
                psql(&dsn, "select pg_stat_statements_reset()").await;
                let app = connect(&live.dsn(APP, "shop")).await;
                for column in 0..90 {
                    let text = format!("select {}id from sale where id = 1", "1, ".repeat(column));
                    app.query(&text, &[]).await.unwrap();
                }
                let count = |what: &str| {
                    format!("select count(*)::text from pg_stat_statements where query {what}")
                };
                let texts = "like 'select%id from sale%'";
                let held = psql(&dsn, &count(texts)).await;
                let all: u64 = psql(&dsn, &count("is not null")).await[0][0].parse().unwrap();
                let told = advise(&live, "postgres", "shop", &["--all"]).fine();
                let ours = psql(&dsn, &count("like '%/* pgsextant */%'")).await;
                let ours: u64 = ours[0][0].parse().unwrap();
                let free = max.parse::<u64>().unwrap() - all;
                let planned = told.deed(" statements planned");
                if max == "100" {
                    assert_eq!(planned, 0, "{}", told.out);
                    assert!(told.flat().contains("Raise pg_stat_statements.max"), "{}", told.out);
                } else {
                    assert!(ours <= free / 10, "{ours} of {free}: {}", told.out);
                    assert!(planned > 0, "{}", told.out);
                    assert_eq!(psql(&dsn, &count(texts)).await, held);
                }
                live.server.stop().await.unwrap();
            }
        }
    });
}

#[test]
fn large_partition_trees_are_not_planned_here() {
    runtime().block_on(async {
        for major in TWO {
            let settings = [("max_locks_per_transaction", "10")];
            let live = own(major, &settings).await;
            copy(&live, "shop").await;
            let dsn = live.dsn("postgres", "shop");
            psql(&dsn, "create table event (id int, at int) partition by list (id)").await;
            psql(&dsn, "create index on event (at)").await;
            for number in 0..120 {
                let part = format!(
                    "create table event_{number} partition of event for values in ({number})"
                );
                psql(&dsn, &part).await;
            }
            psql(&dsn, "grant select on all tables in schema public to app").await;
            let app = connect(&live.dsn(APP, "shop")).await;
            app.query("select count(*) from event where id = 3 and at = 7", &[]).await.unwrap();
            app.query("select count(*) from event where at = 7", &[]).await.unwrap();
            let told = advise(&live, "postgres", "shop", &["--all", "--analyze=always"]).fine();
            assert!(told.flat().contains("lock slots, more than a quarter"), "{}", told.out);
            assert!(told.flat().contains("Raise max_locks_per_transaction"), "{}", told.out);
            let since = log_of(&live, 0, "shop", "pgsextant");
            let explained = since.iter().filter(|it| it.text.contains("explain /* pgsextant */"));
            assert!(explained.clone().all(|it| !it.text.contains("from event")));
            assert!(explained.count() > 3);
            live.server.stop().await.unwrap();
        }
    });
}

#[test]
fn statement_and_lock_timeouts_hold() {
    on(&TWO, async |live| {
        copy(live, "held").await;
        let app = connect(&live.dsn(APP, "held")).await;
        // Takes far longer than a statement may.
        let slow = "select count(*) from sale a, sale b where a.total <= b.total and a.id < $1";
        app.query(slow, &[&3i32]).await.unwrap();
        let holder = connect(&live.dsn("postgres", "held")).await;
        holder.batch_execute("begin; lock table line in access exclusive mode").await.unwrap();
        let begun = Instant::now();
        let told = advise(live, "postgres", "held", &["--analyze=always,3s", "--all"]).fine();
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(12), "{took:?}");
        let flat = told.flat();
        assert!(flat.contains("lock timeout"), "{flat}");
        assert!(flat.contains("longer than") || flat.contains("statement timeout"), "{flat}");
        let wait = flat.split("longest lock wait ").nth(1).unwrap();
        let (wait, unit) = wait.split_once(' ').unwrap();
        assert!(unit.starts_with("ms"), "{flat}");
        let wait: f64 = wait.parse().unwrap();
        assert!((90.0..400.0).contains(&wait), "{wait}");
        // Others were not held up behind us: the lock is still the holder's alone.
        let waiting = live.psql("select count(*) from pg_locks where not granted").await;
        assert_eq!(waiting, [["0"]]);
        holder.batch_execute("rollback").await.unwrap();
        drop((holder, app));
        drop_database(live, "held").await;
    });
}

#[test]
fn one_bad_statement_never_stops_a_run() {
    on(&MAJORS, async |live| {
        copy(live, "bad").await;
        let dsn = live.dsn("postgres", "bad");
        psql(
            &dsn,
            "create table gone (id int); create table changed (id int, old int);
            create type mood as enum ('sad'); create table felt (id int, how mood);
            insert into felt values (1, 'sad'); create table \"Od\"\"d\" (\"wi th\" int);
            create function later(int) returns int immutable language sql as 'select $1';
            grant select on all tables in schema public to app",
        )
        .await;
        let app = connect(&live.dsn(APP, "bad")).await;
        for statement in [
            "select id from gone where id = 1",
            "select old from changed where old = 1",
            "select id from felt where how = 'sad'",
            "select \"wi th\" from \"Od\"\"d\" where \"wi th\" = 3",
            "select later(3) + id from felt",
            "select extract(year from placed), date '2026-01-01', interval '1' day from sale \
             where id = 1",
            "select * from (values (1), (2)) v(x) where x in (1, 2, 3)",
            "select 1 as \"a;b\", $$x;y$$, E'\\\\' /* ; -- */ where 1 = 1",
            "create temporary table mine (id int); select id from mine where id = 1",
            "declare c cursor with hold for select 1; fetch c; close c",
        ] {
            app.batch_execute(statement).await.unwrap();
        }
        drop(app);
        psql(
            &dsn,
            "drop table gone; alter table changed drop column old; drop function later(int);
            alter type mood rename value 'sad' to 'glad'",
        )
        .await;
        let folder = Folder::new("bad");
        let place = folder.at("capture");
        let arguments = ["--analyze=always", "--all", "--save", &place];
        let told = advise(live, "postgres", "bad", &arguments).fine();
        assert!(told.out.contains("CREATE INDEX CONCURRENTLY"), "{}", told.out);
        assert!(told.deed(" executed") > 0);
        assert!(told.flat().contains("relation gone is not among the recorded"), "{}", told.out);
        check_damaged_texts(&place);
        drop_database(live, "bad").await;
    });
}

/// The same from a capture whose texts were cut off or overwritten.
fn check_damaged_texts(place: &str) {
    let file = format!("{place}/statements.jsonl");
    let lines = std::fs::read_to_string(&file).unwrap();
    let damaged = lines.lines().enumerate().map(|(number, line)| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(text) = value["text"].as_str().map(str::to_owned) else { return line.to_owned() };
        let cut: String = text.chars().take(text.chars().count() * 2 / 3).collect();
        match number % 4 {
            1 => value["text"] = cut.into(),
            2 => value["text"] = format!("{text} )) '").into(),
            3 => value["text"] = "\u{0}\u{fffd} \u{202e}select".into(),
            _ => {}
        }
        value.to_string()
    });
    let damaged: Vec<String> = damaged.collect();
    std::fs::write(&file, damaged.join("\n")).unwrap();
    let told = run(&["advise", "--from", place, "--all"]).fine();
    assert!(told.out.contains("unparsed"), "{}", told.out);
}

#[test]
fn own_advice_is_never_run() {
    on(&MAJORS, async |live| {
        copy(live, "advised").await;
        let dsn = live.dsn("postgres", "advised");
        let objects = "select oid, relname, relfilenode from pg_class order by oid;
            select indexrelid, indisvalid from pg_index order by 1;
            select oid, extname, extversion from pg_extension order by 1";
        let before = psql(&dsn, objects).await;
        let since = log_end(live);
        for format in ["text", "json", "sql", "markdown"] {
            let told = advise(live, "postgres", "advised", &["--format", format]).fine();
            assert!(told.out.contains("CREATE INDEX CONCURRENTLY"), "{}", told.out);
        }
        assert_eq!(psql(&dsn, objects).await, before);
        let log = log_of(live, since, "advised", "pgsextant");
        let built = log.iter().find(|it| it.text.to_ascii_lowercase().contains(": create index"));
        assert_eq!(built, None);
        work(live, "advised").await;
        drop_database(live, "advised").await;
    });
}

#[test]
fn hypothetical_indexes_are_gone_with_the_run() {
    on(&[15], async |live| {
        let told = advise(live, "postgres", "shop", &["--price=hypopg"]).fine();
        assert!(told.flat().contains("HypoPG"), "{}", told.out);
        let dsn = live.dsn("postgres", "shop");
        let left = psql(&dsn, "select count(*) from hypopg_list_indexes").await;
        assert_eq!(left, [["0"]]);
    });
}
