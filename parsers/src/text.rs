//! Bytes of the wire as text, without losing any.

use std::fmt::Write;

use compact_str::CompactString;
use smallvec::SmallVec;

use crate::json;

/// Names are bytes: UTF-8 as it stands, every byte that is none as `\xNN`.
#[must_use]
pub fn bytes(bytes: &[u8]) -> CompactString {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return CompactString::new(text);
    }
    let mut text = CompactString::with_capacity(bytes.len() + 8);
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        for byte in part.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// UTF-16LE as Windows writes it; an unpaired surrogate becomes U+FFFD, an odd last byte is ignored.
#[must_use]
pub fn utf16(bytes: &[u8]) -> CompactString {
    if bytes.chunks_exact(2).all(|pair| matches!(pair, [0..=0x7f, 0])) {
        // Nearly all names: every other byte is the text.
        let ascii: SmallVec<[u8; 128]> = bytes.chunks_exact(2).filter_map(|pair| pair.first().copied()).collect();
        return CompactString::from_utf8_lossy(&ascii);
    }
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Numbers with dots between them, as versions and IPv4 addresses are written: `10.0.20348`.
#[must_use]
pub fn dotted<const N: usize>(numbers: [u32; N]) -> CompactString {
    let mut text = CompactString::default();
    for number in numbers {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(itoa::Buffer::new().format(number));
    }
    text
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> CompactString {
    let mut text = SmallVec::<[u8; 128]>::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend_from_slice(&json::hex(*byte));
    }
    CompactString::from_utf8_lossy(&text)
}

/// A GUID in the mixed-endian layout of [MS-DTYP] 2.3.4.2, as lower-case text with dashes.
#[must_use]
pub fn guid(bytes: &[u8; 16]) -> CompactString {
    /// The octets in the order that they are printed; the first three numbers are little-endian.
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = SmallVec::<[u8; 36]>::new();
    for (at, from) in ORDER.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend(json::hex(bytes.get(from).copied().unwrap_or_default()));
    }
    CompactString::from_utf8_lossy(&text)
}

/// A SID in the packet layout of [MS-DTYP] 2.4.2.2, as `S-1-5-21-…`; none where the bytes do not hold one.
#[must_use]
pub fn sid(bytes: &[u8]) -> Option<CompactString> {
    let (&[revision, count, a, b, c, d, e, f], rest) = bytes.split_first_chunk::<8>()?;
    let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let subs = rest.get(..usize::from(count) * 4)?;
    if count > 15 {
        return None; // SID_MAX_SUB_AUTHORITIES
    }
    let mut text = compact_str::format_compact!("S-{revision}-{authority}");
    for sub in subs.chunks_exact(4) {
        if let [a, b, c, d] = *sub {
            text.push('-');
            text.push_str(itoa::Buffer::new().format(u32::from_le_bytes([a, b, c, d])));
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive() {
        assert_eq!(bytes("jürgen".as_bytes()), "jürgen");
        assert_eq!(bytes("Иван".as_bytes()), "Иван");
        assert_eq!(bytes(b"j\xfcrgen"), "j\\xfcrgen");
        assert_eq!(dotted([10, 0, 20_348]), "10.0.20348");
        assert_eq!(utf16(&[0x18, 0x04, 0x32, 0x04, 0x30, 0x04, 0x3d, 0x04]), "Иван");
    }

    #[test]
    fn identifiers_print_as_windows_does() {
        let mut raw = [0; 16];
        for (slot, value) in raw.iter_mut().zip(0_u8..) {
            *slot = value;
        }
        assert_eq!(guid(&raw), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(
            sid(&[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]).as_deref(),
            Some("S-1-5-32-544")
        );
        assert_eq!(sid(&[1, 3, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0]), None);
    }
}
