//! The negotiate contexts of 3.1.1: what both ends can do beside the dialect ([MS-SMB2] 2.2.3.1, 2.2.4.1).

use crate::fields::{Fields, Value};
use crate::reader::Reader;
use crate::text;

/// Contexts of one message that are looked at; the protocol defines nine.
const CONTEXTS: usize = 16;

pub(super) const PREAUTH_INTEGRITY_CAPABILITIES: u16 = 1;
pub(super) const ENCRYPTION_CAPABILITIES: u16 = 2;
pub(super) const COMPRESSION_CAPABILITIES: u16 = 3;
const NETNAME: u16 = 5;
const TRANSPORT_CAPABILITIES: u16 = 6;
const RDMA_TRANSFORM_CAPABILITIES: u16 = 7;
pub(super) const SIGNING_CAPABILITIES: u16 = 8;
/// POSIX extensions, as Samba and Linux negotiate them.
const POSIX_EXTENSIONS: u16 = 0x100;

/// The negotiate contexts of a message, each `ContextType(2) DataLength(2) Reserved(4) Data`, aligned to eight bytes
/// ([MS-SMB2] 2.2.3.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Contexts<'a> {
    list: &'a [u8],
    count: usize,
}

impl<'a> Contexts<'a> {
    pub(super) fn at(message: &'a [u8], offset: u32, count: u16) -> Self {
        Self {
            list: message.get(offset as usize..).unwrap_or_default(),
            count: usize::from(count),
        }
    }

    /// There are more than are looked at.
    pub(super) const fn are_cut(self) -> bool {
        self.count > CONTEXTS
    }

    fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut reader = Reader::new(self.list);
        (0..self.count.min(CONTEXTS)).map_while(move |_| {
            reader.align(8);
            let kind = reader.u16_le("context").ok()?;
            let length = reader.u16_le("context").ok()?;
            reader.skip(4, "context").ok()?;
            Some((kind, reader.take(usize::from(length), "context").ok()?))
        })
    }

    fn data(self, wanted: u16) -> Option<&'a [u8]> {
        self.iter().find(|(kind, _)| *kind == wanted).map(|(_, data)| data)
    }

    /// The first algorithm of the context `kind`.
    pub(super) fn first(self, kind: u16) -> Option<u16> {
        algorithms(self.data(kind)?, 2).next()
    }

    /// The compression algorithms: a bit each, of which the lowest stands for none.
    pub(super) fn compression(self) -> u8 {
        let data = self.data(COMPRESSION_CAPABILITIES).unwrap_or_default();
        algorithms(data, 8)
            .filter(|code| *code < 8)
            .fold(0, |bits, code| bits | 1 << code)
    }

    pub(super) fn fields(self, fields: &mut Fields) {
        fields.list("negotiate_contexts", self.iter().map(|(kind, _)| context_name(kind)));
        let mut seen = 0_u32;
        for (kind, data) in self.iter().filter(|(kind, _)| *kind < 16) {
            if seen & 1 << kind == 0 {
                context_fields(kind, data, fields);
            }
            seen |= 1 << kind;
        }
    }
}

/// What one context says.
///
/// ```text
/// PREAUTH_INTEGRITY: HashAlgorithmCount(2) SaltLength(2) HashAlgorithms(2)* Salt
/// ENCRYPTION, SIGNING: Count(2) Algorithms(2)*
/// COMPRESSION: Count(2) Padding(2) Flags(4) Algorithms(2)*
/// NETNAME: NetName, UTF-16
/// TRANSPORT: Flags(4)
/// RDMA_TRANSFORM: Count(2) Reserved1(2) Reserved2(4) TransformIds(2)*
/// ```
fn context_fields(kind: u16, data: &[u8], fields: &mut Fields) {
    match kind {
        PREAUTH_INTEGRITY_CAPABILITIES => {
            named(fields, "preauth_hashes", algorithms(data, 4), hash_name);
            fields.set_some("preauth_salt_length", number(data, 2));
        }
        ENCRYPTION_CAPABILITIES => named(fields, "ciphers", algorithms(data, 2), cipher_name),
        COMPRESSION_CAPABILITIES => {
            named(fields, "compression", algorithms(data, 8), compression_name);
            fields.flag(
                "compression_chained",
                number(data, 4).is_some_and(|flags| flags & 1 != 0),
            );
        }
        SIGNING_CAPABILITIES => named(fields, "signing_algorithms", algorithms(data, 2), signing_name),
        NETNAME => fields.text("netname", text::utf16(data)),
        TRANSPORT_CAPABILITIES => {
            fields.set(
                "transport_security",
                number(data, 0).is_some_and(|flags| flags & 1 != 0),
            );
        }
        RDMA_TRANSFORM_CAPABILITIES => named(fields, "rdma_transforms", algorithms(data, 8), rdma_name),
        _ => {}
    }
}

/// The 16-bit number at `at`.
fn number(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn named(
    fields: &mut Fields,
    name: &'static str,
    codes: impl Iterator<Item = u16>,
    known: fn(u16) -> Option<&'static str>,
) {
    fields.list(
        name,
        codes.map(|code| known(code).map_or(Value::from(code), Value::Name)),
    );
}

/// A count, then at `from` so many 16-bit identifiers.
fn algorithms(data: &[u8], from: usize) -> impl Iterator<Item = u16> {
    let count = data
        .first_chunk()
        .map_or(0, |count| usize::from(u16::from_le_bytes(*count)));
    let list = data.get(from..).unwrap_or_default();
    list.chunks_exact(2).take(count).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    })
}

fn context_name(kind: u16) -> Value {
    Value::Name(match kind {
        PREAUTH_INTEGRITY_CAPABILITIES => "PREAUTH_INTEGRITY_CAPABILITIES",
        ENCRYPTION_CAPABILITIES => "ENCRYPTION_CAPABILITIES",
        COMPRESSION_CAPABILITIES => "COMPRESSION_CAPABILITIES",
        NETNAME => "NETNAME_NEGOTIATE_CONTEXT_ID",
        TRANSPORT_CAPABILITIES => "TRANSPORT_CAPABILITIES",
        RDMA_TRANSFORM_CAPABILITIES => "RDMA_TRANSFORM_CAPABILITIES",
        SIGNING_CAPABILITIES => "SIGNING_CAPABILITIES",
        POSIX_EXTENSIONS => "POSIX_EXTENSIONS",
        _ => return Value::from(kind),
    })
}

const fn hash_name(code: u16) -> Option<&'static str> {
    match code {
        1 => Some("SHA-512"),
        _ => None,
    }
}

/// Ciphers ([MS-SMB2] 2.2.3.1.2).
pub(in crate::smb) const fn cipher_name(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "AES-128-CCM",
        2 => "AES-128-GCM",
        3 => "AES-256-CCM",
        4 => "AES-256-GCM",
        _ => return None,
    })
}

/// Compression algorithms ([MS-SMB2] 2.2.3.1.3).
pub(in crate::smb) const fn compression_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "NONE",
        1 => "LZNT1",
        2 => "LZ77",
        3 => "LZ77+Huffman",
        4 => "Pattern_V1",
        5 => "LZ4",
        _ => return None,
    })
}

/// Signing algorithms ([MS-SMB2] 2.2.3.1.7).
pub(in crate::smb) const fn signing_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "HMAC-SHA256",
        1 => "AES-CMAC",
        2 => "AES-GMAC",
        _ => return None,
    })
}

/// Transforms that RDMA may carry ([MS-SMB2] 2.2.3.1.6).
const fn rdma_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "NONE",
        1 => "ENCRYPTION",
        2 => "SIGNING",
        _ => return None,
    })
}
