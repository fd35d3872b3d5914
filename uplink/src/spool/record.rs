//! One record of a segment.
//!
//! ```text
//! length  u32 LE   bytes of the payload
//! crc     u32 LE   CRC-32 (IEEE 802.3) of length, id and payload
//! id      u64 LE   the activity's id
//! payload          the activity, as `adtap.v1.Activity`
//! ```

use crc32fast::Hasher;

/// Bytes before the payload.
pub(super) const HEADER: usize = 16;

/// Bytes a payload has at most; a length above it is damage. Well below what a receiver takes in one message.
pub(super) const MAX_PAYLOAD: usize = 1 << 20;

/// A record that was read and whose checksum holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// The activity's id.
    pub(super) id: u64,
    /// The activity.
    pub(super) payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record at the start of `bytes`, and what comes after; none where it is cut or damaged.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let (id, rest) = rest.split_first_chunk::<8>()?;
        let size = u32::from_le_bytes(*length) as usize;
        if size > MAX_PAYLOAD {
            return None;
        }
        let (payload, rest) = rest.split_at_checked(size)?;
        if checksum(*length, *id, payload) != u32::from_le_bytes(*crc) {
            return None;
        }
        let id = u64::from_le_bytes(*id);
        Some((Self { id, payload }, rest))
    }

    /// Bytes it takes in its segment.
    pub(super) const fn size(&self) -> usize {
        HEADER + self.payload.len()
    }
}

/// Appends a record to `buffer`, its payload written by `encode`; none, and nothing appended, where it is too large.
pub(super) fn append(buffer: &mut Vec<u8>, id: u64, encode: impl FnOnce(&mut Vec<u8>)) -> Result<(), usize> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEADER]);
    encode(buffer);
    let size = buffer.len().saturating_sub(start + HEADER);
    let Some((header, payload)) = buffer
        .get_mut(start..)
        .and_then(<[u8]>::split_first_chunk_mut::<HEADER>)
    else {
        return Err(size);
    };
    let Some(length) = u32::try_from(size).ok().filter(|_| size <= MAX_PAYLOAD) else {
        buffer.truncate(start);
        return Err(size);
    };
    let (length, id) = (length.to_le_bytes(), id.to_le_bytes());
    let crc = checksum(length, id, payload).to_le_bytes();
    for (slot, byte) in header.iter_mut().zip(length.into_iter().chain(crc).chain(id)) {
        *slot = byte;
    }
    Ok(())
}

fn checksum(length: [u8; 4], id: [u8; 8], payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&length);
    hasher.update(&id);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut buffer = Vec::new();
        append(&mut buffer, 7, |buffer| buffer.extend_from_slice(b"seven")).unwrap();
        append(&mut buffer, 8, |_| {}).unwrap();
        let (first, rest) = Record::read(&buffer).unwrap();
        assert_eq!((first.id, first.payload, first.size()), (7, b"seven".as_slice(), 21));
        let (second, rest) = Record::read(rest).unwrap();
        assert_eq!((second.id, second.payload, rest.len()), (8, b"".as_slice(), 0));
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let mut buffer = Vec::new();
        append(&mut buffer, 7, |buffer| buffer.extend_from_slice(b"seven")).unwrap();
        for at in 0..buffer.len() {
            let mut damaged = buffer.clone();
            damaged[at] ^= 0x10;
            assert!(Record::read(&damaged).is_none(), "byte {at}");
            assert!(Record::read(&buffer[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn too_large_a_payload_leaves_nothing() {
        let mut buffer = vec![1];
        assert_eq!(
            append(&mut buffer, 1, |buffer| buffer.resize(MAX_PAYLOAD + 18, 0)),
            Err(MAX_PAYLOAD + 1)
        );
        assert_eq!(buffer, [1]);
    }
}
