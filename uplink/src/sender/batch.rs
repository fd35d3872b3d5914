//! Records of the spool as a batch.

use std::sync::{Arc, Mutex, PoisonError};

use crate::proto::Batch;
use crate::spool::{Portion, Reader, SpoolError};

/// Zstandard level: 1 packs activities as well as 3 does, and faster.
const LEVEL: i32 = 1;

/// The same where the receiver is on this host: hardly any work, for bytes that cross no network.
const LOCAL_LEVEL: i32 = -20;

/// Reads and compresses one batch after the other, its buffers used again.
pub(super) struct Packer {
    reader: Arc<Mutex<Reader>>,
    portion: Portion,
    raw: Vec<u8>,
    compressor: zstd::bulk::Compressor<'static>,
}

impl Packer {
    /// `local` where the receiver is on this host.
    pub(super) fn new(reader: Arc<Mutex<Reader>>, portion: Portion, local: bool) -> std::io::Result<Self> {
        let level = if local { LOCAL_LEVEL } else { LEVEL };
        Ok(Self {
            reader,
            portion,
            raw: Vec::new(),
            compressor: zstd::bulk::Compressor::new(level)?,
        })
    }

    /// The next batch; none where nothing more is synced. Blocking.
    pub(super) fn next(&mut self) -> Result<Option<Batch>, SpoolError> {
        self.raw.clear();
        let run = self
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read(self.portion, &mut self.raw)?;
        let Some(run) = run else { return Ok(None) };
        let activities = self
            .compressor
            .compress(&self.raw)
            .map_err(SpoolError::io("cannot be compressed", "batch".as_ref()))?;
        Ok(Some(Batch {
            first_id: run.first,
            last_id: run.last,
            count: u32::try_from(run.last - run.first + 1).unwrap_or(u32::MAX),
            raw_bytes: u32::try_from(self.raw.len()).unwrap_or(u32::MAX),
            activities: activities.into(),
        }))
    }
}
