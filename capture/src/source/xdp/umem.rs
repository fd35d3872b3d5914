//! The UMEM: memory in chunks of equal size that the kernel puts frames into (Documentation/networking/af_xdp.rst, "UMEM").
//!
//! Invariant: a chunk belongs either to the kernel (its address is in the fill ring, or taken from there) or to this process (its descriptor came
//! out of the RX ring and its address has not gone back). Only the latter may be looked at, which is what the callers of the unsafe functions
//! promise.
#![expect(unsafe_code, reason = "frames lie in memory that the kernel writes to")]

use std::io;

use super::memory::Mapping;
use super::program::{MARK, NOTE};

/// Bytes that the kernel leaves free in front of a frame (`XDP_PACKET_HEADROOM`).
pub(super) const HEADROOM: u32 = 256;

/// The chunks of one queue.
#[derive(Debug)]
pub(super) struct Umem {
    memory: Mapping,
    chunk: u32,
}

/// What the program wrote in front of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    pub(super) time: u64,
    /// Length before it was cut.
    pub(super) len: u32,
}

impl Umem {
    /// `chunks` of `chunk` bytes, a power of two from 2,048 to the page size.
    pub(super) fn new(chunks: u32, chunk: u32) -> io::Result<Self> {
        let memory = Mapping::anonymous(chunks as usize * chunk as usize)?;
        Ok(Self { memory, chunk })
    }

    /// Address and length, for `XDP_UMEM_REG`.
    pub(super) fn registration(&self) -> libc::xdp_umem_reg {
        let base = self.memory.at::<u8>(0).map_or(0, |base| base.addr().get());
        libc::xdp_umem_reg {
            addr: base as u64,
            len: self.memory.len() as u64,
            chunk_size: self.chunk,
            headroom: 0,
            flags: 0,
            tx_metadata_len: 0,
        }
    }

    /// Where each chunk begins.
    pub(super) fn chunks(&self) -> impl Iterator<Item = u64> {
        (0..self.memory.len() as u64).step_by(self.chunk as usize)
    }

    /// Where the chunk around `address` begins, if there is one.
    pub(super) fn chunk_of(&self, address: u64) -> Option<u64> {
        (address < self.memory.len() as u64).then_some(address & !u64::from(self.chunk - 1))
    }

    /// The frame that a descriptor tells of; none when it does not lie within one chunk.
    ///
    /// # Safety
    /// The chunk must be this process's for as long as the frame is borrowed.
    pub(super) unsafe fn frame(&self, address: u64, len: u32) -> Option<&[u8]> {
        let chunk = self.chunk_of(address)?;
        let end = address.checked_add(u64::from(len))?;
        if end > chunk + u64::from(self.chunk) {
            return None;
        }
        let base = self.memory.at::<u8>(address as usize)?;
        // SAFETY: `len` bytes from there lie within one chunk of the mapping, and the caller vouches that the kernel leaves that chunk alone.
        Some(unsafe { std::slice::from_raw_parts(base.as_ptr(), len as usize) })
    }

    /// Takes the note from in front of the frame at `address`, if the program wrote one; the next frame at this place finds none.
    ///
    /// # Safety
    /// The chunk must be this process's, and nothing of it borrowed.
    pub(super) unsafe fn take_note(&mut self, address: u64) -> Option<Note> {
        let start = address.checked_sub(u64::from(NOTE))?;
        if start < self.chunk_of(address)? {
            return None;
        }
        let words = self.memory.at::<[u32; 4]>(start as usize)?;
        // SAFETY: four aligned words within the mapping, in a chunk that is this process's alone.
        let [low, high, len, mark] = unsafe { words.read() };
        if mark != MARK {
            return None;
        }
        // SAFETY: as above.
        unsafe { words.write([0; 4]) };
        let time = u64::from(high) << 32 | u64::from(low);
        Some(Note { time, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_outside_of_a_chunk_is_refused() {
        let umem = Umem::new(2, 2_048).unwrap();
        // SAFETY: no kernel knows of this memory.
        let frame = |address, len| unsafe { umem.frame(address, len) }.map(<[u8]>::len);
        assert_eq!(frame(256, 1_792), Some(1_792));
        assert_eq!(frame(256, 1_793), None);
        assert_eq!(frame(2_048 + 256, 60), Some(60));
        assert_eq!(frame(4_096, 0), None);
        assert_eq!(frame(4_095, 2), None);
        assert_eq!(frame(u64::MAX, 1), None);
        assert_eq!(umem.chunks().collect::<Vec<_>>(), [0, 2_048]);
        assert_eq!(umem.chunk_of(4_095), Some(2_048));
    }

    #[test]
    fn a_note_is_taken_once_and_only_from_the_same_chunk() {
        let mut umem = Umem::new(2, 2_048).unwrap();
        let words = umem.memory.at::<[u32; 4]>(2_048 - 16).unwrap();
        // SAFETY: no kernel knows of this memory.
        unsafe {
            words.write([7, 1, 1_514, MARK]);
            assert_eq!(umem.take_note(2_048), None);
            assert_eq!(umem.take_note(8), None);
            assert_eq!(umem.take_note(1 << 40), None);
        }
        let words = umem.memory.at::<[u32; 4]>(256 - 16).unwrap();
        // SAFETY: as above.
        unsafe {
            words.write([7, 1, 1_514, MARK]);
            let note = Note {
                time: (1 << 32) + 7,
                len: 1_514,
            };
            assert_eq!(umem.take_note(256), Some(note));
            assert_eq!(umem.take_note(256), None);
        }
    }
}
