//! One capture file, read packet by packet with one packet of look-ahead.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::open::{self, Format, Input, OpenError};
use super::record::{Fault, Record};
use super::window::Window;
use crate::flow::{CaptureId, FrameId};
use crate::source::Frame;
use crate::time::Timestamp;

/// An open file whose next packet lies in its window.
pub(super) struct Reader {
    input: Input,
    window: Window,
    format: Format,
    record: Option<Record>,
    number: u64,
}

/// What is kept of a file while it is not open.
#[derive(Debug)]
pub(super) struct Parked {
    format: Format,
    offset: u64,
    number: u64,
}

/// Where and why a file ended early.
#[derive(Debug)]
pub(super) struct Break {
    pub(super) offset: u64,
    pub(super) what: String,
}

impl Reader {
    /// Opens the file, which is at its end once `stop` is raised should it be a pipe; no packet is looked at yet.
    pub(super) fn open(path: &Path, read: usize, stop: &Arc<AtomicBool>) -> Result<Self, OpenError> {
        let (input, window, format) = open::open(path, read, stop)?;
        Ok(Self {
            input,
            window,
            format,
            record: None,
            number: 0,
        })
    }

    /// Closes the file; its next packet will be looked at again.
    pub(super) fn park(self) -> Parked {
        Parked {
            offset: self.window.offset(),
            format: self.format,
            number: self.number,
        }
    }

    /// Opens a file that had been closed.
    pub(super) fn unpark(parked: Parked, path: &Path, read: usize) -> Result<Self, Break> {
        let Parked { format, offset, number } = parked;
        let (input, window) = open::reopen(path, read, offset).map_err(|Fault(what)| Break { offset, what })?;
        Ok(Self {
            input,
            window,
            format,
            record: None,
            number,
        })
    }

    /// Leaves the present packet and looks at the next; its time, or none at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Timestamp>, Break> {
        if let Some(record) = self.record.take() {
            self.window.consume(record.length);
            self.number += 1;
        }
        match self.format.next(&mut self.window, &mut self.input) {
            Ok(record) => {
                self.record = record;
                Ok(record.map(|record| record.time))
            }
            Err(Fault(what)) => Err(Break {
                offset: self.window.offset(),
                what,
            }),
        }
    }

    /// The packet looked at.
    pub(super) fn frame(&self, capture: CaptureId, seq: u64) -> Option<Frame<'_>> {
        let record = self.record.as_ref()?;
        let data = self.window.bytes().get(record.start..record.end)?;
        let id = FrameId {
            capture,
            number: self.number + 1,
        };
        let Record {
            time, link, wire_len, ..
        } = *record;
        Some(Frame {
            seq,
            id,
            time,
            link,
            data,
            wire_len,
            stripped: None,
        })
    }

    /// Bytes of the file read so far.
    pub(super) fn position(&self) -> u64 {
        self.input.position()
    }
}
