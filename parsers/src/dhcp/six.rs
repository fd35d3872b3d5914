//! DHCPv6 messages as borrowed views (RFC 8415 §8, §9, §21).

use std::net::Ipv6Addr;

use compact_str::CompactString;

use crate::reader::{Malformed, Reader};
use crate::text;

/// Relays that one message may have passed (RFC 8415 §7.6, HOP_COUNT_LIMIT).
const MAX_RELAYS: usize = 8;

/// One message of a client or server, out of the relays' around it.
///
/// ```text
/// u8 msg-type; u24 transaction-id; options: u16 code, u16 length, data
/// relayed: u8 12 or 13; u8 hop-count; link-address; peer-address; options, of which 9 has the message
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: u8,
    pub(super) transaction: u32,
    /// The client's address, as the relay that is nearest to it says.
    pub(super) peer: Option<Ipv6Addr>,
    options: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (mut bytes, mut peer) = (bytes, None);
        for _ in 0..=MAX_RELAYS {
            let mut reader = Reader::new(bytes);
            let [kind, a, b, c] = reader.array("header")?;
            if !matches!(kind, 12 | 13) {
                return Ok(Self {
                    kind,
                    transaction: u32::from_be_bytes([0, a, b, c]),
                    peer,
                    options: reader.rest(),
                });
            }
            reader.seek(18, "relay header")?;
            peer = Some(Ipv6Addr::from(reader.array::<16>("relay header")?));
            let mut options = Options { rest: reader.rest() };
            let inner = options.find(|(code, _)| *code == option::RELAY_MESSAGE);
            bytes = inner.ok_or(Malformed("relayed message"))?.1;
        }
        Err(Malformed("relays"))
    }

    /// The first option of this code.
    pub(super) fn option(&self, code: u16) -> Option<&'a [u8]> {
        self.options().find(|(found, _)| *found == code).map(|(_, data)| data)
    }

    /// Its options in order; the first damage ends them.
    pub(super) const fn options(&self) -> Options<'a> {
        Options { rest: self.options }
    }

    /// The addresses it is about (IA_NA and IA_TA, RFC 8415 §21.4 to §21.6), with their valid lifetimes in seconds.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (Ipv6Addr, u32)> + use<'a> {
        let associations = self.options().filter_map(|(code, data)| match code {
            option::IA_NA => data.get(12..),
            option::IA_TA => data.get(4..),
            _ => None,
        });
        associations
            .flat_map(|rest| Options { rest })
            .filter(|(code, _)| *code == option::IA_ADDRESS)
            .filter_map(|(_, data)| {
                let mut reader = Reader::new(data);
                let address = Ipv6Addr::from(reader.array::<16>("address").ok()?);
                reader.skip(4, "lifetime").ok()?;
                Some((address, reader.u32_be("lifetime").ok()?))
            })
    }

    /// The name in the Client FQDN option: flags and labels, without a final zero where it is no full name (RFC 4704 §4).
    pub(super) fn fqdn(&self) -> Option<CompactString> {
        self.option(option::CLIENT_FQDN)?.get(1..).and_then(labels)
    }

    /// The MAC address in the client's DUID-LLT or DUID-LL (RFC 8415 §11.2, §11.4).
    pub(super) fn mac(&self) -> Option<[u8; 6]> {
        match self.option(option::CLIENT_ID)? {
            [0, 1, 0, 1, _, _, _, _, mac @ ..] | [0, 3, 0, 1, mac @ ..] => mac.try_into().ok(),
            _ => None,
        }
    }
}

/// Labels as DNS has them, without pointers, as a name with dots.
pub(super) fn labels(mut bytes: &[u8]) -> Option<CompactString> {
    let mut name = CompactString::default();
    while let Some((&length @ 1..=63, rest)) = bytes.split_first() {
        let (label, rest) = rest.split_at_checked(usize::from(length))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&text::bytes(label));
        bytes = rest;
    }
    (!name.is_empty() && name.len() <= 255).then_some(name)
}

/// Walks options; of those inside another one too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], rest) = self.rest.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        self.rest = rest;
        Some((u16::from_be_bytes([a, b]), data))
    }
}

/// Option codes (IANA, "DHCPv6 Option Codes").
pub(super) mod option {
    pub(in crate::dhcp) const CLIENT_ID: u16 = 1;
    pub(in crate::dhcp) const IA_NA: u16 = 3;
    pub(in crate::dhcp) const IA_TA: u16 = 4;
    pub(in crate::dhcp) const IA_ADDRESS: u16 = 5;
    pub(in crate::dhcp) const ORO: u16 = 6;
    pub(in crate::dhcp) const RELAY_MESSAGE: u16 = 9;
    pub(in crate::dhcp) const STATUS: u16 = 13;
    pub(in crate::dhcp) const VENDOR_CLASS: u16 = 16;
    pub(in crate::dhcp) const DNS: u16 = 23;
    pub(in crate::dhcp) const DOMAINS: u16 = 24;
    pub(in crate::dhcp) const CLIENT_FQDN: u16 = 39;
}

/// Message types (RFC 8415 §7.3).
pub(super) const fn kind_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "SOLICIT",
        2 => "ADVERTISE",
        3 => "REQUEST",
        4 => "CONFIRM",
        5 => "RENEW",
        6 => "REBIND",
        7 => "REPLY",
        8 => "RELEASE",
        9 => "DECLINE",
        10 => "RECONFIGURE",
        11 => "INFORMATION-REQUEST",
        _ => return None,
    })
}
