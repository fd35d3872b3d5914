//! Activities on disk until the receiver has acknowledged them.
//!
//! A spool is a folder: segments of records ([`segment`]), the cursor of what was acknowledged ([`cursor`]), the high-water
//! mark of ids that may have been sent ([`mark`]), the spool's identity and a lock. One process writes: its [`Appender`]
//! gives every record the next id and commits in groups; its [`Reader`] tails what is synced and marked, and only that.
//!
//! Invariants: what was synced survives a cut at any byte; an id that may have been sent is never given again; a hole in
//! the ids is exactly what was lost; the size is bounded, and what eviction costs is counted to the unit.

mod active;
mod appender;
mod config;
mod cursor;
mod error;
mod identity;
mod inspect;
mod mark;
mod marker;
mod reader;
mod record;
mod recovery;
mod segment;
mod shared;
mod tail;
#[cfg(test)]
mod tests;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

pub use appender::Appender;
pub use config::SpoolConfig;
pub use error::SpoolError;
pub(crate) use identity::is_identity;
pub use inspect::{SegmentStatus, SpoolStatus, latest, list, records, status};
pub use marker::Marker;
pub use reader::{Portion, Reader, Run};
pub use shared::SpoolStats;

/// The way into a spool.
#[derive(Debug)]
pub struct Spool;

impl Spool {
    /// Opens the spool of `config`, making it where there is none, and recovers what a crash left. Blocks for as long as it
    /// takes to read the segments once.
    ///
    /// # Errors
    /// Another process has it open, or the folder cannot be used.
    pub fn open(config: &SpoolConfig) -> Result<(Appender, Reader), SpoolError> {
        make_folder(&config.directory)?;
        let lock = identity::lock(&config.directory)?;
        let identity = identity::of(&config.directory)?;
        let recovered = recovery::recover(&config.directory)?;
        let mark = mark::Mark::open(&config.directory, recovered.highest)?;
        let shared = shared::Shared::new(&config.directory, identity, &recovered);
        let reader = Reader::new(shared.clone());
        Ok((Appender::new(config, shared, mark, lock), reader))
    }
}

/// Activities are nobody else's business: mode 0700.
fn make_folder(directory: &Path) -> Result<(), SpoolError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(SpoolError::io("cannot be made", directory))
}
