//! A sealed message: an envelope that the security context of its connection encrypts, in a body of two parts ([MS-WSMV] 2.2.9.1).
//!
//! ```text
//! --Encrypted Boundary ␍␊
//! ␉Content-Type: application/HTTP-Kerberos-session-encrypted ␍␊
//! ␉OriginalContent: type=application/soap+xml;charset=UTF-16;Length=N ␍␊
//! --Encrypted Boundary ␍␊
//! ␉Content-Type: application/octet-stream ␍␊
//! length of the signature (4 octets, little-endian) | signature | N octets, sealed | --Encrypted Boundary-- ␍␊
//! ```
//! There is no empty line before the octets, and none behind them: what is sealed ends where the closing delimiter begins, which is
//! looked for at the end of the body, since sealed octets may hold anything. Signature and sealed octets together are the token of
//! RFC 4121 §4.2.6.2 (AES) or RFC 4757 §7.3 (RC4).

use super::Refusal;
use super::content::Content;
use super::reply::Charset;

const BOUNDARY: &[u8] = b"--Encrypted Boundary";

/// Kerberos 5, 1.2.840.113554.1.2.2 (RFC 4121 §4.1).
const MECHANISM: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";

/// Octets of a line of the two parts at most.
const MAX_LINE: usize = 256;

/// The longest signature: of RFC 4121 with AES-256 and SHA-384 it has 72 octets.
pub const MAX_SIGNATURE: usize = 256;

/// By how much sealed octets may be more than the message: RC4 pads (RFC 4757 §7.3), by one octet in practice.
const MAX_PADDING: usize = 16;

/// Octets that the two parts take beside what is sealed, at most.
pub const OVERHEAD: usize = 1_024;

/// How a connection was authenticated: the scheme of `Authorization` (RFC 4559 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Tokens of Kerberos.
    Kerberos,
    /// Tokens of SPNEGO, or of Kerberos.
    Negotiate,
}

impl Scheme {
    /// Both, the better first.
    pub const ALL: [Self; 2] = [Self::Kerberos, Self::Negotiate];

    /// Its name in `Authorization` and `WWW-Authenticate`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kerberos => "Kerberos",
            Self::Negotiate => "Negotiate",
        }
    }

    /// The scheme and the token, in base64, of an `Authorization`; none for any other scheme.
    #[must_use]
    pub fn of(authorization: &str) -> Option<(Self, &str)> {
        let (name, token) = authorization.trim().split_once(' ')?;
        let scheme = Self::ALL
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(name))?;
        Some((scheme, token.trim()))
    }

    /// What messages are sealed by, as `Content-Type` names it.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Kerberos => "application/HTTP-Kerberos-session-encrypted",
            Self::Negotiate => "application/HTTP-SPNEGO-session-encrypted",
        }
    }

    /// The `Content-Type` of a sealed message.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Kerberos => {
                "multipart/encrypted;protocol=\"application/HTTP-Kerberos-session-encrypted\";boundary=\"Encrypted Boundary\""
            }
            Self::Negotiate => {
                "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";boundary=\"Encrypted Boundary\""
            }
        }
    }

    /// By what a message is sealed that has this `Content-Type`; none where it is not sealed, or by what Kerberos has no part in.
    #[must_use]
    pub fn sealing(content_type: &str) -> Option<Self> {
        let (media, parameters) = content_type.split_once(';')?;
        let protocol = parameters
            .split(';')
            .find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                name.trim().eq_ignore_ascii_case("protocol").then_some(value)
            })?
            .trim()
            .trim_matches('"');
        let found = Self::ALL
            .into_iter()
            .find(|scheme| scheme.protocol().eq_ignore_ascii_case(protocol));
        found.filter(|_| media.trim().eq_ignore_ascii_case("multipart/encrypted"))
    }
}

/// A sealed message, where it lies in its body.
#[derive(Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// What the message is once it is open. Whether it is compressed is said by the request's own header.
    pub content: Content,
    /// Octets of the message.
    pub length: usize,
    /// Where in the body the sealed octets begin.
    pub start: usize,
    /// What comes before the sealed octets: the header of the token, with what it has of the rest.
    pub signature: &'a mut [u8],
    /// The sealed octets.
    pub data: &'a mut [u8],
}

impl<'a> Sealed<'a> {
    /// Reads the two parts of `body`.
    ///
    /// # Errors
    /// It breaks the layout, or its lengths are not those of what is there.
    pub fn read(body: &'a mut [u8]) -> Result<Self, Refusal> {
        let layout = Layout::read(body).ok_or(Refusal::Multipart)?;
        let rest = body.get_mut(layout.start..layout.end).ok_or(Refusal::Multipart)?;
        let (signature, data) = rest.split_at_mut_checked(layout.signature).ok_or(Refusal::Multipart)?;
        if data.len() < layout.length || data.len() - layout.length > MAX_PADDING {
            return Err(Refusal::Multipart);
        }
        Ok(Self {
            content: layout.content,
            length: layout.length,
            start: layout.start + layout.signature,
            signature,
            data,
        })
    }

    /// Whether the message is encrypted, and not signed alone: the flag `Sealed` (RFC 4121 §4.2.2), or a SEAL_ALG (RFC 4757 §7.3).
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        const SEALED: u8 = 0x02;
        match &*self.signature {
            [5, 4, flags, 0xff, ..] => flags & SEALED != 0,
            [0x60, ..] => {
                let mut windows = self.signature.windows(MECHANISM.len() + 6);
                let token = windows.find_map(|window| window.strip_prefix(MECHANISM));
                matches!(token, Some([2, 1, 0x11, 0, seal @ ..]) if seal != [0xff, 0xff])
            }
            _ => false,
        }
    }
}

struct Layout {
    content: Content,
    length: usize,
    /// Where the signature begins, and how long it is.
    start: usize,
    signature: usize,
    /// Where the sealed octets end.
    end: usize,
}

impl Layout {
    fn read(body: &[u8]) -> Option<Self> {
        let mut lines = Lines(body);
        delimiter(lines.next()?)?;
        field(lines.next()?, "Content-Type")
            .filter(|kind| Scheme::ALL.iter().any(|scheme| scheme.protocol() == *kind))?;
        let original = field(lines.next()?, "OriginalContent")?;
        let (content, length) = original_content(original)?;
        delimiter(lines.next()?)?;
        field(lines.next()?, "Content-Type").filter(|kind| *kind == "application/octet-stream")?;
        let (size, rest) = lines.0.split_first_chunk::<4>()?;
        let signature = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let open = rest.strip_suffix(b"\r\n").unwrap_or(rest);
        let open = open.strip_suffix(b"--").unwrap_or(open).strip_suffix(BOUNDARY)?;
        let start = body.len() - rest.len();
        (1..=MAX_SIGNATURE).contains(&signature).then_some(Self {
            content,
            length,
            start,
            signature,
            end: start + open.len(),
        })
    }
}

/// Lines that end with CR LF.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    /// The next one without its end; none where there is none, or a long one.
    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.0.windows(2).take(MAX_LINE).position(|two| two == b"\r\n")?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(2..)?;
        Some(line)
    }
}

fn delimiter(line: &[u8]) -> Option<()> {
    (line == BOUNDARY).then_some(())
}

/// The value of the field `name`, before which a tab stands.
fn field<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let line = std::str::from_utf8(line).ok()?.trim();
    let (own, value) = line.split_once(':')?;
    own.eq_ignore_ascii_case(name).then_some(value.trim())
}

/// `type=application/soap+xml;charset=UTF-16;Length=N`.
fn original_content(value: &str) -> Option<(Content, usize)> {
    let rest = value.strip_prefix("type=")?;
    let length = rest.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("length").then_some(value.trim())
    });
    Some((Content::of(rest, None)?, length?.parse().ok()?))
}

/// The body of a sealed message: `length` octets in `charset`, of which `signature` and `data` have come.
#[must_use]
pub fn write(scheme: Scheme, charset: Charset, length: usize, signature: &[u8], data: &[u8]) -> Vec<u8> {
    let head = format!(
        "--Encrypted Boundary\r\n\tContent-Type: {}\r\n\tOriginalContent: type={};Length={length}\r\n\
         --Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n",
        scheme.protocol(),
        charset.content_type()
    );
    let size = u32::try_from(signature.len()).unwrap_or(u32::MAX).to_le_bytes();
    [head.as_bytes(), &size, signature, data, BOUNDARY, b"--\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNATURE: [u8; 60] = [7; 60];

    /// As Windows writes it; the sealed octets hold a delimiter of their own.
    fn windows() -> Vec<u8> {
        let head = b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-Kerberos-session-encrypted\r\n\
            \tOriginalContent: type=application/soap+xml;charset=UTF-16;Length=24\r\n\
            --Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n\x3c\0\0\0";
        [
            head,
            &SIGNATURE[..],
            b"--Encrypted Boundary--\r\n",
            b"--Encrypted Boundary--\r\n",
        ]
        .concat()
    }

    #[test]
    fn a_message_as_windows_seals_it() {
        let mut body = windows();
        let sealed = Sealed::read(&mut body).unwrap();
        assert_eq!(sealed.content.charset, Some(Charset::Utf16));
        assert_eq!((sealed.length, &*sealed.signature), (24, &SIGNATURE[..]));
        assert_eq!(sealed.start, windows().len() - 48);
        assert_eq!(sealed.data, b"--Encrypted Boundary--\r\n");
        let written = write(
            Scheme::Kerberos,
            Charset::Utf16,
            24,
            &SIGNATURE,
            b"--Encrypted Boundary--\r\n",
        );
        assert_eq!(written, windows());
    }

    #[test]
    fn a_cut_message_is_none_wherever_it_is_cut() {
        let whole = windows();
        for end in (0..whole.len()).filter(|end| *end != whole.len() - 2 && *end != whole.len() - 4) {
            let mut cut = whole.get(..end).unwrap_or_default().to_vec();
            assert_eq!(Sealed::read(&mut cut), Err(Refusal::Multipart), "{end}");
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let refused = |body: Vec<u8>| Sealed::read(&mut body.clone()).is_err();
        for length in [0, 7, 25, usize::MAX] {
            assert!(
                refused(write(Scheme::Negotiate, Charset::Utf16, length, &SIGNATURE, &[1; 24])),
                "{length}"
            );
        }
        assert!(
            !refused(write(Scheme::Negotiate, Charset::Utf8, 23, &SIGNATURE, &[1; 24])),
            "padding"
        );
        assert!(
            refused(write(Scheme::Negotiate, Charset::Utf16, 24, &[], &[1; 24])),
            "no signature"
        );
        assert!(refused(write(
            Scheme::Negotiate,
            Charset::Utf16,
            24,
            &[1; 257],
            &[1; 24]
        )));
        let size = windows().windows(4).position(|four| four == b"\x3c\0\0\0").unwrap();
        for lie in [0_u32, 59, 61, 84, 85, 0x3c00_0000, u32::MAX] {
            let mut body = windows();
            body[size..size + 4].copy_from_slice(&lie.to_le_bytes());
            // What is the signature's and what is sealed is told by both lengths together.
            assert_eq!(refused(body), lie != 59, "{lie}");
        }
    }

    #[test]
    fn other_layouts_are_none() {
        let text = String::from_utf8_lossy(&windows()).into_owned();
        for (from, to) in [
            ("application/HTTP-Kerberos", "application/HTTP-CredSSP"),
            ("application/octet-stream", "text/plain"),
            ("type=application/soap+xml", "type=text/xml"),
            (";Length=24", ""),
            ("Length=24", "Length=-24"),
            ("charset=UTF-16", "charset=EBCDIC"),
            (
                "--Encrypted Boundary\r\n\tContent-Type: application/HTTP",
                "--Other\r\n\tContent-Type: application/HTTP",
            ),
            ("OriginalContent", "Original-Content"),
        ] {
            assert!(text.contains(from), "{from}");
            let mut body = text.replacen(from, to, 1).into_bytes();
            assert_eq!(Sealed::read(&mut body), Err(Refusal::Multipart), "{to}");
        }
        let mut endless = [&b"--Encrypted Boundary\r\n\tContent-Type:"[..], &[b' '; 300]].concat();
        assert_eq!(Sealed::read(&mut endless), Err(Refusal::Multipart));
    }

    #[test]
    fn what_is_signed_alone_is_not_encrypted() {
        let encrypted = |signature: &[u8]| {
            let mut body = write(Scheme::Kerberos, Charset::Utf16, 1, signature, b"x");
            Sealed::read(&mut body).unwrap().is_encrypted()
        };
        let rc4 = |seal: &[u8]| [b"\x60\x2b\x06\x09", MECHANISM, b"\x02\x01\x11\x00", seal, &[0; 26]].concat();
        assert!(encrypted(b"\x05\x04\x06\xff\0\0\0\x1c") && encrypted(&rc4(b"\x10\x00")));
        assert!(!encrypted(b"\x05\x04\x05\xff\0\x0c\0\x0c") && !encrypted(&rc4(b"\xff\xff")));
        assert!(!encrypted(b"\x01\0\0\0NTLM") && !encrypted(b"\x60") && !encrypted(b"\x05\x04"));
    }

    #[test]
    fn schemes_by_their_header_fields() {
        assert_eq!(Scheme::of("Kerberos YII="), Some((Scheme::Kerberos, "YII=")));
        assert_eq!(Scheme::of("negotiate  YII="), Some((Scheme::Negotiate, "YII=")));
        for other in [
            "Basic YTpi",
            "Kerberos",
            "",
            "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
        ] {
            assert_eq!(Scheme::of(other), None, "{other}");
        }
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::sealing(scheme.content_type()), Some(scheme));
        }
        for other in [
            "application/soap+xml;charset=UTF-16",
            "multipart/encrypted",
            "multipart/encrypted;protocol=\"application/HTTP-CredSSP-session-encrypted\"",
            "multipart/x-multi-encrypted;protocol=\"application/HTTP-Kerberos-session-encrypted\"",
        ] {
            assert_eq!(Scheme::sealing(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            signature in proptest::collection::vec(any::<u8>(), 1..=MAX_SIGNATURE),
            data in proptest::collection::vec(any::<u8>(), 0..200),
            padding in 0..=MAX_PADDING,
            utf8: bool,
        ) {
            let charset = if utf8 { Charset::Utf8 } else { Charset::Utf16 };
            let length = data.len().saturating_sub(padding);
            let mut body = write(Scheme::Kerberos, charset, length, &signature, &data);
            prop_assert!(body.len() <= data.len() + OVERHEAD);
            let sealed = Sealed::read(&mut body).unwrap();
            prop_assert_eq!((sealed.content.charset, sealed.length), (Some(charset), length));
            prop_assert_eq!((&*sealed.signature, &*sealed.data), (&signature[..], &data[..]));
        }
    }
}
