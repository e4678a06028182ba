//! Throwaway servers start, and whatever becomes of their owners, nothing of them stays.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pgsextant::io::throwaway::{Listen, Options, Throwaway, sweep};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::harness::{self, binaries, binaries_of, each_major, psql, runtime};

/// Turns the test of that name into the owner that is to be killed.
const OWNER: &str = "PGSEXTANT_TEST_OWNER";

/// How long a guard may take to clean up before a test gives up on it.
const CLEANING_PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn every_major_starts_answers_and_leaves_nothing() {
    let found = binaries();
    runtime().block_on(async {
        for major in harness::MAJORS {
            let live = harness::start(binaries_of(&found, major)).await;
            let rows = live.psql("select current_setting('server_version_num')::int / 10000").await;
            assert_eq!(rows, [[major.to_string()]]);
            say(&format!("PostgreSQL {major}: {:?} to the first answer", live.first_answer));
            let folder = live.server.folder().to_owned();
            let ids = [live.server.server_id().unwrap(), live.server.guard_id().unwrap()];
            live.server.stop().await.unwrap();
            assert!(!folder.exists());
            assert_eq!(ids.map(runs), [false, false]);
        }
    });
}

#[test]
fn every_major_has_statement_counters_and_plain_roles() {
    each_major(async |live| {
        live.psql("create extension pg_stat_statements").await;
        live.role("plain", "").await;
        let dsn = live.dsn("plain", "postgres");
        let rows = psql(
            &dsn,
            "select current_user, rolsuper from pg_roles \
            where rolname = current_user; select count(*) > 0 from pg_stat_statements",
        )
        .await;
        assert_eq!(rows, [vec!["plain", "f"], vec!["t"]]);
    });
}

#[test]
fn every_major_takes_no_connection_without_the_password() {
    each_major(async |live| {
        let dsn = live.dsn("postgres", "postgres");
        let wrong = dsn.replace(live.server.password(), "guessed");
        let error = tokio_postgres::connect(&wrong, tokio_postgres::NoTls).await.err().unwrap();
        assert_eq!(error.code().unwrap().code(), "28P01");
    });
}

#[test]
fn every_major_goes_on_with_its_data_after_a_halt() {
    each_major(async |live| {
        live.psql("create table kept ()").await;
        live.psql("alter system set work_mem = '5MB'").await;
        let begun = Instant::now();
        live.server.halt().await.unwrap();
        let halted = begun.elapsed();
        assert!(!live.server.data_folder().join("postmaster.pid").exists());
        live.server.launch().await.unwrap();
        let launched = begun.elapsed().saturating_sub(halted);
        say(&format!(
            "PostgreSQL {}: {:?} from copy to answer, halted in {halted:?}, back in {launched:?}",
            live.major, live.first_answer,
        ));
        let version = psql(&live.dsn("postgres", "postgres"), "show server_version").await;
        assert!(version[0][0].starts_with(&live.major.to_string()));
        let rows = live.psql("select 'kept'::regclass; show work_mem").await;
        assert_eq!(rows, [["kept"], ["5MB"]]);
    });
}

#[test]
fn every_major_can_be_followed_by_a_standby() {
    each_major(async |live| {
        live.psql("create table before ()").await;
        let standby = live.server.standby().await.unwrap();
        live.psql("create table after ()").await;
        standby.catch_up(&live.server).await.unwrap();
        let dsn = harness::dsn(&standby, "postgres", "postgres");
        let rows = psql(
            &dsn,
            "select pg_is_in_recovery(), 'before'::regclass, 'after'::regclass \
            ",
        )
        .await;
        assert_eq!(rows, [["t", "before", "after"]]);
        standby.stop().await.unwrap();
    });
}

#[test]
fn a_server_can_listen_on_loopback() {
    let found = binaries();
    runtime().block_on(async {
        let options = Options { listen: Listen::Loopback, ..harness::options("loopback") };
        let server = Throwaway::start(binaries_of(&found, 18), options).await.unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(server.port()).user("postgres").password(server.password());
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let row = client.query_one("select host(inet_client_addr())", &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), "127.0.0.1");
        server.stop().await.unwrap();
    });
}

#[test]
fn a_server_that_cannot_start_says_why_and_leaves_nothing() {
    let base = Base::new("refused");
    let found = binaries();
    runtime().block_on(async {
        for major in harness::MAJORS {
            let options = Options {
                settings: vec![("work_mem".to_owned(), "many".to_owned())],
                ..base.options("refused")
            };
            let error = Throwaway::start(binaries_of(&found, major), options).await.unwrap_err();
            assert_eq!(error.doing, format!("starting PostgreSQL {major}"));
            assert!(error.why.contains("\"work_mem\""), "{error}");
            assert_eq!(base.entries(), Vec::<PathBuf>::new());
        }
    });
}

#[test]
fn an_owner_that_gives_up_during_initdb_leaves_nothing() {
    let base = Base::new("early");
    let found = binaries();
    runtime().block_on(async {
        for major in harness::MAJORS {
            let start = Throwaway::start(binaries_of(&found, major), base.options("early"));
            let lock = tokio::select! {
                started = start => panic!("initdb was not to be seen at work: {started:?}"),
                lock = base.first_cluster() => lock,
            };
            wait_for_lock(lock);
            assert_eq!(base.entries(), Vec::<PathBuf>::new());
            assert_eq!(processes_of(&base.0), Vec::<PathBuf>::new());
        }
    });
}

#[test]
fn root_lends_its_servers_to_another_account_and_nobody_else_can() {
    let found = binaries();
    runtime().block_on(async {
        let account = Some("nobody".to_owned());
        let options = Options { account, ..harness::options("lent") };
        let started = Throwaway::start(binaries_of(&found, 18), options).await;
        if !rustix::process::geteuid().is_root() {
            assert_eq!(started.unwrap_err().why, "only root can run it as nobody");
            return;
        }
        let server = started.unwrap();
        let nobody = server.account().unwrap().clone();
        let status = format!("/proc/{}/status", server.server_id().unwrap());
        let status = fs::read_to_string(status).unwrap();
        let ids = |word: &str| -> Vec<u32> {
            let line = status.lines().find_map(|line| line.strip_prefix(word)).unwrap();
            line.split_whitespace().map(|it| it.parse().unwrap()).collect()
        };
        assert_eq!(ids("Uid:"), [nobody.uid; 4]);
        assert_eq!(ids("Gid:"), [nobody.gid; 4]);
        assert_eq!(ids("Groups:"), Vec::<u32>::new());
        server.stop().await.unwrap();
    });
}

#[test]
fn polite_signals_do_not_end_the_guard() {
    let found = binaries();
    runtime().block_on(async {
        let server = Throwaway::start(binaries_of(&found, 18), harness::options("polite"));
        let server = server.await.unwrap();
        let guard = pid(server.guard_id().unwrap());
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            kill_process(guard, signal).unwrap();
        }
        let rows = psql(&harness::dsn(&server, "postgres", "postgres"), "select 1").await;
        assert_eq!(rows, [["1"]]);
        let folder = server.folder().to_owned();
        server.stop().await.unwrap();
        assert!(!folder.exists());
    });
}

/// Both sides of the story: run by the test below with `OWNER` set, this starts a server, says
/// where it is, and waits to be killed.
#[test]
fn nothing_stays_of_an_owner_killed_by_force() {
    if std::env::var_os(OWNER).is_some() {
        return own_until_killed();
    }
    let test = "throwaway::nothing_stays_of_an_owner_killed_by_force";
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(OWNER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(owner.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("owns ").map(|(_, it)| it.to_owned()))
        .unwrap();
    let mut words = said.split(' ');
    let (server, guard) = (words.next().unwrap(), words.next().unwrap());
    let ids = [server.parse().unwrap(), guard.parse().unwrap()];
    let folder = PathBuf::from(words.next().unwrap());
    assert_eq!(ids.map(runs), [true, true]);
    let lock = File::open(folder.join("lock")).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_for_lock(lock);
    assert!(!folder.exists());
    assert!(!runs(ids[0]));
    assert_eq!(processes_of(&folder), Vec::<PathBuf>::new());
}

fn own_until_killed() {
    let found = binaries();
    runtime().block_on(async {
        let options = harness::options("owner");
        let server = Throwaway::start(binaries_of(&found, 18), options).await.unwrap();
        let (id, guard) = (server.server_id().unwrap(), server.guard_id().unwrap());
        say(&format!("owns {id} {guard} {}", server.folder().display()));
        // Ends with the test that started us, should that fail to kill us.
        std::io::stdin().read_line(&mut String::new()).unwrap();
    });
}

#[test]
fn a_sweep_stops_the_orphan_of_a_guard_killed_by_force() {
    let base = Base::new("orphan");
    let found = binaries();
    runtime().block_on(async {
        for major in harness::MAJORS {
            let options = base.options("orphan");
            let server = Throwaway::start(binaries_of(&found, major), options).await.unwrap();
            let (id, folder) = (server.server_id().unwrap(), server.folder().to_owned());
            assert_eq!(sweep(&base.0).await, []);
            let lock = File::open(folder.join("lock")).unwrap();
            kill_process(pid(server.guard_id().unwrap()), Signal::KILL).unwrap();
            wait_for_lock(lock);
            assert!(runs(id));
            let swept = sweep(&base.0).await;
            assert_eq!(swept.len(), 1);
            assert_eq!(swept[0].server, Some(id));
            assert_eq!(swept[0].failure, None);
            assert!(!folder.exists());
            assert_eq!(processes_of(&folder), Vec::<PathBuf>::new());
            server.stop().await.unwrap();
        }
    });
}

#[test]
fn a_sweep_removes_the_abandoned_and_nothing_else() {
    let base = Base::new("sweep");
    let stale = base.0.join("pgsextant-stale-00000000");
    fs::create_dir_all(stale.join("data/base")).unwrap();
    fs::write(stale.join("data/postmaster.pid"), "1\n/\n").unwrap();
    fs::write(stale.join("lock"), "").unwrap();
    let unlocked = base.0.join("pgsextant-without-a-lock");
    fs::create_dir_all(unlocked.join("somebody's")).unwrap();
    fs::create_dir_all(base.0.join("other")).unwrap();
    let swept = runtime().block_on(sweep(&base.0));
    assert_eq!(swept.iter().map(|it| &it.folder).collect::<Vec<_>>(), [&stale]);
    assert_eq!(swept[0].server, None);
    assert_eq!(base.entries(), [base.0.join("other"), unlocked]);
}

/// A folder for the servers of one test, so that no other test sweeps there.
struct Base(PathBuf);

impl Base {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pgs-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        Self(folder.canonicalize().unwrap())
    }

    fn options(&self, name: &str) -> Options {
        Options { base: Some(self.0.clone()), ..harness::options(name) }
    }

    fn entries(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    }
}

impl Base {
    /// Waits until initdb has begun a cluster here, and returns its folder's lock.
    async fn first_cluster(&self) -> File {
        loop {
            let begun = |folder: &PathBuf| folder.join("data/PG_VERSION").exists();
            if let Some(folder) = self.entries().into_iter().find(begun) {
                return File::open(folder.join("lock")).unwrap();
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Waits until nobody else holds the lock: until its guard is gone, for better or worse.
fn wait_for_lock(lock: File) {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let locked = flock(&lock, FlockOperation::LockExclusive);
        // Or a sweep would take us for a living guard.
        drop(lock);
        sender.send(locked)
    });
    receiver.recv_timeout(CLEANING_PATIENCE).unwrap().unwrap();
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().unwrap()).unwrap()
}

/// The processes that work below a folder or were started with its name. Knows none without
/// /proc.
fn processes_of(folder: &Path) -> Vec<PathBuf> {
    let name = folder.to_str().unwrap();
    let belongs = |process: &PathBuf| {
        fs::read_link(process.join("cwd")).is_ok_and(|it| it.starts_with(folder))
            || fs::read(process.join("cmdline"))
                .is_ok_and(|it| String::from_utf8_lossy(&it).contains(name))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    processes.map(|it| it.path()).filter(belongs).collect()
}

/// Whether a process is there; the dead that nobody has waited for are not.
fn runs(number: u32) -> bool {
    let proc = Path::new("/proc").join(number.to_string());
    match fs::read_to_string(proc.join("stat")) {
        Ok(stat) => !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'),
        Err(_) => !Path::new("/proc/self").exists() && test_kill_process(pid(number)).is_ok(),
    }
}

#[expect(clippy::print_stdout, reason = "shown with --nocapture only")]
fn say(line: &str) {
    println!("{line}");
}
