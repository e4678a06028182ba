//! Captures on disk: a directory, or the same files as one `.tar.zst`.
//!
//! The same capture gives the same bytes. It refuses to write into a directory that holds
//! anything but a capture, and to read an archive whose entries are not plain files of one level.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::workload::{Capture, WireError, wire};

/// A capture that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system says no.
    #[error("could not {doing} {path}: {source}")]
    File {
        /// "read" or "write".
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The place is taken by something else.
    #[error("could not write {path}: it exists and is not a capture; name another place")]
    Taken {
        /// Where.
        path: PathBuf,
    },
    /// There is no capture there.
    #[error("could not read {path}: {why}; make one with `pgsextant capture -o {path}`")]
    NotACapture {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A line makes no sense.
    #[error("could not read {path}: {source}")]
    Wire {
        /// Where.
        path: PathBuf,
        /// Which line, and why.
        source: WireError,
    },
}

/// The file that makes a directory a capture.
const HEAD: &str = "capture.json";
/// The file with what pricers answered.
const ANSWERS: &str = "answers.jsonl";
/// The most that one archive may unpack to: a capture of 5,000 tables takes some 100 MB.
const UNPACKED_MAX: u64 = 4 << 30;
/// zstd's level: captures are small, and read more often than written.
const LEVEL: i32 = 9;

/// A capture as it was found, with the answers beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The capture.
    pub capture: Capture,
    /// What pricers answered, as `answers.jsonl` holds it; empty when there is none.
    pub answers: String,
}

/// Writes a capture with its answers; an older capture at the same place is replaced.
pub fn write(path: &Path, stored: &Stored) -> Result<(), StoreError> {
    let mut files = wire::write(&stored.capture);
    if !stored.answers.is_empty() {
        files.insert(ANSWERS.to_owned(), stored.answers.clone());
    }
    if is_archive(path) {
        if path.exists() {
            // Only an archive that reads as a capture is replaced.
            let held = read_archive(path).map_err(|_| StoreError::Taken { path: path.into() })?;
            if !held.contains_key(HEAD) {
                return Err(StoreError::Taken { path: path.into() });
            }
        }
        return write_archive(path, &files).map_err(file_error("write", path));
    }
    write_folder(path, &files)
}

/// Reads a capture.
pub fn read(path: &Path) -> Result<Stored, StoreError> {
    let mut files = if path.is_dir() {
        read_folder(path)?
    } else {
        read_archive(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                file_error("read", path)(source)
            }
            _ => StoreError::NotACapture { path: path.into(), why: source.to_string() },
        })?
    };
    if !files.contains_key(HEAD) {
        let why = format!("it holds no {HEAD}");
        return Err(StoreError::NotACapture { path: path.into(), why });
    }
    let answers = files.remove(ANSWERS).unwrap_or_default();
    let capture =
        wire::read(&files).map_err(|source| StoreError::Wire { path: path.into(), source })?;
    Ok(Stored { capture, answers })
}

/// A path that means an archive.
fn is_archive(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".tar.zst"))
}

fn file_error(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| StoreError::File { doing, path: path.clone(), source }
}

/// A file that belongs to a capture, by its name.
fn is_ours(name: &str) -> bool {
    name == HEAD || Path::new(name).extension().is_some_and(|it| it == "jsonl")
}

fn write_folder(path: &Path, files: &BTreeMap<String, String>) -> Result<(), StoreError> {
    let failed = file_error("write", path);
    fs::create_dir_all(path).map_err(&failed)?;
    let mut old = Vec::new();
    for entry in fs::read_dir(path).map_err(&failed)? {
        let name = entry.map_err(&failed)?.file_name().to_string_lossy().into_owned();
        if !is_ours(&name) {
            return Err(StoreError::Taken { path: path.into() });
        }
        old.push(name);
    }
    if !old.is_empty() && !old.iter().any(|it| it == HEAD) {
        return Err(StoreError::Taken { path: path.into() });
    }
    // The head goes first and comes last: a run that dies in between leaves no half capture
    // that reads as a whole one.
    if old.iter().any(|it| it == HEAD) {
        fs::remove_file(path.join(HEAD)).map_err(&failed)?;
    }
    for name in old.iter().filter(|it| *it != HEAD && !files.contains_key(*it)) {
        fs::remove_file(path.join(name)).map_err(&failed)?;
    }
    let (head, rest): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == HEAD);
    for (name, text) in rest.into_iter().chain(head) {
        fs::write(path.join(name), text).map_err(file_error("write", &path.join(name)))?;
    }
    Ok(())
}

fn read_folder(path: &Path) -> Result<BTreeMap<String, String>, StoreError> {
    let failed = file_error("read", path);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(&failed)? {
        let name = entry.map_err(&failed)?.file_name().to_string_lossy().into_owned();
        if is_ours(&name) {
            let file = path.join(&name);
            let text = fs::read_to_string(&file).map_err(file_error("read", &file))?;
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// Writes beside the place and moves there, so that a reader never sees half a file.
fn write_archive(path: &Path, files: &BTreeMap<String, String>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let packed = pack(files)?;
    fs::write(&beside, packed)?;
    fs::rename(&beside, path)
}

/// The files as a compressed archive: sorted, without owner or time.
fn pack(files: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL)?);
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(tar::EntryType::Regular);
        archive.append_data(&mut header, name, text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}

fn read_archive(path: &Path) -> io::Result<BTreeMap<String, String>> {
    unpack(fs::File::open(path)?)
}

fn unpack(packed: impl Read) -> io::Result<BTreeMap<String, String>> {
    let unpacked = zstd::Decoder::new(packed)?.take(UNPACKED_MAX);
    let mut archive = tar::Archive::new(unpacked);
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        if !entry.header().entry_type().is_file() || name.contains('/') || !is_ours(&name) {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        files.insert(name, text);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, String> {
        [(HEAD, "{}"), ("settings.jsonl", "{\"name\":\"ä\"}\n"), (ANSWERS, "")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into()
    }

    fn place(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("pgsextant-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        path
    }

    #[test]
    fn packs_the_same_files_to_the_same_bytes() {
        let packed = pack(&files()).expect("packed");
        assert_eq!(packed, pack(&files()).expect("packed"));
        assert_eq!(unpack(&packed[..]).expect("unpacked"), files());
    }

    #[test]
    fn refuses_a_place_that_holds_something_else() {
        let path = place("store-taken");
        fs::create_dir_all(&path).expect("made");
        fs::write(path.join("thesis.txt"), "years").expect("written");
        let refused = write_folder(&path, &files());
        assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
        assert!(path.join("thesis.txt").exists());
        fs::remove_dir_all(&path).expect("removed");
    }

    #[test]
    fn replaces_an_older_capture_whole() {
        let path = place("store-older");
        let mut older = files();
        older.insert("plans.jsonl".to_owned(), "{}\n".to_owned());
        write_folder(&path, &older).expect("written");
        write_folder(&path, &files()).expect("replaced");
        assert_eq!(read_folder(&path).expect("read"), files());
        fs::remove_dir_all(&path).expect("removed");
    }

    #[test]
    fn says_what_is_wrong_with_a_place() {
        let error = read(Path::new("/nonexistent/capture")).expect_err("there is nothing");
        assert!(error.to_string().contains("/nonexistent/capture"), "{error}");
        let path = place("store-empty");
        fs::create_dir_all(&path).expect("made");
        let error = read(&path).expect_err("it is empty");
        assert!(matches!(error, StoreError::NotACapture { .. }), "{error}");
        fs::remove_dir_all(&path).expect("removed");
    }
}
