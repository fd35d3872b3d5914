//! pcapng (draft-ietf-opsawg-pcapng): sections of interfaces and packets.
//!
//! ```text
//! block = type(4) length(4) body(length - 12) length(4)
//! ```
//! Block bodies are parsed by `pcap-parser`; the walk over blocks is here, so that blocks nobody needs are skipped unread whatever length
//! they claim, and only packets and descriptions of a bounded length are held.

use std::io::Read;

use pcap_parser::pcapng::{
    BOM_MAGIC, EPB_MAGIC, IDB_MAGIC, InterfaceDescriptionBlock, OptionCode, SHB_MAGIC, SPB_MAGIC,
    parse_enhancedpacketblock_be, parse_enhancedpacketblock_le, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le, parse_sectionheaderblock, parse_simplepacketblock_be,
    parse_simplepacketblock_le,
};

use super::record::{Fault, Record};
use super::window::{MAX_RECORD, Window};
use crate::source::LinkType;
use crate::time::Timestamp;

/// Obsolete Packet Block (draft-ietf-opsawg-pcapng, appendix A).
const OPB_MAGIC: u32 = 0x0000_0002;
/// Where packet data begins in an Enhanced and in an obsolete Packet Block.
const PACKET_DATA: usize = 28;
/// Where packet data begins in a Simple Packet Block.
const SIMPLE_DATA: usize = 12;
/// Interfaces one section may describe.
const MAX_INTERFACES: usize = 65_536;

/// Where the walk through one file is.
#[derive(Clone, Debug)]
pub(super) struct PcapNg {
    big_endian: bool,
    interfaces: Vec<Interface>,
    /// The time of the last packet that had one: Simple Packet Blocks have none.
    last: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    snaplen: u32,
    units_per_second: u64,
    offset_seconds: i64,
}

/// The first eight bytes of a block.
struct Head {
    kind: u32,
    length: usize,
}

impl PcapNg {
    /// Whether a file beginning with `magic` is pcapng.
    pub(super) fn recognises(magic: [u8; 4]) -> bool {
        u32::from_le_bytes(magic) == SHB_MAGIC
    }

    /// Reads the first section header.
    pub(super) fn open(window: &mut Window, input: &mut impl Read) -> Result<Self, Fault> {
        let mut new = Self {
            big_endian: false,
            interfaces: Vec::new(),
            last: Timestamp::default(),
        };
        let head = new.head(window, input)?.ok_or_else(|| Fault::corrupt("empty"))?;
        new.section(window, input, &head)?;
        window.consume(head.length);
        Ok(new)
    }

    /// Finds the next packet; none at a clean end of file.
    pub(super) fn next(&mut self, window: &mut Window, input: &mut impl Read) -> Result<Option<Record>, Fault> {
        while let Some(head) = self.head(window, input)? {
            let record = match head.kind {
                SHB_MAGIC => self.section(window, input, &head).map(|()| None),
                IDB_MAGIC => self.interface(whole(window, input, &head)?).map(|()| None),
                EPB_MAGIC => self.enhanced(whole(window, input, &head)?).map(Some),
                SPB_MAGIC => self.simple(whole(window, input, &head)?).map(Some),
                OPB_MAGIC => self.obsolete(whole(window, input, &head)?).map(Some),
                _ => {
                    skip(window, input, &head)?;
                    continue;
                }
            }?;
            match record {
                Some(record) => return Ok(Some(record)),
                None => window.consume(head.length),
            }
        }
        Ok(None)
    }

    fn head(&self, window: &mut Window, input: &mut impl Read) -> Result<Option<Head>, Fault> {
        if !window.want(input, 12)? {
            return match window.bytes().len() {
                0 => Ok(None),
                some => Err(Fault::cut("block header", some, 12)),
            };
        }
        let bytes = window.bytes();
        let kind = word(bytes, 0, self.big_endian);
        // A section header is a palindrome and says its byte order behind its length.
        let big_endian = match kind {
            SHB_MAGIC => order(bytes)?,
            _ => self.big_endian,
        };
        let length = word(bytes, 4, big_endian) as usize;
        if length < 12 {
            return Err(Fault::corrupt(format!("a block claims {length} bytes")));
        }
        Ok(Some(Head { kind, length }))
    }

    /// Section Header Block: byte order anew, interfaces anew.
    fn section(&mut self, window: &mut Window, input: &mut impl Read, head: &Head) -> Result<(), Fault> {
        let block = whole(window, input, head)?;
        let (_, section) = parse_sectionheaderblock(block).map_err(|_| Fault::corrupt("a bad section header"))?;
        self.big_endian = section.big_endian();
        self.interfaces.clear();
        Ok(())
    }

    /// Interface Description Block.
    fn interface(&mut self, block: &[u8]) -> Result<(), Fault> {
        let parsed = match self.big_endian {
            true => parse_interfacedescriptionblock_be(block),
            false => parse_interfacedescriptionblock_le(block),
        };
        let (_, parsed) = parsed.map_err(|_| Fault::corrupt("a bad interface description"))?;
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(Fault::corrupt("too many interfaces"));
        }
        self.interfaces.push(Interface {
            link: LinkType(parsed.linktype.0 as u16),
            snaplen: parsed.snaplen,
            units_per_second: units(parsed.if_tsresol)?,
            offset_seconds: self.offset_seconds(&parsed),
        });
        Ok(())
    }

    /// `if_tsoffset`, which `pcap-parser` reads as little-endian only.
    fn offset_seconds(&self, block: &InterfaceDescriptionBlock<'_>) -> i64 {
        let option = block
            .options
            .iter()
            .find(|option| option.code == OptionCode::IfTsoffset);
        let Some(raw) = option.and_then(|option| option.value().first_chunk().copied()) else {
            return 0;
        };
        if self.big_endian {
            i64::from_be_bytes(raw)
        } else {
            i64::from_le_bytes(raw)
        }
    }

    /// Enhanced Packet Block.
    fn enhanced(&mut self, block: &[u8]) -> Result<Record, Fault> {
        let parsed = match self.big_endian {
            true => parse_enhancedpacketblock_be(block),
            false => parse_enhancedpacketblock_le(block),
        };
        let (_, packet) = parsed.map_err(|_| Fault::corrupt("a bad packet block"))?;
        let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
        self.timed(packet.if_id, units, packet.caplen, packet.origlen, block.len())
    }

    /// Obsolete Packet Block: as the enhanced one, with a 16-bit interface and a drop count.
    fn obsolete(&mut self, block: &[u8]) -> Result<Record, Fault> {
        if block.len() < PACKET_DATA + 4 {
            return Err(Fault::corrupt("a bad packet block"));
        }
        let field = |at| word(block, at, self.big_endian);
        let interface = if self.big_endian {
            field(8) >> 16
        } else {
            field(8) & 0xffff
        };
        let units = u64::from(field(12)) << 32 | u64::from(field(16));
        self.timed(interface, units, field(20), field(24), block.len())
    }

    fn timed(&mut self, id: u32, units: u64, caplen: u32, wire_len: u32, block: usize) -> Result<Record, Fault> {
        let interface = self
            .interfaces
            .get(id as usize)
            .ok_or_else(|| Fault::corrupt(format!("a packet of interface {id}, which is not described")))?;
        let end = PACKET_DATA.saturating_add(caplen as usize);
        if end > block.saturating_sub(4) {
            return Err(Fault::corrupt(format!(
                "a packet of {caplen} bytes in a block of {block}"
            )));
        }
        self.last = interface.time(units);
        Ok(Record {
            time: self.last,
            link: interface.link,
            wire_len: wire_len.max(caplen),
            start: PACKET_DATA,
            end,
            length: block,
        })
    }

    /// Simple Packet Block: of the first interface, without a time.
    fn simple(&self, block: &[u8]) -> Result<Record, Fault> {
        let parsed = match self.big_endian {
            true => parse_simplepacketblock_be(block),
            false => parse_simplepacketblock_le(block),
        };
        let (_, packet) = parsed.map_err(|_| Fault::corrupt("a bad packet block"))?;
        let interface = self
            .interfaces
            .first()
            .ok_or_else(|| Fault::corrupt("a packet before any interface"))?;
        let limit = if interface.snaplen == 0 {
            u32::MAX
        } else {
            interface.snaplen
        };
        let captured = packet.data.len().min(packet.origlen.min(limit) as usize);
        Ok(Record {
            time: self.last,
            link: interface.link,
            wire_len: packet.origlen,
            start: SIMPLE_DATA,
            end: SIMPLE_DATA + captured,
            length: block.len(),
        })
    }
}

impl Interface {
    fn time(&self, units: u64) -> Timestamp {
        let nanos = match self.units_per_second {
            1_000_000 => i128::from(units) * 1_000,
            1_000_000_000 => i128::from(units),
            per_second => i128::from(units) * 1_000_000_000 / i128::from(per_second),
        };
        let nanos = nanos + i128::from(self.offset_seconds) * 1_000_000_000;
        Timestamp(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }
}

/// `if_tsresol`: a power of ten, or of two when the highest bit is set.
fn units(resolution: u8) -> Result<u64, Fault> {
    let exponent = u32::from(resolution & 0x7f);
    let units = if resolution & 0x80 == 0 {
        10u64.checked_pow(exponent)
    } else {
        1u64.checked_shl(exponent)
    };
    units.ok_or_else(|| Fault::corrupt(format!("time resolution {resolution:#04x}")))
}

/// The whole block, within bounds.
fn whole<'w>(window: &'w mut Window, input: &mut impl Read, head: &Head) -> Result<&'w [u8], Fault> {
    if head.length > MAX_RECORD {
        return Err(Fault::corrupt(format!("a block claims {} bytes", head.length)));
    }
    if !window.want(input, head.length)? {
        return Err(Fault::cut("block", window.bytes().len(), head.length));
    }
    Ok(window.bytes().get(..head.length).unwrap_or_default())
}

fn skip(window: &mut Window, input: &mut impl Read, head: &Head) -> Result<(), Fault> {
    match window.skip(input, head.length as u64)? {
        true => Ok(()),
        false => Err(Fault::corrupt(format!("cut inside a block of {} bytes", head.length))),
    }
}

/// True for big-endian, from a section header's byte-order magic.
fn order(block: &[u8]) -> Result<bool, Fault> {
    match (word(block, 8, false), word(block, 8, true)) {
        (BOM_MAGIC, _) => Ok(false),
        (_, BOM_MAGIC) => Ok(true),
        _ => Err(Fault::corrupt("a section header without byte-order magic")),
    }
}

fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let raw = bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .copied()
        .unwrap_or_default();
    if big_endian {
        u32::from_be_bytes(raw)
    } else {
        u32::from_le_bytes(raw)
    }
}
