//! The PDUs of connectionless DCE/RPC as borrowed views (C706 12.5, [MS-RPCE] 2.2.3): one header of 80 octets, which names
//! interface and operation itself, and a body.

use crate::dcerpc::auth::Protection;
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::{Order, Syntax};
use crate::reader::{Malformed, Reader};

/// Octets of the header.
pub(super) const HEADER: usize = 80;

/// `flags1` (C706 12.5.2.3) and `flags2` ([MS-RPCE] 2.2.3.3).
pub(super) mod flags {
    pub(in super::super) const LAST: u8 = 0x02;
    pub(in super::super) const FRAGMENT: u8 = 0x04;
    pub(in super::super) const NO_FACK: u8 = 0x08;
    /// The call has no answer.
    pub(in super::super) const MAYBE: u8 = 0x10;
    pub(in super::super) const IDEMPOTENT: u8 = 0x20;
    pub(in super::super) const BROADCAST: u8 = 0x40;
    /// In `flags2`: a cancel waits at the server.
    pub(in super::super) const CANCEL_PENDING: u8 = 0x02;
    /// In `flags2`: everything that has a meaning, or is reserved for the implementation.
    pub(super) const SECOND: u8 = 0x07;
}

/// PDU types of connectionless RPC (C706 12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ptype {
    Request,
    Ping,
    Response,
    Fault,
    Working,
    NoCall,
    Reject,
    Ack,
    Cancel,
    Fack,
    CancelAck,
}

impl Ptype {
    const fn new(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Request,
            1 => Self::Ping,
            2 => Self::Response,
            3 => Self::Fault,
            4 => Self::Working,
            5 => Self::NoCall,
            6 => Self::Reject,
            7 => Self::Ack,
            8 => Self::Cancel,
            9 => Self::Fack,
            10 => Self::CancelAck,
            _ => return None,
        })
    }

    /// The name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Ping => "ping",
            Self::Response => "response",
            Self::Fault => "fault",
            Self::Working => "working",
            Self::NoCall => "nocall",
            Self::Reject => "reject",
            Self::Ack => "ack",
            Self::Cancel => "cl_cancel",
            Self::Fack => "fack",
            Self::CancelAck => "cancel_ack",
        }
    }

    /// Octets that its body has at least.
    const fn least(self) -> usize {
        match self {
            Self::Fault | Self::Reject => 4,
            _ => 0,
        }
    }
}

/// The header.
///
/// ```text
/// u8 rpc_vers = 4; u8 ptype; u8 flags1; u8 flags2; byte drep[3]; u8 serial_hi; uuid_t object; uuid_t if_id; uuid_t act_id;
/// u32 server_boot; u32 if_vers; u32 seqnum; u16 opnum; u16 ihint; u16 ahint; u16 len; u16 fragnum; u8 auth_proto;
/// u8 serial_lo;
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) ptype: Ptype,
    pub(super) flags: u8,
    pub(super) flags2: u8,
    pub(super) order: Order,
    pub(super) object: Uuid,
    pub(super) interface: Syntax,
    pub(super) activity: Uuid,
    /// When the server started, in its own terms: 0 where the client does not know it.
    pub(super) boot: u32,
    pub(super) sequence: u32,
    pub(super) opnum: u16,
    /// Octets of the body, without verifier.
    pub(super) length: u16,
    pub(super) fragment: u16,
    pub(super) auth: u8,
    pub(super) serial: u16,
}

impl Header {
    /// Reads the header at the start of `datagram`.
    pub(super) fn parse(datagram: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(datagram);
        let [version, ptype, flags, flags2, integers, floats, reserved, high] = reader.array("header")?;
        if version != 4 {
            return Err(Malformed("version"));
        }
        let order = match (integers, floats, reserved) {
            (0x00 | 0x01, 0..=3, 0) => Order { little: false },
            (0x10 | 0x11, 0..=3, 0) => Order { little: true },
            _ => return Err(Malformed("data representation")),
        };
        let mut uuid = || Uuid::read(order, &mut reader, "header");
        let (object, interface, activity) = (uuid()?, uuid()?, uuid()?);
        let mut number = || order.u32(&mut reader, "header");
        let (boot, version, sequence) = (number()?, number()?, number()?);
        let mut number = || order.u16(&mut reader, "header");
        let (opnum, _, _, length, fragment) = (number()?, number()?, number()?, number()?, number()?);
        let [auth, low] = reader.array("header")?;
        Ok(Self {
            ptype: Ptype::new(ptype).ok_or(Malformed("type"))?,
            flags,
            flags2,
            order,
            object,
            interface: Syntax {
                uuid: interface,
                major: version as u16,
                minor: (version >> 16) as u16,
            },
            activity,
            boot,
            sequence,
            opnum,
            length,
            fragment,
            auth,
            serial: u16::from_be_bytes([high, low]),
        })
    }

    /// Whether a datagram of `total` octets is RPC beyond doubt: its length agrees with what stands in it, and it names who
    /// asks. Where there is no verifier, the length is told exactly.
    pub(super) fn is_plausible(&self, total: usize) -> bool {
        let end = HEADER + usize::from(self.length);
        let fits = match self.auth {
            0 => total == end,
            _ => total >= end.next_multiple_of(8) + 2,
        };
        fits && usize::from(self.length) >= self.ptype.least()
            && self.flags2 & !flags::SECOND == 0
            && !self.activity.is_nil()
            && !self.interface.uuid.is_nil()
    }

    /// Whether it is the only fragment of its message, or the last one.
    pub(super) const fn ends(&self) -> bool {
        self.flags & flags::FRAGMENT == 0 || self.flags & flags::LAST != 0
    }

    /// The body of `datagram`, as much of it as there is.
    pub(super) fn body<'a>(&self, datagram: &'a [u8]) -> &'a [u8] {
        let body = datagram.get(HEADER..).unwrap_or_default();
        body.get(..usize::from(self.length)).unwrap_or(body)
    }

    /// How it is protected: `u8 auth_level; u8 key_vers_num`, padding and a token stand after the body, which is padded to
    /// eight octets ([MS-RPCE] 2.2.3.4).
    pub(super) fn protection(&self, datagram: &[u8]) -> Option<Protection> {
        let at = (HEADER + usize::from(self.length)).next_multiple_of(8);
        let &[level, key] = datagram.get(at..)?.first_chunk()?;
        (self.auth != 0).then_some(Protection {
            id: key.into(),
            kind: self.auth,
            level,
        })
    }

    /// The status that the body of a `fault` or `reject` begins with (C706 12.5.3.4, 12.5.3.9).
    pub(super) fn status(&self, datagram: &[u8]) -> Result<u32, Malformed> {
        self.order.u32(&mut Reader::new(self.body(datagram)), "fault")
    }
}

/// The body of a `fack` or `nocall`, where it has one: `u8 vers; u8 pad; u16 window_size; u32 max_tsdu; u32 max_frag_size;
/// u16 serial_num; u16 selack_len; u32 selack[]` (C706 12.5.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) size: u16,
    pub(super) max_tsdu: u32,
    pub(super) max_fragment: u32,
    pub(super) serial: u16,
}

impl Window {
    pub(super) fn parse(order: Order, body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        reader.skip(2, "fack")?;
        Ok(Self {
            size: order.u16(&mut reader, "fack")?,
            max_tsdu: order.u32(&mut reader, "fack")?,
            max_fragment: order.u32(&mut reader, "fack")?,
            serial: order.u16(&mut reader, "fack")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    /// NetrSendMessage, as it stands on the wire up to its stub.
    const SEND: &str = "04002800 10000000 00000000000000000000000000000000 f8917b5a00ffd011a9b200c04fb6e6fc
        dc56321c2110cab4a37fa8cdd62934e3 00000000 01000000 00000000 0000 ffff ffff 7a01 0000 00 00";

    #[test]
    fn a_header_names_interface_operation_and_activity() {
        let header = Header::parse(&unhex(SEND)).unwrap();
        assert_eq!(header.ptype, Ptype::Request);
        assert_eq!(header.interface.uuid.text(), "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc");
        assert_eq!((header.interface.major, header.opnum, header.length), (1, 0, 378));
        assert_eq!(header.activity.text(), "1c3256dc-1021-b4ca-a37f-a8cdd62934e3");
        assert!(header.is_plausible(80 + 378));
        assert!(!header.is_plausible(80 + 377), "cut, or something else");
    }

    #[test]
    fn a_verifier_stands_after_the_padded_body() {
        let mut datagram = unhex(SEND);
        datagram[74] = 3;
        datagram[75] = 0;
        datagram[78] = 10;
        datagram.extend(unhex("000000 0000000000 06 02"));
        let header = Header::parse(&datagram).unwrap();
        assert!(header.is_plausible(datagram.len()));
        let (id, kind, level) = (2, 10, 6);
        assert_eq!(header.protection(&datagram), Some(Protection { id, kind, level }));
    }

    #[test]
    fn a_window_is_read_in_either_byte_order() {
        let window = Window {
            size: 32,
            max_tsdu: 4096,
            max_fragment: 1400,
            serial: 7,
        };
        let little = unhex("0000 2000 00100000 78050000 0700 0000");
        let big = unhex("0000 0020 00001000 00000578 0007 0000");
        assert_eq!(Window::parse(Order { little: true }, &little), Ok(window));
        assert_eq!(Window::parse(Order { little: false }, &big), Ok(window));
    }
}
