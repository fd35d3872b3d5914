//! What can be wrong with a directory file: one that cannot be read ends the start, a bad record costs that record.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory file that is of no use at all.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It cannot be opened or read.
    #[error("{}: {source}; no name can be resolved from it; check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is neither LDIF nor JSON lines.
    #[error("{}: {what}, neither LDIF nor JSON lines; no name can be resolved from it; export the directory with ldapsearch or ldbsearch", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        what: &'static str,
    },
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
