//! Which spool this is, and that it is ours alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::SpoolError;
use super::segment;
use crate::durable;

/// Takes the spool's lock; it is given back when the file is dropped, or the process ends in any way.
pub(super) fn lock(directory: &Path) -> Result<File, SpoolError> {
    let path = directory.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(SpoolError::io("cannot be opened", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::Locked(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(SpoolError::io("cannot be locked", &path)(source)),
    }
}

/// The spool's identity, made at random when the spool has none and no segments either.
pub(super) fn of(directory: &Path) -> Result<String, SpoolError> {
    if let Some(identity) = read(directory)? {
        return Ok(identity);
    }
    let path = path(directory);
    if !segment::firsts(directory)?.is_empty() {
        return Err(SpoolError::Identity(path));
    }
    // RandomState is seeded by the operating system.
    let identity = format!("{:016x}", RandomState::new().build_hasher().finish());
    durable::replace(&path, identity.as_bytes()).map_err(SpoolError::io("cannot be written", &path))?;
    Ok(identity)
}

/// The identity that is written there.
pub(super) fn read(directory: &Path) -> Result<Option<String>, SpoolError> {
    let path = path(directory);
    match fs::read_to_string(&path) {
        Ok(text) if is_identity(&text) => Ok(Some(text)),
        Ok(_) => Err(SpoolError::Identity(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SpoolError::io("cannot be read", &path)(error)),
    }
}

/// Whether `text` may name a spool: 16 lower-case hexadecimal digits.
pub(crate) fn is_identity(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn path(directory: &Path) -> PathBuf {
    directory.join("identity")
}
