//! Running the program over recorded worlds: scratch copies, arguments, what came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every recorded world, sorted.
pub(crate) fn worlds() -> Vec<PathBuf> {
    let folder = root().join("fixtures/captures");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("capture.json").exists())
        .collect();
    found.sort();
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// A recorded world by its name.
pub(crate) fn world(name: &str) -> PathBuf {
    root().join("fixtures/captures").join(name)
}

/// How a run of the program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) words: String,
}

impl Ran {
    /// The result as JSON; the run must have made one.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.words);
        serde_json::from_str(&self.out).unwrap()
    }

    /// The notes of a JSON result as `code subject message`.
    pub(crate) fn notes(&self) -> Vec<String> {
        let json = self.json();
        let text = |note: &Value, key: &str| note[key].as_str().unwrap().to_owned();
        let notes = json["notes"].as_array().unwrap().iter();
        notes
            .map(|it| {
                format!("{} {} {}", text(it, "code"), text(it, "subject"), text(it, "message"))
            })
            .collect()
    }
}

/// Runs the program on one thread, without any setting of the user.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_on(arguments, 1)
}

/// The same on so many threads.
pub(crate) fn run_on(arguments: &[&str], threads: usize) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_pgsextant"))
        .args(arguments)
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.to_string())
        .output()
        .unwrap();
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        words: String::from_utf8(output.stderr).unwrap(),
    };
    let ended = matches!(ran.code, 0..=2) && !ran.words.contains("panicked");
    assert!(ended, "{arguments:?} ended with {}:\n{}", ran.code, ran.words);
    ran
}

/// `advise --from` a world in a format.
pub(crate) fn advise(world: &Path, format: &str) -> Ran {
    run(&["advise", "--from", world.to_str().unwrap(), "--format", format, "--width", "80"])
}

/// What every advice keeps to, however damaged the world was: one fate per statement that could
/// be read, each with a reason, and shares that are a whole.
pub(crate) fn check_whole(json: &Value, place: &str) {
    let fates = json["statements"].as_array().unwrap();
    assert_eq!(json["coverage"]["statements_count"], fates.len(), "{place}");
    assert!(fates.iter().all(|it| it["fate"].is_string()), "{place}");
    assert!(fates.iter().all(|it| it["reason"] != ""), "{place}");
    let shares: f64 = fates.iter().map(|it| it["time_share"].as_f64().unwrap()).sum();
    let recorded = json["coverage"]["recorded_ms"].as_f64().unwrap();
    let whole = if recorded > 0.0 { 1.0 } else { 0.0 };
    assert!((shares - whole).abs() < 1e-6, "{place}: the shares add to {shares}");
}

/// A scratch folder that goes when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder; the name must be the test's own.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pgsextant-it-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A place in it.
    pub(crate) fn join(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    /// Writes a capture's files into it, and nothing else.
    pub(crate) fn hold(&self, files: &BTreeMap<String, Vec<u8>>) -> &Path {
        for entry in std::fs::read_dir(&self.0).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::remove_file(path).unwrap();
            }
        }
        for (name, bytes) in files {
            std::fs::write(self.0.join(name), bytes).unwrap();
        }
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The files of a capture.
pub(crate) fn files_of(world: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(world).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "capture.json" || path.extension().is_some_and(|it| it == "jsonl") {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}
