//! Which files the given paths mean.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::open::{OpenError, is_stdin};

/// Folders below folders that are followed.
const MAX_DEPTH: usize = 64;

/// The files behind one given path.
pub(super) struct Found {
    pub(super) given: PathBuf,
    /// It is a folder: files in it that are no captures are passed over.
    pub(super) folder: bool,
    pub(super) files: Vec<PathBuf>,
}

/// What every path stands for, in the order given.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, OpenError> {
    paths.iter().map(|path| one(path)).collect()
}

fn one(path: &Path) -> Result<Found, OpenError> {
    let folder = !is_stdin(path) && metadata(path)?.is_dir();
    let mut files = Vec::new();
    match folder {
        true => walk(path, &mut files, MAX_DEPTH)?,
        false => files.push(path.to_owned()),
    }
    Ok(Found {
        given: path.to_owned(),
        folder,
        files,
    })
}

/// Regular files below `folder`, sorted by name; links to folders are not followed, so that the walk ends.
fn walk(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<(), OpenError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.map_err(|source| OpenError::unreadable(folder, source))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry
            .file_type()
            .map_err(|source| OpenError::unreadable(&path, source))?;
        if kind.is_dir() {
            if depth > 0 {
                walk(&path, files, depth - 1)?;
            }
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// The size of a regular file; none for standard input and pipes.
pub(super) fn size(path: &Path) -> Option<u64> {
    if is_stdin(path) {
        return None;
    }
    fs::metadata(path)
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|metadata| metadata.len())
}

fn metadata(path: &Path) -> Result<fs::Metadata, OpenError> {
    fs::metadata(path).map_err(|source| OpenError::unreadable(path, source))
}
