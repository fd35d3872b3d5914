//! Classic pcap (draft-ietf-opsawg-pcap), in every variant that is met: microseconds and nanoseconds, both byte orders, and Kuznetzov's
//! modified format whose record headers are eight bytes longer.
//!
//! ```text
//! file   = magic(4) major(2) minor(2) thiszone(4) sigfigs(4) snaplen(4) linktype(4) *record
//! record = seconds(4) fraction(4) caplen(4) wirelen(4) [ifindex(4) protocol(2) pkttype(1) pad(1)] data(caplen)
//! ```
//! Read here and not by `pcap-parser`, which does not know the modified format in big-endian order.

use std::io::Read;

use super::record::{Fault, Record};
use super::window::{MAX_RECORD, Window};
use crate::source::LinkType;
use crate::time::Timestamp;

const FILE_HEADER: usize = 24;

/// How the records of one file are written.
#[derive(Clone, Debug)]
pub(super) struct Classic {
    big_endian: bool,
    header: usize,
    nanos_per_unit: u32,
    link: LinkType,
}

impl Classic {
    /// Whether a file beginning with `magic` is classic pcap.
    pub(super) fn recognises(magic: [u8; 4]) -> bool {
        variant(magic).is_some()
    }

    /// Reads the file header.
    pub(super) fn open(window: &mut Window, input: &mut impl Read) -> Result<Self, Fault> {
        if !window.want(input, FILE_HEADER)? {
            return Err(Fault::cut("file header", window.bytes().len(), FILE_HEADER));
        }
        let bytes = window.bytes();
        let (big_endian, header, nanos_per_unit) =
            variant(array(bytes, 0)).ok_or_else(|| Fault::corrupt("no pcap magic"))?;
        let link = word(bytes, 20, big_endian);
        window.consume(FILE_HEADER);
        // The upper half of the link type word holds the length of a frame check sequence.
        Ok(Self {
            big_endian,
            header,
            nanos_per_unit,
            link: LinkType(link as u16),
        })
    }

    /// Finds the next record in the window; none at a clean end of file.
    #[inline]
    pub(super) fn next(&self, window: &mut Window, input: &mut impl Read) -> Result<Option<Record>, Fault> {
        match self.record(window.bytes()) {
            None => self.read(window, input),
            there => Ok(there),
        }
    }

    /// The record at the start of `bytes`, if all of it is there.
    #[inline]
    fn record(&self, bytes: &[u8]) -> Option<Record> {
        let [seconds, fraction, captured, wire_len] = self.words(bytes)?;
        let length = self.header + captured as usize;
        if length > bytes.len() || length > MAX_RECORD {
            return None;
        }
        let nanos = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * u64::from(self.nanos_per_unit);
        Some(Record {
            time: Timestamp(nanos as i64),
            link: self.link,
            wire_len: wire_len.max(captured),
            start: self.header,
            end: length,
            length,
        })
    }

    /// What all record headers begin with, if it is there.
    fn words(&self, bytes: &[u8]) -> Option<[u32; 4]> {
        let (words, _) = bytes.first_chunk::<16>()?.as_chunks::<4>();
        let read = if self.big_endian {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        };
        match words {
            [a, b, c, d] => Some([*a, *b, *c, *d].map(read)),
            _ => None,
        }
    }

    #[cold]
    fn read(&self, window: &mut Window, input: &mut impl Read) -> Result<Option<Record>, Fault> {
        if !window.want(input, self.header)? {
            return match window.bytes() {
                // A text tool ended the file with a newline: nothing was lost.
                b"" | b"\n" | b"\r\n" => Ok(None),
                some => Err(Fault::cut("record header", some.len(), self.header)),
            };
        }
        let captured = word(window.bytes(), 8, self.big_endian) as usize;
        if captured > MAX_RECORD - self.header {
            return Err(Fault::corrupt(format!("a record claims {captured} bytes")));
        }
        let length = self.header + captured;
        if !window.want(input, length)? {
            return Err(Fault::cut("record", window.bytes().len(), length));
        }
        Ok(self.record(window.bytes()))
    }
}

/// Byte order (true: big-endian), record header length and nanoseconds per unit of fraction.
const fn variant(magic: [u8; 4]) -> Option<(bool, usize, u32)> {
    match magic {
        [0xd4, 0xc3, 0xb2, 0xa1] => Some((false, 16, 1_000)),
        [0xa1, 0xb2, 0xc3, 0xd4] => Some((true, 16, 1_000)),
        [0x4d, 0x3c, 0xb2, 0xa1] => Some((false, 16, 1)),
        [0xa1, 0xb2, 0x3c, 0x4d] => Some((true, 16, 1)),
        [0x34, 0xcd, 0xb2, 0xa1] => Some((false, 24, 1_000)),
        [0xa1, 0xb2, 0xcd, 0x34] => Some((true, 24, 1_000)),
        _ => None,
    }
}

fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let raw = array(bytes, at);
    if big_endian {
        u32::from_be_bytes(raw)
    } else {
        u32::from_le_bytes(raw)
    }
}

fn array(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .copied()
        .unwrap_or_default()
}
