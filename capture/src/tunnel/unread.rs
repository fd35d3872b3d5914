//! Tunnels that are known and not followed: they are counted by name, so that it can be said what the mirror wraps its frames in.

use super::{GENEVE, VXLAN_GPE};
use crate::decode::Refusal;

/// L2TP (RFC 2661 §8.1, RFC 3931 §4.1.2).
pub(super) const L2TP: u16 = 1701;
/// ESP in UDP (RFC 3948 §2.1).
pub(super) const ESP_IN_UDP: u16 = 4500;
/// The EtherType, also in GENEVE, of a network service header (RFC 8300 §2).
pub(crate) const NSH: u16 = 0x894f;

/// What the datagram to `port` is wrapped in, if that is not followed.
pub(crate) fn datagram(port: u16, data: &[u8]) -> Option<Refusal> {
    match (port, data) {
        // `T(1 bit, 0: data) L(1) reserved(2) S(1) reserved(1) O(1) P(1) reserved(4) version(4 bits)` (RFC 2661 §3.1).
        (L2TP, [first, version @ (2 | 3), ..]) if first & 0xb4 == 0 => Some(Refusal::L2tp),
        // `SPI(4, not 0) sequence(4) …`; IKE has four zero bytes there (RFC 3948 §2.2).
        (ESP_IN_UDP, [a, b, c, d, _, _, _, _, ..]) if [*a, *b, *c, *d] != [0; 4] => Some(Refusal::Esp),
        // As `super::vxlan_gpe` and `super::geneve` have them.
        (VXLAN_GPE, [flags, _, _, 4, ..]) if flags & 0x3d == 0x0c => Some(Refusal::Nsh),
        (GENEVE, [first, _, 0x89, 0x4f, ..]) if first >> 6 == 0 => Some(Refusal::Nsh),
        _ => None,
    }
}

/// What a packet of that IP protocol is wrapped in (IANA protocol numbers).
pub(crate) const fn protocol(number: u8) -> Option<Refusal> {
    match number {
        50 => Some(Refusal::Esp),
        115 => Some(Refusal::L2tp),
        // Mobile IP, IP within IP, EtherIP, other encapsulations, compression.
        55 | 94 | 97 | 98 | 108 => Some(Refusal::IpTunnel),
        _ => None,
    }
}
