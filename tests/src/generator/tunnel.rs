//! Frames inside the tunnels that switches, clouds and hypervisors mirror through.

use std::net::Ipv4Addr;

/// What a mirrored frame travels in, over IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tunnel {
    /// A tag of IEEE 802.1Q, as a remote SPAN has it; no IP around.
    Vlan,
    /// RFC 2784 with Transparent Ethernet Bridging.
    Gre,
    /// ERSPAN type I: GRE without a sequence number and no header of its own.
    Erspan1,
    /// ERSPAN type II (draft-foschiano-erspan-03 §4.2).
    Erspan2,
    /// ERSPAN type III (draft-foschiano-erspan-03 §4.3), without a platform-specific subheader.
    Erspan3,
    /// RFC 7348.
    Vxlan,
    /// RFC 8926, without options.
    Geneve,
}

/// The session, network or VLAN that the mirror says it is.
const SESSION: u16 = 77;

/// The mirror's own address.
const MIRROR: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 1);

/// `frame`, the `number`th of the mirror, in a tunnel to `towards`.
#[must_use]
pub fn wrap(tunnel: Tunnel, towards: Ipv4Addr, number: u64, frame: &[u8]) -> Vec<u8> {
    let sequence = (number as u32).to_be_bytes();
    let network = [0, 0, SESSION as u8, 0];
    let (protocol, head) = match tunnel {
        Tunnel::Vlan => return tagged(frame),
        Tunnel::Gre => (47, vec![0, 0, 0x65, 0x58]),
        Tunnel::Erspan1 => (47, vec![0, 0, 0x88, 0xbe]),
        Tunnel::Erspan2 => {
            // version 1, VLAN 0; class of service 0, untagged, session; index 0
            let erspan = [0x10, 0, 0, SESSION as u8, 0, 0, 0, 0];
            (47, [&[0x10, 0, 0x88, 0xbe][..], &sequence, &erspan].concat())
        }
        Tunnel::Erspan3 => {
            // version 2, VLAN 0; session; timestamp; no security group; Ethernet, hardware 0, granularity 100 µs
            let erspan = [&[0x20, 0, 0, SESSION as u8][..], &sequence, &[0, 0, 0, 0]].concat();
            (47, [&[0x10, 0, 0x22, 0xeb][..], &sequence, &erspan].concat())
        }
        Tunnel::Vxlan => (17, datagram(4_789, frame, &[&[8, 0, 0, 0], &network])),
        Tunnel::Geneve => (17, datagram(6_081, frame, &[&[0, 0, 0x65, 0x58], &network])),
    };
    ethernet(&ipv4(protocol, MIRROR, towards, &[&head, frame].concat()))
}

/// IEEE 802.1Q: the tag behind the addresses.
fn tagged(frame: &[u8]) -> Vec<u8> {
    let (addresses, rest) = frame.split_at(frame.len().min(12));
    [addresses, &[0x81, 0, 0, SESSION as u8], rest].concat()
}

/// A UDP header (RFC 768, without a checksum) and the tunnel's; the source port tells flows apart (RFC 7348 §5).
fn datagram(port: u16, frame: &[u8], heads: &[&[u8]]) -> Vec<u8> {
    let head = heads.concat();
    let mixed = frame
        .iter()
        .skip(26)
        .take(12)
        .fold(0_u16, |hash, byte| hash.rotate_left(3) ^ u16::from(*byte));
    let length = (8 + head.len() + frame.len()) as u16;
    [
        &(0xc000 | mixed).to_be_bytes()[..],
        &port.to_be_bytes(),
        &length.to_be_bytes(),
        &[0, 0],
        &head,
    ]
    .concat()
}

/// An Ethernet frame from one made-up station to another with an IPv4 packet in it.
pub(super) fn ethernet(packet: &[u8]) -> Vec<u8> {
    [&[2, 0x78, 0, 0, 0, 2, 2, 0x78, 0, 0, 0, 1, 8, 0][..], packet].concat()
}

/// An IPv4 packet (RFC 791 §3.1).
pub(super) fn ipv4(protocol: u8, source: Ipv4Addr, destination: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend(length.to_be_bytes());
    header.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
    header.extend(source.octets());
    header.extend(destination.octets());
    let mut sum: u32 = header
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
        .sum();
    sum = (sum & 0xffff) + (sum >> 16);
    header.splice(10..12, (!(sum as u16)).to_be_bytes());
    header.extend(payload);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn the_frame_stands_at_the_end_of_every_tunnel() {
        let frame = [7; 60];
        for tunnel in Tunnel::value_variants() {
            let wrapped = wrap(*tunnel, Ipv4Addr::new(10, 78, 0, 2), 5, &frame);
            assert!(wrapped.ends_with(&frame[12..]), "{tunnel:?}");
            if *tunnel != Tunnel::Vlan {
                let length = u16::from_be_bytes([wrapped[16], wrapped[17]]);
                assert_eq!(usize::from(length) + 14, wrapped.len());
            }
        }
    }
}
