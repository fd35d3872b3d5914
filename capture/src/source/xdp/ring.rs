//! The two rings of a receiving socket: RX, of which this process is the consumer, and fill, of which it is the producer
//! (Documentation/networking/af_xdp.rst, "Rings").
//!
//! Invariant: each side writes its own counter only, after it has read or written the entries before it (release), and reads the other's first
//! (acquire); entries between the two are the consumer's.
#![expect(unsafe_code, reason = "the kernel writes to the rings too")]

use std::io;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::memory::Mapping;

/// Entries after which progress is made known to the kernel, so that the two processors do not fight for a cache line at every frame.
const STRIDE: u32 = 64;

/// A mapped ring of `T`.
#[derive(Debug)]
struct Shared<T> {
    producer: NonNull<AtomicU32>,
    consumer: NonNull<AtomicU32>,
    flags: NonNull<AtomicU32>,
    entries: NonNull<T>,
    mask: u32,
    _memory: Mapping,
}

// SAFETY: the addresses are of the mapping that goes along with them.
unsafe impl<T: Send> Send for Shared<T> {}

impl<T: Copy> Shared<T> {
    /// Maps a ring of `len` entries, a power of two.
    fn map(socket: &OwnedFd, page: libc::off_t, at: &libc::xdp_ring_offset, len: u32) -> io::Result<Self> {
        let bytes = at.desc as usize + len as usize * size_of::<T>();
        let memory = Mapping::shared(socket, bytes, page)?;
        let place = |offset: u64| memory.at(offset as usize).ok_or(io::ErrorKind::InvalidData);
        Ok(Self {
            producer: place(at.producer)?,
            consumer: place(at.consumer)?,
            flags: place(at.flags)?,
            entries: memory.at(at.desc as usize).ok_or(io::ErrorKind::InvalidData)?,
            mask: len - 1,
            _memory: memory,
        })
    }

    fn producer(&self) -> &AtomicU32 {
        // SAFETY: aligned and inside the mapping, which lives as long as `self`; both sides use it atomically.
        unsafe { self.producer.as_ref() }
    }

    fn consumer(&self) -> &AtomicU32 {
        // SAFETY: as for `producer`.
        unsafe { self.consumer.as_ref() }
    }

    fn flags(&self) -> &AtomicU32 {
        // SAFETY: as for `producer`.
        unsafe { self.flags.as_ref() }
    }

    /// The entry of that running number.
    fn entry(&self, number: u32) -> NonNull<T> {
        // SAFETY: the mask keeps it below the number of entries mapped.
        unsafe { self.entries.add((number & self.mask) as usize) }
    }
}

/// The RX ring.
#[derive(Debug)]
pub(super) struct Rx {
    ring: Shared<libc::xdp_desc>,
    /// Running number of the first descriptor not taken.
    next: u32,
    /// Running number behind the last one seen to be there.
    end: u32,
    /// What the kernel was told of `next`.
    told: u32,
}

impl Rx {
    pub(super) fn map(socket: &OwnedFd, at: &libc::xdp_ring_offset, len: u32) -> io::Result<Self> {
        let ring = Shared::map(socket, libc::XDP_PGOFF_RX_RING, at, len)?;
        let next = ring.consumer().load(Ordering::Relaxed);
        Ok(Self {
            ring,
            next,
            end: next,
            told: next,
        })
    }

    /// The descriptor `ahead` of the first not taken, without taking it.
    pub(super) fn peek(&mut self, ahead: u32) -> Option<(u64, u32, u32)> {
        if self.known() <= ahead {
            self.tell();
            self.end = self.ring.producer().load(Ordering::Acquire);
            if self.known() <= ahead {
                return None;
            }
        }
        // SAFETY: the descriptor lies between consumer and producer, so it is this process's to read.
        let descriptor = unsafe { self.ring.entry(self.next.wrapping_add(ahead)).read() };
        Some((descriptor.addr, descriptor.len, descriptor.options))
    }

    /// Takes the first descriptor; to be called only after [`Self::peek`] showed it.
    pub(super) fn advance(&mut self) {
        debug_assert!(self.known() > 0, "a descriptor was taken that is not there");
        self.next = self.next.wrapping_add(1);
        if self.next.wrapping_sub(self.told) >= STRIDE {
            self.tell();
        }
    }

    /// Descriptors that wait.
    pub(super) fn waiting(&self) -> u32 {
        self.ring.producer().load(Ordering::Acquire).wrapping_sub(self.next)
    }

    /// Descriptors known to wait; never more than there are entries, whatever the kernel's counter says.
    fn known(&self) -> u32 {
        self.end.wrapping_sub(self.next).min(self.ring.mask + 1)
    }

    fn tell(&mut self) {
        if self.told != self.next {
            self.told = self.next;
            self.ring.consumer().store(self.next, Ordering::Release);
        }
    }
}

/// The fill ring; it has room for every chunk, so it is never full.
#[derive(Debug)]
pub(super) struct Fill {
    ring: Shared<u64>,
    next: u32,
    told: u32,
}

impl Fill {
    pub(super) fn map(socket: &OwnedFd, at: &libc::xdp_ring_offset, len: u32) -> io::Result<Self> {
        let page = libc::XDP_UMEM_PGOFF_FILL_RING as libc::off_t;
        let ring = Shared::map(socket, page, at, len)?;
        let next = ring.producer().load(Ordering::Relaxed);
        Ok(Self { ring, next, told: next })
    }

    /// Gives a chunk to the kernel, which learns of it a few chunks later or at [`Self::tell`].
    ///
    /// The chunk must not be looked at any more.
    pub(super) fn give(&mut self, chunk: u64) {
        // SAFETY: the kernel reads the entry after `tell` only; there are as many entries as chunks, so the one overwritten has been consumed.
        unsafe { self.ring.entry(self.next).write(chunk) };
        self.next = self.next.wrapping_add(1);
        if self.next.wrapping_sub(self.told) >= STRIDE {
            self.tell();
        }
    }

    /// Makes known what was given.
    pub(super) fn tell(&mut self) {
        if self.told != self.next {
            self.told = self.next;
            self.ring.producer().store(self.next, Ordering::Release);
        }
    }

    /// Whether the driver sleeps until it is woken by a system call (`XDP_RING_NEED_WAKEUP`).
    pub(super) fn needs_wakeup(&self) -> bool {
        self.ring.flags().load(Ordering::Relaxed) & libc::XDP_RING_NEED_WAKEUP != 0
    }
}
