//! What capture hands to the parsers: ordered pieces of a flow.

use crate::flow::{Direction, FrameId};
use crate::time::Timestamp;

/// One piece of a flow, in order within its direction.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// Which way it travels.
    pub direction: Direction,
    /// Time of the packet that delivered it.
    pub time: Timestamp,
    /// The packet that delivered it: for bytes that waited behind a hole, the one that closed the hole.
    pub frame: FrameId,
    /// What it is.
    pub payload: Payload<'a>,
}

/// The content of a [`Chunk`].
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The next bytes of a TCP stream.
    Bytes(&'a [u8]),
    /// So many bytes of a TCP stream were sent but never seen.
    Gap(u64),
    /// So many bytes of a TCP stream came that nobody reads, as [`crate::Handler::unread`] said before; they may have been cut off in the kernel.
    Unread(u64),
    /// One UDP datagram's payload; `missing` bytes of it were cut off by the snap length.
    Datagram {
        /// The payload as far as it was captured.
        data: &'a [u8],
        /// Bytes cut off.
        missing: u32,
    },
}
