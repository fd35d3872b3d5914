//! Whose turn it is: one slot per file, open, parked or done.

use std::cmp::Ordering;
use std::path::PathBuf;

use super::reader::{Break, Parked, Reader};
use crate::flow::CaptureId;
use crate::source::Frame;
use crate::time::Timestamp;

/// A file's next packet, ordered so that the greatest in a heap is the earliest, and of equal times the file given first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) time: Timestamp,
    pub(super) id: CaptureId,
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.id).cmp(&(self.time, self.id))
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One file of the run.
pub(super) struct Slot {
    path: PathBuf,
    seekable: bool,
    state: State,
    /// Time of the packet looked at.
    time: Timestamp,
    /// Bytes read when it was last closed.
    position: u64,
}

enum State {
    Open(Box<Reader>),
    Parked(Parked),
    Done,
}

impl Slot {
    pub(super) fn new(path: PathBuf, seekable: bool, reader: Reader) -> Self {
        Self {
            path,
            seekable,
            state: State::Open(Box::new(reader)),
            time: Timestamp::default(),
            position: 0,
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    pub(super) const fn is_parked(&self) -> bool {
        matches!(self.state, State::Parked(_))
    }

    /// A pipe cannot be opened again.
    pub(super) const fn is_seekable(&self) -> bool {
        self.seekable
    }

    pub(super) const fn is_parkable(&self) -> bool {
        self.seekable && self.is_open()
    }

    pub(super) const fn time(&self) -> Timestamp {
        self.time
    }

    pub(super) fn position(&self) -> u64 {
        match &self.state {
            State::Open(reader) => reader.position(),
            State::Parked(_) | State::Done => self.position,
        }
    }

    /// Closes an open file, remembering its place.
    pub(super) fn park(&mut self) {
        self.position = self.position();
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Open(reader) => State::Parked(reader.park()),
            other => other,
        };
    }

    /// Opens a parked file again and looks at its next packet.
    pub(super) fn wake(&mut self, read: usize) -> Result<(), Break> {
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Parked(parked) => State::Open(Box::new(Reader::unpark(parked, &self.path, read)?)),
            other => {
                self.state = other;
                return Ok(());
            }
        };
        self.advance().map(|_| ())
    }

    /// The packet looked at.
    pub(super) fn frame(&self, id: CaptureId, seq: u64) -> Option<Frame<'_>> {
        match &self.state {
            State::Open(reader) => reader.frame(id, seq),
            State::Parked(_) | State::Done => None,
        }
    }

    /// Leaves the present packet for the next; at the end, good or bad, the file is closed.
    pub(super) fn advance(&mut self) -> Result<Option<Timestamp>, Break> {
        let State::Open(reader) = &mut self.state else {
            return Ok(None);
        };
        let next = reader.advance();
        match next {
            Ok(Some(time)) => self.time = time,
            Ok(None) | Err(_) => {
                self.position = reader.position();
                self.state = State::Done;
            }
        }
        next
    }
}
