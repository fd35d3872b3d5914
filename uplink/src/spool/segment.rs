//! Segment files: a header, then records with consecutive ids, appended and never changed.
//!
//! ```text
//! magic   8 bytes  "ADTAPSP1"
//! first   u64 LE   id of the first record, as in the file's name
//! record …
//! ```
//! Zeros may follow: room for more ([`super::active`]). A segment is deleted as a whole. An id that is lost (disk error) begins a new segment, so that ids within one are
//! consecutive and how many it holds is a subtraction.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::SpoolError;
use super::record::Record;
use crate::durable;

/// Bytes before the first record.
pub(super) const HEADER: u64 = 16;

const MAGIC: &[u8; 8] = b"ADTAPSP1";
const SUFFIX: &str = ".segment";

/// The file of the segment that begins with id `first`; names sort by id.
pub(super) fn path(directory: &Path, first: u64) -> PathBuf {
    directory.join(format!("{first:020}{SUFFIX}"))
}

/// First ids of the segments in `directory`, ascending; other files are not ours.
pub(super) fn firsts(directory: &Path) -> Result<Vec<u64>, SpoolError> {
    let unreadable = || SpoolError::io("cannot be listed", directory);
    let mut firsts = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable())? {
        let name = entry.map_err(unreadable())?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        firsts.extend(
            number
                .filter(|digits| digits.len() == 20)
                .and_then(|digits| digits.parse::<u64>().ok())
                .filter(|first| *first > 0),
        );
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Makes the segment that begins with `first`, its name already durable.
pub(super) fn create(directory: &Path, first: u64) -> io::Result<File> {
    let path = path(directory, first);
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(MAGIC)?;
    file.write_all(&first.to_le_bytes())?;
    durable::sync_parent(&path)?;
    Ok(file)
}

/// What a segment file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// Id its name gives to its first record.
    pub(super) first: u64,
    /// How many records are whole, from the first on.
    pub(super) records: u64,
    /// Where the last whole one ends, in bytes; 0 where not even the header is.
    pub(super) end: u64,
    /// Bytes of the file, but for zeros behind the last whole record.
    pub(super) size: u64,
}

impl Scan {
    /// Id of the last whole record; the one before `first` where there is none.
    pub(super) const fn last(&self) -> u64 {
        self.first.saturating_sub(1).saturating_add(self.records)
    }

    /// Whether bytes follow that are no record.
    pub(super) const fn is_damaged(&self) -> bool {
        self.end < self.size
    }
}

/// Reads the segment that begins with `first`, up to the first record that is not whole, and shows each to `visit`.
pub(super) fn scan(directory: &Path, first: u64, mut visit: impl FnMut(Record<'_>)) -> Result<Scan, SpoolError> {
    let path = path(directory, first);
    let bytes = fs::read(&path).map_err(SpoolError::io("cannot be read", &path))?;
    let mut scan = Scan {
        first,
        records: 0,
        end: 0,
        size: bytes.len() as u64,
    };
    let Some(mut rest) = after_header(&bytes, first) else {
        return Ok(scan);
    };
    scan.end = HEADER;
    while let Some((record, after)) = Record::read(rest).filter(|(record, _)| record.id == scan.last().wrapping_add(1))
    {
        scan.records += 1;
        scan.end += record.size() as u64;
        rest = after;
        visit(record);
    }
    if rest.iter().all(|byte| *byte == 0) {
        scan.size = scan.end;
    }
    Ok(scan)
}

fn after_header(bytes: &[u8], first: u64) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (id, rest) = rest.split_first_chunk::<8>()?;
    (magic == MAGIC && u64::from_le_bytes(*id) == first).then_some(rest)
}

/// Deletes a segment; that it is gone already is no error.
pub(super) fn remove(directory: &Path, first: u64) -> io::Result<()> {
    match fs::remove_file(path(directory, first)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
