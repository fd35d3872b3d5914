//! snoop captures (RFC 1761), as Solaris writes them; always big-endian.
//!
//! ```text
//! file   = "snoop\0\0\0" version(4) datalink(4) *record
//! record = original(4) included(4) length(4) drops(4) seconds(4) microseconds(4) data(included) pad
//! ```
//! `length` is that of the whole record: it alone says how much padding there is.

use std::io::Read;
use std::time::Duration;

use super::record::{Fault, Record};
use super::window::{MAX_RECORD, Window};
use crate::source::LinkType;
use crate::time::Timestamp;

const MAGIC: &[u8] = b"snoop\0\0\0";
const FILE_HEADER: usize = 16;
const RECORD_HEADER: usize = 24;

/// How the records of one file are to be read.
#[derive(Clone, Debug)]
pub(super) struct Snoop {
    link: LinkType,
}

impl Snoop {
    /// Whether a file beginning with `head` is a snoop capture.
    pub(super) fn recognises(head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    /// Reads the file header.
    pub(super) fn open(window: &mut Window, input: &mut impl Read) -> Result<Self, Fault> {
        if !window.want(input, FILE_HEADER)? {
            return Err(Fault::cut("file header", window.bytes().len(), FILE_HEADER));
        }
        let [_, _, version, datalink] = words(window.bytes());
        window.consume(FILE_HEADER);
        match (version, link(datalink)) {
            (2, Some(link)) => Ok(Self { link }),
            (2, None) => Err(Fault::corrupt(format!("a snoop capture of datalink type {datalink}"))),
            _ => Err(Fault::corrupt(format!("a snoop capture of version {version}"))),
        }
    }

    /// Finds the next record in the window; none at a clean end of file.
    pub(super) fn next(&self, window: &mut Window, input: &mut impl Read) -> Result<Option<Record>, Fault> {
        if !window.want(input, RECORD_HEADER)? {
            return match window.bytes().len() {
                0 => Ok(None),
                some => Err(Fault::cut("record header", some, RECORD_HEADER)),
            };
        }
        let [wire_len, included, length, _, seconds, micros] = words(window.bytes());
        let (captured, length) = (included as usize, length as usize);
        // A record shorter than its header would be read for ever.
        let room = length.checked_sub(RECORD_HEADER);
        if length > MAX_RECORD || room.is_none_or(|room| captured > room) {
            return Err(Fault::corrupt(format!(
                "a record of {length} bytes claims {captured} bytes of packet"
            )));
        }
        if !window.want(input, length)? {
            return Err(Fault::cut("record", window.bytes().len(), length));
        }
        Ok(Some(Record {
            time: Timestamp::new(i64::from(seconds), 0).after(Duration::from_micros(micros.into())),
            link: self.link,
            wire_len: wire_len.max(included),
            start: RECORD_HEADER,
            end: RECORD_HEADER + captured,
            length,
        }))
    }
}

/// RFC 1761 table 1, as far as there is a LINKTYPE_ for it: IEEE 802.3, IEEE 802.5, Ethernet, FDDI.
const fn link(datalink: u32) -> Option<LinkType> {
    match datalink {
        0 | 4 => Some(LinkType::ETHERNET),
        2 => Some(LinkType(6)),
        8 => Some(LinkType(10)),
        _ => None,
    }
}

/// The first words of `bytes`.
fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let (chunks, _) = bytes.as_chunks();
    std::array::from_fn(|at| chunks.get(at).copied().map_or(0, u32::from_be_bytes))
}
