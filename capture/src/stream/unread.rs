//! What of a direction nobody reads: a stretch of sequence numbers in front, told by whoever reads the stream.
//!
//! Invariant: everything in the stretch lies behind the last byte that was delivered when it was told, without a hole, so that whatever comes of it
//! is passed over in the same state; the one who told has to be asked again before the direction goes on behind it. Sequence numbers wrap: what is
//! told at once is less than a quarter of them, and a stretch that was passed is forgotten.

use super::distance;
use crate::filter::elephants::Stretch;

/// Less is not worth a word with the kernel, which knows of it only when the frames are on their way already: 22 frames of the usual length.
const LEAST: u64 = 32 << 10;
/// At most so much is told at once: of a direction that nobody reads any more the next stretch is told when half of one has passed. The chance that
/// it holds numbers of the next connection between the same ends is 1 in 256, and those are forgotten with this one.
const MOST: u64 = 16 << 20;

/// A stretch that was told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread {
    stretch: Stretch,
    /// The sequence number at which to ask again.
    again: u32,
}

/// What the kernel is to know of a direction from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// This is not read.
    Skip(Stretch),
    /// Everything is.
    Read,
}

impl Unread {
    /// Nobody reads the next `bytes` from `next` on; none where that is not worth it.
    pub(super) fn new(next: u32, bytes: u64) -> Option<Self> {
        if bytes < LEAST {
            return None;
        }
        let length = bytes.min(MOST) as u32;
        let stride = if bytes > MOST { length / 2 } else { length };
        Some(Self {
            stretch: Stretch { from: next, length },
            again: next.wrapping_add(stride),
        })
    }

    pub(super) const fn stretch(&self) -> Stretch {
        self.stretch
    }

    /// Whether one who is at `next` has to ask again.
    pub(super) const fn is_spent(&self, next: u32) -> bool {
        distance(self.again, next) >= 0
    }

    /// Whether none of `bytes` from `sequence` on is read.
    pub(super) const fn holds(&self, sequence: u32, bytes: u32) -> bool {
        self.stretch.holds(sequence, bytes)
    }
}
