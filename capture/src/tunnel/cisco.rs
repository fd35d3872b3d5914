//! What Cisco's switches leave on mirrored frames: VN-Tags of virtual interfaces, and the header of FabricPath.

use super::Layer;
use crate::flow::Hop;

/// The EtherType of a VN-Tag.
pub(crate) const VN_TAG: u16 = 0x8926;
/// The EtherType of FabricPath.
pub(crate) const FABRIC_PATH: u16 = 0x8903;

/// `D(1 bit, 1: to the interface) P(1 bit) dvif(14 bits) L(1 bit) reserved(1 bit) version(2 bits) svif(12 bits)`, then the next
/// EtherType and its payload.
pub(crate) fn vn_tag(data: &[u8]) -> Option<(Hop, u16, &[u8])> {
    let (&[d0, d1, s0, s1, k0, k1], rest) = data.split_first_chunk()?;
    let (to, from) = (u16::from_be_bytes([d0, d1]), u16::from_be_bytes([s0, s1]));
    let interface = if to & 0x8000 == 0 { from & 0x0fff } else { to & 0x3fff };
    Some((Hop::VnTag(interface), u16::from_be_bytes([k0, k1]), rest))
}

/// `ftag(10 bits) ttl(6 bits)`, then the frame as it came into the fabric.
pub(crate) fn fabric_path(data: &[u8]) -> Option<Layer<'_>> {
    let (tag, frame) = data.split_first_chunk()?;
    Some(Layer::ethernet(Hop::FabricPath(u16::from_be_bytes(*tag) >> 6), frame))
}
