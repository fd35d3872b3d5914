//! The AF_XDP socket of one queue: registers the UMEM, maps the rings, binds as well as the driver allows (Documentation/networking/af_xdp.rst;
//! include/uapi/linux/if_xdp.h).
#![expect(unsafe_code, reason = "AF_XDP has no safe wrapper")]

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::thread;
use std::time::Duration;

use super::ring::{Fill, Rx};
use super::umem::Umem;

/// Times and distance in which a queue is tried that another socket still holds: the kernel lets go of it a moment after the socket was closed.
const TRIES: u32 = 50;
const RETRY: Duration = Duration::from_millis(20);
/// A completion ring is asked for although nothing is ever sent.
const COMPLETION: u32 = 2;
/// The best first: without copying, frames in several chunks (`XDP_USE_SG`, since Linux 6.6), sleeping driver (`XDP_USE_NEED_WAKEUP`).
const BINDINGS: [u16; 5] = [
    libc::XDP_ZEROCOPY | libc::XDP_USE_NEED_WAKEUP | libc::XDP_USE_SG,
    libc::XDP_ZEROCOPY | libc::XDP_USE_NEED_WAKEUP,
    libc::XDP_COPY | libc::XDP_USE_NEED_WAKEUP | libc::XDP_USE_SG,
    libc::XDP_COPY | libc::XDP_USE_NEED_WAKEUP,
    libc::XDP_COPY,
];

/// What to do about a queue that somebody is just letting go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hurry {
    /// Wait for it, up to a second.
    Patient,
    /// Give up.
    Now,
}

/// A bound socket.
#[derive(Debug)]
pub(super) struct Socket {
    descriptor: OwnedFd,
    flags: u16,
    orphaned: Cell<bool>,
}

/// Losses that the socket itself counts (`struct xdp_statistics`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statistics {
    pub(super) dropped: u64,
    pub(super) invalid: u64,
    pub(super) ring_full: u64,
    pub(super) fill_empty: u64,
}

impl Statistics {
    /// Those of two sockets, one after the other.
    pub(super) const fn plus(&self, other: Self) -> Self {
        Self {
            dropped: self.dropped + other.dropped,
            invalid: self.invalid + other.invalid,
            ring_full: self.ring_full + other.ring_full,
            fill_empty: self.fill_empty + other.fill_empty,
        }
    }
}

impl Socket {
    /// Opens and binds it to a queue of the interface; every chunk of `umem`, of which there are `chunks`, is the kernel's afterwards.
    pub(super) fn open(index: u32, queue: u32, umem: &Umem, chunks: u32, hurry: Hurry) -> io::Result<(Self, Rx, Fill)> {
        let descriptor = create()?;
        set(&descriptor, libc::XDP_UMEM_REG, &umem.registration())?;
        set(&descriptor, libc::XDP_UMEM_FILL_RING, &chunks)?;
        set(&descriptor, libc::XDP_UMEM_COMPLETION_RING, &COMPLETION)?;
        set(&descriptor, libc::XDP_RX_RING, &chunks)?;
        // SAFETY: a structure of numbers.
        let offsets: libc::xdp_mmap_offsets = unsafe { option(&descriptor, libc::SOL_XDP, libc::XDP_MMAP_OFFSETS) }?;
        let rx = Rx::map(&descriptor, &offsets.rx, chunks)?;
        let mut fill = Fill::map(&descriptor, &offsets.fr, chunks)?;
        umem.chunks().for_each(|chunk| fill.give(chunk));
        fill.tell();
        let flags = bind(&descriptor, index, queue, hurry)?;
        let socket = Self {
            descriptor,
            flags,
            orphaned: Cell::new(false),
        };
        Ok((socket, rx, fill))
    }

    /// Whether the driver puts frames into the UMEM itself.
    pub(super) const fn is_zero_copy(&self) -> bool {
        self.flags & libc::XDP_ZEROCOPY != 0
    }

    /// Whether frames longer than a chunk arrive; else they are dropped and counted.
    pub(super) const fn takes_pieces(&self) -> bool {
        self.flags & libc::XDP_USE_SG != 0
    }

    /// Losses since it was opened.
    pub(super) fn statistics(&self) -> io::Result<Statistics> {
        // SAFETY: a structure of numbers.
        let all: libc::xdp_statistics = unsafe { option(&self.descriptor, libc::SOL_XDP, libc::XDP_STATISTICS) }?;
        Ok(Statistics {
            dropped: all.rx_dropped,
            invalid: all.rx_invalid_descs,
            ring_full: all.rx_ring_full,
            fill_empty: all.rx_fill_ring_empty_descs,
        })
    }

    /// Whether its interface is gone: the kernel leaves `ENETDOWN` once (net/xdp/xsk.c, `xsk_notifier`).
    pub(super) fn is_orphaned(&self) -> bool {
        // SAFETY: a number.
        let error: io::Result<libc::c_int> = unsafe { option(&self.descriptor, libc::SOL_SOCKET, libc::SO_ERROR) };
        if !matches!(error, Ok(0)) {
            self.orphaned.set(true);
        }
        self.orphaned.get()
    }

    /// Wakes the driver, so that it takes chunks from the fill ring.
    pub(super) fn wake(&self) {
        let descriptor = self.descriptor.as_raw_fd();
        // SAFETY: nothing is received: the buffer is empty.
        unsafe {
            libc::recvfrom(
                descriptor,
                ptr::null_mut(),
                0,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
                ptr::null_mut(),
            );
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

fn create() -> io::Result<OwnedFd> {
    // SAFETY: numbers in, a new descriptor out.
    let socket = unsafe { libc::socket(libc::AF_XDP, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    checked(socket)?;
    // SAFETY: the kernel has just made it for this process, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(socket) })
}

/// Binds in the best way there is; the flags say which.
fn bind(socket: &OwnedFd, index: u32, queue: u32, hurry: Hurry) -> io::Result<u16> {
    let mut refused = None;
    for flags in BINDINGS {
        match bind_so(socket, index, queue, flags, hurry) {
            Ok(()) => return Ok(flags),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EBUSY | libc::EPERM | libc::ENODEV)) => {
                return Err(error);
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::ErrorKind::Unsupported.into()))
}

fn bind_so(socket: &OwnedFd, index: u32, queue: u32, flags: u16, hurry: Hurry) -> io::Result<()> {
    let address = libc::sockaddr_xdp {
        sxdp_family: libc::AF_XDP as u16,
        sxdp_flags: flags,
        sxdp_ifindex: index,
        sxdp_queue_id: queue,
        sxdp_shared_umem_fd: 0,
    };
    let place = (&raw const address).cast();
    let tries = if hurry == Hurry::Now { 1 } else { TRIES };
    for _ in 0..tries {
        // SAFETY: the address is read, within its own size.
        let bound = checked(unsafe { libc::bind(socket.as_raw_fd(), place, size_of_val(&address) as u32) });
        match bound {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => thread::sleep(RETRY),
            other => return other,
        }
    }
    Err(io::Error::from_raw_os_error(libc::EBUSY))
}

fn set<T>(socket: &OwnedFd, name: libc::c_int, value: &T) -> io::Result<()> {
    let len = size_of::<T>() as libc::socklen_t;
    let value: *const T = value;
    // SAFETY: the kernel reads no more than the length given.
    checked(unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_XDP, name, value.cast(), len) })
}

/// The value of a socket option.
///
/// # Safety
/// `T` must be made of numbers alone, so that any bytes are one, zero too.
unsafe fn option<T>(socket: &OwnedFd, level: libc::c_int, name: libc::c_int) -> io::Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut len = size_of::<T>() as libc::socklen_t;
    let place = value.as_mut_ptr().cast();
    // SAFETY: the kernel writes no more than the length given.
    checked(unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, place, &raw mut len) })?;
    // SAFETY: zeroed, then written; the caller vouches that any bytes will do.
    Ok(unsafe { value.assume_init() })
}

fn checked(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
