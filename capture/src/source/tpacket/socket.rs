//! A packet socket and its options (packet(7), Documentation/networking/packet_mmap.rst).
//!
//! A socket must not see a frame before it is known which ones it wants: it is bound with a filter that takes nothing, joins its group, and only then gets its own.

use std::io;
use std::mem::{MaybeUninit, size_of, size_of_val};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use libc::{SOL_PACKET, SOL_SOCKET, c_int, c_void, sock_filter, socklen_t};
use socket2::{Domain, Socket, Type};

use super::memory::BLOCK;

/// After how long the kernel hands over a block that is not full: what a frame waits at most.
pub(super) const RETIRE_MILLISECONDS: u32 = 10;
/// Only a divisor of [`BLOCK`] in this version of the ring.
const FRAME: usize = 2_048;
/// `BPF_RET | BPF_K`, of no bytes.
const NOTHING: [sock_filter; 1] = [sock_filter {
    code: 6,
    jt: 0,
    jf: 0,
    k: 0,
}];
/// The same, of all bytes.
const EVERYTHING: [sock_filter; 1] = [sock_filter {
    code: 6,
    jt: 0,
    jf: 0,
    k: u32::MAX,
}];

/// An `AF_PACKET` socket that takes whole frames.
#[derive(Debug)]
pub(super) struct PacketSocket(Socket);

impl PacketSocket {
    /// A socket that takes nothing yet. Needs `CAP_NET_RAW`.
    pub(super) fn new() -> io::Result<Self> {
        let socket = Self(Socket::new(Domain::PACKET, Type::RAW, None)?);
        socket.set(
            SOL_PACKET,
            libc::PACKET_VERSION,
            &(libc::tpacket_versions::TPACKET_V3 as c_int),
        )?;
        socket.filter(&NOTHING)?;
        Ok(socket)
    }

    /// Gives it a ring of `blocks` blocks.
    pub(super) fn ring(&self, blocks: usize) -> io::Result<()> {
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: FRAME as u32,
            tp_frame_nr: (blocks * (BLOCK / FRAME)) as u32,
            tp_retire_blk_tov: RETIRE_MILLISECONDS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        self.set(SOL_PACKET, libc::PACKET_RX_RING, &request)
    }

    /// Leaves out what this host sends.
    pub(super) fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1_i32)
    }

    /// Asks for the hardware's timestamps, or again for the kernel's.
    pub(super) fn hardware_time(&self, wanted: bool) -> io::Result<()> {
        let kind = if wanted { libc::SOF_TIMESTAMPING_RAW_HARDWARE } else { 0 };
        self.set(SOL_PACKET, libc::PACKET_TIMESTAMP, &kind)
    }

    /// Begins to see frames of every protocol that arrive at the interface `index`.
    pub(super) fn bind(&self, index: u32) -> io::Result<()> {
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
            sll_ifindex: index as c_int,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        let length = size_of_val(&address) as socklen_t;
        // SAFETY: `address` is a whole sockaddr_ll of this length, and is only read.
        checked(unsafe { libc::bind(self.raw(), (&raw const address).cast(), length) })
    }

    /// Has the interface `index` take frames that are not addressed to it, as long as the socket is open.
    pub(super) fn promiscuous(&self, index: u32) -> io::Result<()> {
        let membership = libc::packet_mreq {
            mr_ifindex: index as c_int,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
    }

    /// Opens a group of sockets which `program` spreads frames over, and says its number.
    pub(super) fn open_group(&self, program: &[sock_filter]) -> io::Result<u16> {
        let unique = libc::PACKET_FANOUT_FLAG_UNIQUEID;
        // Kernels before 5.18 know no IGNORE_OUTGOING of a group.
        self.fanout(0, unique | libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING)
            .or_else(|_| self.fanout(0, unique))?;
        self.program(SOL_PACKET, libc::PACKET_FANOUT_DATA, program)?;
        let group: u32 = self.option(SOL_PACKET, libc::PACKET_FANOUT)?;
        Ok(group as u16)
    }

    /// Joins a group, as its next member.
    pub(super) fn join_group(&self, group: u16) -> io::Result<()> {
        self.fanout(group, libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING)
            .or_else(|_| self.fanout(group, 0))
    }

    fn fanout(&self, group: u16, flags: u32) -> io::Result<()> {
        let kind = libc::PACKET_FANOUT_CBPF | flags;
        self.set(SOL_PACKET, libc::PACKET_FANOUT, &(kind << 16 | u32::from(group)))
    }

    /// Takes what `program` takes from now on; an empty one takes everything.
    pub(super) fn filter(&self, program: &[sock_filter]) -> io::Result<()> {
        let program = if program.is_empty() { &EVERYTHING } else { program };
        self.program(SOL_SOCKET, libc::SO_ATTACH_FILTER, program)
    }

    fn program(&self, level: c_int, option: c_int, program: &[sock_filter]) -> io::Result<()> {
        let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
        // The kernel copies the instructions and checks them.
        let program = libc::sock_fprog {
            len: length,
            filter: program.as_ptr().cast_mut(),
        };
        self.set(level, option, &program)
    }

    /// What it counted since the last call.
    pub(super) fn statistics(&self) -> io::Result<libc::tpacket_stats_v3> {
        self.option(SOL_PACKET, libc::PACKET_STATISTICS)
    }

    /// The interface that it is bound to; none when that is gone.
    pub(super) fn interface(&self) -> Option<u32> {
        let mut address = MaybeUninit::<libc::sockaddr_ll>::zeroed();
        let mut length = size_of::<libc::sockaddr_ll>() as socklen_t;
        // SAFETY: the kernel writes at most `length` bytes of an address that is as long.
        checked(unsafe { libc::getsockname(self.raw(), address.as_mut_ptr().cast(), &raw mut length) }).ok()?;
        // SAFETY: all of it was zeroed, and any bytes make a sockaddr_ll.
        let address = unsafe { address.assume_init() };
        u32::try_from(address.sll_ifindex).ok().filter(|index| *index != 0)
    }

    /// Sets an option; `value` must be what the kernel reads for it.
    fn set<T>(&self, level: c_int, option: c_int, value: &T) -> io::Result<()> {
        let length = size_of::<T>() as socklen_t;
        let value: *const c_void = (&raw const *value).cast();
        // SAFETY: the kernel reads `length` bytes of `value`, which has as many; the pointers in a sock_fprog outlive the call.
        checked(unsafe { libc::setsockopt(self.raw(), level, option, value, length) })
    }

    /// Asks for an option that is made of integers.
    fn option<T: Plain>(&self, level: c_int, option: c_int) -> io::Result<T> {
        let mut value = MaybeUninit::<T>::zeroed();
        let mut length = size_of::<T>() as socklen_t;
        // SAFETY: the kernel writes at most `length` bytes of `value`, which has as many.
        checked(unsafe { libc::getsockopt(self.raw(), level, option, value.as_mut_ptr().cast(), &raw mut length) })?;
        // SAFETY: all of it was zeroed, and a `Plain` is sound whatever its bytes are.
        Ok(unsafe { value.assume_init() })
    }

    fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for PacketSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.raw()
    }
}

/// Values that any bytes make.
///
/// # Safety
/// Every pattern of bits is a value.
unsafe trait Plain {}

// SAFETY: an integer.
unsafe impl Plain for u32 {}
// SAFETY: made of integers without padding.
unsafe impl Plain for libc::tpacket_stats_v3 {}

fn checked(result: c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
