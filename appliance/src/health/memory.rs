//! What health remembers over a restart: the alerts, and when it was last awake. One small JSON file beside the segments of
//! the spool, replaced as a whole.
//!
//! A file that cannot be read is no reason not to start: health begins anew, and says so.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use capture::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::alerts::Alerts;
use super::moment;

/// The file's name.
const NAME: &str = "health.json";

/// Most bytes of it that are read.
const MAX_BYTES: u64 = 4 << 20;

/// What is remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) alerts: Alerts,
    /// When this was written.
    #[serde(with = "moment")]
    pub(super) seen: Timestamp,
}

/// Where it is remembered.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    path: PathBuf,
}

impl Memory {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
        }
    }

    /// What was remembered; none at the first start, or where the file is damaged.
    pub(super) fn recall(&self) -> Option<Remembered> {
        match self.read() {
            Ok(remembered) => Some(remembered),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = self.path.display();
                tracing::warn!("{path}: cannot be read ({error}); earlier alerts are forgotten; it is written anew");
                None
            }
        }
    }

    fn read(&self) -> io::Result<Remembered> {
        if fs::metadata(&self.path)?.len() > MAX_BYTES {
            return Err(io::Error::other("too large"));
        }
        Ok(serde_json::from_slice(&fs::read(&self.path)?)?)
    }

    /// Replaces the file: whatever happens, it is the old one or the new one.
    pub(super) fn keep(&self, remembered: &Remembered) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(remembered)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        fs::File::open(folder)?.sync_all()
    }
}
