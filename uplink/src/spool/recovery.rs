//! What a crash left: finds what is whole, drops what is not, and says where ids go on.

use std::fs::OpenOptions;
use std::path::Path;

use super::cursor::Cursor;
use super::error::SpoolError;
use super::mark;
use super::segment::{self, Scan};

/// A spool as it was found.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    /// Segments with at least one record, ascending; each ends with its last whole record.
    pub(super) segments: Vec<Scan>,
    /// The cursor, with new damage counted in.
    pub(super) cursor: Cursor,
    /// The highest id that may have been sent or stands in the spool: ids go on above it.
    pub(super) highest: u64,
}

/// Reads every segment once. Whatever follows the last whole record of one is cut off.
pub(super) fn recover(directory: &Path) -> Result<Recovered, SpoolError> {
    let cursor = Cursor::read(directory);
    let mut recovered = Recovered {
        cursor,
        highest: mark::read(directory).max(cursor.acknowledged),
        ..Recovered::default()
    };
    let mut damaged = Vec::new();
    for first in segment::firsts(directory)? {
        let scan = segment::scan(directory, first, |_| {})?;
        // The name alone proves that the ids before it were given.
        recovered.highest = recovered.highest.max(scan.last());
        if scan.is_damaged() {
            damaged.push(scan);
        }
        if scan.records == 0 || scan.last() < cursor.floor {
            remove(directory, first)?;
        } else {
            recovered.segments.push(scan);
        }
    }
    recovered.cursor.damaged += lost(&recovered, &damaged);
    if recovered.cursor != cursor {
        recovered.cursor.write(directory)?;
    }
    for scan in damaged
        .iter()
        .chain(recovered.segments.last())
        .filter(|scan| scan.records > 0)
    {
        settle(directory, scan)?;
    }
    Ok(recovered)
}

/// How many synced records the damaged segments lost: the ids between what is whole and what certainly followed.
fn lost(recovered: &Recovered, damaged: &[Scan]) -> u64 {
    let mut counted = recovered.cursor.acknowledged;
    let mut lost = 0;
    for scan in damaged {
        let next = recovered
            .segments
            .iter()
            .map(|next| next.first)
            .find(|first| *first > scan.last());
        let end = next.map_or(recovered.highest, |first| first - 1);
        lost += end.saturating_sub(scan.last().max(counted));
        counted = counted.max(end);
    }
    lost
}

/// Cuts the segment back to what is whole, and syncs it: what a killed process wrote may not be on the disk yet.
fn settle(directory: &Path, scan: &Scan) -> Result<(), SpoolError> {
    let path = segment::path(directory, scan.first);
    OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(scan.end).and_then(|()| file.sync_all()))
        .map_err(SpoolError::io("cannot be settled after a crash", &path))
}

fn remove(directory: &Path, first: u64) -> Result<(), SpoolError> {
    segment::remove(directory, first).map_err(SpoolError::io("cannot be removed", &segment::path(directory, first)))
}
