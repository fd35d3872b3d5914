//! What the file formats share: where a packet lies in the window, and how a file can end badly.

use std::io;

use crate::source::LinkType;
use crate::time::Timestamp;

/// A packet record that lies complete at the window's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) link: LinkType,
    pub(super) wire_len: u32,
    /// The packet's bytes are `window[start..end]`.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The record's whole length, to be consumed when the packet has been delivered.
    pub(super) length: usize,
}

/// Why a file ends before its end.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

impl Fault {
    /// The stream ended inside `what`.
    pub(super) fn cut(what: &str, there: usize, wanted: usize) -> Self {
        Self(format!("cut inside a {what}: {there} of {wanted} bytes are there"))
    }

    /// The bytes contradict the format.
    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self("cut inside the compressed stream".to_owned()),
            _ => Self(format!("cannot be read further: {error}")),
        }
    }
}
