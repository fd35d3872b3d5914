//! The segment being written.
//!
//! A sync of a file that has grown waits for the file system's journal too; one of a file that has room does not. Where little is
//! written at a time, zeros are therefore written ahead of the records. They are no record, and whoever reads stops at them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::segment;

/// Bytes of room that are made at once.
const AHEAD: u64 = 1 << 20;

/// The largest write that room is made for: in larger ones the journal's part is small.
const SMALL: usize = 32 << 10;

/// The segment being written.
#[derive(Debug)]
pub(super) struct Active {
    file: File,
    pub(super) first: u64,
    /// Bytes written to the file, whole records.
    pub(super) written: u64,
    /// Last id written to the file.
    pub(super) last: u64,
    /// The same as far as synced.
    pub(super) synced: (u64, u64),
    /// Where the zeros end.
    room: u64,
    /// How far there may be any.
    limit: u64,
}

impl Active {
    /// Nothing was written to `file` yet, the segment that begins with `first` and is to have `limit` bytes.
    pub(super) const fn new(file: File, first: u64, limit: u64) -> Self {
        Self {
            file,
            first,
            written: segment::HEADER,
            last: first - 1,
            synced: (first - 1, segment::HEADER),
            room: segment::HEADER,
            limit,
        }
    }

    /// Writes `records` of them, whole.
    pub(super) fn append(&mut self, bytes: &[u8], records: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        self.last += records;
        if bytes.len() <= SMALL && self.room < self.written {
            self.make_room();
        }
        Ok(())
    }

    /// Writes zeros behind the records. A disk that has no space for them may have some for records.
    fn make_room(&mut self) {
        let room = self.limit.min(self.written + AHEAD);
        let zeros = vec![0; usize::try_from(room.saturating_sub(self.written)).unwrap_or_default()];
        match self.file.write_all_at(&zeros, self.written) {
            Ok(()) => self.room = room,
            Err(_) => drop(self.file.set_len(self.written)),
        }
    }

    /// When it returns, what is written survives a power cut.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.synced = (self.last, self.written);
        Ok(())
    }

    /// After an error: cuts the file back to its last whole record, or, should that fail, to what was synced. Answers the last id and
    /// the bytes that survive.
    pub(super) fn salvage(&self) -> (u64, u64) {
        let kept = self.file.set_len(self.written).and_then(|()| self.file.sync_data());
        if kept.is_ok() {
            return (self.last, self.written);
        }
        // Should the cut fail too, recovery drops what is not whole.
        let _ = self.file.set_len(self.synced.1);
        self.synced
    }

    /// Nothing more is written: the room that is left is given back. Where that fails, or is undone by a crash, zeros stay.
    pub(super) fn trim(&self) {
        if self.room > self.written {
            let _ = self.file.set_len(self.written);
        }
    }
}

#[cfg(test)]
impl Active {
    /// From now on every write fails, as on a full disk.
    pub(super) fn break_disk(&mut self) {
        self.file = File::options().write(true).open("/dev/full").unwrap();
    }
}
