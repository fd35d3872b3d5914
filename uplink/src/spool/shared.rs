//! What the two ends of a spool share: which segments hold what, what was handed out, acknowledged, evicted.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::cursor::Cursor;
use super::error::SpoolError;
use super::recovery::Recovered;
use super::segment;

/// How a spool is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolStats {
    /// Lowest id in the spool; 0 where it is empty.
    pub first_id: u64,
    /// Highest id given, lost ones included; 0 where none was.
    pub last_id: u64,
    /// Everything up to this id is synced: it survives a power cut, and may be sent as soon as it is marked.
    pub synced_id: u64,
    /// Everything up to this id is stored at the receiver.
    pub acknowledged_id: u64,
    /// Activities in the spool that the receiver has not acknowledged.
    pub waiting: u64,
    /// Segment files.
    pub segments: usize,
    /// Their bytes, synced ones.
    pub bytes: u64,
    /// Activities evicted unsent because the spool was full, since it was made.
    pub evicted: u64,
    /// Activities that were synced and could not be read any more, since it was made.
    pub damaged: u64,
    /// Activities that could not be written, since it was opened; their ids are holes.
    pub unwritten: u64,
    /// Why nothing is appended at present.
    pub stopped: Option<String>,
}

/// A segment as far as it is synced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) first: u64,
    /// Below `first` where nothing is synced yet.
    pub(super) last: u64,
    pub(super) bytes: u64,
    /// The appender still writes to it.
    pub(super) active: bool,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) directory: PathBuf,
    pub(super) identity: String,
    state: Mutex<State>,
    /// Held while the cursor's file is replaced, so that an older one never follows a newer.
    cursor: Mutex<()>,
    marked: watch::Sender<u64>,
}

#[derive(Debug)]
pub(super) struct State {
    /// Ascending.
    pub(super) segments: VecDeque<Segment>,
    pub(super) cursor: Cursor,
    /// Highest id the reader handed out since it was last rewound: in flight, and not lost by evicting its segment.
    pub(super) handed_out: u64,
    /// First and last ids of what was evicted while it was on its way: delivered if an acknowledgement still comes.
    astray: VecDeque<(u64, u64)>,
    pub(super) given: u64,
    pub(super) synced: u64,
    /// As far as the mark is: as far as may be sent.
    pub(super) marked: u64,
    pub(super) unsynced: u64,
    pub(super) unwritten: u64,
    pub(super) stopped: Option<String>,
}

impl Shared {
    pub(super) fn new(directory: &Path, identity: String, recovered: &Recovered) -> Arc<Self> {
        let segments = recovered.segments.iter().map(|scan| Segment {
            first: scan.first,
            last: scan.last(),
            bytes: scan.end,
            active: false,
        });
        let state = State {
            segments: segments.collect(),
            handed_out: recovered.cursor.acknowledged,
            astray: VecDeque::new(),
            cursor: recovered.cursor,
            given: recovered.highest,
            synced: recovered.highest,
            marked: recovered.highest,
            unsynced: 0,
            unwritten: 0,
            stopped: None,
        };
        Arc::new(Self {
            directory: directory.to_owned(),
            identity,
            state: Mutex::new(state),
            cursor: Mutex::new(()),
            marked: watch::Sender::new(recovered.highest),
        })
    }

    /// The state; a panic while it was held left it whole, since every change of it is a few assignments.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far everything is synced, and how far it is marked.
    pub(super) fn synced(&self) -> (u64, u64) {
        let state = self.state();
        (state.synced, state.marked)
    }

    /// The mark is at `id`, durably: the reader is told that everything up to there may be sent.
    pub(super) fn marked(&self, id: u64) {
        let mut state = self.state();
        state.marked = state.marked.max(id);
        drop(state);
        self.marked.send_replace(id);
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.marked.subscribe()
    }

    /// Writes the cursor as it stands; what is astray counts as lost, should the process end before it is acknowledged.
    pub(super) fn save_cursor(&self) -> Result<(), SpoolError> {
        let _order = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let cursor = self.state().settled();
        cursor.write(&self.directory)
    }

    /// Deletes the files of segments that are in the list no more, the cursor first: what it says is not counted again. On a
    /// full disk the cursor may have to wait for the room that deleting makes.
    pub(super) fn delete(&self, gone: &[Segment]) {
        if gone.is_empty() {
            return;
        }
        let saved = self.save_cursor();
        for segment in gone {
            if let Err(error) = segment::remove(&self.directory, segment.first) {
                tracing::warn!(%error, segment = segment.first, "a segment of the spool cannot be removed");
            }
        }
        if let Err(error) = saved.or_else(|_| self.save_cursor()) {
            tracing::warn!(%error, "the spool's cursor is behind");
        }
    }

    pub(super) fn stats(&self) -> SpoolStats {
        let state = self.state();
        SpoolStats {
            first_id: state.segments.front().map_or(0, |segment| segment.first),
            last_id: state.given,
            synced_id: state.synced,
            acknowledged_id: state.cursor.acknowledged,
            waiting: state.waiting(),
            segments: state.segments.len(),
            bytes: state.bytes(),
            evicted: state.cursor.evicted,
            damaged: state.cursor.damaged,
            unwritten: state.unwritten,
            stopped: state.stopped.clone(),
        }
    }
}

impl State {
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    fn waiting(&self) -> u64 {
        self.synced_waiting() + self.unsynced
    }

    /// Activities that may be sent and are not acknowledged.
    pub(super) fn synced_waiting(&self) -> u64 {
        self.segments
            .iter()
            .map(|segment| segment.above(self.cursor.acknowledged))
            .sum()
    }

    /// Takes the oldest segments off until at most `budget` bytes are left, and counts what that loses: what was neither
    /// acknowledged nor is on its way.
    pub(super) fn evict(&mut self, budget: u64) -> Vec<Segment> {
        let mut gone = Vec::new();
        while self.bytes() > budget && self.segments.front().is_some_and(|segment| !segment.active) {
            gone.extend(self.segments.pop_front());
        }
        for segment in &gone {
            let from = segment.first.max(self.cursor.acknowledged.saturating_add(1));
            let sent = segment.last.min(self.handed_out);
            if from <= sent {
                self.astray.push_back((from, sent));
            }
            self.cursor.evicted += segment.above(self.cursor.acknowledged.max(self.handed_out));
        }
        self.raise_floor(&gone);
        gone
    }

    /// No acknowledgement will come for what was on its way: what was evicted of it is lost.
    pub(super) fn lose_evicted(&mut self) {
        self.cursor = self.settled();
        self.astray.clear();
    }

    /// The cursor, if no acknowledgement comes for what is astray.
    fn settled(&self) -> Cursor {
        let astray: u64 = self.astray.iter().map(|(first, last)| last - first + 1).sum();
        Cursor {
            evicted: self.cursor.evicted + astray,
            ..self.cursor
        }
    }

    /// Everything up to `id` is stored.
    pub(super) fn acknowledge(&mut self, id: u64) {
        self.cursor.acknowledged = self.cursor.acknowledged.max(id);
        self.astray.retain(|(_, last)| *last > id);
        if let Some((first, _)) = self.astray.front_mut() {
            *first = (*first).max(id.saturating_add(1));
        }
    }

    /// The segment that begins with `first` cannot be read from record `next` on. Answers the last id it had; none where it was
    /// evicted meanwhile, and counted as that.
    pub(super) fn damage(&mut self, first: u64, next: u64) -> Option<u64> {
        let segment = self.segments.iter_mut().find(|segment| segment.first == first)?;
        let last = segment.last;
        tracing::warn!(
            segment = first,
            from = next,
            "a segment of the spool cannot be read to its end"
        );
        self.cursor.damaged += segment.above(next - 1);
        segment.last = last.min(next - 1);
        Some(last)
    }

    /// Takes off the segments that hold nothing above `acknowledged` any more.
    pub(super) fn release(&mut self) -> Vec<Segment> {
        let mut gone = Vec::new();
        while self
            .segments
            .front()
            .is_some_and(|front| !front.active && front.last <= self.cursor.acknowledged)
        {
            gone.extend(self.segments.pop_front());
        }
        self.raise_floor(&gone);
        gone
    }

    fn raise_floor(&mut self, gone: &[Segment]) {
        if let Some(segment) = gone.last() {
            self.cursor.floor = self.cursor.floor.max(segment.last.saturating_add(1));
        }
    }
}

impl Segment {
    /// How many of its records have ids above `id`.
    pub(super) fn above(&self, id: u64) -> u64 {
        self.last.saturating_sub(id.max(self.first.saturating_sub(1)))
    }
}
