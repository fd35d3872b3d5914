//! Base64 (RFC 4648 §4), as LDIF writes values that are not plain text.

/// The bytes that `text` stands for; none where it is not base64. Blanks are skipped, padding may be missing.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    let digits: Vec<u8> = digits.take_while(|byte| *byte != b'=').collect();
    parsers::base64::decode(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9v YmFy", "foobar"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decode(b"Zm9v!"), None);
        assert_eq!(decode(b"Z"), None);
    }
}
