//! The PDUs of connection-oriented DCE/RPC as borrowed views (C706 chapter 12.6, [MS-RPCE] 2.2.2).
//!
//! Numbers are read in the byte order that each PDU announces. What a count announces is read only as far as it is there.

use super::uuid::Uuid;
use crate::reader::{Malformed, Reader};

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

/// An interface or a way to marshal it, with its version: `uuid_t if_uuid; u16 major; u16 minor` (as one u32 with the minor
/// version on top).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) uuid: Uuid,
    pub(super) major: u16,
    pub(super) minor: u16,
}

impl Syntax {
    fn read(order: Order, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let uuid = Uuid::read(order, reader, "syntax")?;
        let version = order.u32(reader, "syntax")?;
        let (major, minor) = (version as u16, (version >> 16) as u16);
        Ok(Self { uuid, major, minor })
    }

    /// The features of a bind time feature negotiation, which poses as a transfer syntax ([MS-RPCE] 3.3.1.5.3).
    pub(super) fn features(self) -> Option<u64> {
        const PREFIX: Uuid = Uuid::parse("6cb71c2c-9812-4540-0000-000000000000");
        self.uuid.begins_as(PREFIX).then(|| self.uuid.tail())
    }
}

/// The head that `bind`, `alter_context` and their answers share: `u16 max_xmit_frag; u16 max_recv_frag; u32 assoc_group_id`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) max_transmit: u16,
    pub(super) max_receive: u16,
    pub(super) group: u32,
}

impl Terms {
    fn read(order: Order, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            max_transmit: order.u16(reader, "bind")?,
            max_receive: order.u16(reader, "bind")?,
            group: order.u32(reader, "bind")?,
        })
    }
}

/// One presentation context that a client offers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    pub(super) id: u16,
    pub(super) interface: Syntax,
    transfers: u8,
    order: Order,
    reader: Reader<'a>,
}

impl Offer<'_> {
    /// The transfer syntaxes it may be marshalled in.
    pub(super) fn transfers(&self) -> impl Iterator<Item = Syntax> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.transfers).map_while(move |_| Syntax::read(order, &mut reader).ok())
    }
}

/// `bind` and `alter_context` (C706 12.6.4.3).
///
/// ```text
/// terms; u8 n_context_elem; u8 reserved; u16 reserved2;
/// { u16 p_cont_id; u8 n_transfer_syn; u8 reserved; syntax abstract; syntax transfer[n] } [n]
/// ```
pub(super) struct Bind<'a> {
    pub(super) terms: Terms,
    count: u8,
    order: Order,
    reader: Reader<'a>,
}

impl<'a> Bind<'a> {
    pub(super) fn parse(header: &Header, pdu: &'a [u8]) -> Result<Self, Malformed> {
        let (order, mut reader) = (header.order(), header.body(pdu)?);
        let terms = Terms::read(order, &mut reader)?;
        let count = reader.u8("bind")?;
        reader.skip(3, "bind")?;
        Ok(Self {
            terms,
            count,
            order,
            reader,
        })
    }

    /// The contexts offered.
    pub(super) fn offers(&self) -> impl Iterator<Item = Offer<'a>> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.count).map_while(move |_| offer(order, &mut reader).ok())
    }
}

fn offer<'a>(order: Order, reader: &mut Reader<'a>) -> Result<Offer<'a>, Malformed> {
    let id = order.u16(reader, "context")?;
    let transfers = reader.u8("context")?;
    reader.skip(1, "context")?;
    let interface = Syntax::read(order, reader)?;
    let offer = Offer {
        id,
        interface,
        transfers,
        order,
        reader: *reader,
    };
    reader.skip(usize::from(transfers) * 20, "transfer syntaxes")?;
    Ok(offer)
}

/// What became of one offered context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) result: u16,
    pub(super) reason: u16,
    pub(super) transfer: Syntax,
}

/// `bind_ack` and `alter_context_resp` (C706 12.6.4.4).
///
/// ```text
/// terms; u16 length; char sec_addr[length]; align(4);
/// u8 n_results; u8 reserved; u16 reserved2; { u16 result; u16 reason; syntax transfer } [n]
/// ```
pub(super) struct BindAck<'a> {
    pub(super) terms: Terms,
    /// The endpoint's port or pipe, without its final NUL.
    pub(super) address: &'a [u8],
    count: u8,
    order: Order,
    reader: Reader<'a>,
}

impl<'a> BindAck<'a> {
    pub(super) fn parse(header: &Header, pdu: &'a [u8]) -> Result<Self, Malformed> {
        let (order, mut reader) = (header.order(), header.body(pdu)?);
        let terms = Terms::read(order, &mut reader)?;
        let length = order.u16(&mut reader, "secondary address")?;
        let address = reader.take(usize::from(length), "secondary address")?;
        reader.align(4);
        let count = reader.u8("results")?;
        reader.skip(3, "results")?;
        let address = address.strip_suffix(&[0]).unwrap_or(address);
        Ok(Self {
            terms,
            address,
            count,
            order,
            reader,
        })
    }

    /// What became of the contexts, in the order they were offered.
    pub(super) fn results(&self) -> impl Iterator<Item = Verdict> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.count).map_while(move |_| {
            Some(Verdict {
                result: order.u16(&mut reader, "result").ok()?,
                reason: order.u16(&mut reader, "result").ok()?,
                transfer: Syntax::read(order, &mut reader).ok()?,
            })
        })
    }
}

/// The reason of a `bind_nak`: `u16 provider_reject_reason; u8 n; { u8 major; u8 minor } [n]` (C706 12.6.4.5).
pub(super) fn reject_reason(header: &Header, pdu: &[u8]) -> Result<u16, Malformed> {
    header.order().u16(&mut header.body(pdu)?, "reject reason")
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
    head: usize,
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
        let end = usize::from(header.length) - header.verifier();
        let padded = trailer.map_or(0, |trailer| usize::from(trailer.padding));
        let end = end.saturating_sub(padded);
        let stub = pdu.get(self.head..end).unwrap_or_default();
        let clear = trailer.is_some_and(|trailer| trailer.level < PRIVACY) && header.ends().1;
        let verification = if clear { verification_trailer(stub) } else { 0 };
        end.saturating_sub(self.head).saturating_sub(verification) as u64
    }
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

/// RPC_C_AUTHN_LEVEL_PKT_PRIVACY: stubs are encrypted.
pub(super) const PRIVACY: u8 = 6;

/// Octets of the security trailer before its token.
const TRAILER: usize = 8;

/// The security trailer at the end of a fragment ([MS-RPCE] 2.2.2.11).
///
/// ```text
/// u8 auth_type; u8 auth_level; u8 auth_pad_length; u8 auth_reserved; u32 auth_context_id; byte auth_value[auth_length]
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Trailer<'a> {
    pub(super) kind: u8,
    pub(super) level: u8,
    padding: u8,
    pub(super) context_id: u32,
    pub(super) token: &'a [u8],
}

impl Header {
    /// Octets of trailer and token.
    fn verifier(&self) -> usize {
        match usize::from(self.auth_length) {
            0 => 0,
            length => (TRAILER + length).min(usize::from(self.length)),
        }
    }

    /// The trailer of `pdu`; none where there is none, or where it was not kept.
    pub(super) fn trailer<'a>(&self, pdu: &'a [u8]) -> Option<Trailer<'a>> {
        let start = usize::from(self.length).checked_sub(self.verifier())?;
        let mut reader = Reader::new(pdu.get(start..usize::from(self.length))?);
        let [kind, level, padding, _] = reader.array("trailer").ok()?;
        Some(Trailer {
            kind,
            level,
            padding,
            context_id: self.order().u32(&mut reader, "trailer").ok()?,
            token: reader.rest(),
        })
    }
}

/// Octets of the verification trailer at the end of a request's stub ([MS-RPCE] 2.2.2.13): a signature, then commands up to
/// the one that says it is the last.
fn verification_trailer(stub: &[u8]) -> usize {
    const SIGNATURE: [u8; 8] = [0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71];
    const MOST: usize = 256;
    let from = stub.len().saturating_sub(MOST);
    let tail = stub.get(from..).unwrap_or_default();
    let Some(at) = tail.windows(8).rposition(|window| window == SIGNATURE) else {
        return 0;
    };
    tail.len() - at
}

/// Who a NETLOGON security context is for: NL_AUTH_MESSAGE ([MS-NRPC] 2.2.1.3.1).
///
/// ```text
/// u32 MessageType = 0; u32 Flags; [OEM NetBIOS domain name] [OEM NetBIOS computer name] [UTF-8 names]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SecureChannel<'a> {
    pub(super) domain: Option<&'a [u8]>,
    pub(super) computer: Option<&'a [u8]>,
}

impl<'a> SecureChannel<'a> {
    pub(super) fn parse(token: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(token);
        let (kind, present) = (reader.u32_le("secure channel")?, reader.u32_le("secure channel")?);
        let mut strings = reader.rest().split(|byte| *byte == 0);
        let mut next = |flag: u32| (kind == 0 && present & flag != 0).then(|| strings.next()).flatten();
        Ok(Self {
            domain: next(1),
            computer: next(2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn a_verification_trailer_is_no_stub() {
        let stub = unhex("0011223344556677 8ae3137102f43671 0200 2800 4400");
        assert_eq!(verification_trailer(&stub), 14);
        assert_eq!(verification_trailer(&stub[..8]), 0);
    }

    #[test]
    fn a_secure_channel_names_its_computer() {
        let token = unhex("00000000 03000000 4c414200 5352563100");
        assert_eq!(
            SecureChannel::parse(&token),
            Ok(SecureChannel {
                domain: Some(b"LAB"),
                computer: Some(b"SRV1")
            })
        );
    }

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
