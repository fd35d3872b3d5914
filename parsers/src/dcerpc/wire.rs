//! The PDUs of connection-oriented DCE/RPC as borrowed views (C706 chapter 12.6, [MS-RPCE] 2.2.2).
//!
//! Numbers are read in the byte order that each PDU announces. What a count announces is read only as far as it is there.

mod bind;
mod rts;
mod trailer;

pub(super) use bind::{Bind, BindAck, Offer, Syntax, Terms, Verdict, reject_reason};
pub(super) use rts::{Command, Rts};
pub(super) use trailer::{PRIVACY, SecureChannel, Trailer};

use super::uuid::Uuid;
use crate::reader::{Malformed, Reader};
use trailer::verification_trailer;

/// Octets of the common header.
pub(super) const HEADER: usize = 16;

/// pfc_flags (C706 12.6.3.1).
pub(super) mod flags {
    pub(in super::super) const FIRST: u8 = 0x01;
    pub(in super::super) const LAST: u8 = 0x02;
    /// The call has no answer.
    pub(in super::super) const MAYBE: u8 = 0x40;
    /// An object UUID stands before the stub.
    pub(in super::super) const OBJECT: u8 = 0x80;
}

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
    /// Request to send: RPC over HTTP's own ([MS-RPCH] 2.2.3.6).
    Rts,
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
            20 => Self::Rts,
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
            Self::Rts => "rts",
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
            Self::Rts => 20,
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

    /// Whether it is the first fragment of its message, and whether it is the last.
    pub(super) const fn ends(&self) -> (bool, bool) {
        (self.flags & flags::FIRST != 0, self.flags & flags::LAST != 0)
    }

    /// The byte order.
    pub(super) const fn order(&self) -> Order {
        Order { little: self.little }
    }

    /// A reader at the body of `pdu`.
    fn body<'a>(&self, pdu: &'a [u8]) -> Result<Reader<'a>, Malformed> {
        let mut reader = Reader::new(pdu);
        reader.skip(HEADER, "header")?;
        Ok(reader)
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

/// The head of a `request` (C706 12.6.4.9).
///
/// ```text
/// u32 alloc_hint; u16 p_cont_id; u16 opnum; [uuid_t object;] stub data
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) context_id: u16,
    pub(super) opnum: u16,
    pub(super) object: Option<Uuid>,
    /// Octets before the stub.
    pub(super) head: usize,
}

impl Request {
    pub(super) fn parse(header: &Header, pdu: &[u8]) -> Result<Self, Malformed> {
        let (order, mut reader) = (header.order(), header.body(pdu)?);
        reader.skip(4, "request")?;
        let context_id = order.u16(&mut reader, "request")?;
        let opnum = order.u16(&mut reader, "request")?;
        let object = match header.flags & flags::OBJECT != 0 {
            true => Some(Uuid::read(order, &mut reader, "object")?),
            false => None,
        };
        Ok(Self {
            context_id,
            opnum,
            object: object.filter(|object| !object.is_nil()),
            head: reader.position(),
        })
    }

    /// Octets of stub in this fragment, without padding, verifier and verification trailer.
    pub(super) fn stub_size(&self, header: &Header, pdu: &[u8], trailer: Option<&Trailer<'_>>) -> u64 {
        let end = stub_end(header, trailer);
        let stub = pdu.get(self.head..end).unwrap_or_default();
        let clear = trailer.is_some_and(|trailer| trailer.level < PRIVACY) && header.ends().1;
        let verification = if clear { verification_trailer(stub) } else { 0 };
        end.saturating_sub(self.head).saturating_sub(verification) as u64
    }
}

/// Octets of a response before its stub.
pub(super) const RESPONSE_HEAD: usize = 24;

/// The context and the operation of a `request` whose first [`RESPONSE_HEAD`] octets are there.
pub(super) fn asked(header: &Header, head: &[u8]) -> Result<(u16, u16), Malformed> {
    let (order, mut reader) = (header.order(), header.body(head)?);
    reader.skip(4, "request")?;
    Ok((order.u16(&mut reader, "request")?, order.u16(&mut reader, "request")?))
}

/// The stub of this fragment, after `head` octets, without padding and verifier: none where not all of it is there, or where
/// it is not to be told how it is protected.
pub(super) fn stub<'a>(header: &Header, pdu: &'a [u8], head: usize, trailer: Option<&Trailer<'_>>) -> Option<&'a [u8]> {
    if header.auth_length > 0 && trailer.is_none() {
        return None;
    }
    pdu.get(head..stub_end(header, trailer))
}

/// Where the stub of this fragment ends.
fn stub_end(header: &Header, trailer: Option<&Trailer<'_>>) -> usize {
    let end = usize::from(header.length).saturating_sub(header.verifier());
    end.saturating_sub(trailer.map_or(0, |trailer| usize::from(trailer.padding)))
}

/// Octets of a response's stub in this fragment.
pub(super) fn response_size(header: &Header, trailer: Option<&Trailer<'_>>) -> u64 {
    stub_end(header, trailer).saturating_sub(RESPONSE_HEAD) as u64
}

/// The context of a `response` or `fault`: `u32 alloc_hint; u16 p_cont_id; …` (C706 12.6.4.7, 12.6.4.10).
pub(super) fn answered_context(header: &Header, pdu: &[u8]) -> Result<u16, Malformed> {
    let mut reader = header.body(pdu)?;
    reader.skip(4, "response")?;
    header.order().u16(&mut reader, "response")
}

/// The status of a `fault`: `u32 alloc_hint; u16 p_cont_id; u8 cancel_count; u8 flags; u32 status; …`.
pub(super) fn fault_status(header: &Header, pdu: &[u8]) -> Result<u32, Malformed> {
    let mut reader = header.body(pdu)?;
    reader.skip(8, "fault")?;
    header.order().u32(&mut reader, "fault")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn a_header_must_hold_together() {
        let good = unhex("05000b03 10000000 4800 0000 01000000");
        assert!(Header::parse(&good).unwrap().is_plausible());
        for bad in [
            "04000b03 10000000 4800 0000 01000000",
            "05000b03 40000000 4800 0000 01000000",
            "05000b03 10000000 1000 0000 01000000",
        ] {
            assert!(Header::parse(&unhex(bad)).is_err());
        }
        let too_long_a_token = unhex("05000b03 10000000 4800 4800 01000000");
        assert!(!Header::parse(&too_long_a_token).unwrap().is_plausible());
    }
}
