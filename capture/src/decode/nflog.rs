//! NFLOG (LINKTYPE_NFLOG, 239): packets as Linux' netfilter logs them, without a link layer, among attributes about them.
//!
//! ```text
//! frame     = family(1) version(1) group(2) *attribute
//! attribute = length(2, of header and value) type(2) value pad(to 4)
//! ```
//! Lengths and types are in the byte order of the capturing host, which nothing tells: the one in which the first length can be is taken.

use super::{Refusal, mac};
use crate::flow::Mac;

// Address families of Linux.
const INET: u8 = 2;
const INET6: u8 = 10;
// Attribute types (linux/netfilter/nfnetlink_log.h).
const HARDWARE_ADDRESS: u16 = 8;
const PAYLOAD: u16 = 9;

/// The IP packet in a frame.
pub(crate) fn payload(data: &[u8]) -> Result<&[u8], Refusal> {
    match data.first() {
        Some(&(INET | INET6)) => attribute(data, PAYLOAD)?.ok_or(Refusal::NotIp),
        Some(_) => Err(Refusal::NotIp),
        None => Err(Refusal::BadLink),
    }
}

/// Who sent it, if that was an Ethernet address: `length(2, in network order) pad(2) address(8)`.
pub(super) fn source(data: &[u8]) -> Option<Mac> {
    let value = attribute(data, HARDWARE_ADDRESS).ok()??;
    if value.starts_with(&[0, 6]) {
        mac(value, 4)
    } else {
        None
    }
}

/// The value of the first attribute of type `wanted`; a value that is cut ends where the frame does.
fn attribute(data: &[u8], wanted: u16) -> Result<Option<&[u8]>, Refusal> {
    let mut rest = data.get(4..).ok_or(Refusal::BadLink)?;
    let big_endian = matches!(rest, [0, low, ..] if *low != 0);
    let half = |raw| {
        if big_endian {
            u16::from_be_bytes(raw)
        } else {
            u16::from_le_bytes(raw)
        }
    };
    while let Some((&[l0, l1, t0, t1], behind)) = rest.split_first_chunk() {
        let length = usize::from(half([l0, l1])).checked_sub(4).ok_or(Refusal::BadLink)?;
        if half([t0, t1]) == wanted {
            return Ok(Some(behind.get(..length).unwrap_or(behind)));
        }
        rest = behind.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(family: u8, attributes: &[(u16, &[u8])], half: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mut data = vec![family, 0, 0, 20];
        for (kind, value) in attributes {
            data.extend(half(value.len() as u16 + 4));
            data.extend(half(*kind));
            data.extend_from_slice(value);
            data.resize(data.len().next_multiple_of(4), 0);
        }
        data
    }

    #[test]
    fn the_payload_is_found_in_both_byte_orders() {
        let address = [0, 6, 255, 255, 2, 0, 0, 0, 0, 1, 0, 0];
        for half in [u16::to_le_bytes, u16::to_be_bytes] {
            let data = frame(INET, &[(1, b"abcd"), (10, b"x\0"), (8, &address), (9, b"packet")], half);
            assert_eq!(payload(&data), Ok(&b"packet"[..]));
            assert_eq!(source(&data), Some(Mac([2, 0, 0, 0, 0, 1])));
            assert_eq!(payload(&data[..data.len() - 4]), Ok(&b"pack"[..]));
        }
    }

    #[test]
    fn what_has_no_payload_is_named() {
        assert_eq!(
            payload(&frame(INET, &[(1, b"abcd")], u16::to_le_bytes)),
            Err(Refusal::NotIp)
        );
        assert_eq!(
            payload(&frame(7, &[(9, b"abcd")], u16::to_le_bytes)),
            Err(Refusal::NotIp)
        );
        assert_eq!(payload(&[INET, 0, 0, 0, 3, 0, 9, 0, 1]), Err(Refusal::BadLink));
        assert_eq!(payload(&[INET, 0, 0, 0, 0, 0, 0, 0, 1]), Err(Refusal::BadLink));
        assert_eq!(payload(&[]), Err(Refusal::BadLink));
    }
}
