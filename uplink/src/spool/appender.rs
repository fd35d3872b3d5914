//! The writing end: gives ids, appends, commits in groups.
//!
//! Records gather in memory, go to the file in large writes, and are synced together. After a disk error nothing is
//! appended until a new segment can be opened: whatever is not on disk then is lost, counted, and a hole in the ids.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::active::Active;
use super::config::SpoolConfig;
use super::error::SpoolError;
use super::mark::Mark;
use super::marker::{Marker, Marking};
use super::record;
use super::segment;
use super::shared::{Segment, Shared, SpoolStats};

/// Bytes gathered before they are written.
const WRITE: usize = 256 << 10;

/// After a disk error, how long until the next attempt.
const RETRY: Duration = Duration::from_secs(5);

/// Writes activities to the spool, in order. When it is dropped, what it holds is synced if that is possible.
#[derive(Debug)]
pub struct Appender {
    shared: Arc<Shared>,
    config: SpoolConfig,
    marking: Marking,
    segment: Option<Active>,
    buffer: Vec<u8>,
    /// Records in `buffer`.
    buffered: u64,
    /// The next id.
    next: u64,
    /// When the last sync ended; a commit is due a while after.
    committed: Instant,
    stopped: Option<Instant>,
    /// Held for as long as the spool is open.
    lock: Arc<File>,
}

impl Appender {
    pub(super) fn new(config: &SpoolConfig, shared: Arc<Shared>, mark: Mark, lock: File) -> Self {
        let next = shared.state().given.saturating_add(1);
        Self {
            shared,
            config: config.clone(),
            marking: Marking::Here(mark),
            segment: None,
            buffer: Vec::with_capacity(WRITE + (WRITE >> 2)),
            buffered: 0,
            next,
            committed: Instant::now(),
            stopped: None,
            lock: Arc::new(lock),
        }
    }

    /// From now on the mark is moved by a thread of its own, so that a commit costs one sync and not two: run what this gives.
    /// None where that was asked for already.
    pub fn marker(&mut self) -> Option<Marker> {
        self.marking.part(&self.shared, &self.lock)
    }

    /// Appends one activity, which `encode` writes with the id it is told, and commits when that is due. Answers the id.
    /// Never waits for the receiver; waits for the disk when a commit is due.
    ///
    /// # Errors
    /// The activity is lost, counted in [`SpoolStats::unwritten`], and its id is a hole. [`SpoolError::Io`] says what the
    /// disk did, once; then [`SpoolError::Stopped`] until appending works again. The error of a commit is told by the
    /// append that caused it, though its own activity may be one of those that were kept.
    pub fn append(&mut self, encode: impl FnOnce(u64, &mut Vec<u8>)) -> Result<u64, SpoolError> {
        let id = self.next;
        self.next += 1;
        if self.stopped.is_some_and(|since| since.elapsed() < RETRY) {
            return Err(self.lose(1, SpoolError::Stopped));
        }
        self.room(id)?;
        if let Err(size) = record::append(&mut self.buffer, id, |buffer| encode(id, buffer)) {
            return Err(self.drop_oversized(size));
        }
        self.buffered += 1;
        if self.buffer.len() >= WRITE || self.is_due() {
            self.advance()?;
        }
        Ok(id)
    }

    /// Makes everything appended so far durable: when it returns, that survives a power cut. It may be sent as soon as the mark
    /// is above it, which is when this returns, or a moment later where there is a [`Marker`]. Call it when nothing came for a moment, and at the
    /// end; without anything new it costs nothing.
    ///
    /// # Errors
    /// The disk's; what it cost is counted.
    pub fn sync(&mut self) -> Result<(), SpoolError> {
        self.write()?;
        let Some(active) = self.segment.as_mut().filter(|active| active.synced.0 < active.last) else {
            return Ok(());
        };
        let (last, written) = (active.last, active.written);
        let path = segment::path(&self.shared.directory, active.first);
        if let Err(error) = active.sync() {
            return Err(self.fail(SpoolError::io("cannot be synced", &path)(error)));
        }
        self.committed = Instant::now();
        self.settle(last, written);
        let marked = self.marking.move_up(&self.shared, last);
        marked.map_err(|error| self.fail(SpoolError::io("cannot be synced", &path)(error)))
    }

    /// How long what is not synced may still wait; none where everything is. Should nothing more come until then, call
    /// [`Self::sync`].
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let written = self
            .segment
            .as_ref()
            .is_some_and(|active| active.synced.0 < active.last);
        let patience = Duration::from_millis(self.config.commit_ms);
        (written || self.buffered > 0).then(|| patience.saturating_sub(self.committed.elapsed()))
    }

    /// How the spool is doing.
    #[must_use]
    pub fn stats(&self) -> SpoolStats {
        self.publish_given();
        self.shared.stats()
    }

    /// The spool's identity: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.shared.identity
    }

    /// Whether the oldest record that is not synced has waited long enough.
    fn is_due(&self) -> bool {
        self.committed.elapsed().as_millis() >= u128::from(self.config.commit_ms)
    }

    /// Writes what has gathered; syncs too where that is due.
    fn advance(&mut self) -> Result<(), SpoolError> {
        self.write()?;
        let waiting = self
            .segment
            .as_ref()
            .map_or(0, |active| active.written - active.synced.1);
        if waiting >= self.config.commit_bytes as u64 || self.is_due() {
            return self.sync();
        }
        self.publish_given();
        Ok(())
    }

    /// Sees to it that there is a segment for record `id`.
    fn room(&mut self, id: u64) -> Result<(), SpoolError> {
        let gathered = self.buffer.len() as u64;
        match &self.segment {
            Some(active) if active.written + gathered < self.config.segment_bytes => return Ok(()),
            Some(_) => self.retire().map_err(|error| self.lose(1, error))?,
            None => {}
        }
        self.begin(id).map_err(|error| {
            let path = segment::path(&self.shared.directory, id);
            let error = self.fail(SpoolError::io("cannot be started", &path)(error));
            self.lose(1, error)
        })
    }

    /// Finishes the segment, synced.
    fn retire(&mut self) -> Result<(), SpoolError> {
        self.sync()?;
        self.segment.take().iter().for_each(Active::trim);
        let mut state = self.shared.state();
        for segment in &mut state.segments {
            segment.active = false;
        }
        let gone = state.release();
        drop(state);
        self.shared.delete(&gone);
        Ok(())
    }

    /// Starts the segment that begins with `first`, and evicts what it leaves no room for.
    fn begin(&mut self, first: u64) -> io::Result<()> {
        let gone = self
            .shared
            .state()
            .evict(self.config.max_bytes.saturating_sub(self.config.segment_bytes));
        self.shared.delete(&gone);
        let file = segment::create(&self.shared.directory, first)?;
        self.segment = Some(Active::new(file, first, self.config.segment_bytes));
        let mut state = self.shared.state();
        state.segments.push_back(Segment {
            first,
            last: first - 1,
            bytes: segment::HEADER,
            active: true,
        });
        state.stopped = None;
        self.stopped = None;
        Ok(())
    }

    /// Writes what has gathered to the segment.
    fn write(&mut self) -> Result<(), SpoolError> {
        let (Some(active), false) = (self.segment.as_mut(), self.buffer.is_empty()) else {
            return Ok(());
        };
        if let Err(error) = active.append(&self.buffer, self.buffered) {
            let path = segment::path(&self.shared.directory, active.first);
            return Err(self.fail(SpoolError::io("cannot be written", &path)(error)));
        }
        self.buffer.clear();
        self.buffered = 0;
        Ok(())
    }

    /// Stops appending. What was written before the error is kept if it can be synced now; the rest is lost.
    fn fail(&mut self, error: SpoolError) -> SpoolError {
        self.stopped = Some(Instant::now());
        self.shared.state().stopped = Some(error.to_string());
        self.buffer.clear();
        let mut lost = std::mem::take(&mut self.buffered);
        if let Some(active) = self.segment.take() {
            let (last, bytes) = active.salvage();
            lost += active.last - last;
            self.settle(last, bytes);
            // Should it fail, what is on disk waits for the next one.
            let _ = self.marking.move_up(&self.shared, last);
        }
        self.abandon();
        self.lose(lost, error)
    }

    /// No segment is being written any more; one without a record is none.
    fn abandon(&mut self) {
        let mut state = self.shared.state();
        for segment in &mut state.segments {
            segment.active = false;
        }
        state.segments.retain(|segment| segment.last >= segment.first);
    }

    /// The active segment is synced up to `last` and `bytes`.
    fn settle(&self, last: u64, bytes: u64) {
        let mut state = self.shared.state();
        state.given = self.next - 1;
        state.unsynced = 0;
        if let Some(segment) = state.segments.back_mut().filter(|segment| segment.active) {
            segment.last = last;
            segment.bytes = bytes;
        }
        state.synced = state.synced.max(last);
    }

    fn publish_given(&self) {
        let mut state = self.shared.state();
        state.given = self.next - 1;
        state.unsynced = self.buffered + self.segment.as_ref().map_or(0, |active| active.last - active.synced.0);
    }

    fn lose(&self, count: u64, error: SpoolError) -> SpoolError {
        let mut state = self.shared.state();
        state.unwritten += count;
        state.given = self.next - 1;
        error
    }

    /// The record is lost and its id a hole, which ends the segment.
    fn drop_oversized(&mut self, size: usize) -> SpoolError {
        let error = self.retire().err().unwrap_or(SpoolError::TooLarge(size));
        self.lose(1, error)
    }
}

#[cfg(test)]
impl Appender {
    /// From now on every write fails, as on a full disk.
    pub(super) fn break_disk(&mut self) {
        if let Some(active) = &mut self.segment {
            active.break_disk();
        }
    }

    /// Forgets how long ago the disk failed.
    pub(super) fn retry_now(&mut self) {
        self.stopped = None;
    }

    /// Writes without syncing.
    pub(super) fn flush(&mut self) {
        self.write().unwrap();
    }

    /// Ends as a kill does: nothing more is written.
    pub(super) fn forget(mut self) {
        self.buffer.clear();
        self.segment = None;
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        if let Err(error) = self.sync() {
            tracing::error!(%error, "the spool could not be synced at the end");
        }
        self.segment.iter().for_each(Active::trim);
    }
}
