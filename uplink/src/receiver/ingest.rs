//! A batch as it came: checked, decompressed, read.

use std::io;

use crate::proto::Batch;
use crate::wire::view::{ActivityView, delimited};

use super::ledger::Ledger;

/// Bytes a batch has at most once decompressed.
const MAX_RAW: usize = 16 << 20;

/// Activities read before they are written: few enough to stay in the cache.
const CHUNK: usize = 64;

/// One activity of a batch.
pub(super) struct Entry<'a> {
    pub(super) view: ActivityView<'a>,
    /// Its size.
    pub(super) bytes: usize,
}

impl Entry<'_> {
    /// Its day: days since 1970-01-01, UTC.
    pub(super) const fn day(&self) -> i64 {
        self.view.time.div_euclid(86_400_000_000_000)
    }
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It is not what the .proto says; sending it again does not help.
    #[error("the batch from {0}: {1}")]
    Malformed(u64, &'static str),
    /// The disk said no.
    #[error("the store: {0}")]
    Store(#[from] io::Error),
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) new: u64,
    /// Stored or under way already.
    pub(super) duplicates: u64,
    /// No activity: their ids are holes.
    pub(super) malformed: u64,
}

/// Takes batches for a ledger, its buffer used again.
pub(super) struct Ingest {
    raw: Vec<u8>,
    decompressor: zstd::bulk::Decompressor<'static>,
}

impl Ingest {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            raw: Vec::new(),
            decompressor: zstd::bulk::Decompressor::new()?,
        })
    }

    /// Writes what is new of `batch` to `ledger`. Blocking.
    pub(super) fn take(&mut self, batch: &Batch, ledger: &mut Ledger) -> Result<Taken, Refused> {
        let refused = |what| Refused::Malformed(batch.first_id, what);
        let size = batch.raw_bytes as usize;
        if batch.first_id == 0 || batch.last_id.checked_sub(batch.first_id) != u64::from(batch.count).checked_sub(1) {
            return Err(refused("its ids and its count disagree"));
        }
        if size > MAX_RAW {
            return Err(refused("too large"));
        }
        self.raw.clear();
        self.raw.reserve(size);
        let length = self.decompressor.decompress_to_buffer(&batch.activities, &mut self.raw);
        if length.ok() != Some(size) {
            return Err(refused("not Zstandard of the size it says"));
        }
        read(&self.raw, batch, ledger)
    }
}

/// Walks the activities of a batch.
fn read(mut rest: &[u8], batch: &Batch, ledger: &mut Ledger) -> Result<Taken, Refused> {
    let mut taken = Taken::default();
    let mut entries = Vec::with_capacity(CHUNK.min(batch.count as usize));
    for id in batch.first_id..=batch.last_id {
        let bytes =
            delimited(&mut rest).map_err(|_| Refused::Malformed(batch.first_id, "fewer activities than it says"))?;
        if id <= ledger.seen() {
            taken.duplicates += 1;
            continue;
        }
        match ActivityView::read(bytes) {
            Ok(view) if view.id == id => entries.push(Entry {
                view,
                bytes: bytes.len(),
            }),
            // One bad activity costs one activity.
            _ => taken.malformed += 1,
        }
        if entries.len() == CHUNK {
            ledger.append(&entries)?;
            taken.new += entries.len() as u64;
            entries.clear();
        }
    }
    ledger.append(&entries)?;
    taken.new += entries.len() as u64;
    ledger.pass(batch.last_id);
    Ok(taken)
}
