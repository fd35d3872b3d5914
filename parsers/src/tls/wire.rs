//! Records and handshake messages as they stand on the wire (RFC 8446 §4 and §5.1, RFC 5246 §7.4). Nothing is copied.

use crate::reader::{Malformed, Reader};

/// Octets of a record's header: `ContentType(1) ProtocolVersion(2) length(2)`.
pub(super) const RECORD: usize = 5;

/// The longest record: 2^14 octets and what old ciphers added to them (RFC 5246 §6.2.3).
const MAX_RECORD: u16 = (1 << 14) + 2048;

/// ContentType change_cipher_spec.
pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
/// ContentType alert.
pub(super) const ALERT: u8 = 21;
/// ContentType handshake.
pub(super) const HANDSHAKE: u8 = 22;

/// HandshakeType client_hello.
pub(super) const CLIENT_HELLO: u8 = 1;
/// HandshakeType server_hello.
pub(super) const SERVER_HELLO: u8 = 2;
/// HandshakeType certificate.
pub(super) const CERTIFICATE: u8 = 11;

/// ExtensionType of the extensions that are read.
pub(super) mod extension {
    /// RFC 6066 §3.
    pub(crate) const SERVER_NAME: u16 = 0;
    /// RFC 8446 §4.2.7.
    pub(crate) const SUPPORTED_GROUPS: u16 = 10;
    /// RFC 8422 §5.1.2.
    pub(crate) const EC_POINT_FORMATS: u16 = 11;
    /// RFC 8446 §4.2.3.
    pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
    /// RFC 7301.
    pub(crate) const ALPN: u16 = 16;
    /// RFC 8446 §4.2.11.
    pub(crate) const PRE_SHARED_KEY: u16 = 41;
    /// RFC 8446 §4.2.1.
    pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
}

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A record's header: its content type and length, where it is one.
pub(super) fn record(head: &[u8]) -> Option<(u8, u16)> {
    let &[kind @ 20..=23, 3, 0..=4, high, low, ..] = head else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]);
    (1..=MAX_RECORD).contains(&length).then_some((kind, length))
}

/// Whether a handshake message that is read begins here: what is encrypted looks like this once in 2^24 times.
pub(super) const fn opens(head: &[u8]) -> bool {
    match *head {
        [CLIENT_HELLO | SERVER_HELLO, 0, _, _, 3, 0..=4, ..] => true,
        [CERTIFICATE, a, b, c, d, e, f, ..] => {
            u32::from_be_bytes([0, a, b, c]) == u32::from_be_bytes([0, d, e, f]).saturating_add(3)
        }
        _ => false,
    }
}

/// Values that mean nothing and keep servers tolerant (RFC 8701): `0x?a?a`.
pub(super) const fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

/// 16-bit numbers one after another.
pub(super) fn numbers(list: &[u8]) -> impl Iterator<Item = u16> {
    list.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    })
}

/// `legacy_version(2) random(32) legacy_session_id<0..32> cipher_suites<2..2^16-2> legacy_compression_methods<1..2^8-1>
/// extensions<0..2^16-1>`
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientHello<'a> {
    pub(super) legacy_version: u16,
    pub(super) session: &'a [u8],
    /// Numbers, see [`numbers`].
    pub(super) suites: &'a [u8],
    pub(super) extensions: Extensions<'a>,
}

impl<'a> ClientHello<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let legacy_version = reader.u16_be("version")?;
        reader.skip(32, "random")?;
        let session = reader.u8("session id")?;
        let session = reader.take(usize::from(session), "session id")?;
        let suites = reader.u16_be("cipher suites")?;
        let suites = reader.take(usize::from(suites), "cipher suites")?;
        let methods = reader.u8("compression methods")?;
        reader.skip(usize::from(methods), "compression methods")?;
        Ok(Self {
            legacy_version,
            session,
            suites,
            extensions: Extensions::read(reader),
        })
    }

    /// The versions of supported_versions, which a client writes behind one octet of length.
    pub(super) fn versions(&self) -> &'a [u8] {
        let value = self.extensions.find(extension::SUPPORTED_VERSIONS);
        let value = value.and_then(<[u8]>::split_first);
        value.map_or(&[], |(length, list)| first(list, u16::from(*length)))
    }

    /// The highest version that is offered.
    pub(super) fn version(&self) -> u16 {
        let known = numbers(self.versions()).filter(|version| version >> 8 == 3).max();
        known.unwrap_or(self.legacy_version)
    }

    /// server_name: `ServerNameList ::= length(2) { NameType(1) length(2) HostName }`
    pub(super) fn name(&self) -> Option<&'a [u8]> {
        let value = self.extensions.find(extension::SERVER_NAME)?;
        let (&[_, _, 0, high, low], rest) = value.split_first_chunk::<5>()? else {
            return None;
        };
        rest.get(..usize::from(u16::from_be_bytes([high, low])))
    }
}

/// `legacy_version(2) random(32) legacy_session_id_echo<0..32> cipher_suite(2) legacy_compression_method(1)
/// extensions<6..2^16-1>`
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerHello<'a> {
    pub(super) legacy_version: u16,
    /// It is a HelloRetryRequest: the client says hello once more.
    pub(super) retry: bool,
    pub(super) session: &'a [u8],
    pub(super) suite: u16,
    pub(super) extensions: Extensions<'a>,
}

impl<'a> ServerHello<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let legacy_version = reader.u16_be("version")?;
        let random: [u8; 32] = reader.array("random")?;
        let session = reader.u8("session id")?;
        let session = reader.take(usize::from(session), "session id")?;
        let suite = reader.u16_be("cipher suite")?;
        reader.skip(1, "compression method")?;
        Ok(Self {
            legacy_version,
            retry: random == RETRY,
            session,
            suite,
            extensions: Extensions::read(reader),
        })
    }

    /// The version that was chosen: supported_versions holds it alone.
    pub(super) fn version(&self) -> u16 {
        let chosen = self.extensions.find(extension::SUPPORTED_VERSIONS);
        chosen
            .and_then(|value| numbers(value).next())
            .unwrap_or(self.legacy_version)
    }
}

/// `Extension ::= extension_type(2) extension_data<0..2^16-1>`, one after another; what is cut off is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    fn read(mut reader: Reader<'a>) -> Self {
        let Ok(length) = reader.u16_be("extensions") else {
            return Self(&[]);
        };
        let rest = reader.rest();
        Self(rest.get(..usize::from(length)).unwrap_or(rest))
    }

    /// Types and values in order.
    pub(super) fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut reader = Reader::new(self.0);
        std::iter::from_fn(move || {
            let kind = reader.u16_be("extension").ok()?;
            let length = reader.u16_be("extension").ok()?;
            let value = reader.take(usize::from(length), "extension").ok()?;
            Some((kind, value))
        })
    }

    /// The value of the first extension of this type.
    pub(super) fn find(self, wanted: u16) -> Option<&'a [u8]> {
        self.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    /// The numbers of an extension that holds a list behind two octets of length.
    pub(super) fn list(self, wanted: u16) -> &'a [u8] {
        let value = self.find(wanted).and_then(<[u8]>::split_first_chunk::<2>);
        value.map_or(&[], |(length, list)| first(list, u16::from_be_bytes(*length)))
    }

    /// The octets of ec_point_formats, behind one octet of length.
    pub(super) fn point_formats(self) -> &'a [u8] {
        let value = self.find(extension::EC_POINT_FORMATS).and_then(<[u8]>::split_first);
        value.map_or(&[], |(length, list)| first(list, u16::from(*length)))
    }

    /// `ProtocolNameList ::= length(2) { length(1) ProtocolName }`
    pub(super) fn protocols(self) -> impl Iterator<Item = &'a [u8]> {
        let mut reader = Reader::new(self.list(extension::ALPN));
        std::iter::from_fn(move || {
            let length = reader.u8("protocol").ok()?;
            reader.take(usize::from(length), "protocol").ok()
        })
    }
}

/// A list by its own length: what an extension has behind it is no part of it, and what a gap took is not there.
fn first(list: &[u8], length: u16) -> &[u8] {
    list.get(..usize::from(length)).unwrap_or(list)
}

/// The leaf of `certificate_list ::= length(3) { length(3) ASN.1Cert }` (RFC 5246 §7.4.2), and how many certificates there
/// are; none where the sender has none.
pub(super) fn certificates(body: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let mut reader = Reader::new(body);
    let length = length24(&mut reader)?;
    let mut list = Reader::new(reader.take(length, "certificates")?);
    let (mut leaf, mut count) = (None, 0);
    while list.remaining() > 0 {
        let length = length24(&mut list)?;
        let der = list.take(length, "certificate")?;
        leaf.get_or_insert(der);
        count += 1;
    }
    Ok(leaf.map(|leaf| (leaf, count)))
}

fn length24(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    let [a, b, c] = reader.array("certificate length")?;
    usize::try_from(u32::from_be_bytes([0, a, b, c])).map_err(|_| Malformed("certificate length"))
}
