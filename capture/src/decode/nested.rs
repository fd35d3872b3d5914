//! Packets in packets: what comes out of a tunnel is decoded again, a few layers deep.
//!
//! Nobody is taken for a tunnel by its port alone: a datagram whose inside makes no sense stays the datagram that it is.

use etherparse::{EtherType, LaxSlicedPacket};

use super::{
    Decoded, GRE, IPV4_IN_IP, IPV6_IN_IP, Input, MPLS_IN_IP, Packet, Path, Refusal, Transport, interpret, macs, whole,
    without_ip,
};
use crate::flow::{Hop, Mac, Tunnel};
use crate::tunnel::{self, Layer};

/// Layers followed; who nests deeper wants to keep the decoder busy.
pub(crate) const MAX_DEPTH: usize = 4;

/// `packet` or what it carries, `depth` layers below the frame.
#[inline]
pub(super) fn packet(packet: Packet<'_>, depth: usize) -> Result<Decoded<'_>, Refusal> {
    let Transport::Udp(datagram) = packet.payload else {
        return Ok(Decoded::Packet(packet));
    };
    if !tunnel::is_port(datagram.destination_port) {
        return Ok(Decoded::Packet(packet));
    }
    let Some(layer) = tunnel::datagram(datagram.destination_port, datagram.data, datagram.missing) else {
        return match tunnel::unread::datagram(datagram.destination_port, datagram.data) {
            Some(refusal) => Err(refusal),
            None => Ok(Decoded::Packet(packet)),
        };
    };
    match follow(&packet.path.tunnel, &layer, datagram.missing, depth) {
        Err(refusal) if is_nonsense(refusal) => Ok(Decoded::Packet(packet)),
        other => other,
    }
}

/// What an IP payload of `protocol`, of which `missing` bytes were cut off, carries; none when that is no tunnel's.
pub(super) fn carried<'a>(
    protocol: u8,
    path: &Path,
    (data, missing): (&'a [u8], u32),
    depth: usize,
) -> Option<Result<Decoded<'a>, Refusal>> {
    let layer = match protocol {
        GRE => tunnel::gre(data, missing).ok_or(Refusal::Gre),
        IPV4_IN_IP | IPV6_IN_IP => Ok(Layer::ip(Hop::Ip, data)),
        MPLS_IN_IP => tunnel::mpls(data, missing).ok_or(Refusal::Mpls),
        _ => return None,
    };
    Some(layer.and_then(|layer| follow(&path.tunnel, &layer, missing, depth)))
}

/// What a frame without an IP header carries.
pub(super) fn frame<'a>(sliced: &LaxSlicedPacket<'a>, input: Input<'a>) -> Result<Decoded<'a>, Refusal> {
    let Some(ether) = sliced.ether_payload() else {
        return Err(without_ip(sliced));
    };
    match ether.ether_type.0 {
        tunnel::PPPOE => {
            let layer = tunnel::pppoe(ether.payload).ok_or_else(|| without_ip(sliced))?;
            pppoe(
                &layer,
                macs(sliced, input.link, input.data),
                super::tunnel(sliced)?,
                input,
            )
        }
        tunnel::MPLS | tunnel::MPLS_MULTICAST => {
            let layer = tunnel::mpls(ether.payload, input.cut).ok_or(Refusal::Mpls)?;
            follow(&super::tunnel(sliced)?, &layer, input.cut, input.depth)
        }
        tunnel::FABRIC_PATH => {
            let layer = tunnel::fabric_path(ether.payload).ok_or_else(|| without_ip(sliced))?;
            follow(&super::tunnel(sliced)?, &layer, input.cut, input.depth)
        }
        tunnel::VN_TAG => {
            let (hop, kind, rest) = tunnel::vn_tag(ether.payload).ok_or_else(|| without_ip(sliced))?;
            let inside = LaxSlicedPacket::from_ether_type(EtherType(kind), rest);
            let macs = macs(sliced, input.link, input.data);
            vn_tagged(&inside, macs, super::tunnel(sliced)?.0.into_iter().chain([hop]), input)
        }
        tunnel::unread::NSH => Err(Refusal::Nsh),
        _ => Err(without_ip(sliced)),
    }
}

/// What stands behind a VN-Tag in a frame between `macs`; `around` are the tags before it, and itself.
fn vn_tagged<'a>(
    inside: &LaxSlicedPacket<'a>,
    macs: (Option<Mac>, Option<Mac>),
    around: impl Iterator<Item = Hop>,
    input: Input<'a>,
) -> Result<Decoded<'a>, Refusal> {
    if input.depth >= MAX_DEPTH {
        return Err(Refusal::TunnelDepth);
    }
    let depth = input.depth + 1;
    let mut decoded = interpret(inside, Input { depth, ..input })?;
    let path = decoded.path_mut();
    if path.source_mac.is_none() && path.destination_mac.is_none() {
        (path.source_mac, path.destination_mac) = macs;
    }
    path.tunnel.0.insert_many(0, around);
    Ok(decoded)
}

/// What the PPPoE session `layer` in a frame between `macs` carries; `around` are the tags before it.
fn pppoe<'a>(
    layer: &Layer<'a>,
    macs: (Option<Mac>, Option<Mac>),
    around: Tunnel,
    input: Input<'a>,
) -> Result<Decoded<'a>, Refusal> {
    let mut decoded = whole(Input {
        link: layer.link,
        data: layer.data,
        ..input
    })?;
    let path = decoded.path_mut();
    (path.source_mac, path.destination_mac) = macs;
    path.tunnel.0.insert_many(0, around.0.into_iter().chain(layer.hops()));
    Ok(decoded)
}

fn follow<'a>(around: &Tunnel, layer: &Layer<'a>, missing: u32, depth: usize) -> Result<Decoded<'a>, Refusal> {
    if depth >= MAX_DEPTH {
        return Err(Refusal::TunnelDepth);
    }
    let mut decoded = whole(Input {
        link: layer.link,
        data: layer.data,
        cut: missing,
        depth: depth + 1,
    })?;
    let around = around.0.iter().copied().chain(layer.hops());
    decoded.path_mut().tunnel.0.insert_many(0, around);
    Ok(decoded)
}

/// Whether the refusal of an inner frame says that there is none.
const fn is_nonsense(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotIp
            | Refusal::BadLink
            | Refusal::BadIp
            | Refusal::BadIpExtension
            | Refusal::BadTcp
            | Refusal::BadUdp
    )
}

#[cfg(test)]
mod tests;
