//! What stands in the body of a request: text, perhaps compressed, in the charset that it says.

use super::reply::Charset;
use super::{Refusal, sldc};

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of an envelope at most, uncompressed.
    pub envelope: usize,
}

/// What a request says of its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// `Content-Encoding: SLDC` ([MS-WSMV] 2.2.9.2). Windows says it of some bodies that are not compressed.
    pub sldc: bool,
    /// The charset of `Content-Type`; a byte order mark says more.
    pub charset: Option<Charset>,
}

impl Content {
    /// What the values of the two header fields say; none for a type or an encoding that WS-Management does not have (DSP0226 §13).
    #[must_use]
    pub fn of(content_type: &str, content_encoding: Option<&str>) -> Option<Self> {
        let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        if !media.trim().eq_ignore_ascii_case("application/soap+xml") {
            return None;
        }
        let charset = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then_some(value.trim().trim_matches('"'))
        });
        let sldc = match content_encoding.map(str::trim) {
            None | Some("" | "identity") => false,
            Some(encoding) if encoding.eq_ignore_ascii_case("SLDC") => true,
            Some(_) => return None,
        };
        Some(Self {
            sldc,
            charset: charset.map(Charset::named).transpose().ok()?,
        })
    }

    /// The text in `body`, and the charset that it is in; `octets` is room for what is decompressed, and emptied.
    ///
    /// # Errors
    /// Why it is no text.
    pub fn text(self, body: &[u8], limits: Limits, octets: &mut Vec<u8>) -> Result<(String, Charset), Refusal> {
        octets.clear();
        let plain = if self.sldc && !is_plain(body) {
            sldc::decompress(body, limits.envelope, octets)?;
            octets.as_slice()
        } else {
            body
        };
        if plain.len() > limits.envelope {
            return Err(Refusal::Oversized);
        }
        match plain {
            [0xff, 0xfe, rest @ ..] => Ok((utf16(rest, u16::from_le_bytes)?, Charset::Utf16)),
            [0xfe, 0xff, rest @ ..] => Ok((utf16(rest, u16::from_be_bytes)?, Charset::Utf16)),
            [0xef, 0xbb, 0xbf, rest @ ..] => Ok((utf8(rest)?, Charset::Utf8)),
            // Without a mark, an envelope begins with `<` in either.
            [b'<', 0, ..] => Ok((utf16(plain, u16::from_le_bytes)?, Charset::Utf16)),
            [0, b'<', ..] => Ok((utf16(plain, u16::from_be_bytes)?, Charset::Utf16)),
            _ => Ok((utf8(plain)?, Charset::Utf8)),
        }
    }
}

/// Whether what is said to be compressed begins like an envelope. No record begins with a byte order mark, which would be a reserved
/// symbol or a copy from nowhere, and none of an envelope's with `<` for its first nine bits.
fn is_plain(body: &[u8]) -> bool {
    matches!(
        body,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0xef, 0xbb, 0xbf, ..] | [b'<', ..] | [0, b'<', ..]
    )
}

fn utf8(octets: &[u8]) -> Result<String, Refusal> {
    std::str::from_utf8(octets)
        .map(str::to_owned)
        .map_err(|_| Refusal::Charset)
}

/// An unpaired surrogate, which data of an event may have, becomes U+FFFD; an odd octet more was cut.
fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Refusal> {
    let (units, []) = octets.as_chunks::<2>() else {
        return Err(Refusal::Charset);
    };
    let mut text = String::with_capacity(units.len() + units.len() / 8);
    let mut rest = units;
    while !rest.is_empty() {
        let ascii = rest.iter().take_while(|pair| unit(**pair) < 0x80).count();
        let (plain, others) = rest.split_at(ascii);
        text.extend(plain.iter().map(|pair| char::from(unit(*pair) as u8)));
        let end = others.iter().take_while(|pair| unit(**pair) >= 0x80).count();
        let (others, after) = others.split_at(end);
        let letters = char::decode_utf16(others.iter().map(|pair| unit(*pair)));
        text.extend(letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
        rest = after;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { envelope: 64 };

    fn text(content: Content, body: &[u8]) -> Result<(String, Charset), Refusal> {
        content.text(body, LIMITS, &mut Vec::new())
    }

    fn encoded(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn header_fields_say_what_a_body_is() {
        let of = Content::of;
        assert_eq!(
            of("application/soap+xml;charset=UTF-16", Some("SLDC")),
            Some(Content {
                sldc: true,
                charset: Some(Charset::Utf16)
            })
        );
        assert_eq!(
            of("Application/SOAP+XML; x=y; charset=\"utf-8\"", None).map(|content| content.charset),
            Some(Some(Charset::Utf8))
        );
        assert_eq!(of("application/soap+xml", Some("identity")), Some(Content::default()));
        for (kind, encoding) in [
            ("text/xml", None),
            ("application/soap+xml", Some("gzip")),
            ("application/soap+xml;charset=EBCDIC", None),
            ("multipart/encrypted", None),
        ] {
            assert_eq!(of(kind, encoding), None, "{kind} {encoding:?}");
        }
    }

    #[test]
    fn a_mark_says_more_than_a_header() {
        let name = "<Ä𝄞Müller/>";
        let wrong = Content {
            sldc: true,
            charset: Some(Charset::Utf8),
        };
        let (little, big) = (encoded(name, u16::to_le_bytes), encoded(name, u16::to_be_bytes));
        for body in [
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
            little,
            big,
        ] {
            assert_eq!(text(wrong, &body), Ok((name.into(), Charset::Utf16)));
        }
        assert_eq!(text(wrong, name.as_bytes()), Ok((name.into(), Charset::Utf8)));
        assert_eq!(
            text(wrong, &[b"\xef\xbb\xbf", name.as_bytes()].concat()),
            Ok((name.into(), Charset::Utf8))
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let plain = Content::default();
        assert_eq!(text(plain, b"\xff\xfe<\0a"), Err(Refusal::Charset), "an odd octet");
        assert_eq!(text(plain, b"<M\xfcller/>"), Err(Refusal::Charset), "CP1252");
        assert_eq!(text(plain, &[b'<'; 65]), Err(Refusal::Oversized));
        assert_eq!(
            text(plain, b"\xff\xfe\x00\xd8<\0"),
            Ok(("\u{fffd}<".into(), Charset::Utf16))
        );
        let compressed = Content { sldc: true, ..plain };
        assert_eq!(
            text(compressed, b"nonsense"),
            Err(Refusal::Oversized),
            "what it says is its length"
        );
        assert_eq!(text(compressed, b"nons\x05\0\0\0"), Err(Refusal::Sldc));
    }
}
