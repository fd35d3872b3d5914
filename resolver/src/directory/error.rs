//! What can be wrong with a directory file: one that cannot be read ends the start, a bad record costs that record.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}; no name can be resolved from it; check the path and its permissions", path.display())]
pub struct DirectoryError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl DirectoryError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// A record, or a part of one, that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: Arc<Path>,
    /// 1-based line on which the record, or the damage in it, begins.
    pub line: u64,
    /// What is wrong.
    pub what: &'static str,
    /// What that costs.
    pub consequence: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            what,
            consequence,
        } = self;
        write!(f, "{}:{line}: {what}; {consequence}", path.display())
    }
}
