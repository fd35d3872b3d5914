//! The frames that almost all are: Ethernet without tags, IPv4 without options and in one piece, TCP or UDP, captured whole.
//!
//! A shortcut and nothing more: what it declines takes the general way, and what it takes comes out the same (tested).

use std::net::{IpAddr, Ipv4Addr};

use super::{Datagram, Packet, Path, Segment, TCP, Transport, UDP, own};
use crate::flow::Tunnel;

/// Ethernet and IPv4 header.
const HEADERS: usize = 34;

/// The packet in an Ethernet frame, if it is plain.
pub(super) fn decode(data: &[u8]) -> Option<Packet<'_>> {
    let (head, _) = data.split_first_chunk::<HEADERS>()?;
    let total = usize::from(u16::from_be_bytes([head[16], head[17]]));
    let in_pieces = u16::from_be_bytes([head[20], head[21]]) & 0x3fff != 0;
    if head[12..15] != [8, 0, 0x45] || in_pieces {
        return None;
    }
    let bytes = data.get(HEADERS..14 + total)?;
    let payload = match head[23] {
        TCP => Transport::Tcp(segment(bytes)?),
        UDP => Transport::Udp(datagram(bytes)?),
        _ => return None,
    };
    Some(Packet {
        path: path(head),
        identification: u16::from_be_bytes([head[18], head[19]]),
        ttl: head[22],
        bytes,
        payload,
    })
}

fn path(head: &[u8; HEADERS]) -> Path {
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, ..] = *head;
    let [.., a, b, c, d, e, f, g, h] = *head;
    Path {
        source: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        destination: IpAddr::V4(Ipv4Addr::new(e, f, g, h)),
        source_mac: own([s0, s1, s2, s3, s4, s5]),
        destination_mac: own([d0, d1, d2, d3, d4, d5]),
        tunnel: Tunnel::default(),
    }
}

/// RFC 9293 §3.1; options are passed over.
fn segment(bytes: &[u8]) -> Option<Segment<'_>> {
    let (head, _) = bytes.split_first_chunk::<20>()?;
    let offset = usize::from(head[12] >> 4) * 4;
    let data = bytes.get(offset..).filter(|_| offset >= head.len())?;
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, _, flags, w0, w1, ..] = *head;
    Some(Segment {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgment: (flags & 0x10 != 0).then(|| u32::from_be_bytes([a0, a1, a2, a3])),
        syn: flags & 2 != 0,
        fin: flags & 1 != 0,
        rst: flags & 4 != 0,
        window: u16::from_be_bytes([w0, w1]),
        data,
        missing: 0,
    })
}

/// RFC 768; a length that cannot be is that of the IP payload.
fn datagram(bytes: &[u8]) -> Option<Datagram<'_>> {
    let (&[s0, s1, d0, d1, l0, l1, _, _], rest) = bytes.split_first_chunk::<8>()?;
    let claimed = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(8);
    Some(Datagram {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        data: claimed.and_then(|length| rest.get(..length)).unwrap_or(rest),
        missing: 0,
    })
}
