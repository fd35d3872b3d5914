//! The headers of tunnels that mirrors and carriers put around frames: what is inside, and what the layer is called.
//!
//! Pure and without state: bytes in, the inner frame out, or none when the bytes are no such header. Whether the inner frame is sound is for
//! the decoder to say, which also bounds how many layers are followed.

use crate::flow::Hop;
use crate::source::LinkType;

mod cisco;
mod mpls;
pub(crate) mod unread;

pub(crate) use cisco::{FABRIC_PATH, VN_TAG, fabric_path, vn_tag};
pub(crate) use mpls::mpls;

// UDP destination ports (IANA).
pub(crate) const GTP_U: u16 = 2152;
pub(crate) const GRE_IN_UDP: u16 = 4754;
pub(crate) const VXLAN: u16 = 4789;
pub(crate) const VXLAN_GPE: u16 = 4790;
/// VXLAN where Linux is not told otherwise (linux/vxlan.h).
pub(crate) const VXLAN_LINUX: u16 = 8472;
const TZSP: u16 = 37_008;
pub(crate) const GENEVE: u16 = 6081;
pub(crate) const MPLS_IN_UDP: u16 = 6635;

// EtherTypes.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const ETHERNET: u16 = 0x6558;
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
/// MPLS with a label that its receiver gave out, and with one that its sender did (RFC 5332 §3).
pub(crate) const MPLS: u16 = 0x8847;
pub(crate) const MPLS_MULTICAST: u16 = 0x8848;

/// One layer taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer<'a> {
    /// Its name.
    pub(crate) hop: Hop,
    /// What else its header tells, or a layer in it that has no header of its own.
    pub(crate) more: [Option<Hop>; 2],
    /// What `data` begins with: [`LinkType::ETHERNET`] or [`LinkType::RAW`].
    pub(crate) link: LinkType,
    /// The inner frame.
    pub(crate) data: &'a [u8],
}

impl<'a> Layer<'a> {
    const fn new(hop: Hop, link: LinkType, data: &'a [u8]) -> Self {
        let more = [None; 2];
        Self { hop, more, link, data }
    }

    /// A layer that says by EtherType what is in it; `missing` bytes behind `data` were not captured.
    fn of_type(hop: Hop, kind: u16, data: &'a [u8], missing: u32) -> Option<Self> {
        match kind {
            IPV4 | IPV6 => Some(Self::ip(hop, data)),
            ETHERNET => Some(Self::ethernet(hop, data)),
            MPLS | MPLS_MULTICAST => Some(mpls(data, missing)?.inside(hop)),
            _ => None,
        }
    }

    const fn ethernet(hop: Hop, data: &'a [u8]) -> Self {
        Self::new(hop, LinkType::ETHERNET, data)
    }

    /// IP, whichever version.
    pub(crate) const fn ip(hop: Hop, data: &'a [u8]) -> Self {
        Self::new(hop, LinkType::RAW, data)
    }

    /// This layer and the one around it in one.
    const fn inside(self, hop: Hop) -> Self {
        let more = [Some(self.hop), None];
        Self { hop, more, ..self }
    }

    /// Everything to be said of it, outermost first.
    pub(crate) fn hops(&self) -> impl Iterator<Item = Hop> + use<> {
        std::iter::once(self.hop).chain(self.more.into_iter().flatten())
    }
}

/// Whether datagrams to `port` may be a tunnel's.
pub(crate) const fn is_port(port: u16) -> bool {
    let followed = matches!(
        port,
        GTP_U | GRE_IN_UDP | VXLAN | VXLAN_GPE | VXLAN_LINUX | GENEVE | MPLS_IN_UDP | TZSP
    );
    followed || matches!(port, unread::L2TP | unread::ESP_IN_UDP)
}

/// The layer in a datagram to `port`, of which `missing` bytes behind `data` were not captured.
pub(crate) fn datagram(port: u16, data: &[u8], missing: u32) -> Option<Layer<'_>> {
    match port {
        GTP_U => gtp(data, missing),
        GRE_IN_UDP => gre(data, missing),
        VXLAN | VXLAN_LINUX => vxlan(data),
        TZSP => tzsp(data),
        VXLAN_GPE => vxlan_gpe(data, missing),
        GENEVE => geneve(data, missing),
        MPLS_IN_UDP => mpls(data, missing),
        _ => None,
    }
}

/// RFC 2784 §2.1, RFC 2890 §2: `C(1 bit) R(1) K(1) S(1) reserved(9) version(3) type(2) [checksum(2) reserved(2)] [key(4)] [sequence(4)]`.
///
/// A header with the bits that RFC 2784 §2.3 has a receiver refuse is none, nor is version 1 (PPTP, RFC 2637).
pub(crate) fn gre(data: &[u8], missing: u32) -> Option<Layer<'_>> {
    let (&[f0, f1, t0, t1], rest) = data.split_first_chunk()?;
    let (flags, kind) = (u16::from_be_bytes([f0, f1]), u16::from_be_bytes([t0, t1]));
    if flags & 0x4c07 != 0 {
        return None;
    }
    let (_, rest) = optional(rest, flags & 0x8000 != 0)?;
    let (key, rest) = optional(rest, flags & 0x2000 != 0)?;
    let (sequence, rest) = optional(rest, flags & 0x1000 != 0)?;
    match kind {
        ERSPAN if sequence.is_none() => Some(Layer::ethernet(Hop::Erspan1, rest)),
        ERSPAN => erspan_ii(rest),
        ERSPAN_III => erspan_iii(rest),
        _ => Layer::of_type(Hop::Gre(key), kind, rest, missing),
    }
}

/// A word that is there or not.
fn optional(data: &[u8], there: bool) -> Option<(Option<u32>, &[u8])> {
    if !there {
        return Some((None, data));
    }
    let (word, rest) = data.split_first_chunk()?;
    Some((Some(u32::from_be_bytes(*word)), rest))
}

/// draft-foschiano-erspan §4.2: `version(4 bits, 1) vlan(12) cos(3) encapsulation(2) truncated(1) session(10) reserved(12) index(20)`.
fn erspan_ii(data: &[u8]) -> Option<Layer<'_>> {
    let (&[version, low, s0, s1, _, a, b, c], rest) = data.split_first_chunk()?;
    let index = u32::from_be_bytes([0, a & 0xf, b, c]);
    let port = (index != 0).then_some(Hop::Port(index));
    (version >> 4 == 1).then(|| Layer {
        more: [port, vlan(version, low, rest)],
        ..Layer::ethernet(Hop::Erspan2(session(s0, s1)), rest)
    })
}

/// draft-foschiano-erspan §4.3: `version(4 bits, 2) vlan(12) cos(3) bso(2) truncated(1) session(10) timestamp(32) sgt(16) P(1) type(5)
/// hardware(6) D(1) granularity(2) O(1)`, and eight bytes of the platform's where O says so. Type 0 is Ethernet, 2 is IP. D, which tells ingress
/// from egress, is not kept: the two directions of a flow differ in it.
fn erspan_iii(data: &[u8]) -> Option<Layer<'_>> {
    let (&[version, v1, s0, s1, _, _, _, _, _, _, high, low], rest) = data.split_first_chunk()?;
    let rest = if low & 1 == 1 { rest.get(8..)? } else { rest };
    let hop = Hop::Erspan3(session(s0, s1));
    match (version >> 4, high >> 2 & 0x1f) {
        (2, 0) => Some(Layer {
            more: [vlan(version, v1, rest), None],
            ..Layer::ethernet(hop, rest)
        }),
        (2, 2) => Some(Layer::ip(hop, rest)),
        _ => None,
    }
}

/// The VLAN in which the switch saw `frame`, if there was one and the frame does not tell it itself.
fn vlan(high: u8, low: u8, frame: &[u8]) -> Option<Hop> {
    let id = u16::from_be_bytes([high & 0xf, low]);
    let own = match frame.get(12..) {
        Some(&[0x81, 0, high, low, ..] | &[0x88, 0xa8, high, low, ..]) => u16::from_be_bytes([high & 0xf, low]),
        _ => 0,
    };
    (id != own).then_some(Hop::Vlan(id)).filter(|_| id != 0)
}

const fn session(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high & 3, low])
}

/// The EtherType of PPPoE's session stage.
pub(crate) const PPPOE: u16 = 0x8864;

/// RFC 2516 §4, RFC 1661 §2: `version(4 bits, 1) type(4 bits, 1) code(1, 0) session(2) length(2) protocol(2)`; protocol 0x0021 is
/// IPv4, 0x0057 IPv6.
pub(crate) fn pppoe(data: &[u8]) -> Option<Layer<'_>> {
    let (&[0x11, 0, s0, s1, _, _, 0, 0x21 | 0x57], rest) = data.split_first_chunk()? else {
        return None;
    };
    Some(Layer::ip(Hop::Pppoe(u16::from_be_bytes([s0, s1])), rest))
}

/// RFC 7348 §5: `flags(1, bit 3: the VNI is valid) reserved(3) vni(3) reserved(1)`; what is reserved is ignored.
fn vxlan(data: &[u8]) -> Option<Layer<'_>> {
    let (&[flags, _, _, _, a, b, c, _], rest) = data.split_first_chunk()?;
    (flags & 8 != 0).then(|| Layer::ethernet(Hop::Vxlan(u32::from_be_bytes([0, a, b, c])), rest))
}

/// draft-ietf-nvo3-vxlan-gpe §3: `flags(1: reserved(2 bits) version(2, 0) I(1: the VNI is valid) P(1: next is valid) B(1) O(1: control))
/// reserved(2) next(1: 1 IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS) vni(3) reserved(1)`.
fn vxlan_gpe(data: &[u8], missing: u32) -> Option<Layer<'_>> {
    let (&[flags, _, _, next, a, b, c, _], rest) = data.split_first_chunk()?;
    let hop = Hop::VxlanGpe(u32::from_be_bytes([0, a, b, c]));
    match (flags & 0x3d, next) {
        (0x0c, 1 | 2) => Some(Layer::ip(hop, rest)),
        (0x0c, 3) | (0x08, _) => Some(Layer::ethernet(hop, rest)),
        (0x0c, 5) => Some(mpls(rest, missing)?.inside(hop)),
        _ => None,
    }
}

/// TZSP, which MikroTik's routers mirror in: `version(1, 1) type(1, 0: a frame) protocol(2, 1: Ethernet) fields`, each field `tag(1) length(1) …`
/// but for tag 0, which pads, and tag 1, the last.
fn tzsp(data: &[u8]) -> Option<Layer<'_>> {
    let mut rest = data.strip_prefix(&[1, 0, 0, 1])?;
    loop {
        rest = match rest {
            [1, frame @ ..] => return Some(Layer::ethernet(Hop::Tzsp, frame)),
            [0, behind @ ..] => behind,
            [_, length, behind @ ..] => behind.get(usize::from(*length)..)?,
            _ => return None,
        };
    }
}

/// RFC 8926 §3.4: `version(2 bits) options(6, in 4 bytes) O(1) C(1) reserved(6) type(2) vni(3) reserved(1) options`; control packets (O)
/// carry no frame.
fn geneve(data: &[u8], missing: u32) -> Option<Layer<'_>> {
    let (&[first, second, t0, t1, a, b, c, _], rest) = data.split_first_chunk()?;
    if first >> 6 != 0 || second & 0x80 != 0 {
        return None;
    }
    let inner = rest.get(usize::from(first) * 4..)?;
    Layer::of_type(
        Hop::Geneve(u32::from_be_bytes([0, a, b, c])),
        u16::from_be_bytes([t0, t1]),
        inner,
        missing,
    )
}

/// 3GPP TS 29.281 §5.1: `version(3 bits, 1) PT(1, 1) reserved(1) E(1) S(1) PN(1) type(1, 255: G-PDU) length(2) teid(4) [sequence(2) npdu(1)
/// next(1)]`, the last part where any of E, S and PN is set; `length` counts what follows the TEID.
fn gtp(data: &[u8], missing: u32) -> Option<Layer<'_>> {
    let (&[flags, kind, l0, l1, a, b, c, d], rest) = data.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if flags & 0xf8 != 0x30 || kind != 0xff || length > rest.len() + missing as usize {
        return None;
    }
    let rest = rest.get(..length).unwrap_or(rest);
    let inner = if flags & 7 == 0 {
        rest
    } else {
        gtp_extensions(flags, rest)?
    };
    let hop = Hop::Gtp(u32::from_be_bytes([a, b, c, d]));
    matches!(inner.first()? >> 4, 4 | 6).then_some(Layer::ip(hop, inner))
}

/// 3GPP TS 29.281 §5.2.1: each `length(1, in 4 bytes, of all of it) content next(1)`, until `next` is 0.
fn gtp_extensions(flags: u8, data: &[u8]) -> Option<&[u8]> {
    let (&[_, _, _, mut next], mut rest) = data.split_first_chunk()?;
    while flags & 4 != 0 && next != 0 {
        let length = usize::from(*rest.first()?) * 4;
        let (extension, behind) = rest.split_at_checked(length)?;
        next = *extension.last()?;
        rest = behind;
    }
    Some(rest)
}

#[cfg(test)]
mod tests;
