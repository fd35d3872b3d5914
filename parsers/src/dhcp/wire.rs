//! DHCP messages as borrowed views (RFC 2131 §2, RFC 2132).

use crate::reader::{Malformed, Reader};

/// Octets in front of the options: the BOOTP header and the magic cookie.
pub(super) const HEADER: usize = 240;

/// The magic cookie (RFC 2131 §3).
pub(super) const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// One message.
///
/// ```text
/// u8 op; u8 htype; u8 hlen; u8 hops; u32 xid; u16 secs; u16 flags; ciaddr; yiaddr; siaddr; giaddr; 16 octets chaddr;
/// 64 octets sname; 128 octets file; cookie; options: u8 code, u8 length, data; 0 pads, 255 ends
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) op: u8,
    pub(super) xid: u32,
    pub(super) broadcast: bool,
    pub(super) ciaddr: [u8; 4],
    pub(super) yiaddr: [u8; 4],
    pub(super) siaddr: [u8; 4],
    pub(super) giaddr: [u8; 4],
    /// chaddr, where it is of Ethernet.
    pub(super) mac: Option<[u8; 6]>,
    options: &'a [u8],
}

/// BOOTREQUEST.
pub(super) const REQUEST: u8 = 1;
/// BOOTREPLY.
pub(super) const REPLY: u8 = 2;

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "header";
        let mut reader = Reader::new(bytes);
        let [op, htype, hlen, _] = reader.array(WHAT)?;
        let xid = reader.u32_be(WHAT)?;
        reader.skip(2, WHAT)?;
        let flags = reader.u16_be(WHAT)?;
        let message = Self {
            op,
            xid,
            broadcast: flags & 0x8000 != 0,
            ciaddr: reader.array(WHAT)?,
            yiaddr: reader.array(WHAT)?,
            siaddr: reader.array(WHAT)?,
            giaddr: reader.array(WHAT)?,
            mac: Some(reader.array(WHAT)?).filter(|_| (htype, hlen) == (1, 6)),
            options: bytes.get(HEADER..).unwrap_or_default(),
        };
        match (op, bytes.get(HEADER - COOKIE.len()..HEADER)) {
            (REQUEST | REPLY, Some(cookie)) if *cookie == COOKIE => Ok(message),
            (REQUEST | REPLY, Some(_)) => Err(Malformed("cookie")),
            (REQUEST | REPLY, None) => Err(Malformed(WHAT)),
            _ => Err(Malformed("op")),
        }
    }

    /// Its options in order; the first damage ends them.
    pub(super) const fn options(&self) -> Options<'a> {
        Options { rest: self.options }
    }

    /// The first option of this code.
    pub(super) fn option(&self, code: u8) -> Option<&'a [u8]> {
        self.options().find(|(found, _)| *found == code).map(|(_, data)| data)
    }

    /// DHCP message type (RFC 2132 §9.6).
    pub(super) fn kind(&self) -> Option<u8> {
        self.option(option::MESSAGE_TYPE)?.first().copied()
    }
}

/// Walks options; of those inside another one too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match *self.rest {
                [0, ref rest @ ..] => self.rest = rest,
                [code @ 1..=254, length, ref rest @ ..] => {
                    let (data, rest) = rest.split_at_checked(usize::from(length))?;
                    self.rest = rest;
                    return Some((code, data));
                }
                _ => return None,
            }
        }
    }
}

/// Option codes (IANA, "BOOTP Vendor Extensions and DHCP Options").
pub(super) mod option {
    pub(in crate::dhcp) const SUBNET_MASK: u8 = 1;
    pub(in crate::dhcp) const ROUTER: u8 = 3;
    pub(in crate::dhcp) const DNS: u8 = 6;
    pub(in crate::dhcp) const HOST_NAME: u8 = 12;
    pub(in crate::dhcp) const DOMAIN_NAME: u8 = 15;
    pub(in crate::dhcp) const NBNS: u8 = 44;
    pub(in crate::dhcp) const REQUESTED_ADDRESS: u8 = 50;
    pub(in crate::dhcp) const LEASE_TIME: u8 = 51;
    pub(in crate::dhcp) const MESSAGE_TYPE: u8 = 53;
    pub(in crate::dhcp) const SERVER: u8 = 54;
    pub(in crate::dhcp) const PARAMETERS: u8 = 55;
    pub(in crate::dhcp) const MESSAGE: u8 = 56;
    pub(in crate::dhcp) const VENDOR_CLASS: u8 = 60;
    pub(in crate::dhcp) const CLIENT_ID: u8 = 61;
    pub(in crate::dhcp) const USER_CLASS: u8 = 77;
    pub(in crate::dhcp) const CLIENT_FQDN: u8 = 81;
    pub(in crate::dhcp) const RELAY: u8 = 82;
    pub(in crate::dhcp) const PROXY: u8 = 252;
}
