//! What can go wrong with a spool.

use std::io;
use std::path::{Path, PathBuf};

/// Why a spool did not do what it was asked; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Two writers would give the same id twice.
    #[error("{}: another process has this spool open; stop it, or name another folder", .0.display())]
    Locked(PathBuf),
    /// The disk said no.
    #[error("{}: {what} ({source})", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What could not be done.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The file that names the spool is damaged or gone; a new name would make the receiver store everything again.
    #[error("{}: no identity of 16 hexadecimal digits; restore the file, or move the spool away to start a new one", .0.display())]
    Identity(PathBuf),
    /// After a disk error nothing is appended until a new segment can be opened, which is tried every few seconds. The
    /// activity is lost and counted, and its id stays a hole.
    #[error("the spool has stopped appending after a disk error; what was synced is kept")]
    Stopped,
    /// The activity is larger than any record may be. It is lost and counted, and its id stays a hole.
    #[error("an activity of {0} bytes is larger than a record may be; it was dropped")]
    TooLarge(usize),
}

impl SpoolError {
    /// For `map_err`: `what` could not be done with `path`.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, what, source }
    }
}
