//! The fields of DHCP messages of both versions.

use std::net::Ipv6Addr;

use compact_str::{CompactString, format_compact};

use super::six;
use super::wire::{Message, Options, option};
use crate::fields::Fields;
use crate::reader::Reader;
use crate::text;

/// The options whose data are IPv4 addresses, and what their fields are called.
const ADDRESSES: [(u8, &str); 6] = [
    (option::SUBNET_MASK, "subnet_mask"),
    (option::ROUTER, "routers"),
    (option::DNS, "dns_servers"),
    (option::NBNS, "nbns_servers"),
    (option::REQUESTED_ADDRESS, "requested_address"),
    (option::SERVER, "server"),
];

/// The options whose data are text.
const TEXTS: [(u8, &str); 6] = [
    (option::HOST_NAME, "host_name"),
    (option::DOMAIN_NAME, "domain_name"),
    (option::MESSAGE, "text"),
    (option::VENDOR_CLASS, "vendor_class"),
    (option::USER_CLASS, "user_class"),
    (option::PROXY, "proxy_url"),
];

/// DHCP message types (RFC 2132 §9.6, RFC 3203, RFC 4388, RFC 6926).
pub(super) const fn kind_name(kind: Option<u8>) -> &'static str {
    match kind {
        Some(1) => "DHCPDISCOVER",
        Some(2) => "DHCPOFFER",
        Some(3) => "DHCPREQUEST",
        Some(4) => "DHCPDECLINE",
        Some(5) => "DHCPACK",
        Some(6) => "DHCPNAK",
        Some(7) => "DHCPRELEASE",
        Some(8) => "DHCPINFORM",
        Some(9) => "DHCPFORCERENEW",
        Some(10) => "DHCPLEASEQUERY",
        Some(11) => "DHCPLEASEUNASSIGNED",
        Some(12) => "DHCPLEASEUNKNOWN",
        Some(13) => "DHCPLEASEACTIVE",
        Some(_) => "other",
        None => "BOOTP",
    }
}

/// Writes what a message says.
pub(super) fn write(message: &Message<'_>, fields: &mut Fields) {
    fields.set("version", 4);
    fields.set("xid", message.xid);
    fields.flag("broadcast", message.broadcast);
    fields.set_some("mac", message.mac.map(|mac| format_compact!("{}", capture::Mac(mac))));
    let addresses = [
        ("client_address", message.ciaddr),
        ("your_address", message.yiaddr),
        ("next_server", message.siaddr),
        ("relay_address", message.giaddr),
    ];
    for (name, address) in addresses {
        if address != [0; 4] {
            fields.set(name, dotted(address));
        }
    }
    for (code, name) in ADDRESSES {
        addresses_of(message, code, name, fields);
    }
    for (code, name) in TEXTS {
        fields.set_some(name, message.option(code).map(text::bytes));
    }
    if let Some(Ok(seconds)) = message.option(option::LEASE_TIME).map(<[u8; 4]>::try_from) {
        fields.set("lease_seconds", u32::from_be_bytes(seconds));
    }
    fields.list(
        "parameters",
        message.option(option::PARAMETERS).unwrap_or_default().iter().copied(),
    );
    fields.set_some("client_id", message.option(option::CLIENT_ID).map(text::hex));
    fields.set_some("client_fqdn", fqdn(message));
    relay(message, fields);
}

/// One address by itself, several as a list.
fn addresses_of(message: &Message<'_>, code: u8, name: &'static str, fields: &mut Fields) {
    let data = message.option(code).unwrap_or_default();
    let mut addresses = data
        .chunks_exact(4)
        .filter_map(|address| address.try_into().ok())
        .map(dotted);
    match (data.len(), name.ends_with("ers")) {
        (4, false) => fields.set_some(name, addresses.next()),
        _ => fields.list(name, addresses),
    }
}

/// The name in the Client FQDN option: flags, two octets of no use, and labels (flag E) or text (RFC 4702 §2).
pub(super) fn fqdn(message: &Message<'_>) -> Option<CompactString> {
    let (&[flags, _, _], name) = message.option(option::CLIENT_FQDN)?.split_first_chunk()?;
    if flags & 4 != 0 {
        return six::labels(name);
    }
    let name = text::bytes(name.strip_suffix(&[0]).unwrap_or(name));
    (!name.is_empty()).then_some(name)
}

/// The relay's circuit and the remote end behind it (RFC 3046 §3).
fn relay(message: &Message<'_>, fields: &mut Fields) {
    for (code, data) in (Options {
        rest: message.option(option::RELAY).unwrap_or_default(),
    }) {
        let name = match code {
            1 => "relay_circuit",
            2 => "relay_remote",
            _ => continue,
        };
        if fields.get(name).is_none() {
            fields.set(name, text::hex(data));
        }
    }
}

fn dotted(address: [u8; 4]) -> CompactString {
    text::dotted(address.map(u32::from))
}

/// Writes what a message of version 6 says.
pub(super) fn write_six(message: &six::Message<'_>, fields: &mut Fields) {
    fields.set("version", 6);
    fields.set("xid", message.transaction);
    fields.set_some("relay_peer", message.peer.map(six_text));
    fields.set_some("mac", message.mac().map(|mac| format_compact!("{}", capture::Mac(mac))));
    fields.set_some("client_id", message.option(six::option::CLIENT_ID).map(text::hex));
    fields.list("addresses", message.addresses().map(|(address, _)| six_text(address)));
    fields.set_some("lease_seconds", message.addresses().next().map(|(_, seconds)| seconds));
    fields.set_some("client_fqdn", message.fqdn());
    let wanted = message.option(six::option::ORO).unwrap_or_default().chunks_exact(2);
    fields.list(
        "parameters",
        wanted.filter_map(|code| Some(u16::from_be_bytes(code.try_into().ok()?))),
    );
    let servers = message.option(six::option::DNS).unwrap_or_default().chunks_exact(16);
    let servers = servers.filter_map(|address| <[u8; 16]>::try_from(address).ok());
    fields.list("dns_servers", servers.map(|address| six_text(address.into())));
    fields.set_some(
        "domain_name",
        message.option(six::option::DOMAINS).and_then(six::labels),
    );
    fields.set_some(
        "vendor_class",
        message.option(six::option::VENDOR_CLASS).and_then(vendor_class),
    );
    if let Some((code, words)) = message.option(six::option::STATUS).and_then(<[u8]>::split_first_chunk) {
        fields.set("status_code", u16::from_be_bytes(*code));
        fields.text("text", text::bytes(words));
    }
}

fn six_text(address: Ipv6Addr) -> CompactString {
    format_compact!("{address}")
}

/// The first class behind the enterprise number (RFC 8415 §21.16).
fn vendor_class(data: &[u8]) -> Option<CompactString> {
    let mut reader = Reader::new(data.get(4..)?);
    let length = reader.u16_be("length").ok()?;
    reader.take(usize::from(length), "class").ok().map(text::bytes)
}
