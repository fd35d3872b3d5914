//! Where frames come from: a [`Source`] lends [`Frame`]s, everything after it is shared by live capture and replay.
//!
//! A live source lends them where the kernel put them. A replay copies them into [`Batch`]es on their way to other threads; a batch is one byte buffer and one list of heads, so that filling, sending and emptying it allocates nothing once it has grown.

use std::fmt;
use std::ops::ControlFlow;

use crate::flow::FrameId;
use crate::time::Timestamp;

pub mod file;
pub mod live;
pub(crate) mod tpacket;
pub(crate) mod xdp;

/// Frames that a batch takes before it is full.
const MAX_FRAMES: usize = 4_096;
/// Bytes that a batch takes before it is full; only a single frame may reach beyond.
const MAX_BYTES: usize = 1 << 20;

/// The kind of outermost header of a frame (tcpdump.org's LINKTYPE_ registry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a four-byte address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// FDDI: frame control and addresses, then LLC.
    pub const FDDI: Self = Self(10);
    /// Raw IP as written by some BSDs (DLT_RAW, not its LINKTYPE).
    pub const DLT_RAW: Self = Self(12);
    /// Raw IP as written by OpenBSD (DLT_RAW, not its LINKTYPE).
    pub const DLT_RAW_OPENBSD: Self = Self(14);
    /// Raw IP, version from the first nibble.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: a four-byte address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture v1, 16-byte header.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Packets logged by Linux' netfilter.
    pub const NFLOG: Self = Self(239);
    /// Apple's PKTAP: a header of its own around a frame of another link type.
    pub const PKTAP: Self = Self(258);
    /// PKTAP under the number that macOS wrote before it had one.
    pub const USER2: Self = Self(149);
    /// Linux cooked capture v2, 20-byte header.
    pub const LINUX_SLL2: Self = Self(276);
}

/// Link types that capture tools write and that are not read here.
const UNREAD: &[(u16, &str)] = &[
    (6, "IEEE 802.5"),
    (8, "SLIP"),
    (9, "PPP"),
    (50, "PPP over HDLC"),
    (104, "Cisco HDLC"),
    (105, "IEEE 802.11"),
    (107, "Frame Relay"),
    (127, "radiotap"),
    (189, "Linux USB"),
    (192, "PPI"),
    (195, "IEEE 802.15.4"),
    (220, "Linux USB with padding"),
    (252, "Wireshark upper PDU"),
];

impl fmt::Display for LinkType {
    /// A name where there is a usual one, always with the number: `IEEE 802.11 (105)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = UNREAD
            .iter()
            .find(|(number, _)| *number == self.0)
            .map_or("link type", |(_, name)| name);
        write!(f, "{name} ({})", self.0)
    }
}

/// One frame as captured.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Run-wide number from 1, in delivery order over all captures.
    pub seq: u64,
    /// Its capture and its number there.
    pub id: FrameId,
    /// When it was captured.
    pub time: Timestamp,
    /// What it begins with.
    pub link: LinkType,
    /// The captured bytes.
    pub data: &'a [u8],
    /// Its length on the wire; more than `data.len()` when the snap length cut it.
    pub wire_len: u32,
    /// The outermost VLAN tag, where the kernel took it out of the bytes.
    pub stripped: Option<Tag>,
}

/// A VLAN tag as the kernel tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Tag protocol identifier: 0x8100 (IEEE 802.1Q), 0x88a8 (802.1ad), …
    pub tpid: u16,
    /// Tag control information: priority, drop eligibility, VLAN identifier.
    pub tci: u16,
}

impl Tag {
    /// The VLAN identifier (IEEE 802.1Q-2018 §9.6).
    #[must_use]
    pub const fn vlan(self) -> u16 {
        self.tci & 0xfff
    }
}

/// Frames on their way from a source to a worker: bounded and reusable.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    heads: Vec<Head>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    seq: u64,
    id: FrameId,
    time: Timestamp,
    end: usize,
    wire_len: u32,
    link: LinkType,
    stripped: Option<Tag>,
}

impl Batch {
    /// An empty batch; it allocates on first use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the frames, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.heads.clear();
    }

    /// Whether there is no frame in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Frames in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether a source should stop pushing: about 1 MiB or 4,096 frames.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.heads.len() >= MAX_FRAMES || self.bytes.len() >= MAX_BYTES
    }

    /// Copies frames of `source` in until it is full; false when there was no more and it is as it was.
    pub fn fill(&mut self, source: &mut impl Source) -> bool {
        if self.is_full() {
            return true;
        }
        let before = self.len();
        let poll = source.poll(&mut |frame| {
            self.push(frame);
            if self.is_full() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.len() > before || poll == Poll::More
    }

    /// Copies `frame` in.
    pub fn push(&mut self, frame: &Frame<'_>) {
        self.bytes.extend_from_slice(frame.data);
        self.heads.push(Head {
            seq: frame.seq,
            id: frame.id,
            time: frame.time,
            end: self.bytes.len(),
            wire_len: frame.wire_len,
            link: frame.link,
            stripped: frame.stripped,
        });
    }

    /// The frames in the order they were pushed.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut start = 0;
        self.heads.iter().map(move |head| {
            let data = self.bytes.get(start..head.end).unwrap_or_default();
            start = head.end;
            Frame {
                seq: head.seq,
                id: head.id,
                time: head.time,
                link: head.link,
                data,
                wire_len: head.wire_len,
                stripped: head.stripped,
            }
        })
    }
}

/// Whether a source has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// There is more at once, or the sink broke.
    More,
    /// Nothing at the moment: a live source.
    Idle,
    /// Nothing ever again.
    Ended,
}

/// Something that frames come from.
pub trait Source {
    /// Lends frames to `sink`, in order, until it breaks or there is nothing more just now.
    fn poll(&mut self, sink: &mut dyn FnMut(&Frame<'_>) -> ControlFlow<()>) -> Poll;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_pushed() {
        let mut batch = Batch::new();
        for round in 0..2 {
            for number in 1..=3u64 {
                let id = FrameId {
                    number,
                    ..FrameId::default()
                };
                let data = &b"frame"[..number as usize];
                let time = Timestamp(round);
                batch.push(&Frame {
                    seq: number,
                    id,
                    time,
                    link: LinkType(105),
                    data,
                    wire_len: 9,
                    stripped: None,
                });
            }
            let seen: Vec<_> = batch
                .frames()
                .map(|frame| (frame.seq, frame.time.0, frame.data))
                .collect();
            assert_eq!(seen, [(1, round, &b"f"[..]), (2, round, b"fr"), (3, round, b"fra")]);
            batch.clear();
        }
        assert!(batch.is_empty());
    }

    #[test]
    fn link_types_have_names() {
        assert_eq!(LinkType(105).to_string(), "IEEE 802.11 (105)");
        assert_eq!(LinkType(4_711).to_string(), "link type (4711)");
    }
}
