//! Distinguished names of certificates as text (RFC 4514): the most particular part first, as Active Directory writes them.

use compact_str::{CompactString, ToCompactString};
use rasn_pkix::{AttributeTypeAndValue, Name};

use crate::asn1::Walker;
use crate::text;

/// `CN=alice,OU=Staff,DC=lab,DC=example`.
pub(crate) fn name_text(name: &Name) -> CompactString {
    let Name::RdnSequence(sequence) = name;
    let mut text = CompactString::default();
    for part in sequence.iter().rev() {
        for (at, pair) in part.iter().enumerate() {
            if !text.is_empty() {
                text.push(if at == 0 { ',' } else { '+' });
            }
            push(pair, &mut text);
        }
    }
    text
}

fn push(pair: &AttributeTypeAndValue, text: &mut CompactString) {
    match short(&pair.r#type) {
        Some(name) => text.push_str(name),
        None => text.push_str(&pair.r#type.to_compact_string()),
    }
    text.push('=');
    let raw = pair.value.as_bytes();
    match Walker::new(raw).next() {
        Ok(Some(value)) if matches!(value.tag, UTF8 | NUMERIC | PRINTABLE | TELETEX | IA5) => {
            escape(&text::bytes(value.value), text);
        }
        Ok(Some(value)) if value.tag == BMP => escape(&utf16_be(value.value), text),
        _ => {
            text.push('#');
            text.push_str(&text::hex(raw));
        }
    }
}

const UTF8: u8 = 0x0c;
const NUMERIC: u8 = 0x12;
const PRINTABLE: u8 = 0x13;
const TELETEX: u8 = 0x14;
const IA5: u8 = 0x16;
/// BMPString: UTF-16, big-endian.
pub(crate) const BMP: u8 = 0x1e;

pub(crate) fn utf16_be(bytes: &[u8]) -> CompactString {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The short names of RFC 4514 §3, and `E` as Windows calls a mail address.
fn short(oid: &[u32]) -> Option<&'static str> {
    Some(match oid {
        [2, 5, 4, 3] => "CN",
        [2, 5, 4, 4] => "SN",
        [2, 5, 4, 5] => "SERIALNUMBER",
        [2, 5, 4, 6] => "C",
        [2, 5, 4, 7] => "L",
        [2, 5, 4, 8] => "ST",
        [2, 5, 4, 9] => "STREET",
        [2, 5, 4, 10] => "O",
        [2, 5, 4, 11] => "OU",
        [2, 5, 4, 12] => "T",
        [2, 5, 4, 42] => "G",
        [0, 9, 2342, 19_200_300, 100, 1, 1] => "UID",
        [0, 9, 2342, 19_200_300, 100, 1, 25] => "DC",
        [1, 2, 840, 113_549, 1, 9, 1] => "E",
        _ => return None,
    })
}

/// RFC 4514 §2.4.
fn escape(value: &str, text: &mut CompactString) {
    let last = value.chars().count().saturating_sub(1);
    for (at, char) in value.chars().enumerate() {
        let edge = char == ' ' && (at == 0 || at == last) || char == '#' && at == 0;
        if edge || matches!(char, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            text.push('\\');
        }
        if char == '\0' {
            text.push_str("\\00");
        } else {
            text.push(char);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_escaped() {
        let mut text = CompactString::default();
        escape("#a, b+c ", &mut text);
        assert_eq!(text, "\\#a\\, b\\+c\\ ");
    }
}
