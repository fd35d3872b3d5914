//! The first record of a TLS connection: ClientHello and ServerHello (RFC 8446 §4.1, §5.1).

use crate::reader::{Malformed, Reader};

/// Octets of a record's header: `ContentType(1) ProtocolVersion(2) length(2)`.
pub(super) const RECORD: usize = 5;

/// The longest record: 2^14 octets and what old ciphers added to them (RFC 5246 §6.2.3).
const MAX_RECORD: u16 = (1 << 14) + 2048;

/// ContentType handshake.
pub(super) const HANDSHAKE: u8 = 22;

/// A record's header: its content type and length, where it is one.
pub(super) fn record(head: &[u8]) -> Option<(u8, u16)> {
    let &[kind @ 20..=23, 3, 0..=4, high, low, ..] = head else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]);
    (1..=MAX_RECORD).contains(&length).then_some((kind, length))
}

/// ClientHello or ServerHello.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hello<'a> {
    /// Highest version a client offers, or the one a server chose.
    pub(super) version: u16,
    /// server_name (RFC 6066 §3).
    pub(super) name: Option<&'a [u8]>,
    /// The first of the application protocols (RFC 7301).
    pub(super) alpn: Option<&'a [u8]>,
    /// The suite a server chose.
    pub(super) suite: Option<u16>,
}

/// `legacy_version(2) random(32) legacy_session_id<0..32> cipher_suites<2..2^16-2> legacy_compression_methods<1..2^8-1>
/// extensions<0..2^16-1>`
pub(super) fn client(body: &[u8]) -> Result<Hello<'_>, Malformed> {
    let mut reader = Reader::new(body);
    let version = reader.u16_be("version")?;
    reader.skip(32, "random")?;
    let session = reader.u8("session id")?;
    reader.skip(usize::from(session), "session id")?;
    let suites = reader.u16_be("cipher suites")?;
    reader.skip(usize::from(suites), "cipher suites")?;
    let methods = reader.u8("compression methods")?;
    reader.skip(usize::from(methods), "compression methods")?;
    let mut hello = Hello {
        version,
        ..Hello::default()
    };
    extensions(reader, &mut hello, |value| {
        value.split_first().map_or(&[], |(_, list)| list)
    });
    Ok(hello)
}

/// `legacy_version(2) random(32) legacy_session_id_echo<0..32> cipher_suite(2) legacy_compression_method(1)
/// extensions<6..2^16-1>`
pub(super) fn server(body: &[u8]) -> Result<Hello<'_>, Malformed> {
    let mut reader = Reader::new(body);
    let version = reader.u16_be("version")?;
    reader.skip(32, "random")?;
    let session = reader.u8("session id")?;
    reader.skip(usize::from(session), "session id")?;
    let suite = reader.u16_be("cipher suite")?;
    reader.skip(1, "compression method")?;
    let mut hello = Hello {
        version,
        suite: Some(suite),
        ..Hello::default()
    };
    extensions(reader, &mut hello, |value| value);
    Ok(hello)
}

/// `Extension ::= extension_type(2) extension_data<0..2^16-1>`; what is cut off is not there. `versions` finds the list in
/// supported_versions, which client and server write differently (RFC 8446 §4.2.1).
fn extensions<'a>(mut reader: Reader<'a>, hello: &mut Hello<'a>, versions: fn(&[u8]) -> &[u8]) {
    if reader.skip(2, "extensions").is_err() {
        return;
    }
    let mut next = || -> Result<(u16, &'a [u8]), Malformed> {
        let kind = reader.u16_be("extension")?;
        let length = reader.u16_be("extension")?;
        Ok((kind, reader.take(usize::from(length), "extension")?))
    };
    while let Ok((kind, value)) = next() {
        match kind {
            0 => hello.name = name(value),
            16 => hello.alpn = alpn(value),
            43 => hello.version = highest(versions(value)).unwrap_or(hello.version),
            _ => {}
        }
    }
}

/// `ServerNameList ::= length(2) { NameType(1) length(2) HostName }`
fn name(value: &[u8]) -> Option<&[u8]> {
    let (&[_, _, 0, high, low], rest) = value.split_first_chunk::<5>()? else {
        return None;
    };
    rest.get(..usize::from(u16::from_be_bytes([high, low])))
}

/// `ProtocolNameList ::= length(2) { length(1) ProtocolName }`
fn alpn(value: &[u8]) -> Option<&[u8]> {
    let (&[_, _, length], rest) = value.split_first_chunk::<3>()?;
    rest.get(..usize::from(length))
}

/// The highest version that is no GREASE value (RFC 8701).
fn highest(list: &[u8]) -> Option<u16> {
    let versions = list.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    versions.filter(|version| version >> 8 == 3).max()
}

/// The version's name.
pub(super) const fn version_name(version: u16) -> Option<&'static str> {
    Some(match version {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => return None,
    })
}
