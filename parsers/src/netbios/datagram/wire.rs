//! Packets of the datagram service as they lie on the wire (RFC 1002 §4.4).

use crate::netbios::name::Name;
use crate::reader::{Malformed, Reader};

/// MSG_TYPE (RFC 1002 §4.4.1).
pub(super) mod kind {
    pub(in crate::netbios::datagram) const DIRECT_UNIQUE: u8 = 0x10;
    pub(in crate::netbios::datagram) const DIRECT_GROUP: u8 = 0x11;
    pub(in crate::netbios::datagram) const BROADCAST: u8 = 0x12;
    pub(in crate::netbios::datagram) const ERROR: u8 = 0x13;
    pub(in crate::netbios::datagram) const QUERY_REQUEST: u8 = 0x14;
    pub(in crate::netbios::datagram) const POSITIVE_QUERY_RESPONSE: u8 = 0x15;
    pub(in crate::netbios::datagram) const NEGATIVE_QUERY_RESPONSE: u8 = 0x16;
}

/// What every packet begins with.
///
/// ```text
/// MSG_TYPE(1) FLAGS(1) DGM_ID(2) SOURCE_IP(4) SOURCE_PORT(2)
/// ```
#[derive(Clone, Debug)]
pub(super) struct Packet<'a> {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) id: u16,
    /// Who sent it first, whoever forwards it.
    pub(super) source_ip: [u8; 4],
    pub(super) source_port: u16,
    pub(super) body: Body<'a>,
}

/// What follows, by type.
#[derive(Clone, Debug)]
pub(super) enum Body<'a> {
    /// Data for whoever has the name.
    Datagram(Datagram<'a>),
    /// ERROR_CODE.
    Error(u8),
    /// Whether a distributor of datagrams knows the name.
    Query(Name),
}

/// ```text
/// DGM_LENGTH(2) PACKET_OFFSET(2) SOURCE_NAME DESTINATION_NAME USER_DATA          (RFC 1002 §4.4.2)
/// ```
#[derive(Clone, Debug)]
pub(super) struct Datagram<'a> {
    /// Octets of names and data.
    pub(super) length: u16,
    /// Where in the datagram the data belongs.
    pub(super) offset: u16,
    pub(super) source: Name,
    pub(super) destination: Name,
    pub(super) data: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "datagram header";
        let mut reader = Reader::new(bytes);
        let (kind, flags, id) = (reader.u8(WHAT)?, reader.u8(WHAT)?, reader.u16_be(WHAT)?);
        let (source_ip, source_port) = (reader.array(WHAT)?, reader.u16_be(WHAT)?);
        let body = match kind {
            kind::DIRECT_UNIQUE | kind::DIRECT_GROUP | kind::BROADCAST => {
                Body::Datagram(Datagram::read(&mut reader, bytes)?)
            }
            kind::ERROR => Body::Error(reader.u8("error code")?),
            kind::QUERY_REQUEST | kind::POSITIVE_QUERY_RESPONSE | kind::NEGATIVE_QUERY_RESPONSE => {
                Body::Query(Name::read(&mut reader, bytes)?)
            }
            _ => return Err(Malformed("datagram type")),
        };
        Ok(Self {
            kind,
            flags,
            id,
            source_ip,
            source_port,
            body,
        })
    }

    /// F: the first, or the only, packet of a datagram.
    pub(super) const fn is_first(&self) -> bool {
        self.flags & 2 != 0
    }

    /// M: another packet of the datagram follows.
    pub(super) const fn has_more(&self) -> bool {
        self.flags & 1 != 0
    }

    /// SNT: what sort of node its sender is. The RFC gives 3 to distributors of datagrams; Windows' H nodes, which it does not know,
    /// say it too.
    pub(super) const fn node_type(&self) -> &'static str {
        match self.flags >> 2 & 3 {
            0 => "B",
            1 => "P",
            2 => "M",
            _ => "NBDD",
        }
    }
}

impl<'a> Datagram<'a> {
    fn read(reader: &mut Reader<'a>, bytes: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "datagram header";
        let (length, offset) = (reader.u16_be(WHAT)?, reader.u16_be(WHAT)?);
        Ok(Self {
            length,
            offset,
            source: Name::read(reader, bytes)?,
            destination: Name::read(reader, bytes)?,
            data: reader.rest(),
        })
    }
}
