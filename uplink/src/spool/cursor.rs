//! The cursor: what the receiver has acknowledged, and what the spool has lost, across restarts.
//!
//! It is replaced as a whole and before the segments it makes superfluous are deleted, so that nothing is counted twice.
//! Being behind costs only that activities are sent again.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::SpoolError;
use crate::durable;

const NAME: &str = "cursor.json";

/// The content of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// Everything up to this id is stored at the receiver.
    pub(super) acknowledged: u64,
    /// Segments that end below this id are gone or about to be.
    pub(super) floor: u64,
    /// Activities evicted unsent because the spool was full.
    pub(super) evicted: u64,
    /// Activities that were synced and could not be read any more.
    pub(super) damaged: u64,
}

impl Cursor {
    /// The cursor in `directory`. One that is missing or unreadable is the beginning: the receiver knows better, and says
    /// so in its welcome.
    pub(super) fn read(directory: &Path) -> Self {
        let bytes = fs::read(directory.join(NAME)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Replaces the cursor in `directory`.
    pub(super) fn write(&self, directory: &Path) -> Result<(), SpoolError> {
        let path = directory.join(NAME);
        serde_json::to_vec(self)
            .map_err(std::io::Error::from)
            .and_then(|bytes| durable::replace(&path, &bytes))
            .map_err(SpoolError::io("cannot be written", &path))
    }
}
