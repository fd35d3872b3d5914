//! Ordered bytes of flows become protocol messages, and messages become activities.
//!
//! A [`session::Session`] reads one flow: it recognises the protocol, cuts the stream into PDUs ([`inbox`]) and hands them to
//! the protocol's state machine ([`protocol::Protocol`]), which says what it read through its [`context::Context`]. Adding a
//! protocol is one folder and one line in [`PROTOCOLS`].

pub mod activity;
pub mod asn1;
pub mod base64;
pub mod clock;
pub mod context;
pub mod dcerpc;
pub mod dhcp;
pub mod dns;
pub mod event;
pub mod fields;
pub mod gss;
pub mod http;
pub mod inbox;
pub mod json;
pub mod kerberos;
pub mod ldap;
pub mod mail;
pub mod message;
pub mod netbios;
pub mod ntlm;
pub mod ntp;
pub mod ntstatus;
pub mod pending;
pub mod protocol;
pub mod radius;
pub mod rdp;
pub mod reader;
mod server_type;
pub mod session;
pub mod sighting;
pub mod smb;
pub mod tds;
#[cfg(test)]
mod testing;
pub mod text;
pub mod tls;
pub mod wef;
pub mod win32;

use protocol::Registration;

/// Every protocol that is recognised, most particular first.
pub const PROTOCOLS: &[Registration] = &[
    kerberos::REGISTRATION,
    kerberos::kpasswd::REGISTRATION,
    dcerpc::REGISTRATION,
    dcerpc::HTTP,
    smb::REGISTRATION,
    ldap::LDAP,
    ldap::CLDAP,
    dns::DNS,
    dns::MDNS,
    dns::LLMNR,
    rdp::REGISTRATION,
    tds::REGISTRATION,
    netbios::nbns::REGISTRATION,
    netbios::datagram::REGISTRATION,
    dhcp::DHCP,
    dhcp::DHCPV6,
    ntp::REGISTRATION,
    radius::REGISTRATION,
    mail::SMTP,
    mail::IMAP,
    mail::POP3,
    // What others carry their traffic in comes last.
    tls::REGISTRATION,
    http::REGISTRATION,
];
