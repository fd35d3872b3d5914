//! What the kernel says of a network interface: rtnetlink(7), one question and one answer.
//!
//! Not sysfs, which shows the interfaces of the namespace that mounted it, and which a sandboxed process has no path to.
//!
//! ```text
//! struct nlmsghdr: len(4) type(2) flags(2) seq(4) pid(4)
//! struct ifinfomsg: family(1) pad(1) type(2) index(4) flags(4) change(4)
//! struct rtattr: len(2) type(2) value, padded to four bytes
//! ```

use std::io::{self, Read, Write};
use std::time::Duration;

use libc::{IFF_LOWER_UP, IFF_UP};
use socket2::{Domain, Protocol, Socket, Type};

// linux/rtnetlink.h, linux/netlink.h, linux/if_link.h
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_STATS64: u16 = 23;
const IFLA_PROMISCUITY: u16 = 30;
const IFLA_NUM_RX_QUEUES: u16 = 32;
const HEADERS: usize = 32;
/// More than any answer: one with 128 virtual functions has about 30 KiB.
const ANSWER: usize = 64 << 10;
/// The kernel answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// An interface as it is at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) index: u32,
    /// `ARPHRD_*` of linux/if_arp.h.
    pub(crate) hardware: u16,
    /// `IFF_*` of netdevice(7).
    pub(crate) flags: u32,
    pub(crate) mtu: u32,
    /// How many want it promiscuous.
    pub(crate) promiscuity: u32,
    pub(crate) queues: u32,
    pub(crate) counters: NicCounters,
}

impl Link {
    /// Whether its frames begin with an Ethernet header.
    pub(crate) const fn is_ethernet(&self) -> bool {
        matches!(self.hardware, libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK)
    }

    /// Whether it was brought up.
    pub(crate) const fn is_up(&self) -> bool {
        self.flags & IFF_UP as u32 != 0
    }

    /// Whether something is on the other end of the cable.
    pub(crate) const fn has_carrier(&self) -> bool {
        self.flags & IFF_LOWER_UP as u32 != 0
    }
}

/// What a NIC and its driver count (`struct rtnl_link_stats64` of linux/if_link.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NicCounters {
    /// Good frames received.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Bad frames received, all kinds.
    pub errors: u64,
    /// Frames dropped by the kernel before anybody could take them: no memory, a queue full.
    pub dropped: u64,
    /// Frames for which the NIC had no room.
    pub missed: u64,
    /// Frames for which the NIC's own buffer had no room, part of `errors`.
    pub fifo: u64,
    /// Frames longer than the NIC takes, part of `errors`.
    pub over: u64,
    /// Frames of a wrong length, part of `errors`.
    pub length: u64,
    /// Frames with a wrong checksum, part of `errors`: a bad cable.
    pub crc: u64,
}

impl NicCounters {
    const fn fields(&mut self) -> [(&mut u64, usize); 9] {
        [
            (&mut self.packets, 0),
            (&mut self.bytes, 2),
            (&mut self.errors, 4),
            (&mut self.dropped, 6),
            (&mut self.length, 10),
            (&mut self.over, 11),
            (&mut self.crc, 12),
            (&mut self.fifo, 14),
            (&mut self.missed, 15),
        ]
    }

    fn read(bytes: &[u8]) -> Self {
        let mut counters = Self::default();
        for (counter, at) in counters.fields() {
            *counter = array(bytes, at * 8).map_or(0, u64::from_ne_bytes);
        }
        counters
    }

    /// Adds what came between `before` and `after`; a counter that is smaller than before began again at 0.
    pub(crate) fn add(&mut self, mut before: Self, mut after: Self) {
        for (((total, _), (before, _)), (after, _)) in
            self.fields().into_iter().zip(before.fields()).zip(after.fields())
        {
            *total += after.checked_sub(*before).unwrap_or(*after);
        }
    }

    /// Frames that the NIC or its driver lost.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.dropped + self.missed
    }
}

/// Where to ask.
#[derive(Debug)]
pub(crate) struct Links {
    socket: Socket,
    sequence: u32,
    answer: Vec<u8>,
}

impl Links {
    pub(crate) fn open() -> io::Result<Self> {
        let protocol = Protocol::from(libc::NETLINK_ROUTE);
        let socket = Socket::new(Domain::from(libc::AF_NETLINK), Type::RAW, Some(protocol))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            socket,
            sequence: 0,
            answer: vec![0; ANSWER],
        })
    }

    /// The interface of this name.
    ///
    /// # Errors
    /// `ENODEV` when there is none.
    pub(crate) fn look(&mut self, name: &str) -> io::Result<Link> {
        self.sequence = self.sequence.wrapping_add(1);
        self.socket.write_all(&question(name, self.sequence))?;
        loop {
            let length = self.socket.read(&mut self.answer)?;
            let answer = self.answer.get(..length).unwrap_or_default();
            // An answer that came too late is another question's.
            if array(answer, 8).map(u32::from_ne_bytes) == Some(self.sequence) {
                return read(answer).unwrap_or_else(|| Err(io::ErrorKind::InvalidData.into()));
            }
        }
    }
}

fn question(name: &str, sequence: u32) -> Vec<u8> {
    let name = [name.as_bytes(), &[0]].concat();
    let length = (4 + name.len()) as u16;
    let mut message = vec![0; 4];
    message.extend_from_slice(&RTM_GETLINK.to_ne_bytes());
    message.extend_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    message.extend_from_slice(&sequence.to_ne_bytes());
    message.resize(HEADERS, 0);
    message.extend_from_slice(&length.to_ne_bytes());
    message.extend_from_slice(&IFLA_IFNAME.to_ne_bytes());
    message.extend_from_slice(&name);
    message.resize(message.len().next_multiple_of(4), 0);
    let total = (message.len() as u32).to_ne_bytes();
    message.splice(..4, total);
    message
}

/// The link in an answer, or the error that it is.
fn read(answer: &[u8]) -> Option<io::Result<Link>> {
    match u16::from_ne_bytes(array(answer, 4)?) {
        NLMSG_ERROR => {
            let number = i32::from_ne_bytes(array(answer, 16)?);
            Some(Err(io::Error::from_raw_os_error(number.saturating_neg())))
        }
        RTM_NEWLINK => link(answer).map(Ok),
        _ => None,
    }
}

fn link(answer: &[u8]) -> Option<Link> {
    let mut link = Link {
        hardware: u16::from_ne_bytes(array(answer, 18)?),
        index: u32::from_ne_bytes(array(answer, 20)?),
        flags: u32::from_ne_bytes(array(answer, 24)?),
        ..Link::default()
    };
    let mut rest = answer.get(HEADERS..)?;
    while let Some(length) = array(rest, 0).map(u16::from_ne_bytes).map(usize::from) {
        let kind = u16::from_ne_bytes(array(rest, 2)?);
        let value = rest.get(4..length)?;
        let number = array(value, 0).map_or(0, u32::from_ne_bytes);
        match kind {
            IFLA_MTU => link.mtu = number,
            IFLA_PROMISCUITY => link.promiscuity = number,
            IFLA_NUM_RX_QUEUES => link.queues = number,
            IFLA_STATS64 => link.counters = NicCounters::read(value),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(link)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_loopback_interface_is_there() {
        let mut links = Links::open().unwrap();
        let link = links.look("lo").unwrap();
        assert!(
            link.index > 0 && link.is_ethernet() && link.mtu > 0 && link.queues > 0,
            "{link:?}"
        );
        let error = links.look("no-such-if0").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
        assert_eq!(links.look("lo").unwrap().index, link.index);
    }

    #[test]
    fn counters_that_begin_again_carry_on() {
        let at = |packets| NicCounters {
            packets,
            ..NicCounters::default()
        };
        let mut total = NicCounters::default();
        total.add(at(100), at(150));
        total.add(at(150), at(7));
        assert_eq!(total.packets, 57);
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(mut answer in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(kind) = answer.get_mut(4..6) {
                kind.copy_from_slice(&RTM_NEWLINK.to_ne_bytes());
            }
            let _ = read(&answer);
        }
    }
}
