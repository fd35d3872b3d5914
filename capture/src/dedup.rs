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
//! in all of a datagram. Of a segment it takes in the header, since of bytes that come twice the first win anyway.
//!
//! What is found does not depend on that key: packets are forgotten in the order they came in, none within the window until there are more than
//! [`PACKETS`] in it, and then each is counted. Memory is taken once; of it only as much is used as the busiest window needed, since what is
//! small stays in the nearest cache.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use hashbrown::DefaultHashBuilder;

use crate::config::Config;
use crate::decode::{Fragment, Packet, Path, Transport};
use crate::time::Timestamp;

/// Packets remembered at most: 400,000 a second for 20 ms. With their index they take 192 KiB.
const PACKETS: usize = 8_192;
/// Packets remembered at first: 50,000 a second.
const FIRST: usize = 1_024;
/// Places of the index per packet.
const SPARSE: usize = 2;
/// Time is kept in units of 2^16 ns, about 65 µs.
const UNIT: u32 = 16;

/// The packets of the last milliseconds.
pub(crate) struct Dedup {
    /// In [`UNIT`]s; negative when copies are kept.
    window: i64,
    hasher: DefaultHashBuilder,
    /// By hash, the position of the newest packet that has it; positions count packets.
    heads: Box<[u32; PACKETS * SPARSE]>,
    /// By position.
    seen: Box<[Seen; PACKETS]>,
    /// That of the next packet.
    position: u32,
    /// How many are remembered: a power of two from [`FIRST`] to [`PACKETS`].
    size: usize,
    forgotten: u64,
}

#[derive(Clone, Copy)]
struct Seen {
    print: u64,
    time: u32,
    /// Position of the one before it that has the same place in the index.
    before: u32,
}

const NOTHING: Seen = Seen {
    print: 0,
    time: 0,
    before: 0,
};

impl Dedup {
    pub(crate) fn new(config: &Config) -> Self {
        let nanos = i64::from(config.duplicate_milliseconds) * 1_000_000;
        Self {
            window: if nanos == 0 { -1 } else { nanos >> UNIT },
            hasher: DefaultHashBuilder::default(),
            heads: Box::new([0; PACKETS * SPARSE]),
            seen: Box::new([NOTHING; PACKETS]),
            // Position 0, which empty places name, has passed.
            position: PACKETS as u32 + 1,
            size: FIRST,
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
        // What follows a segment's header is not looked at: it is cold still, and its sequence number tells what it is.
        let (protocol, bytes) = match packet.payload {
            Transport::Tcp(segment) => (6, header(packet.bytes, segment.data)),
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

    /// Looks `print` up, and remembers it if it is not there.
    fn look(&mut self, print: u64, time: Timestamp) -> bool {
        let time = (time.0 >> UNIT) as u32;
        if self.find(print).is_some_and(|seen| apart(seen, time) <= self.window) {
            return true;
        }
        while self.is_full(time) && self.size < PACKETS {
            self.grow();
        }
        self.forgotten += u64::from(self.is_full(time));
        self.put(print, time);
        false
    }

    /// When the newest packet with that print came.
    fn find(&self, print: u64) -> Option<u32> {
        let (mut at, mut age) = (*self.heads.get(self.head(print))?, 0);
        loop {
            let further = self.position.wrapping_sub(at);
            if further <= age || further as usize > self.size {
                return None;
            }
            let seen = self.seen.get(self.slot(at))?;
            if seen.print == print {
                return Some(seen.time);
            }
            (at, age) = (seen.before, further);
        }
    }

    /// Whether the next packet takes the place of one that a copy may still come of.
    fn is_full(&self, time: u32) -> bool {
        let oldest = self.seen.get(self.slot(self.position));
        oldest.is_some_and(|seen| seen.print != 0 && apart(seen.time, time) <= self.window)
    }

    fn put(&mut self, print: u64, time: u32) {
        let (head, slot) = (self.head(print), self.slot(self.position));
        if let (Some(head), Some(seen)) = (self.heads.get_mut(head), self.seen.get_mut(slot)) {
            let before = std::mem::replace(head, self.position);
            *seen = Seen { print, time, before };
            self.position = self.position.wrapping_add(1);
        }
    }

    /// Remembers twice as many from now on.
    #[cold]
    fn grow(&mut self) {
        let old = self.size as u32;
        self.size *= 2;
        self.heads.fill(0);
        let all = self.seen.clone();
        self.seen.fill(NOTHING);
        let end = self.position;
        self.position = end.wrapping_sub(old);
        while self.position != end {
            match all.get((self.position & (old - 1)) as usize) {
                Some(seen) if seen.print != 0 => self.put(seen.print, seen.time),
                _ => self.position = self.position.wrapping_add(1),
            }
        }
    }

    const fn head(&self, print: u64) -> usize {
        print as usize & (self.size * SPARSE - 1)
    }

    const fn slot(&self, position: u32) -> usize {
        position as usize & (self.size - 1)
    }
}

/// What is in front of `data` in `bytes`, whose end it is.
fn header<'a>(bytes: &'a [u8], data: &[u8]) -> &'a [u8] {
    let length = bytes.len().saturating_sub(data.len());
    bytes.get(..length).unwrap_or(bytes)
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
