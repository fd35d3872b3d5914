//! The memory of a ring, which the kernel fills and the worker empties, block by block.
//!
//! Invariant: a block's status word says whose it is (Documentation/networking/packet_mmap.rst). Bytes of a block are lent only while it is the worker's, and the borrow that `&mut self` needs keeps [`Mapping::release`] from giving it back under a reader.

use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{MAP_FAILED, MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE, TP_STATUS_KERNEL, TP_STATUS_USER};

/// Bytes of a block: a power of two of pages. Superframes of 64 KiB and jumbo frames fit many times; small enough that a quiet ring, of which
/// each retired block holds only what came within [`RETIRE_MILLISECONDS`](super::socket::RETIRE_MILLISECONDS), still has many of them.
pub(super) const BLOCK: usize = 256 << 10;
/// Where `block_status` is (`struct tpacket_block_desc` of linux/if_packet.h).
const STATUS: usize = 8;

/// A ring's blocks.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    blocks: usize,
}

// SAFETY: the mapping belongs to this value alone; nothing of it is bound to a thread.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps the `blocks` blocks of the receive ring that `socket` was given.
    pub(super) fn new(socket: &impl AsRawFd, blocks: usize) -> io::Result<Self> {
        let length = blocks * BLOCK;
        let protection = PROT_READ | PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                protection,
                MAP_SHARED | MAP_POPULATE,
                socket.as_raw_fd(),
                0,
            )
        };
        match NonNull::new(start.cast::<u8>()) {
            Some(start) if start.as_ptr().cast() != MAP_FAILED => Ok(Self { start, blocks }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Blocks in it.
    pub(super) const fn blocks(&self) -> usize {
        self.blocks
    }

    /// Block `at`, if it is the worker's.
    pub(super) fn block(&self, at: usize) -> Option<&[u8]> {
        if self.status(at)?.load(Ordering::Acquire) & TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: `at` is within the mapping, as `status` saw. The kernel does not write to a block that is the worker's, and it becomes the
        // kernel's only in `release`, which the borrow of `self` excludes. The acquiring load makes the kernel's writes visible.
        Some(unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(at * BLOCK), BLOCK) })
    }

    /// Gives block `at` back to the kernel, if it was the worker's.
    pub(super) fn release(&mut self, at: usize) {
        if let Some(status) = self.status(at)
            && status.load(Ordering::Relaxed) & TP_STATUS_USER != 0
        {
            status.store(TP_STATUS_KERNEL, Ordering::Release);
        }
    }

    fn status(&self, at: usize) -> Option<&AtomicU32> {
        if at >= self.blocks {
            return None;
        }
        // SAFETY: the block lies within the mapping, its status word at a multiple of four; the kernel and this process both access it as one
        // aligned word.
        Some(unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(at * BLOCK + STATUS).cast()) })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this value made the mapping, and whatever borrowed from it is gone. A failure would leave it mapped, no worse.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.blocks * BLOCK) };
    }
}
