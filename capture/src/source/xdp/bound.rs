//! What a queue has while its interface is there: the socket, its rings and their memory.
//!
//! Invariant: a chunk is looked at only while its descriptor is the RX ring's first ones, which [`Bound::give_back`] alone takes.
#![expect(unsafe_code, reason = "frames lie in memory that the kernel writes to")]

use std::os::fd::AsFd;

use super::attachment::Attachment;
use super::error::Error;
use super::ring::{Fill, Rx};
use super::shape::Size;
use super::socket::{Hurry, Socket};
use super::umem::{Note, Umem};

/// Bytes of a frame put together from pieces; longer ones than a superframe there are none.
const MAX_TOGETHER: usize = 1 << 17;

/// What lasts while the socket does; dropped in this order.
#[derive(Debug)]
pub(super) struct Bound {
    /// The interface's index, which is another one when it returns.
    pub(super) index: u32,
    pub(super) socket: Socket,
    pub(super) rx: Rx,
    pub(super) fill: Fill,
    pub(super) umem: Umem,
}

/// What descriptors tell of.
#[derive(Debug)]
pub(super) enum Found {
    Frame {
        note: Option<Note>,
        wire_len: u32,
        pieces: u32,
    },
    /// The last piece is not there yet.
    Unfinished,
    /// An address outside of the memory, or a length beyond its chunk.
    Nonsense { pieces: u32 },
}

impl Bound {
    pub(super) fn open(attachment: &Attachment, queue: u32, size: Size, hurry: Hurry) -> Result<Self, Error> {
        let index = attachment.index()?;
        let umem = Umem::new(size.chunks, size.chunk);
        let umem = umem.map_err(|cause| attachment.error("memory for frames", cause))?;
        let socket = Socket::open(index, queue, &umem, size.chunks, hurry);
        let (socket, rx, fill) = socket.map_err(|cause| attachment.error("binding an AF_XDP socket", cause))?;
        let inserted = attachment.sockets().insert(queue, socket.as_fd());
        inserted.map_err(|cause| attachment.error("the map of sockets", cause))?;
        Ok(Self {
            index,
            socket,
            rx,
            fill,
            umem,
        })
    }

    /// A frame in one chunk.
    pub(super) fn whole(&mut self, address: u64, len: u32) -> Found {
        // SAFETY: the descriptor was not given back.
        if unsafe { self.umem.frame(address, len) }.is_none() {
            return Found::Nonsense { pieces: 1 };
        }
        // SAFETY: as above, and the frame is not borrowed any more.
        let note = unsafe { self.umem.take_note(address) };
        Found::Frame {
            note,
            wire_len: len,
            pieces: 1,
        }
    }

    /// A frame in several chunks, copied to `together`.
    pub(super) fn pieces(&mut self, together: &mut Vec<u8>) -> Found {
        together.clear();
        let (mut pieces, mut total, mut sound, mut first) = (0, 0_u32, true, None);
        loop {
            let Some((address, len, options)) = self.rx.peek(pieces) else {
                return Found::Unfinished;
            };
            first = first.or(Some(address));
            // SAFETY: the descriptor was not given back.
            let piece = unsafe { self.umem.frame(address, len) };
            let room = MAX_TOGETHER - together.len();
            together.extend(piece.unwrap_or_default().iter().take(room));
            sound &= piece.is_some();
            total = total.saturating_add(len);
            pieces += 1;
            if options & libc::XDP_PKT_CONTD == 0 {
                break;
            }
        }
        if !sound {
            return Found::Nonsense { pieces };
        }
        // SAFETY: none of the descriptors was given back, and nothing of them is borrowed.
        let note = first.and_then(|address| unsafe { self.umem.take_note(address) });
        Found::Frame {
            note,
            wire_len: total,
            pieces,
        }
    }

    /// Gives the chunks of the first descriptors back.
    pub(super) fn give_back(&mut self, pieces: u32) {
        for _ in 0..pieces {
            if let Some((address, _, _)) = self.rx.peek(0) {
                // An address outside of the memory is nobody's chunk.
                if let Some(chunk) = self.umem.chunk_of(address) {
                    self.fill.give(chunk);
                }
                self.rx.advance();
            }
        }
    }
}
