//! NEGOTIATE: dialects, security mode, capabilities and, since 3.1.1, negotiate contexts ([MS-SMB2] 2.2.3, 2.2.4).

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::smb::names;
use crate::smb::wire::{body, buffer};
use crate::text;

/// Signing is possible.
const SIGNING_ENABLED: u16 = 1;
/// Signing is a must.
const SIGNING_REQUIRED: u16 = 2;
/// SMB2_GLOBAL_CAP_ENCRYPTION
const CAP_ENCRYPTION: u32 = 0x40;
const AES_128_CCM: u16 = 1;
/// Contexts of one message that are looked at; the protocol defines nine.
const CONTEXTS: usize = 16;

/// What the client offers.
///
/// ```text
/// StructureSize(2)=36 DialectCount(2) SecurityMode(2) Reserved(2) Capabilities(4) ClientGuid(16)
/// (NegotiateContextOffset(4) NegotiateContextCount(2) Reserved2(2) | ClientStartTime(8)) Dialects(2)*
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Request<'a> {
    pub(in crate::smb) security_mode: u16,
    pub(in crate::smb) capabilities: u32,
    pub(in crate::smb) client_guid: [u8; 16],
    dialects: &'a [u8],
    contexts: Contexts<'a>,
}

impl<'a> Request<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 36)?;
        let count = usize::from(reader.u16_le("dialects")?);
        let security_mode = reader.u16_le("security mode")?;
        reader.skip(2, "reserved")?;
        let capabilities = reader.u32_le("capabilities")?;
        let client_guid = reader.array("client guid")?;
        let offset = reader.u32_le("negotiate contexts")?;
        let contexts = reader.u16_le("negotiate contexts")?;
        reader.skip(2, "reserved")?;
        let dialects = reader.take(count * 2, "dialects")?;
        let speaks_contexts = dialects.chunks_exact(2).any(|dialect| dialect == [0x11, 0x03]);
        Ok(Self {
            security_mode,
            capabilities,
            client_guid,
            dialects,
            contexts: Contexts::at(message, offset, if speaks_contexts { contexts } else { 0 }),
        })
    }

    fn dialects(&self) -> impl Iterator<Item = u16> {
        self.dialects.chunks_exact(2).map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        })
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.list("dialects", self.dialects().map(dialect));
        fields.set("security_mode", self.security_mode);
        fields.text("signing", signing(self.security_mode));
        fields.set("capabilities", self.capabilities);
        fields.list("capability_names", names::bits(self.capabilities, names::CAPABILITIES));
        fields.set("client_guid", text::guid(&self.client_guid));
        self.contexts.fields(fields);
    }
}

/// What the server chose.
///
/// ```text
/// StructureSize(2)=65 SecurityMode(2) DialectRevision(2) NegotiateContextCount(2) ServerGuid(16) Capabilities(4)
/// MaxTransactSize(4) MaxReadSize(4) MaxWriteSize(4) SystemTime(8) ServerStartTime(8)
/// SecurityBufferOffset(2) SecurityBufferLength(2) NegotiateContextOffset(4)
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::smb) struct Response<'a> {
    pub(in crate::smb) security_mode: u16,
    pub(in crate::smb) dialect: u16,
    pub(in crate::smb) capabilities: u32,
    server_guid: [u8; 16],
    max_sizes: [u32; 3],
    security_buffer: &'a [u8],
    contexts: Contexts<'a>,
}

impl<'a> Response<'a> {
    pub(in crate::smb) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = body(message, 65)?;
        let security_mode = reader.u16_le("security mode")?;
        let dialect = reader.u16_le("dialect")?;
        let count = reader.u16_le("negotiate contexts")?;
        let server_guid = reader.array("server guid")?;
        let capabilities = reader.u32_le("capabilities")?;
        let max_sizes = [
            reader.u32_le("sizes")?,
            reader.u32_le("sizes")?,
            reader.u32_le("sizes")?,
        ];
        reader.skip(16, "times")?;
        let offset = usize::from(reader.u16_le("security buffer")?);
        let length = usize::from(reader.u16_le("security buffer")?);
        let contexts = reader.u32_le("negotiate contexts")?;
        Ok(Self {
            security_mode,
            dialect,
            capabilities,
            server_guid,
            max_sizes,
            security_buffer: buffer(message, offset, length, "security buffer")?,
            contexts: Contexts::at(message, contexts, if dialect == 0x0311 { count } else { 0 }),
        })
    }

    /// The cipher that encryption would use: agreed on in 3.1.1, given by 3.0 where the server can encrypt ([MS-SMB2]
    /// 3.3.5.4).
    pub(in crate::smb) fn cipher(&self) -> Option<u16> {
        match self.dialect {
            0x0300 | 0x0302 if self.capabilities & CAP_ENCRYPTION != 0 => Some(AES_128_CCM),
            _ => self
                .contexts
                .first(ENCRYPTION_CAPABILITIES)
                .filter(|cipher| *cipher != 0),
        }
    }

    pub(in crate::smb) fn fields(&self, fields: &mut Fields) {
        fields.set("dialect", dialect(self.dialect));
        fields.set("security_mode", self.security_mode);
        fields.text("signing", signing(self.security_mode));
        fields.set("capabilities", self.capabilities);
        fields.list("capability_names", names::bits(self.capabilities, names::CAPABILITIES));
        fields.set("server_guid", text::guid(&self.server_guid));
        let [transact, read, write] = self.max_sizes;
        fields.set("max_transact_size", transact);
        fields.set("max_read_size", read);
        fields.set("max_write_size", write);
        fields.set("security_buffer_length", self.security_buffer.len());
        self.contexts.fields(fields);
    }
}

/// What a security mode asks for.
pub(in crate::smb) const fn signing(mode: u16) -> &'static str {
    if mode & SIGNING_REQUIRED != 0 {
        "required"
    } else if mode & SIGNING_ENABLED != 0 {
        "enabled"
    } else {
        "disabled"
    }
}

fn dialect(revision: u16) -> Value {
    names::dialect(revision).map_or(Value::from(revision), Value::Name)
}

const PREAUTH_INTEGRITY_CAPABILITIES: u16 = 1;
const ENCRYPTION_CAPABILITIES: u16 = 2;
const COMPRESSION_CAPABILITIES: u16 = 3;
const NETNAME: u16 = 5;
const SIGNING_CAPABILITIES: u16 = 8;

/// The negotiate contexts of a message, each `ContextType(2) DataLength(2) Reserved(4) Data`, aligned to eight bytes
/// ([MS-SMB2] 2.2.3.1).
#[derive(Clone, Copy, Debug)]
struct Contexts<'a> {
    list: &'a [u8],
    count: usize,
}

impl<'a> Contexts<'a> {
    fn at(message: &'a [u8], offset: u32, count: u16) -> Self {
        Self {
            list: message.get(offset as usize..).unwrap_or_default(),
            count: usize::from(count).min(CONTEXTS),
        }
    }

    fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut reader = Reader::new(self.list);
        (0..self.count).map_while(move |_| {
            reader.align(8);
            let kind = reader.u16_le("context").ok()?;
            let length = reader.u16_le("context").ok()?;
            reader.skip(4, "context").ok()?;
            Some((kind, reader.take(usize::from(length), "context").ok()?))
        })
    }

    /// The first algorithm of the context `kind`.
    fn first(self, kind: u16) -> Option<u16> {
        let (_, data) = self.iter().find(|(known, _)| *known == kind)?;
        algorithms(data, 2).next()
    }

    fn fields(self, fields: &mut Fields) {
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

fn context_fields(kind: u16, data: &[u8], fields: &mut Fields) {
    match kind {
        PREAUTH_INTEGRITY_CAPABILITIES => named(fields, "preauth_hashes", algorithms(data, 4), hash_name),
        ENCRYPTION_CAPABILITIES => named(fields, "ciphers", algorithms(data, 2), cipher_name),
        COMPRESSION_CAPABILITIES => named(fields, "compression", algorithms(data, 8), compression_name),
        SIGNING_CAPABILITIES => named(fields, "signing_algorithms", algorithms(data, 2), signing_name),
        NETNAME => fields.text("netname", text::utf16(data)),
        _ => {}
    }
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
        6 => "TRANSPORT_CAPABILITIES",
        7 => "RDMA_TRANSFORM_CAPABILITIES",
        SIGNING_CAPABILITIES => "SIGNING_CAPABILITIES",
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
        AES_128_CCM => "AES-128-CCM",
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
const fn signing_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "HMAC-SHA256",
        1 => "AES-CMAC",
        2 => "AES-GMAC",
        _ => return None,
    })
}
