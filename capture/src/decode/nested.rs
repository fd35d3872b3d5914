//! Packets in packets: what comes out of a tunnel is decoded again, a few layers deep.
//!
//! Nobody is taken for a tunnel by its port alone: a datagram whose inside makes no sense stays the datagram that it is.

use super::{Decoded, Input, Packet, Path, Refusal, Transport, whole};
use crate::flow::{Mac, Tunnel};
use crate::tunnel::{self, Layer};

/// Layers followed; who nests deeper wants to keep the decoder busy.
pub(crate) const MAX_DEPTH: usize = 4;

/// `packet` or what it carries, `depth` layers below the frame.
pub(super) fn packet(packet: Packet<'_>, depth: usize) -> Result<Decoded<'_>, Refusal> {
    let Transport::Udp(datagram) = packet.payload else {
        return Ok(Decoded::Packet(packet));
    };
    if !tunnel::is_port(datagram.destination_port) {
        return Ok(Decoded::Packet(packet));
    }
    let Some(layer) = tunnel::datagram(datagram.destination_port, datagram.data, datagram.missing) else {
        return Ok(Decoded::Packet(packet));
    };
    match follow(&packet.path, &layer, datagram.missing, depth) {
        Err(refusal) if is_nonsense(refusal) => Ok(Decoded::Packet(packet)),
        other => other,
    }
}

/// What the GRE packet in `data`, of which `missing` bytes were cut off, carries.
pub(super) fn gre<'a>(path: &Path, data: &'a [u8], missing: u32, depth: usize) -> Result<Decoded<'a>, Refusal> {
    let layer = tunnel::gre(data).ok_or(Refusal::IpProtocol)?;
    follow(path, &layer, missing, depth)
}

/// What the PPPoE session `layer` in a frame between `macs` carries; `around` are the tags before it.
pub(super) fn pppoe<'a>(
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
    path.tunnel.0.insert_many(0, around.0.into_iter().chain([layer.hop]));
    Ok(decoded)
}

fn follow<'a>(path: &Path, layer: &Layer<'a>, missing: u32, depth: usize) -> Result<Decoded<'a>, Refusal> {
    if depth >= MAX_DEPTH {
        return Err(Refusal::TunnelDepth);
    }
    let mut decoded = whole(Input {
        link: layer.link,
        data: layer.data,
        cut: missing,
        depth: depth + 1,
    })?;
    let around = path.tunnel.0.iter().copied().chain([layer.hop]);
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
