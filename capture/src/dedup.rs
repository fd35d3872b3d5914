//! Copies that the mirror made: the same packet again within a few milliseconds.
//!
//! Two mirror sources, a port mirrored both ways, or two mirrored controllers that talk to each other show one packet twice. The copies may
//! differ in what switches and routers write (hardware addresses, tags, tunnels, hop limit, traffic class, header checksum) and arrive over
//! different interfaces; a packet is therefore known by what its sender wrote: addresses, identification, lengths, the transport header with
//! its checksum, and the payload.
//!
//! **No retransmission is taken for a copy** where the sender numbers its packets (IPv4 identification; RFC 6864 §4.1 lets it be 0 in packets
//! that are never fragmented, and IPv6 has none). Without a number, a segment that is the same in every field, options included, is taken for
//! one: whatever it is (a repeated acknowledgment, a retransmission within the window), nothing in it is new, for the first has been read.
//! Two datagrams that are the same in every byte are one. A copy of which more or less was captured is not a copy: it may be the better one.
//!
//! **Nobody can make a packet disappear** by sending another one that looks alike: the hash has a key that is drawn at every start, and takes
//! in all of a datagram. Of a segment it takes in the headers, since of bytes that come twice the first win anyway.
//!
//! What is found does not depend on that key: the last [`PACKETS`] packets are remembered, whichever they are, and one that is forgotten within
//! the window is counted. Fixed in size; nothing is allocated per packet.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use hashbrown::DefaultHashBuilder;

use crate::config::Config;
use crate::decode::{Fragment, Packet, Path, Transport};
use crate::time::Timestamp;

/// Packets remembered: 400,000 a second for 20 ms. With their index they take 192 KiB, which the second-level cache holds.
const PACKETS: usize = 8_192;
/// Places of the index.
const HEADS: usize = PACKETS * 2;
/// Bytes of a segment that are looked at: the longest TCP header, and some of what follows the usual ones.
const SEGMENT: usize = 64;
/// Time is kept in units of 2^16 ns, about 65 µs.
const UNIT: u32 = 16;

/// The packets of the last milliseconds.
pub(crate) struct Dedup {
    /// In [`UNIT`]s; negative when copies are kept.
    window: i64,
    hasher: DefaultHashBuilder,
    /// By hash, the position of the newest packet that has it; positions count packets.
    heads: Box<[u32; HEADS]>,
    /// By position.
    seen: Box<[Seen; PACKETS]>,
    /// That of the next packet.
    position: u32,
    forgotten: u64,
}

#[derive(Clone, Copy)]
struct Seen {
    print: u64,
    time: u32,
    /// Position of the one before it that has the same place in the index.
    before: u32,
}

impl Dedup {
    pub(crate) fn new(config: &Config) -> Self {
        let nanos = i64::from(config.duplicate_milliseconds) * 1_000_000;
        let nothing = Seen {
            print: 0,
            time: 0,
            before: 0,
        };
        Self {
            window: if nanos == 0 { -1 } else { nanos >> UNIT },
            hasher: DefaultHashBuilder::default(),
            heads: Box::new([0; HEADS]),
            seen: Box::new([nothing; PACKETS]),
            // Position 0, which empty places name, has passed.
            position: PACKETS as u32 + 1,
            forgotten: 0,
        }
    }

    /// Packets that had to be forgotten within the window.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Whether `packet`, captured at `time`, has been here.
    pub(crate) fn is_copy(&mut self, packet: &Packet<'_>, time: Timestamp) -> bool {
        if self.window < 0 {
            return false;
        }
        let mut hasher = self.begin(&packet.path);
        let (protocol, bytes) = match packet.payload {
            Transport::Tcp(_) => (6, packet.bytes.get(..SEGMENT).unwrap_or(packet.bytes)),
            Transport::Udp(_) => (17, packet.bytes),
        };
        hasher.write_u64(u64::from(packet.identification) << 32 | protocol);
        hasher.write_u64((packet.bytes.len() as u64) << 32 | u64::from(packet.payload.missing()));
        hasher.write(bytes);
        self.look(hasher.finish(), time)
    }

    /// Whether `fragment`, captured at `time`, has been here.
    pub(crate) fn is_copied_fragment(&mut self, fragment: &Fragment<'_>, time: Timestamp) -> bool {
        if self.window < 0 {
            return false;
        }
        let mut hasher = self.begin(&fragment.path);
        hasher.write_u64(u64::from(fragment.identification) << 32 | 1 << 8 | u64::from(fragment.protocol));
        hasher
            .write_u64((fragment.data.len() as u64) << 32 | u64::from(fragment.offset) << 1 | u64::from(fragment.more));
        hasher.write(fragment.data);
        self.look(hasher.finish(), time)
    }

    fn begin(&self, path: &Path) -> impl Hasher + use<> {
        let mut hasher = self.hasher.build_hasher();
        match (path.source, path.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                hasher.write_u64(u64::from(source.to_bits()) << 32 | u64::from(destination.to_bits()));
            }
            (source, destination) => {
                hasher.write_u128(bits(source));
                hasher.write_u128(bits(destination));
            }
        }
        hasher
    }

    /// Looks `print` up, and remembers it if it is not there. Of equal ones only the newest counts.
    fn look(&mut self, print: u64, time: Timestamp) -> bool {
        let time = (time.0 >> UNIT) as u32;
        let Some(head) = self.heads.get_mut(print as usize % HEADS) else {
            return false;
        };
        let (mut at, mut age) = (*head, 0);
        loop {
            let further = self.position.wrapping_sub(at);
            if further <= age || further as usize > PACKETS {
                break;
            }
            let Some(seen) = self.seen.get(at as usize % PACKETS) else {
                break;
            };
            if seen.print == print {
                if apart(seen.time, time) <= self.window {
                    return true;
                }
                break;
            }
            (at, age) = (seen.before, further);
        }
        if let Some(place) = self.seen.get_mut(self.position as usize % PACKETS) {
            let full = place.before != 0 || place.print != 0;
            self.forgotten += u64::from(full && apart(place.time, time) <= self.window);
            *place = Seen {
                print,
                time,
                before: *head,
            };
        }
        *head = self.position;
        self.position = self.position.wrapping_add(1);
        false
    }
}

/// How far apart two times are, whichever is earlier; the clock of mirrors over several interfaces steps back and forth.
fn apart(one: u32, other: u32) -> i64 {
    i64::from((one.wrapping_sub(other) as i32).unsigned_abs())
}

const fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits() as u128,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
mod tests;
