//! What octets say as text: UTF-8, UTF-16 with or without its mark, and what is neither as CP1252.

use std::borrow::Cow;

/// What CP1252 has at 0x80 to 0x9f; elsewhere it is Latin-1. Its five holes stay control characters.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// `bytes` as text, without a byte order mark. UTF-8 that was cut inside its last character loses that character.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes).into(),
        // No mark, but ASCII in every other octet: what Windows calls Unicode.
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => return utf16(bytes, u16::from_le_bytes).into(),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => return utf16(bytes, u16::from_be_bytes).into(),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            String::from_utf8_lossy(whole)
        }
        Err(_) => bytes.iter().map(|byte| cp1252(*byte)).collect::<String>().into(),
    }
}

fn cp1252(byte: u8) -> char {
    let high = byte.checked_sub(0x80).map(usize::from);
    high.and_then(|at| CP1252.get(at).copied())
        .unwrap_or_else(|| char::from(byte))
}

/// An unpaired surrogate becomes U+FFFD, an odd last octet is ignored.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn every_encoding_says_the_same() {
        let name = "<Event>Müller</Event>";
        assert!(matches!(text(name.as_bytes()), Cow::Borrowed(same) if same == name));
        assert_eq!(text(&[b"\xef\xbb\xbf", name.as_bytes()].concat()), name);
        assert_eq!(text(b"<Event>M\xfcller</Event>"), name);
        let (little, big) = (encoded(name, u16::to_le_bytes), encoded(name, u16::to_be_bytes));
        assert_eq!(text(&[b"\xff\xfe", &little[..]].concat()), name);
        assert_eq!(text(&[b"\xfe\xff", &big[..]].concat()), name);
        assert_eq!((text(&little), text(&big)), (name.into(), name.into()));
    }

    #[test]
    fn what_was_cut_or_fits_nothing_is_still_text() {
        assert_eq!(text(b"M\xc3"), "M");
        assert_eq!(text(b"\x80 \x9f \x81"), "€ Ÿ \u{81}");
        assert_eq!(text(b"\xff\xfe<"), "");
        assert_eq!(text(b""), "");
    }
}
