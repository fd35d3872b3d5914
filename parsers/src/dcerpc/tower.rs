//! Protocol towers: where an interface is reached (C706 appendix I and L, [MS-RPCE] 2.2.1.2).
//!
//! A tower is a pile of floors, little-endian whatever the PDU: interface, transfer syntax, RPC protocol, transport and
//! port, host.

use std::net::{IpAddr, Ipv4Addr};

use super::interfaces::Interface;
use super::uuid::Uuid;
use super::wire::{Order, Syntax};
use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::text;

/// Floors of one tower.
const MAX_FLOORS: u16 = 16;

/// The left side of a floor that names a UUID.
const UUID: u8 = 0x0d;

/// Floors of a tower: what they say of the way to an interface.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tower<'a> {
    /// The interface on the first floor.
    pub(super) interface: Option<Syntax>,
    /// `ncacn_ip_tcp` and its like ([MS-RPCE] 2.1).
    pub(super) sequence: Option<&'static str>,
    /// A TCP or UDP port; 0 in a question.
    pub(super) port: Option<u16>,
    /// A pipe's name, or a local endpoint.
    pub(super) endpoint: Option<&'a [u8]>,
    /// The host, where its address is of IPv4.
    pub(super) address: Option<Ipv4Addr>,
}

impl<'a> Tower<'a> {
    /// Reads `u16 floors; { u16 length; octet lhs[]; u16 length; octet rhs[] } [floors]`.
    pub(super) fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(octets);
        let floors = reader.u16_le("tower")?;
        let mut tower = Self::default();
        for floor in 0..floors.min(MAX_FLOORS) {
            let left = side(&mut reader)?;
            let right = side(&mut reader)?;
            tower.floor(floor, left, right)?;
        }
        Ok(tower)
    }

    fn floor(&mut self, at: u16, left: &[u8], right: &'a [u8]) -> Result<(), Malformed> {
        let port = || right.first_chunk().map(|port| u16::from_be_bytes(*port));
        match left.first().copied() {
            Some(UUID) if at == 0 => self.interface = Some(syntax(left, right)?),
            Some(0x07) => (self.sequence, self.port) = (Some("ncacn_ip_tcp"), port()),
            Some(0x08) => (self.sequence, self.port) = (Some("ncadg_ip_udp"), port()),
            Some(0x1f) => (self.sequence, self.port) = (Some("ncacn_http"), port()),
            Some(0x0f) => (self.sequence, self.endpoint) = (Some("ncacn_np"), name(right)),
            Some(0x10) => (self.sequence, self.endpoint) = (Some("ncalrpc"), name(right)),
            Some(0x09) => self.address = right.first_chunk().copied().map(Ipv4Addr::from),
            _ => {}
        }
        Ok(())
    }

    /// The host, where it is named.
    pub(super) fn host(&self) -> Option<IpAddr> {
        self.address.filter(|address| !address.is_unspecified()).map(IpAddr::V4)
    }

    /// As fields: `interface interface_uuid version protocol_sequence port endpoint address`.
    pub(super) fn fields(&self) -> Fields {
        let mut fields = Fields::sized(7);
        if let Some(syntax) = self.interface {
            Interface::of(syntax).write(&mut fields);
        }
        fields.set_some("protocol_sequence", self.sequence);
        fields.set_some("port", self.port.filter(|port| *port != 0));
        if let Some(endpoint) = self.endpoint {
            fields.set("endpoint", text::bytes(endpoint));
        }
        fields.set_some(
            "address",
            self.host().map(|address| compact_str::format_compact!("{address}")),
        );
        fields
    }
}

fn side<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = reader.u16_le("floor")?;
    reader.take(usize::from(length), "floor")
}

/// `0x0d; uuid; u16 major` on the left, `u16 minor` on the right.
fn syntax(left: &[u8], right: &[u8]) -> Result<Syntax, Malformed> {
    let mut reader = Reader::new(left);
    reader.skip(1, "floor")?;
    let uuid = Uuid::read(Order { little: true }, &mut reader, "floor")?;
    let major = reader.u16_le("floor")?;
    let minor = Reader::new(right).u16_le("floor").unwrap_or_default();
    Ok(Syntax { uuid, major, minor })
}

fn name(right: &[u8]) -> Option<&[u8]> {
    let end = right.iter().position(|byte| *byte == 0).unwrap_or(right.len());
    right.get(..end).filter(|name| !name.is_empty())
}

/// A tower's transport by the number that string bindings of DCOM give it ([MS-DCOM] 2.2.19.3).
pub(super) const fn sequence(tower: u16) -> Option<&'static str> {
    Some(match tower {
        0x07 => "ncacn_ip_tcp",
        0x08 => "ncadg_ip_udp",
        0x09 => "ncacn_ip",
        0x0f => "ncacn_np",
        0x10 => "ncalrpc",
        0x1f => "ncacn_http",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::unhex;

    /// drsuapi over TCP at 192.168.1.10:49155.
    const TOWER: &str = "0500 1300 0d 354251e3064bd111ab0400c04fc2dcd2 0400 0200 0000
        1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000  0100 0b 0200 0000  0100 07 0200 c003  0100 09 0400 c0a8010a";

    #[test]
    fn a_tower_says_where() {
        let octets = unhex(TOWER);
        let tower = Tower::parse(&octets).unwrap();
        let fields = serde_json::to_value(tower.fields()).unwrap();
        assert_eq!(
            fields,
            serde_json::json!({
                "interface": "drsuapi", "interface_uuid": "e3514235-4b06-11d1-ab04-00c04fc2dcd2", "version": "4.0",
                "protocol_sequence": "ncacn_ip_tcp", "port": 49155, "address": "192.168.1.10",
            })
        );
    }

    proptest! {
        #[test]
        fn random_towers_never_panic(octets: Vec<u8>, at in 0_usize..80, value: u8) {
            let _ = Tower::parse(&octets).map(|tower| tower.fields());
            let mut octets = unhex(TOWER);
            let length = octets.len();
            octets[at % length] = value;
            let _ = Tower::parse(&octets).map(|tower| tower.fields());
        }
    }
}
