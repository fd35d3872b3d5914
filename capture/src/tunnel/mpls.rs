//! MPLS: a stack of labels, and behind it what nothing names: IP, or Ethernet with or without a control word. It is told by looking.

use super::{ETHERNET, IPV4, IPV6, Layer, MPLS, MPLS_MULTICAST, PPPOE};
use crate::flow::Hop;
use crate::source::LinkType;

/// Labels looked through; who stacks more wants to keep the decoder busy.
const MAX_LABELS: usize = 16;

/// RFC 3032 §2.1: entries of `label(20 bits) class(3) S(1: the last one) ttl(8)`. The last label is the one that tells customers apart.
pub(crate) fn mpls(data: &[u8], missing: u32) -> Option<Layer<'_>> {
    let mut rest = data;
    for _ in 0..MAX_LABELS {
        let (entry, behind) = rest.split_first_chunk()?;
        let entry = u32::from_be_bytes(*entry);
        if entry & 0x100 != 0 {
            let (link, data) = inside(behind, missing)?;
            return Some(Layer::new(Hop::Mpls(entry >> 12), link, data));
        }
        rest = behind;
    }
    None
}

/// RFC 4928 §3: the first four bits are IP's version, or 0 of a pseudowire's control word (RFC 4385 §3), or 1 of an associated channel
/// (RFC 4385 §5), which carries no frame; pseudowires without a control word (RFC 4448 §4.6) begin with whatever the address does.
fn inside(data: &[u8], missing: u32) -> Option<(LinkType, &[u8])> {
    let behind_control_word = data.get(4..).unwrap_or_default();
    match data.first()? >> 4 {
        4 if is_ipv4(data, missing) => Some((LinkType::RAW, data)),
        6 if is_ipv6(data, missing) => Some((LinkType::RAW, data)),
        0 if is_ethernet(behind_control_word) => Some((LinkType::ETHERNET, behind_control_word)),
        _ if is_ethernet(data) => Some((LinkType::ETHERNET, data)),
        _ => None,
    }
}

/// A header, and no more than its length says; superframes say 0.
fn is_ipv4(data: &[u8], missing: u32) -> bool {
    let &[first, _, high, low, ..] = data else { return false };
    let total = usize::from(u16::from_be_bytes([high, low]));
    first & 0xf >= 5 && (total == 0 || (20..=data.len() + missing as usize).contains(&total))
}

fn is_ipv6(data: &[u8], missing: u32) -> bool {
    let &[_, _, _, _, high, low, ..] = data else {
        return false;
    };
    let total = 40 + usize::from(u16::from_be_bytes([high, low]));
    total <= data.len() + missing as usize
}

/// A frame with a type that may be met.
fn is_ethernet(data: &[u8]) -> bool {
    let kind = data.get(12..).and_then(<[u8]>::first_chunk);
    let kind = kind.map_or(0, |kind| u16::from_be_bytes(*kind));
    matches!(
        kind,
        IPV4 | IPV6 | 0x0806 | 0x8100 | 0x88a8 | 0x9100 | MPLS | MPLS_MULTICAST | PPPOE | ETHERNET
    )
}
