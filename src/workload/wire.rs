//! The capture's form on disk: lines of JSON, by file name.
use std::collections::BTreeMap;

use crate::workload::Capture;

/// A capture that cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct WireError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// The files of a capture.
pub fn write(capture: &Capture) -> BTreeMap<String, String> {
    let _ = capture;
    BTreeMap::new()
}

/// The capture of these files.
pub fn read(files: &BTreeMap<String, String>) -> Result<Capture, WireError> {
    let _ = files;
    Err(WireError { file: "capture.json".to_owned(), line: 1, why: "is missing".to_owned() })
}
