//! What is in a block that the kernel handed over. The layout is that of linux/if_packet.h, every number in it is checked against the block:
//! a wrong one costs the rest of the block, counted.
//!
//! ```text
//! struct tpacket_block_desc: version(4) offset_to_priv(4) block_status(4) num_pkts(4) offset_to_first_pkt(4) blk_len(4) seq_num(8) ts_first(8) ts_last(8)
//! struct tpacket3_hdr: next_offset(4) sec(4) nsec(4) snaplen(4) len(4) status(4) mac(2) net(2) rxhash(4) vlan_tci(4) vlan_tpid(2) padding(2) padding(8)
//! ```

use libc::{TP_STATUS_TS_RAW_HARDWARE, TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID};

use crate::source::Tag;
use crate::source::live::Head;
use crate::time::Timestamp;

/// IEEE 802.1Q, for kernels that do not say which.
const DOT1Q: u16 = 0x8100;

/// Where the frames of a block begin, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) offset: usize,
    pub(super) frames: u32,
}

/// One frame's place in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) head: Head,
    /// First byte of the frame.
    pub(super) start: usize,
    /// Behind its last.
    pub(super) end: usize,
    /// The next entry; none behind the last one.
    pub(super) next: Option<usize>,
    /// The frame was longer than what is here.
    pub(super) truncated: bool,
    /// The time is the hardware's.
    pub(super) hardware: bool,
}

/// The start of `block`.
pub(super) fn start(block: &[u8]) -> Option<Start> {
    Some(Start {
        frames: word(block, 12)?,
        offset: word(block, 16)? as usize,
    })
}

/// The entry at `offset` of `block`.
pub(super) fn entry(block: &[u8], offset: usize) -> Option<Entry> {
    let header = block.get(offset..)?.first_chunk::<40>()?;
    let (next, snap, len, status) = (
        word(header, 0)? as usize,
        word(header, 12)?,
        word(header, 16)?,
        word(header, 20)?,
    );
    let start = offset + usize::from(half(header, 24)?);
    let end = start + snap as usize;
    let next = offset + next;
    if end > block.len() || next >= block.len() {
        return None;
    }
    Some(Entry {
        head: Head {
            time: Timestamp::new(i64::from(word(header, 4)?), word(header, 8)?),
            wire_len: len,
            stripped: tag(status, word(header, 32)?, half(header, 36)?),
        },
        start,
        end,
        next: (next > offset).then_some(next),
        truncated: snap < len,
        hardware: status & TP_STATUS_TS_RAW_HARDWARE != 0,
    })
}

fn tag(status: u32, tci: u32, tpid: u16) -> Option<Tag> {
    let tpid = if status & TP_STATUS_VLAN_TPID_VALID == 0 {
        DOT1Q
    } else {
        tpid
    };
    (status & TP_STATUS_VLAN_VALID != 0).then_some(Tag { tpid, tci: tci as u16 })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(next: u32, snap: u32, len: u32, status: u32, mac: u16) -> Vec<u8> {
        let mut block = Vec::new();
        for value in [next, 7, 9, snap, len, status] {
            block.extend_from_slice(&value.to_ne_bytes());
        }
        block.extend_from_slice(&mac.to_ne_bytes());
        block.resize(32, 0);
        block.extend_from_slice(&0x2064u32.to_ne_bytes());
        block.extend_from_slice(&0x88a8u16.to_ne_bytes());
        block.resize(128, 1);
        block
    }

    #[test]
    fn an_entry_is_read() {
        let status = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
        let entry = entry(&header(0, 20, 60, status, 82), 0).unwrap();
        let tag = Tag {
            tpid: 0x88a8,
            tci: 0x2064,
        };
        assert_eq!((entry.start, entry.end, entry.next), (82, 102, None));
        assert_eq!(
            (entry.head.stripped, entry.head.wire_len, tag.vlan()),
            (Some(tag), 60, 100)
        );
        assert_eq!((entry.head.time, entry.truncated), (Timestamp::new(7, 9), true));
    }

    #[test]
    fn what_lies_outside_of_the_block_is_no_entry() {
        assert_eq!(entry(&header(0, 47, 47, 0, 82), 0), None);
        assert_eq!(entry(&header(128, 20, 20, 0, 82), 0), None);
        assert_eq!(entry(&header(0, u32::MAX, 20, 0, 82), 0), None);
        assert_eq!(entry(&header(u32::MAX, 20, 20, 0, 82), 0), None);
        assert_eq!(entry(&header(0, 20, 20, 0, 82), 100), None);
        assert_eq!(entry(&header(0, 20, 20, 0, 82), usize::MAX), None);
    }

    proptest! {
        #[test]
        fn whatever_is_in_a_block_its_entries_are_within(block in prop::collection::vec(any::<u8>(), 0..256), offset in 0..300usize) {
            let _ = start(&block);
            if let Some(entry) = entry(&block, offset) {
                prop_assert!(entry.start <= entry.end && entry.end <= block.len());
                prop_assert!(entry.next.is_none_or(|next| next > offset && next < block.len()));
            }
        }
    }
}
