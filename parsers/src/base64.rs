//! Base64 as HTTP and SASL carry tokens in it (RFC 4648 §4).

/// The bytes behind `text`; none where it holds anything but the alphabet and its padding, which may be missing.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = unpadded(text);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | value(*digit)?;
        }
        let missing = 4 - group.len();
        let [_, whole @ ..] = (bits << (6 * missing)).to_be_bytes();
        match missing {
            3 => return None,
            _ => bytes.extend(whole.iter().take(3 - missing)),
        }
    }
    Some(bytes)
}

/// `bytes` in the alphabet, with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let digits = |group: &[u8]| {
        let mut bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        bits <<= 8 * (3 - group.len());
        let digit = move |at: usize| {
            let digit = ALPHABET.get((bits >> (18 - 6 * at)) as usize & 63);
            char::from(digit.copied().unwrap_or(b'='))
        };
        (0..4)
            .map(move |at| if at <= group.len() { digit(at) } else { '=' })
            .collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn unpadded(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    text.strip_suffix(b"=").unwrap_or(text)
}

const fn value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    /// RFC 4648 §10.
    #[test]
    fn test_vectors() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(decode(b"Zm9v Yg=="), None);
        assert_eq!(decode(b"Z"), None);
    }
}
