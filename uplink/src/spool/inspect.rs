//! A look into a spool without opening it: what `adtap spool` prints. Another process may be writing.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use super::cursor::Cursor;
use super::error::SpoolError;
use super::record::Record;
use super::segment::Scan;
use super::{identity, segment};

/// A spool as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolStatus {
    /// 16 hexadecimal digits; none where the folder is no spool yet.
    pub identity: Option<String>,
    /// Whether a process has it open.
    pub in_use: bool,
    /// Everything up to this id is stored at the receiver; up to a second old while the spool is in use.
    pub acknowledged: u64,
    /// Activities that wait.
    pub waiting: u64,
    /// Activities evicted unsent because the spool was full, since it was made.
    pub evicted: u64,
    /// Activities that were synced and could not be read any more, since it was made.
    pub damaged: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentStatus>,
}

/// One segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentStatus {
    /// Id of its first record.
    pub first: u64,
    /// Id of its last whole record; below `first` where there is none.
    pub last: u64,
    /// Its size.
    pub bytes: u64,
    /// Bytes behind the last whole record: damage, or what is being written just now.
    pub rest: u64,
}

/// How the spool in `directory` stands.
///
/// # Errors
/// The folder cannot be read.
pub fn status(directory: &Path) -> Result<SpoolStatus, SpoolError> {
    let (cursor, segments) = (Cursor::read(directory), list(directory)?);
    let waiting = |segment: &SegmentStatus| segment.last.saturating_sub(cursor.acknowledged.max(segment.first - 1));
    Ok(SpoolStatus {
        identity: identity::read(directory)?,
        in_use: in_use(directory),
        acknowledged: cursor.acknowledged,
        waiting: segments.iter().map(waiting).sum(),
        evicted: cursor.evicted,
        damaged: cursor.damaged,
        segments,
    })
}

/// The segments of the spool in `directory`, oldest first.
///
/// # Errors
/// The folder or one of them cannot be read.
pub fn list(directory: &Path) -> Result<Vec<SegmentStatus>, SpoolError> {
    let mut segments = Vec::new();
    for first in segment::firsts(directory)? {
        if let Some(scan) = scan(directory, first, |_| {})? {
            segments.push(SegmentStatus {
                first,
                last: scan.last(),
                bytes: scan.size,
                rest: scan.size - scan.end,
            });
        }
    }
    Ok(segments)
}

/// Shows `visit` every record of the spool in `directory`, oldest first: its id and the activity, as
/// [`crate::proto::Activity`].
///
/// # Errors
/// The folder or a segment cannot be read.
pub fn records(directory: &Path, mut visit: impl FnMut(u64, &[u8])) -> Result<(), SpoolError> {
    for first in segment::firsts(directory)? {
        scan(directory, first, |record| visit(record.id, record.payload))?;
    }
    Ok(())
}

/// As [`records`], of the last `segments` segments alone.
///
/// # Errors
/// The folder or a segment cannot be read.
pub fn latest(directory: &Path, segments: usize, mut visit: impl FnMut(u64, &[u8])) -> Result<(), SpoolError> {
    let firsts = segment::firsts(directory)?;
    for first in firsts.get(firsts.len().saturating_sub(segments)..).unwrap_or_default() {
        scan(directory, *first, |record| visit(record.id, record.payload))?;
    }
    Ok(())
}

/// Reads a segment; none where it was deleted meanwhile.
fn scan(directory: &Path, first: u64, visit: impl FnMut(Record<'_>)) -> Result<Option<Scan>, SpoolError> {
    match segment::scan(directory, first, visit) {
        Err(SpoolError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        scanned => scanned.map(Some),
    }
}

fn in_use(directory: &Path) -> bool {
    File::open(directory.join("lock")).is_ok_and(|file| file.try_lock_shared().is_err())
}
