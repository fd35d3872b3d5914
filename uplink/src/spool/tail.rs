//! A segment file being read while it may still grow.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::record::{HEADER, Record};
use super::segment;

/// Bytes read at once.
const READ: usize = 256 << 10;

/// A place in a segment: everything before it was read.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) first: u64,
    /// Id of the record that comes next.
    pub(super) id: u64,
    file: File,
    /// Bytes of the file that are in `bytes` or before it.
    offset: u64,
    bytes: Vec<u8>,
    /// Where the next record starts in `bytes`.
    start: usize,
}

impl Tail {
    /// At the first record of the segment that begins with `first`.
    pub(super) fn open(directory: &Path, first: u64) -> io::Result<Self> {
        let file = File::open(segment::path(directory, first))?;
        Ok(Self {
            first,
            id: first,
            file,
            offset: segment::HEADER,
            bytes: Vec::new(),
            start: 0,
        })
    }

    /// The next record, of the first `end` bytes of the file; none where it is damaged or not all there.
    pub(super) fn next(&mut self, end: u64) -> io::Result<Option<Record<'_>>> {
        if !self.holds_record() {
            self.fill(end)?;
        }
        let id = self.id;
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        let record = Record::read(rest)
            .map(|(record, _)| record)
            .filter(|record| record.id == id);
        if let Some(record) = &record {
            self.start += record.size();
            self.id += 1;
        }
        Ok(record)
    }

    /// Whether the length of the next record says that all of it is in memory.
    fn holds_record(&self) -> bool {
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        let size = rest
            .first_chunk::<4>()
            .map(|length| u32::from_le_bytes(*length) as usize + HEADER);
        size.is_some_and(|size| size <= rest.len())
    }

    /// Reads on, at least one record of any size where `end` allows.
    fn fill(&mut self, end: u64) -> io::Result<()> {
        self.bytes.drain(..self.start);
        self.start = 0;
        let mut wanted = READ;
        while !self.holds_record() && self.offset < end && self.bytes.len() < super::record::MAX_PAYLOAD + HEADER {
            let more = usize::try_from(end - self.offset).unwrap_or(usize::MAX).min(wanted);
            let have = self.bytes.len();
            self.bytes.resize(have + more, 0);
            self.file
                .read_exact_at(self.bytes.get_mut(have..).unwrap_or_default(), self.offset)?;
            self.offset += more as u64;
            wanted = super::record::MAX_PAYLOAD + HEADER;
        }
        Ok(())
    }
}
