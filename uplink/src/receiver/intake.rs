//! Batches as they came, until they are in the store: what makes an early acknowledgement true.
//!
//! Parquet files are worth writing for many activities at once, and a sensor is to know within milliseconds that it may forget
//! an activity. So a batch is first appended here and synced, and acknowledged; once a commit holds its activities, the file is
//! emptied. What is found in it at the start is taken as if it had just arrived: ids that are stored already drop out.
//!
//! ```text
//! intake := { length u32, CRC-32 of the batch u32, batch }      little-endian; batch as adtap.v1.Batch on the wire
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use prost::Message;

use crate::durable;
use crate::proto::Batch;
use crate::sender::session::MAX_MESSAGE;

/// Bytes after which everything is to be committed, whatever the time.
const FULL: u64 = 64 << 20;

/// The intake of one source.
#[derive(Debug)]
pub(super) struct Intake {
    path: PathBuf,
    /// None until the first batch.
    file: Option<File>,
    bytes: u64,
    buffer: Vec<u8>,
    /// Something was appended since it was last synced.
    dirty: bool,
}

impl Intake {
    /// The intake at `path`, which need not be there.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            bytes: 0,
            buffer: Vec::new(),
            dirty: false,
        }
    }

    /// Calls `take` for every whole batch that is there, in order.
    pub(super) fn replay(&self, mut take: impl FnMut(&Batch) -> io::Result<()>) -> io::Result<()> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        let mut reader = BufReader::new(file);
        while let Some(batch) = next(&mut reader)? {
            take(&batch)?;
        }
        Ok(())
    }

    /// Appends a batch; it survives a power cut once [`Self::sync`] has returned.
    pub(super) fn append(&mut self, batch: &Batch) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.extend([0; 8]);
        batch.encode(&mut self.buffer).map_err(io::Error::other)?;
        let body = self.buffer.get(8..).unwrap_or_default();
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let head = u64::from(length) | u64::from(crc32fast::hash(body)) << 32;
        if let Some(place) = self.buffer.first_chunk_mut() {
            *place = head.to_le_bytes();
        }
        if self.file.is_none() {
            self.file = Some(create(&self.path)?);
        }
        let Self { file, buffer, .. } = self;
        if let Some(file) = file {
            file.write_all(buffer)?;
        }
        self.bytes += self.buffer.len() as u64;
        self.dirty = true;
        Ok(())
    }

    /// Makes what was appended survive a power cut; false where there was nothing new.
    pub(super) fn sync(&mut self) -> io::Result<bool> {
        if !std::mem::take(&mut self.dirty) {
            return Ok(false);
        }
        self.file.as_ref().map_or(Ok(()), File::sync_data)?;
        Ok(true)
    }

    /// Whether it holds so much that a commit is due.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= FULL
    }

    /// Everything in it is stored: it is emptied. Should that not last, its batches drop out at the next start.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        (self.file, self.bytes, self.dirty) = (None, 0, false);
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    durable::sync_parent(path)?;
    Ok(file)
}

/// The next batch; none at the end, and where a kill cut one off.
fn next(reader: &mut impl Read) -> io::Result<Option<Batch>> {
    let mut head = [0; 8];
    if !fill(reader, &mut head)? {
        return Ok(None);
    }
    let head = u64::from_le_bytes(head);
    let (length, checksum) = ((head & 0xffff_ffff) as usize, (head >> 32) as u32);
    if length > MAX_MESSAGE {
        return Ok(None);
    }
    let mut body = vec![0; length];
    if !fill(reader, &mut body)? || crc32fast::hash(&body) != checksum {
        return Ok(None);
    }
    Ok(Batch::decode(body.as_slice()).ok())
}

/// Fills `buffer`; false where there is not so much.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        result => result.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(first_id: u64) -> Batch {
        Batch {
            first_id,
            last_id: first_id,
            count: 1,
            ..Batch::default()
        }
    }

    fn replayed(intake: &Intake) -> Vec<u64> {
        let mut ids = Vec::new();
        intake
            .replay(|batch| {
                ids.push(batch.first_id);
                Ok(())
            })
            .unwrap();
        ids
    }

    #[test]
    fn cut_anywhere_whole_batches_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("intake");
        let mut intake = Intake::new(path.clone());
        assert!(replayed(&intake).is_empty());
        let mut ends = vec![0];
        for id in 1..=3 {
            intake.append(&batch(id)).unwrap();
            ends.push(intake.bytes);
        }
        assert!(intake.sync().unwrap() && !intake.sync().unwrap());
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let count = ends.iter().filter(|end| **end > 0 && **end <= length as u64).count();
            assert_eq!(replayed(&intake).len(), count, "{length}");
        }
        intake.clear().unwrap();
        assert!(replayed(&intake).is_empty());
    }
}
