//! The PDUs of connection-oriented DCE/RPC as borrowed views (C706 chapter 12.6, [MS-RPCE] 2.2.2).

use crate::reader::{Malformed, Reader};

/// Octets of the common header.
pub(super) const HEADER: usize = 16;

/// PDU types of connection-oriented RPC (C706 12.6.4; `auth3` is [MS-RPCE] 2.2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ptype {
    Request,
    Response,
    Fault,
    Bind,
    BindAck,
    BindNak,
    AlterContext,
    AlterContextResp,
    Auth3,
    Shutdown,
    Cancel,
    Orphaned,
    Unknown(u8),
}

impl Ptype {
    const fn new(code: u8) -> Self {
        match code {
            0 => Self::Request,
            2 => Self::Response,
            3 => Self::Fault,
            11 => Self::Bind,
            12 => Self::BindAck,
            13 => Self::BindNak,
            14 => Self::AlterContext,
            15 => Self::AlterContextResp,
            16 => Self::Auth3,
            17 => Self::Shutdown,
            18 => Self::Cancel,
            19 => Self::Orphaned,
            code => Self::Unknown(code),
        }
    }

    /// The name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Fault => "fault",
            Self::Bind => "bind",
            Self::BindAck => "bind_ack",
            Self::BindNak => "bind_nak",
            Self::AlterContext => "alter_context",
            Self::AlterContextResp => "alter_context_resp",
            Self::Auth3 => "auth3",
            Self::Shutdown => "shutdown",
            Self::Cancel => "cancel",
            Self::Orphaned => "orphaned",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Whether the client sends it.
    pub(super) const fn is_request(self) -> bool {
        matches!(
            self,
            Self::Request | Self::Bind | Self::AlterContext | Self::Auth3 | Self::Cancel | Self::Orphaned
        )
    }

    /// The shortest PDU of this type: the common header and the fixed part of the body.
    const fn least(self) -> u16 {
        match self {
            Self::Request | Self::Response | Self::BindAck | Self::AlterContextResp => 24,
            Self::Fault => 28,
            Self::Bind | Self::AlterContext => 28,
            Self::BindNak => 18,
            _ => 16,
        }
    }
}

/// The common header.
///
/// ```text
/// u8 rpc_vers = 5; u8 rpc_vers_minor; u8 PTYPE; u8 pfc_flags; byte packed_drep[4];
/// u16 frag_length; u16 auth_length; u32 call_id;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) ptype: Ptype,
    pub(super) flags: u8,
    /// Integers are little-endian.
    pub(super) little: bool,
    /// Octets of the whole fragment.
    pub(super) length: u16,
    /// Octets of the authentication token at its end.
    pub(super) auth_length: u16,
    pub(super) call_id: u32,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let [major, minor, ptype, flags, integers, floats, reserved @ ..] = reader.array::<8>("header")?;
        if major != 5 || minor > 1 {
            return Err(Malformed("version"));
        }
        // High nibble: integers, low nibble: characters (C706 14.1).
        let little = match integers {
            0x00 | 0x01 => false,
            0x10 | 0x11 => true,
            _ => return Err(Malformed("data representation")),
        };
        if floats > 3 || reserved != [0, 0] {
            return Err(Malformed("data representation"));
        }
        let order = Order { little };
        let (length, auth_length) = (order.u16(&mut reader, "header")?, order.u16(&mut reader, "header")?);
        let call_id = order.u32(&mut reader, "header")?;
        let header = Self {
            ptype: Ptype::new(ptype),
            flags,
            little,
            length,
            auth_length,
            call_id,
        };
        match length < header.ptype.least() {
            true => Err(Malformed("fragment length")),
            false => Ok(header),
        }
    }

    /// Whether it is a header beyond doubt: a type that exists, and room for the token that is announced.
    pub(super) const fn is_plausible(&self) -> bool {
        let trailer = if self.auth_length > 0 { 8 } else { 0 };
        !matches!(self.ptype, Ptype::Unknown(_))
            && self.ptype.least() as u32 + self.auth_length as u32 + trailer <= self.length as u32
    }
}

/// The byte order that the header announced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) little: bool,
}

impl Order {
    /// A 16-bit number.
    pub(super) fn u16(self, reader: &mut Reader<'_>, what: &'static str) -> Result<u16, Malformed> {
        match self.little {
            true => reader.u16_le(what),
            false => reader.u16_be(what),
        }
    }

    /// A 32-bit number.
    pub(super) fn u32(self, reader: &mut Reader<'_>, what: &'static str) -> Result<u32, Malformed> {
        match self.little {
            true => reader.u32_le(what),
            false => reader.u32_be(what),
        }
    }
}
