//! NEGOTIATE: dialects, security mode, capabilities and, since 3.1.1, negotiate contexts ([MS-SMB2] 2.2.3, 2.2.4).

use crate::fields::{Fields, Value};
use crate::reader::Malformed;
use crate::smb::names;
use crate::smb::wire::contexts::{Contexts, ENCRYPTION_CAPABILITIES, SIGNING_CAPABILITIES};
use crate::smb::wire::{body, buffer, when};
use crate::text;

/// Signing is possible.
const SIGNING_ENABLED: u16 = 1;
/// Signing is a must.
const SIGNING_REQUIRED: u16 = 2;
/// SMB2_GLOBAL_CAP_ENCRYPTION
const CAP_ENCRYPTION: u32 = 0x40;
const AES_128_CCM: u16 = 1;

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

    /// The dialects offered: a bit each, in the order of [`names::DIALECTS`].
    pub(in crate::smb) fn offered(&self) -> u8 {
        let bit = |dialect: u16| names::DIALECTS.iter().position(|known| *known == dialect);
        self.dialects().filter_map(bit).fold(0, |bits, bit| bits | 1 << bit)
    }

    /// There are more negotiate contexts than are looked at.
    pub(in crate::smb) const fn is_cut(&self) -> bool {
        self.contexts.are_cut()
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
    pub(in crate::smb) server_guid: [u8; 16],
    max_sizes: [u32; 3],
    /// The server's clock, and when it was started.
    times: [u64; 2],
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
        let times = [reader.u64_le("times")?, reader.u64_le("times")?];
        let offset = usize::from(reader.u16_le("security buffer")?);
        let length = usize::from(reader.u16_le("security buffer")?);
        let contexts = reader.u32_le("negotiate contexts")?;
        Ok(Self {
            security_mode,
            dialect,
            capabilities,
            server_guid,
            max_sizes,
            times,
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

    /// What signs messages of 3.1.1, where it was agreed on.
    pub(in crate::smb) fn signing_algorithm(&self) -> Option<u16> {
        self.contexts.first(SIGNING_CAPABILITIES)
    }

    /// What may compress messages: a bit for each algorithm.
    pub(in crate::smb) fn compression(&self) -> u8 {
        self.contexts.compression()
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
        let [now, started] = self.times.map(when);
        fields.set_some("server_time", now);
        fields.set_some("server_start_time", started);
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
