//! The high-water mark: the highest id that may have been sent, kept apart from the segments.
//!
//! It is written after a commit is synced and before its records may be sent; a commit does not wait for it. Should the segments ever lose what was
//! synced, new ids go on above the mark, and the hole is exactly what was lost. Two slots are written in turn, so that a
//! torn write leaves the other.
//!
//! ```text
//! slot 0 at byte 0, slot 1 at byte 512:   id u64 LE | CRC-32 of it u32 LE
//! ```

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::error::SpoolError;

const SLOT: u64 = 512;
const SIZE: usize = 12;
const NAME: &str = "mark";

/// The open mark.
#[derive(Debug)]
pub(super) struct Mark {
    file: File,
    slot: u64,
}

impl Mark {
    /// Opens or makes the mark of the spool in `directory`, and moves it up to `highest`.
    pub(super) fn open(directory: &Path, highest: u64) -> Result<Self, SpoolError> {
        let path = directory.join(NAME);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(SpoolError::io("cannot be opened", &path))?;
        // The slot with the lower id is the one to overwrite.
        let slot = u64::from(slots(directory).is_some_and(|[first, second]| first > second));
        let mut mark = Self { file, slot };
        if read(directory) < highest {
            mark.write(highest)
                .map_err(SpoolError::io("cannot be written", &path))?;
        }
        Ok(mark)
    }

    /// Moves the mark to `id`; when it returns, it survives a power cut.
    pub(super) fn write(&mut self, id: u64) -> io::Result<()> {
        let id = id.to_le_bytes();
        let mut bytes = [0; SIZE];
        for (slot, byte) in bytes
            .iter_mut()
            .zip(id.into_iter().chain(crc32fast::hash(&id).to_le_bytes()))
        {
            *slot = byte;
        }
        self.file.write_all_at(&bytes, self.slot * SLOT)?;
        self.slot ^= 1;
        self.file.sync_data()
    }
}

/// The mark of the spool in `directory`; 0 where there is none.
pub(super) fn read(directory: &Path) -> u64 {
    slots(directory).map_or(0, |[first, second]| first.max(second))
}

/// Both slots, 0 for one that is empty or torn.
fn slots(directory: &Path) -> Option<[u64; 2]> {
    let bytes = fs::read(directory.join(NAME)).ok()?;
    Some([0, SLOT as usize].map(|at| slot(bytes.get(at..).unwrap_or_default()).unwrap_or(0)))
}

fn slot(bytes: &[u8]) -> Option<u64> {
    let (id, rest) = bytes.split_first_chunk::<8>()?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    (crc32fast::hash(id) == u32::from_le_bytes(*crc)).then(|| u64::from_le_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_write_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = Mark::open(folder.path(), 0).unwrap();
        assert_eq!(read(folder.path()), 0);
        for id in [5, 9, 12] {
            mark.write(id).unwrap();
            assert_eq!(read(folder.path()), id);
        }
        let mut bytes = fs::read(folder.path().join(NAME)).unwrap();
        bytes[3] ^= 1; // 12 went to slot 0
        fs::write(folder.path().join(NAME), &bytes).unwrap();
        assert_eq!(read(folder.path()), 9);
        Mark::open(folder.path(), 0).unwrap().write(13).unwrap();
        assert_eq!(read(folder.path()), 13);
        assert_eq!(slots(folder.path()), Some([13, 9]));
    }
}
