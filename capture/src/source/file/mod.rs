//! Replay: capture files, folders of them and standard input, merged by packet time.
//!
//! Every file keeps its own order; between files the earlier packet comes first, and of equal times the file given first. A file that is cut
//! or corrupt ends there: what came before is delivered and the others go on. However many files there are, few are open at once.

use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod classic;
mod looks;
mod merge;
mod open;
mod pcapng;
mod reader;
mod record;
mod snoop;
mod wait;
mod walk;
mod window;

pub use open::OpenError;

use super::{Frame, Poll, Source};
use crate::flow::CaptureId;
use merge::{Slot, Turn};
use reader::{Break, Reader};

/// Files held open at a time; of the others only the place is remembered.
const MAX_OPEN: usize = 128;
/// Up to so many files are read in large pieces.
const FEW: usize = 4;
/// Read size of each of a few files: what was read is still in the second-level cache when it is parsed.
const LARGE_READ: usize = 128 << 10;
/// Read size of each of many files.
const SMALL_READ: usize = 64 << 10;

/// A file that ended before its end.
#[derive(Clone, Debug)]
pub struct Damage {
    /// The file's name as in [`FileSource::names`].
    pub file: String,
    /// Where, in bytes of the decompressed stream: everything before was delivered.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
}

/// Capture files as one ordered stream of frames.
pub struct FileSource {
    slots: Vec<Slot>,
    names: Vec<String>,
    others: Vec<PathBuf>,
    turns: BinaryHeap<Turn>,
    damages: Vec<Damage>,
    total: Option<u64>,
    read: usize,
    max_open: usize,
    seq: u64,
    steps_back: u64,
    stop: Arc<AtomicBool>,
}

impl FileSource {
    /// Opens every path; folders are walked (sorted by name, recursive, keeping what is a capture by its magic), `-` is standard input.
    ///
    /// # Errors
    /// The first path that cannot be read or is no capture.
    pub fn open(paths: &[PathBuf]) -> Result<Self, OpenError> {
        Self::open_until(paths, Arc::default())
    }

    /// As [`FileSource::open`], but standard input and other pipes are at their end once `stop` is raised, however long their writers stay
    /// silent; what a stop cuts off is no damage. Files are read on: who wants to stop stops asking.
    ///
    /// # Errors
    /// As [`FileSource::open`].
    pub fn open_until(paths: &[PathBuf], stop: Arc<AtomicBool>) -> Result<Self, OpenError> {
        Self::open_beside(paths, stop, &|_| false)
    }

    /// As [`FileSource::open_until`], but what is no capture and `is_other` is passed over and listed by [`Self::others`]: what the
    /// caller reads itself.
    ///
    /// # Errors
    /// As [`FileSource::open`].
    pub fn open_beside(
        paths: &[PathBuf],
        stop: Arc<AtomicBool>,
        is_other: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, OpenError> {
        Self::open_at_most(paths, MAX_OPEN, stop, is_other)
    }

    fn open_at_most(
        paths: &[PathBuf],
        max_open: usize,
        stop: Arc<AtomicBool>,
        is_other: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, OpenError> {
        let found = walk::find(paths)?;
        let few = found.iter().map(|found| found.files.len()).sum::<usize>() <= FEW;
        let mut source = Self::empty(if few { LARGE_READ } else { SMALL_READ }, max_open.max(1), stop);
        for found in found {
            source.add_found(found, is_other)?;
        }
        Ok(source)
    }

    const fn empty(read: usize, max_open: usize, stop: Arc<AtomicBool>) -> Self {
        Self {
            slots: Vec::new(),
            names: Vec::new(),
            others: Vec::new(),
            turns: BinaryHeap::new(),
            damages: Vec::new(),
            total: Some(0),
            read,
            max_open,
            seq: 0,
            steps_back: 0,
            stop,
        }
    }

    fn add_found(&mut self, found: walk::Found, is_other: &dyn Fn(&Path) -> bool) -> Result<(), OpenError> {
        let before = self.slots.len() + self.others.len();
        for path in found.files {
            match self.add(path) {
                Err(OpenError::NotCapture { path, .. }) if walk::size(&path).is_some() && is_other(&path) => {
                    self.others.push(path);
                }
                Err(OpenError::NotCapture { .. }) if found.folder => {}
                other => other?,
            }
        }
        match self.slots.len() + self.others.len() {
            after if after == before && found.folder => {
                Err(OpenError::not_capture(&found.given, "a folder without captures"))
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, path: PathBuf) -> Result<(), OpenError> {
        let Ok(id) = u16::try_from(self.slots.len()).map(CaptureId) else {
            return Err(OpenError::unreadable(
                &path,
                std::io::Error::other("too many captures in one run"),
            ));
        };
        self.make_room();
        let size = walk::size(&path);
        let reader = match Reader::open(&path, self.read, &self.stop) {
            // Stopped before the pipe had brought enough to tell what it is.
            Err(OpenError::NotCapture { .. }) if size.is_none() && self.is_stopped() => return Ok(()),
            other => other?,
        };
        self.total = self.total.zip(size).map(|(total, size)| total + size);
        self.names.push(path.display().to_string());
        self.slots.push(Slot::new(path, size.is_some(), reader));
        self.look_ahead(id);
        Ok(())
    }

    /// The captures' names; the index is the [`CaptureId`].
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The files that are no captures and that the caller reads itself.
    #[must_use]
    pub fn others(&self) -> &[PathBuf] {
        &self.others
    }

    /// Bytes read so far, compressed as they are on disk, and bytes in all (none when standard input or a pipe is among the files).
    #[must_use]
    pub fn progress(&self) -> (u64, Option<u64>) {
        (self.slots.iter().map(Slot::position).sum(), self.total)
    }

    /// Files that ended early so far.
    #[must_use]
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// Packets that were earlier than the packet before them in the same file.
    #[must_use]
    pub const fn steps_back(&self) -> u64 {
        self.steps_back
    }

    /// Lines `id` up by its next packet, or ends it.
    fn look_ahead(&mut self, id: CaptureId) {
        match self.slots.get_mut(usize::from(id.0)).map(Slot::advance) {
            Some(Ok(Some(time))) => self.turns.push(Turn { time, id }),
            Some(Err(broken)) => self.end_badly(id, broken),
            Some(Ok(None)) | None => {}
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn end_badly(&mut self, id: CaptureId, broken: Break) {
        let pipe = self
            .slots
            .get(usize::from(id.0))
            .is_some_and(|slot| !slot.is_seekable());
        if pipe && self.is_stopped() {
            return;
        }
        let file = self.names.get(usize::from(id.0)).cloned().unwrap_or_default();
        self.damages.push(Damage {
            file,
            offset: broken.offset,
            what: broken.what,
        });
    }

    /// Closes the open file whose turn is furthest away, should too many be open.
    fn make_room(&mut self) {
        let open = self.slots.iter().filter(|slot| slot.is_open());
        if open.count() < self.max_open {
            return;
        }
        let parkable = self.slots.iter_mut().filter(|slot| slot.is_parkable());
        if let Some(slot) = parkable.max_by_key(|slot| slot.time()) {
            slot.park();
        }
    }

    /// Delivers from the file whose turn it is until another comes first or the sink breaks.
    fn deliver(
        &mut self,
        turn: Turn,
        sink: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Break> {
        let place = usize::from(turn.id.0);
        if self.slots.get(place).is_some_and(Slot::is_parked) {
            self.make_room();
        }
        let Some(slot) = self.slots.get_mut(place) else {
            return Ok(ControlFlow::Continue(()));
        };
        slot.wake(self.read)?;
        let mut now = turn.time;
        loop {
            let mut flow = ControlFlow::Continue(());
            if let Some(frame) = slot.frame(turn.id, self.seq + 1) {
                self.seq += 1;
                flow = sink(&frame);
            }
            let Some(time) = slot.advance()? else { return Ok(flow) };
            self.steps_back += u64::from(time < now);
            now = time;
            let next = Turn { time, id: turn.id };
            if flow.is_break() || self.turns.peek().is_some_and(|other| *other > next) {
                self.turns.push(next);
                return Ok(flow);
            }
        }
    }
}

impl Source for FileSource {
    fn poll(&mut self, sink: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>) -> Poll {
        while let Some(turn) = self.turns.pop() {
            match self.deliver(turn, sink) {
                Ok(ControlFlow::Break(())) => return Poll::More,
                Ok(ControlFlow::Continue(())) => {}
                Err(broken) => self.end_badly(turn.id, broken),
            }
        }
        Poll::Ended
    }
}

#[cfg(test)]
mod tests;
