//! What makes a commit atomic: one small file per sensor and spool, replaced as a whole.
//!
//! The rows of one commit go to several Parquet files (tables, days). They are written and synced under names in the staging
//! folder; then the journal is replaced by one that says "everything up to this id, and these files go there"; that is the
//! moment of the commit; then the files are moved. After a kill, what the journal lists and is still in staging is moved, and
//! everything else in staging is deleted. A staged name holds the commit's first id: no later commit uses it again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::durable;

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Everything up to this id is stored.
    pub(super) last_id: u64,
    /// What the last commit wrote.
    pub(super) moves: Vec<Move>,
}

/// A file of a commit, from staging to its place; both are relative to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
}

impl Journal {
    /// The journal at `path`; an empty one where there is none.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// The commit: when it returns, it has happened.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        durable::replace(path, &serde_json::to_vec(self)?)
    }

    /// Moves the files that are not in their place yet, and makes it durable. Doing it twice is doing it once.
    pub(super) fn finish(&self, store: &Path) -> io::Result<()> {
        let mut folders = Vec::new();
        for step in &self.moves {
            let (from, to) = (store.join(&step.from), store.join(&step.to));
            let Some(folder) = to.parent().map(Path::to_path_buf) else {
                continue;
            };
            if !folders.contains(&folder) {
                make_folders(store, &folder)?;
                folders.push(folder);
            }
            match fs::rename(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // Moved by an earlier attempt, and taken away by whoever looks after the store.
                    tracing::debug!(file = %to.display(), "gone from the store");
                }
                result => result?,
            }
        }
        folders.iter().try_for_each(|folder| durable::sync_folder(folder))
    }
}

/// Makes `folder` and what is missing above it, below `store`, each name durable.
fn make_folders(store: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() || folder == store {
        return Ok(());
    }
    let Some(parent) = folder.parent() else { return Ok(()) };
    make_folders(store, parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => durable::sync_folder(parent),
    }
}
