//! The demo, from one end to the other, on a world small enough for a test.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::fs::{FlockOperation, flock};

/// A folder for one test's world, report and servers.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pgs-demo-{name}-{}", std::process::id()));
        for folder in [folder.clone(), folder.join("world"), folder.join("tmp")] {
            fs::create_dir(&folder).unwrap();
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        }
        let place = Self(folder.canonicalize().unwrap());
        for file in ["schema.sql", "load.sql", "workload.sql", "faults.toml"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/world").join(file);
            fs::copy(from, place.world().join(file)).unwrap();
        }
        place
    }

    fn world(&self) -> PathBuf {
        self.0.join("world")
    }

    /// The command, its servers below this folder.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgsextant"));
        command
            .args(["demo", "--world"])
            .arg(self.world())
            .arg("--report")
            .arg(self.0.join("report"))
            .env("TMPDIR", self.0.join("tmp"))
            .env_remove("SEED")
            .env_remove("PGSEXTANT_DEMO")
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    /// Runs it to its end; also gives the words of its report.
    fn run(&self, words: &[&str]) -> (Output, String) {
        let output = self.command().args(words).output().unwrap();
        let report = fs::read_to_string(self.0.join("report")).unwrap_or_default();
        let words: Vec<&str> = report.split_whitespace().collect();
        (output, words.join(" "))
    }

    fn servers(&self) -> Vec<PathBuf> {
        let found = fs::read_dir(self.0.join("tmp")).unwrap();
        found.map(|entry| entry.unwrap().path()).collect()
    }

    /// Changes the workload's file.
    fn rewrite(&self, from: &str, to: &str) {
        let path = self.world().join("workload.sql");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(&path, text.replace(from, to)).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// What the demo printed, and how it ended, for the message of a failed test.
fn told(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    )
}

#[test]
fn a_small_world_comes_true_and_a_changed_workload_changes_the_report() {
    let place = Place::new("true");
    let (output, report) = place.run(&[]);
    let screen = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(screen.contains("orders (tenant_id, status, created_at)"), "{screen}");
    assert!(screen.contains("dropped   order_lines_order_idx"), "{screen}");
    assert!(screen.lines().count() <= 40, "{screen}");
    assert!(screen.lines().all(|it| it.chars().count() <= 80), "{screen}");
    assert!(report.contains("CREATE INDEX CONCURRENTLY"), "{report}");
    assert_eq!(place.servers(), Vec::<PathBuf>::new());

    place.rewrite("where tenant_id = $1 and", "where total_cents = $1 and");
    let (changed, report_changed) = place.run(&["--quiet"]);
    let screen_changed = String::from_utf8(changed.stdout.clone()).unwrap();
    assert!(!screen_changed.contains("orders (tenant_id"), "{}", told(&changed));
    assert!(screen_changed.contains("total_cents"), "{}", told(&changed));
    assert_ne!(report, report_changed);
    assert_eq!(String::from_utf8_lossy(&changed.stderr), "");
}

#[test]
fn a_planted_fault_that_is_not_there_fails_the_demo() {
    let place = Place::new("missed");
    let faults = place.world().join("faults.toml");
    let text = fs::read_to_string(&faults).unwrap();
    fs::write(&faults, text.replace("small:order_list", "small:order_get")).unwrap();
    let (output, report) = place.run(&["--seed", "7"]);
    let screen = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(screen.contains("selective-seq-scan on"), "{screen}");
    assert!(report.contains("missing: selective-seq-scan on small:order_get"), "{report}");
    assert!(report.contains("not planted: selective-seq-scan on small:order_list"), "{report}");
    assert_eq!(place.servers(), Vec::<PathBuf>::new());
}

#[test]
fn a_world_that_makes_no_sense_is_refused_before_anything_starts() {
    let place = Place::new("refused");
    place.rewrite("-- calls: 60", "-- cals: 60");
    let (output, _) = place.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.starts_with("pgsextant: workload.sql, line "), "{words}");
    assert!(words.trim_end().ends_with("there is no header cals"), "{words}");
}

#[test]
fn nothing_stays_of_a_demo_killed_by_force() {
    let place = Place::new("killed");
    let mut demo = place.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|it| it.trim_start().starts_with("start")));
    let servers = place.servers();
    assert_eq!(servers.len(), 1);
    let lock = File::open(servers[0].join("lock")).unwrap();
    let postmaster = fs::read_to_string(servers[0].join("data/postmaster.pid")).unwrap();
    let server = PathBuf::from("/proc").join(postmaster.lines().next().unwrap().trim());
    demo.kill().unwrap();
    demo.wait().unwrap();
    // The guard holds the lock until it has cleaned up.
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    drop(lock);
    assert_eq!(place.servers(), Vec::<PathBuf>::new());
    let running = fs::read_to_string(server.join("cmdline")).unwrap_or_default();
    assert_eq!(running, "");
}

#[test]
fn nothing_stays_of_a_demo_that_is_interrupted() {
    let place = Place::new("interrupted");
    let mut demo = place.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|it| it.trim_start().starts_with("load")));
    let id = rustix::process::Pid::from_raw(demo.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(lines.last().as_deref(), Some("pgsextant: interrupted"));
    assert_eq!(demo.wait().unwrap().code(), Some(2));
    assert_eq!(place.servers(), Vec::<PathBuf>::new());
}
