//! The types that RFC 4120's messages share (§5.2, §5.3): names, tickets, encrypted parts, addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString};
use sha2::{Digest, Sha256};

use super::sequence::{List, Tagged, int32, string};
use crate::asn1::{Element, Walker, application};
use crate::reader::Malformed;
use crate::text;

/// A principal's name, without its realm.
#[derive(Clone, Copy, Debug)]
pub struct PrincipalName<'a> {
    /// NT-PRINCIPAL (1), NT-SRV-INST (2), NT-ENTERPRISE (10) …
    pub name_type: i32,
    components: List<'a>,
}

impl<'a> PrincipalName<'a> {
    /// ```text
    /// PrincipalName ::= SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut name = Self {
            name_type: 0,
            components: List::EMPTY,
        };
        let mut fields = Tagged::new(element, "principal name")?;
        string(element)?; // for the length
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => name.name_type = int32(&field, "name type")?,
                1 => name.components = List::new(&field, "name string")?,
                _ => {}
            }
        }
        Ok(name)
    }

    /// Its components, octets as they stood on the wire.
    pub fn components(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.components.map(|component| component.value)
    }

    /// Its components joined by `/`.
    #[must_use]
    pub fn joined(&self) -> CompactString {
        let mut joined = CompactString::default();
        for (at, component) in self.components().enumerate() {
            if at > 0 {
                joined.push('/');
            }
            joined.push_str(&text::bytes(component));
        }
        joined
    }

    /// Whether it has the same components as `other`, whatever the types.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.components().eq(other.components())
    }
}

/// Something encrypted: all that can be said of it without its key.
#[derive(Clone, Copy, Debug)]
pub struct EncryptedData<'a> {
    /// Encryption type.
    pub etype: i32,
    /// Version of the key, where it is a long-term one. An UInt32, which Windows writes signed.
    pub kvno: Option<i64>,
    /// The octets; never printed.
    pub cipher: &'a [u8],
}

impl<'a> EncryptedData<'a> {
    /// ```text
    /// EncryptedData ::= SEQUENCE { etype [0] Int32, kvno [1] UInt32 OPTIONAL, cipher [2] OCTET STRING }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let (mut etype, mut kvno, mut cipher) = (None, None, None);
        let mut fields = Tagged::new(element, "encrypted data")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => etype = Some(int32(&field, "etype")?),
                1 => kvno = field.integer().ok(),
                2 => cipher = Some(field.value),
                _ => {}
            }
        }
        Ok(Self {
            etype: etype.ok_or(Malformed("encrypted data without etype"))?,
            kvno,
            cipher: cipher.ok_or(Malformed("encrypted data without cipher"))?,
        })
    }

    /// SHA-256 of the cipher, in hexadecimal: for a ticket, what adtap knows it by.
    #[must_use]
    pub fn sha256(&self) -> CompactString {
        text::hex(&Sha256::digest(self.cipher))
    }
}

/// A ticket, for whom it is and how it is sealed.
#[derive(Clone, Copy, Debug)]
pub struct Ticket<'a> {
    /// Realm that issued it.
    pub realm: &'a [u8],
    /// Service it is for.
    pub sname: Option<PrincipalName<'a>>,
    /// Its sealed part.
    pub enc_part: EncryptedData<'a>,
}

impl<'a> Ticket<'a> {
    /// ```text
    /// Ticket ::= [APPLICATION 1] SEQUENCE { tkt-vno [0] INTEGER (5), realm [1] Realm, sname [2] PrincipalName,
    ///                                       enc-part [3] EncryptedData }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        if element.tag != application(1) {
            return Err(Malformed("ticket"));
        }
        let inner = element.inside().next()?.ok_or(Malformed("empty ticket"))?;
        let (mut realm, mut sname, mut enc_part) = (&[][..], None, None);
        let mut fields = Tagged::new(&inner, "ticket")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                1 => realm = string(&field)?,
                2 => sname = Some(PrincipalName::read(&field)?),
                3 => enc_part = Some(EncryptedData::read(&field)?),
                _ => {}
            }
        }
        Ok(Self {
            realm,
            sname,
            enc_part: enc_part.ok_or(Malformed("ticket without enc-part"))?,
        })
    }

    /// A ticket that stands by itself, as in a U2U reply or in an S4U2proxy request.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(&Walker::new(bytes).next()?.ok_or(Malformed("no ticket"))?)
    }
}

/// An address a ticket is bound to; Windows clients put their NetBIOS name here.
#[derive(Clone, Copy, Debug)]
pub struct HostAddress<'a> {
    /// IPv4 (2), NetBIOS (20), IPv6 (24) …
    pub addr_type: i32,
    /// Octets in network order, or a name of 16 octets padded with blanks.
    pub address: &'a [u8],
}

impl<'a> HostAddress<'a> {
    /// The addr-type of a NetBIOS name (RFC 4120 §7.5.3).
    pub const NETBIOS: i32 = 20;

    /// ```text
    /// HostAddress ::= SEQUENCE { addr-type [0] Int32, address [1] OCTET STRING }
    /// ```
    pub(super) fn read(element: &Element<'a>) -> Result<Self, Malformed> {
        let mut host = Self {
            addr_type: 0,
            address: &[],
        };
        let mut fields = Tagged::new(element, "host address")?;
        while let Some((number, field)) = fields.next()? {
            match number {
                0 => host.addr_type = int32(&field, "address type")?,
                1 => host.address = string(&field)?,
                _ => {}
            }
        }
        Ok(host)
    }

    /// The address as people write it; hexadecimal for types other than IP and NetBIOS.
    #[must_use]
    pub fn text(&self) -> CompactString {
        match (self.addr_type, self.address) {
            (2, &[a, b, c, d]) => Ipv4Addr::new(a, b, c, d).to_compact_string(),
            (24, bytes) => <[u8; 16]>::try_from(bytes).map_or_else(
                |_| text::hex(bytes),
                |address| Ipv6Addr::from(address).to_compact_string(),
            ),
            (Self::NETBIOS, name) => text::bytes(netbios_name(name)),
            (_, bytes) => text::hex(bytes),
        }
    }
}

/// The name without its padding, and without the suffix octet that a full field of 16 may end in.
fn netbios_name(name: &[u8]) -> &[u8] {
    let name = match name {
        [name @ .., suffix] if name.len() == 15 && *suffix < b' ' => name,
        _ => name,
    };
    let name = name.split(|byte| *byte == 0).next().unwrap_or(name);
    name.trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_as_people_write_them() {
        let text = |addr_type, address| HostAddress { addr_type, address }.text();
        assert_eq!(text(20, b"WORKSTATION5    "), "WORKSTATION5");
        assert_eq!(text(20, b"WS5            \0"), "WS5");
        assert_eq!(text(20, b"ABCDEFGHIJKLMNO\x20"), "ABCDEFGHIJKLMNO");
        assert_eq!(text(2, &[10, 77, 0, 50]), "10.77.0.50");
        assert_eq!(
            text(24, &[0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]),
            "fd77::10"
        );
        assert_eq!(text(24, &[1, 2]), "0102");
        assert_eq!(text(3, &[0xab]), "ab");
    }
}
