//! What a live source needs of a ring, whatever kind it is, and what a ring counts.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use crate::source::Tag;
use crate::time::Timestamp;

/// Everything about a frame but its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// When the kernel or the hardware took it in.
    pub(crate) time: Timestamp,
    /// Its length on the wire, without `stripped`.
    pub(crate) wire_len: u32,
    /// The outermost tag, where it is no longer in the bytes.
    pub(crate) stripped: Option<Tag>,
}

/// A ring of frames that one worker takes from one interface.
///
/// Frames come out oldest first. The bytes of the current one stay where they are until [`Ring::advance`].
pub(crate) trait Ring: AsFd + fmt::Debug + Send {
    /// The current frame, if there is one: the same until [`Ring::advance`].
    fn head(&mut self) -> Option<Head>;

    /// The bytes of the current frame; empty where there is none.
    fn data(&self) -> &[u8];

    /// Goes on to the next frame.
    fn advance(&mut self);

    /// Adds to `stats` what the kernel counted since the last call.
    ///
    /// # Errors
    /// The kernel refused to say.
    fn count(&mut self, stats: &mut RingStats) -> io::Result<()>;

    /// Whether the kernel still fills it: false when its interface is gone and it must be opened again.
    fn is_alive(&self) -> bool;

    /// Whether poll(2) reports an error when the interface goes; else it has to be asked now and then whether it is alive.
    fn tells_of_errors(&self) -> bool {
        true
    }

    /// Opens itself again; false where it cannot, now or ever.
    fn revive(&mut self) -> bool {
        false
    }

    /// How long to sleep when it is empty, where that is better than to wait for its descriptor. Asked once before each wait.
    fn nap(&mut self) -> Option<Duration> {
        None
    }
}

/// What came through one ring, since the source was opened: never less than before, whatever happens to the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingStats {
    /// Frames lent to the worker.
    pub received: u64,
    /// Captured bytes of them.
    pub bytes: u64,
    /// Frames that the kernel had for the ring, those that it dropped among them.
    pub kernel: u64,
    /// Frames that the kernel dropped because the ring had no room.
    pub dropped: u64,
    /// Times that the ring was full (`AF_PACKET`).
    pub freezes: u64,
    /// Frames that did not fit and were cut.
    pub truncated: u64,
    /// Frames that the ring described wrongly and that were not read.
    pub invalid: u64,
    /// Frames with hardware timestamps.
    pub hardware_times: u64,
    /// Frames that the filter left out, beside those that the kernel had for the ring (`AF_XDP`; `AF_PACKET` does not say).
    pub filtered: u64,
    /// Frames that the filter cut down to their headers (`AF_XDP`).
    pub cut: u64,
    /// Bytes cut from them (`AF_XDP`).
    pub cut_bytes: u64,
    /// Of `dropped`, those for which the receive ring had no room (`AF_XDP`).
    pub ring_full: u64,
    /// Times that the kernel found no buffer to put a frame into (`AF_XDP`).
    pub fill_empty: u64,
    /// Frames lent behind later ones of other rings, because they came later than the reorder window waits.
    pub late: u64,
    /// Times that it was opened again.
    pub reopened: u64,
}

impl RingStats {
    /// Adds what came through another ring.
    pub const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.bytes += other.bytes;
        self.kernel += other.kernel;
        self.dropped += other.dropped;
        self.freezes += other.freezes;
        self.truncated += other.truncated;
        self.invalid += other.invalid;
        self.hardware_times += other.hardware_times;
        self.filtered += other.filtered;
        self.cut += other.cut;
        self.cut_bytes += other.cut_bytes;
        self.ring_full += other.ring_full;
        self.fill_empty += other.fill_empty;
        self.late += other.late;
        self.reopened += other.reopened;
    }
}
