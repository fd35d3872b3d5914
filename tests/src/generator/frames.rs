//! A capture's frames, again and again, with other clients each time.
//!
//! In round k the address 10.16.1.2 of a client becomes 10.(16 + 16 k).1.2 and so on through 1,800 rounds; servers keep
//! theirs. Checksums follow by RFC 1624, so frames stay as right or wrong as they were.

use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::pcap::Packet;

/// Rounds after which addresses come again: 10.16/12 moved on by a /12 each stays below 127/8.
const ROUNDS: u64 = 1_800;

/// IPv4 addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    address: u32,
    length: u32,
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, length) = text.split_once('/').unwrap_or((text, "32"));
        let address: Ipv4Addr = address.parse().map_err(|_| format!("{address} is no IPv4 address"))?;
        match length.parse() {
            Ok(length @ 0..=32) => Ok(Self {
                address: address.to_bits(),
                length,
            }),
            _ => Err(format!("{length} is no prefix length; give one from 0 to 32")),
        }
    }
}

impl Prefix {
    /// Whether `address` lies in it.
    #[must_use]
    pub const fn holds(self, address: [u8; 4]) -> bool {
        let other = self.address ^ u32::from_be_bytes(address);
        match other.checked_shr(32 - self.length) {
            Some(rest) => rest == 0,
            None => true,
        }
    }
}

/// Where an address of a client stands in a frame, and the checksums over it.
#[derive(Clone, Copy, Debug)]
struct Place {
    frame: usize,
    address: usize,
    /// The first two bytes as captured.
    word: u16,
    header: usize,
    payload: Option<usize>,
}

/// The frames, in order, without end.
#[derive(Debug)]
pub struct Frames {
    frames: Vec<Vec<u8>>,
    places: Vec<Place>,
    next: usize,
    round: u64,
    /// Rounds after which the clients of the first come again.
    cycle: u64,
}

impl Frames {
    /// Frames of a capture; addresses in `keep` stay as they are, and every other IPv4 address of 10/8 is a client's.
    #[must_use]
    pub fn new(packets: Vec<Packet>, keep: &[Prefix]) -> Self {
        let frames: Vec<_> = packets.into_iter().map(|packet| packet.data).collect();
        let mut places = Vec::new();
        for (at, frame) in frames.iter().enumerate() {
            find(at, frame, keep, &mut places);
        }
        Self {
            frames,
            places,
            next: 0,
            round: 0,
            cycle: ROUNDS,
        }
    }

    /// The same clients come again after so many rounds already.
    #[must_use]
    pub fn returning(mut self, rounds: u64) -> Self {
        self.cycle = rounds.clamp(1, ROUNDS);
        self
    }

    /// Frames of one round.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whole rounds handed out.
    #[must_use]
    pub const fn rounds(&self) -> u64 {
        self.round
    }

    /// The next frames, at most `wanted`, and none beyond the end of a round.
    pub fn next_batch(&mut self, wanted: usize) -> &[Vec<u8>] {
        if self.next == self.frames.len() {
            self.next = 0;
            self.turn();
        }
        let start = self.next;
        self.next = self.frames.len().min(start + wanted);
        if self.next == self.frames.len() {
            self.round += 1;
        }
        self.frames.get(start..self.next).unwrap_or_default()
    }

    /// Gives every client its address of this round.
    fn turn(&mut self) {
        let shift = (self.round % self.cycle) as u16 * 16;
        for place in &self.places {
            if let Some(frame) = self.frames.get_mut(place.frame) {
                place.put(frame, place.word.wrapping_add(shift));
            }
        }
    }
}

impl Place {
    fn put(&self, frame: &mut [u8], new: u16) {
        let Some(old) = word(frame, self.address) else {
            return;
        };
        set(frame, self.address, new);
        for at in [Some(self.header), self.payload].into_iter().flatten() {
            // RFC 768: a UDP checksum of zero is none.
            if let Some(sum) = word(frame, at).filter(|sum| *sum != 0) {
                set(frame, at, corrected(sum, old, new));
            }
        }
    }
}

/// Notes the clients' addresses of an Ethernet frame with IPv4 (RFC 791 §3.1) in it.
fn find(at: usize, frame: &[u8], keep: &[Prefix], places: &mut Vec<Place>) {
    if word(frame, 12) != Some(0x0800) || frame.len() < 34 {
        return;
    }
    let first = word(frame, 20).is_some_and(|fragment| fragment & 0x1fff == 0);
    let payload = 14 + frame.get(14).map_or(20, |first| usize::from(first & 15) * 4);
    let checksum = match frame.get(23) {
        Some(6) if first => Some(payload + 16),
        Some(17) if first => Some(payload + 6),
        _ => None,
    };
    for address in [26, 30] {
        let bytes = frame.get(address..).and_then(|bytes| bytes.first_chunk::<4>());
        let client =
            bytes.filter(|bytes| bytes.first() == Some(&10) && !keep.iter().any(|prefix| prefix.holds(**bytes)));
        if let Some([high, low, ..]) = client {
            places.push(Place {
                frame: at,
                address,
                word: u16::from_be_bytes([*high, *low]),
                header: 24,
                payload: checksum,
            });
        }
    }
}

/// RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
fn corrected(sum: u16, old: u16, new: u16) -> u16 {
    let mut total = u32::from(!sum) + u32::from(!old) + u32::from(new);
    total = (total & 0xffff) + (total >> 16);
    total = (total & 0xffff) + (total >> 16);
    !(total as u16)
}

fn word(frame: &[u8], at: usize) -> Option<u16> {
    frame.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

fn set(frame: &mut [u8], at: usize, value: u16) {
    if let Some(bytes) = frame.get_mut(at..at + 2) {
        bytes.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UDP from 10.16.0.5:1000 to 10.1.0.1:88, checksums right.
    fn frame() -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend([0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 16, 0, 5, 10, 1, 0, 1]);
        frame.extend([0x03, 0xe8, 0, 88, 0, 10, 0, 0, 0xca, 0xfe]);
        let header = !sum(&frame[14..34], 0);
        set(&mut frame, 24, header);
        let whole = !sum(&frame[34..], pseudo(&frame));
        set(&mut frame, 40, whole);
        frame
    }

    fn pseudo(frame: &[u8]) -> u32 {
        u32::from(sum(&frame[26..34], 0)) + 17 + 10
    }

    fn sum(bytes: &[u8], start: u32) -> u16 {
        let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
        let mut total = start + words.sum::<u32>();
        while total > 0xffff {
            total = (total & 0xffff) + (total >> 16);
        }
        total as u16
    }

    #[test]
    fn rounds_differ_in_the_client_alone_and_keep_right_checksums() {
        let packets = vec![Packet {
            micros: 0,
            data: frame(),
        }];
        let mut frames = Frames::new(packets, &["10.0.0.0/12".parse().unwrap()]);
        let mut clients = Vec::new();
        for _ in 0..300 {
            let frame = &frames.next_batch(8)[0];
            assert_eq!(frame[30..34], [10, 1, 0, 1]);
            assert_eq!(sum(&frame[14..34], 0), 0xffff);
            assert_eq!(sum(&frame[34..], pseudo(frame)), 0xffff);
            clients.push(frame[26..30].to_vec());
        }
        assert_eq!(
            (frames.rounds(), clients[0].as_slice(), clients[1].as_slice()),
            (300, [10, 16, 0, 5].as_slice(), [10, 32, 0, 5].as_slice())
        );
        clients.sort();
        clients.dedup();
        assert_eq!(clients.len(), 300);
    }

    #[test]
    fn prefixes_hold_what_begins_alike() {
        let prefix: Prefix = "10.77.0.0/27".parse().unwrap();
        assert!(prefix.holds([10, 77, 0, 31]) && !prefix.holds([10, 77, 0, 32]));
        assert!("0.0.0.0/0".parse::<Prefix>().unwrap().holds([9, 9, 9, 9]));
        assert!("10.0.0.0/33".parse::<Prefix>().is_err());
    }
}
