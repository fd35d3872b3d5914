//! The reading end: tails what is synced, and takes acknowledgements.

use std::sync::Arc;

use prost::encoding::encode_varint;
use tokio::sync::watch;

use super::error::SpoolError;
use super::segment;
use super::shared::{Segment, Shared, SpoolStats};
use super::tail::Tail;

/// Reads the spool in order of id and moves the cursor. Blocking, but never for long: it reads what was just written.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    /// The id to hand out next, or the first one above it that is still there.
    next: u64,
    tail: Option<Tail>,
}

/// Records that were handed out: consecutive ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Id of the first record.
    pub first: u64,
    /// Id of the last record.
    pub last: u64,
}

/// How much is handed out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Records at most.
    pub records: u64,
    /// Bytes after which no further record is added.
    pub bytes: usize,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let next = shared.state().cursor.acknowledged.saturating_add(1);
        Self {
            shared,
            next,
            tail: None,
        }
    }

    /// The spool's identity: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.shared.identity
    }

    /// How the spool is doing.
    #[must_use]
    pub fn stats(&self) -> SpoolStats {
        self.shared.stats()
    }

    /// Activities handed out since the last rewind that are not acknowledged.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let state = self.shared.state();
        state.handed_out.saturating_sub(state.cursor.acknowledged)
    }

    /// Whether everything that is synced is acknowledged.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.shared.state().synced_waiting() == 0
    }

    /// Follows the highest id that may be read.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.watch()
    }

    /// Appends the next records to `out`, each after its length as a varint. None where nothing more is synced.
    ///
    /// # Errors
    /// The disk's. A damaged record is none: it and the rest of its segment are counted as damaged and passed over.
    pub fn read(&mut self, portion: Portion, out: &mut Vec<u8>) -> Result<Option<Run>, SpoolError> {
        let start = out.len();
        while let Some(segment) = self.current() {
            match self.run(&segment, portion, out)? {
                Some(run) if self.hand_out(run) => return Ok(Some(run)),
                Some(_) => out.truncate(start),
                None => self.skip(&segment),
            }
        }
        Ok(None)
    }

    /// Goes back to what is not acknowledged: a new stream begins. What was on its way and has been evicted since is lost.
    pub fn rewind(&mut self) {
        let mut state = self.shared.state();
        state.lose_evicted();
        state.handed_out = state.cursor.acknowledged;
        self.next = state.handed_out.saturating_add(1);
    }

    /// The receiver has stored everything up to `id`: segments without anything above it are deleted.
    pub fn acknowledge(&mut self, id: u64) {
        let mut state = self.shared.state();
        let id = id.min(state.given);
        state.acknowledge(id);
        let gone = state.release();
        drop(state);
        self.shared.delete(&gone);
    }

    /// Makes the cursor durable. It is whenever a segment is deleted; in between, being behind costs that activities are
    /// sent again, no more.
    ///
    /// # Errors
    /// The disk's.
    pub fn save(&self) -> Result<(), SpoolError> {
        self.shared.save_cursor()
    }

    /// The segment that holds the next record, as far as it is marked.
    fn current(&mut self) -> Option<Segment> {
        let state = self.shared.state();
        let marked = |segment: &Segment| Segment {
            last: segment.last.min(state.marked),
            ..*segment
        };
        let segment = state
            .segments
            .iter()
            .map(marked)
            .find(|segment| segment.last >= self.next.max(segment.first))?;
        drop(state);
        self.next = self.next.max(segment.first);
        Some(segment)
    }

    /// Reads records of one segment, from the next one on; none where that one is damaged.
    fn run(&mut self, segment: &Segment, portion: Portion, out: &mut Vec<u8>) -> Result<Option<Run>, SpoolError> {
        let path = segment::path(&self.shared.directory, segment.first);
        let wanted = self.next..=segment.last.min(self.next.saturating_add(portion.records.max(1)) - 1);
        let start = out.len();
        let Some(tail) = self.tail(segment).map_err(SpoolError::io("cannot be opened", &path))? else {
            return Ok(None);
        };
        let mut last = None;
        while tail.id <= *wanted.end() && out.len() - start < portion.bytes.max(1) {
            let Some(record) = tail
                .next(segment.bytes)
                .map_err(SpoolError::io("cannot be read", &path))?
            else {
                break;
            };
            if wanted.contains(&record.id) {
                encode_varint(record.payload.len() as u64, out);
                out.extend_from_slice(record.payload);
                last = Some(record.id);
            }
        }
        Ok(last.map(|last| Run {
            first: *wanted.start(),
            last,
        }))
    }

    /// The segment's file, at or before the next record; none where it was evicted meanwhile.
    fn tail(&mut self, segment: &Segment) -> std::io::Result<Option<&mut Tail>> {
        let fits = self
            .tail
            .as_ref()
            .is_some_and(|tail| tail.first == segment.first && tail.id <= self.next);
        if !fits {
            self.tail = match Tail::open(&self.shared.directory, segment.first) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                opened => Some(opened?),
            };
        }
        Ok(self.tail.as_mut())
    }

    /// The rest of the segment is evicted or cannot be read.
    fn skip(&mut self, segment: &Segment) {
        let mut state = self.shared.state();
        let last = state.damage(segment.first, self.next).unwrap_or(segment.last);
        self.next = last.saturating_add(1);
        self.tail = None;
    }

    /// The records are on their way now, unless they were evicted, and counted, while they were read.
    fn hand_out(&mut self, run: Run) -> bool {
        let mut state = self.shared.state();
        if run.first < state.cursor.floor {
            self.next = self.next.max(state.cursor.floor);
            return false;
        }
        state.handed_out = state.handed_out.max(run.last);
        self.next = run.last + 1;
        true
    }
}
