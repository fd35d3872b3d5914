//! The folder activities are stored in: its lock, its journals, and what a kill left.
//!
//! ```text
//! STORE/activities/day=2026-11-20/sensor=dc1/<spool>-<first id>-<last id>.parquet
//! STORE/health/<sensor>.json
//! STORE/Identity…Events/day=…/sensor=…/….parquet
//! STORE/.adtap/{lock, journals/<sensor>~<spool>.json, intake/<sensor>~<spool>, staging/<sensor>~<spool>/…, directory/<domain>/…}
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::ReceiverError;
use super::journal::Journal;
use crate::durable;

/// The open store.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) root: PathBuf,
    /// Held for as long as it is open.
    _lock: File,
}

/// Whose activities: a sensor's name and its spool's identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    pub(super) sensor: String,
    pub(super) spool: String,
}

impl Store {
    /// Opens the store in `root`, makes it where there is none, finishes commits that a kill interrupted and deletes what
    /// belongs to none.
    pub(super) fn open(root: &Path) -> Result<Self, ReceiverError> {
        for folder in [root.to_path_buf(), journals(root), intakes(root), staging(root)] {
            make(&folder)?;
        }
        let lock = lock(root)?;
        recover(root)?;
        Ok(Self {
            root: root.to_owned(),
            _lock: lock,
        })
    }

    /// Finishes the commit of `source` that was interrupted, deletes what belongs to none, and answers its journal.
    pub(super) fn recover(&self, source: &Source) -> io::Result<Journal> {
        let journal = Journal::read(&self.journal(source))?;
        // Read, it may still be undone by a power cut; synced, it may not.
        durable::sync_folder(&journals(&self.root))?;
        journal.finish(&self.root)?;
        match fs::remove_dir_all(self.root.join(Self::staging(source))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(journal),
        }
    }

    /// The journal of `source`.
    pub(super) fn journal(&self, source: &Source) -> PathBuf {
        journals(&self.root).join(format!("{}~{}.json", source.sensor, source.spool))
    }

    /// The intake of `source`.
    pub(super) fn intake(&self, source: &Source) -> PathBuf {
        intakes(&self.root).join(format!("{}~{}", source.sensor, source.spool))
    }

    /// The sources whose intake holds something.
    pub(super) fn kept(&self) -> io::Result<Vec<Source>> {
        let mut sources = Vec::new();
        for entry in fs::read_dir(intakes(&self.root))? {
            let name = entry?.file_name();
            let parts = name.to_str().and_then(|name| name.split_once('~'));
            sources.extend(parts.map(|(sensor, spool)| Source {
                sensor: sensor.to_owned(),
                spool: spool.to_owned(),
            }));
        }
        Ok(sources)
    }

    /// Where its files are written, relative to the store.
    pub(super) fn staging(source: &Source) -> PathBuf {
        staging(Path::new("")).join(format!("{}~{}", source.sensor, source.spool))
    }
}

fn journals(root: &Path) -> PathBuf {
    root.join(".adtap/journals")
}

fn intakes(root: &Path) -> PathBuf {
    root.join(".adtap/intake")
}

fn staging(root: &Path) -> PathBuf {
    root.join(".adtap/staging")
}

fn make(folder: &Path) -> Result<(), ReceiverError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(ReceiverError::store("cannot be made", folder))
}

fn lock(root: &Path) -> Result<File, ReceiverError> {
    let path = root.join(".adtap/lock");
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path);
    let file = opened.map_err(ReceiverError::store("cannot be opened", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ReceiverError::Locked(root.to_owned())),
        Err(TryLockError::Error(source)) => Err(ReceiverError::store("cannot be locked", &path)(source)),
    }
}

fn recover(root: &Path) -> Result<(), ReceiverError> {
    let folder = journals(root);
    for entry in fs::read_dir(&folder).map_err(ReceiverError::store("cannot be listed", &folder))? {
        let path = entry.map_err(ReceiverError::store("cannot be listed", &folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let journal = Journal::read(&path).map_err(ReceiverError::store(
                "is damaged; restore it, or start a new store",
                &path,
            ))?;
            journal
                .finish(root)
                .map_err(ReceiverError::store("has a commit that cannot be finished", &path))?;
        }
    }
    let staging = staging(root);
    fs::remove_dir_all(&staging).map_err(ReceiverError::store("cannot be emptied", &staging))?;
    make(&staging)
}
