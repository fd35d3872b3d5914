//! Frames that are not addressed to the interface, which mirrored ones never are: wanted for as long as this lives (packet(7), `PACKET_MR_PROMISC`).
#![expect(unsafe_code, reason = "packet membership has no safe wrapper")]

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// A packet socket that receives nothing; its membership ends with it.
#[derive(Debug)]
pub(super) struct Promiscuous {
    _socket: OwnedFd,
}

impl Promiscuous {
    /// Asks for them on the interface of that index.
    pub(super) fn on(index: u32) -> io::Result<Self> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        // SAFETY: numbers in, a new descriptor out; protocol 0 receives nothing.
        let socket = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just made it for this process, and nobody else knows it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let wanted = libc::packet_mreq {
            mr_ifindex: index as libc::c_int,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        let (place, len) = ((&raw const wanted).cast(), size_of_val(&wanted) as libc::socklen_t);
        let (level, name) = (libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP);
        // SAFETY: the kernel reads the structure, within its size.
        if unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, place, len) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { _socket: socket })
    }
}
