//! Which worker a frame belongs to: a symmetric hash over the pair of IP addresses, so that both directions of a flow and all fragments of a
//! datagram reach the same one; in tunnels it is the innermost pair.
//!
//! Of a tunnel's packet that came in fragments only the first shows what is inside. [`Affinity`] remembers where it went and sends the others
//! after it. When another fragment comes first, all go by the outer addresses: the datagram still becomes whole, but what it carries may be
//! apart from the rest of its flow when there are several workers (`ip.reassembled-tunnels` counts what came in fragments at all).
//! It never fails: what has no addresses is worker 0's.

use crate::decode::{self, Decoded, Path, nflog};
use crate::source::{Frame, LinkType};
use crate::tunnel;
use pieces::Pieces;

pub(crate) mod hash;
mod pieces;

/// Tags looked through, as many as decode does.
const MAX_TAGS: usize = 3;
// IANA protocol numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Spreads frames over workers.
#[derive(Debug, Default)]
pub struct Affinity {
    pieces: Pieces,
}

impl Affinity {
    /// The worker, below `workers`, that owns everything between the two innermost addresses of `frame`.
    #[must_use]
    pub fn worker(&mut self, frame: &Frame<'_>, workers: usize) -> usize {
        if workers <= 1 {
            return 0;
        }
        self.hash(frame) as usize % workers
    }

    pub(crate) fn hash(&mut self, frame: &Frame<'_>) -> u32 {
        let ip = network(frame.link, frame.data);
        if let Some(ip) = ip
            && !may_hide_more(ip)
        {
            return hash::packet(ip).unwrap_or(0);
        }
        // The decoder alone knows what it will follow; only packets of tunnels and fragments are decoded twice.
        match decode::decode(frame) {
            Ok(Decoded::Packet(packet)) => between(&packet.path),
            Ok(Decoded::Fragment(fragment)) => self.pieces.hash(&fragment),
            Err(_) => ip.and_then(hash::packet).unwrap_or(0),
        }
    }
}

/// Whether there may be addresses behind those of the IP header: in everything but whole TCP and whole UDP to ordinary ports.
fn may_hide_more(ip: &[u8]) -> bool {
    let (protocol, header, in_pieces) = match *ip {
        [first @ 0x40..=0x4f, _, _, _, _, _, high, low, _, protocol, ..] => {
            let in_pieces = u16::from_be_bytes([high, low]) & 0x3fff != 0;
            (protocol, usize::from(first & 0xf) * 4, in_pieces)
        }
        [0x60..=0x6f, _, _, _, _, _, next, ..] => (next, 40, false),
        _ => return false,
    };
    match protocol {
        TCP => false,
        UDP if !in_pieces => match ip.get(header + 2..) {
            Some(&[high, low, ..]) => tunnel::is_port(u16::from_be_bytes([high, low])),
            _ => false,
        },
        _ => true,
    }
}

/// The hash of a path's addresses: the same as that of the header they came from.
fn between(path: &Path) -> u32 {
    hash::between(path.source, path.destination)
}

/// The frame from its IP header on, if it has one.
fn network(link: LinkType, data: &[u8]) -> Option<&[u8]> {
    match link {
        LinkType::ETHERNET => ether(data, 12),
        LinkType::FDDI => ether(data, decode::SNAP_TYPE),
        LinkType::RAW | LinkType::DLT_RAW | LinkType::DLT_RAW_OPENBSD | LinkType::IPV4 | LinkType::IPV6 => Some(data),
        LinkType::NULL | LinkType::LOOP => data.get(4..),
        LinkType::NFLOG => nflog::payload(data).ok(),
        LinkType::PKTAP | LinkType::USER2 => decode::pktap(data).and_then(|(link, data)| network(link, data)),
        LinkType::LINUX_SLL => ether(data, 14),
        LinkType::LINUX_SLL2 => {
            let kind = data.first_chunk().copied().map(u16::from_be_bytes)?;
            tags(kind, data.get(20..)?)
        }
        _ => None,
    }
}

/// The payload behind an EtherType at `at`, through VLAN tags.
fn ether(data: &[u8], at: usize) -> Option<&[u8]> {
    let (kind, rest) = data.get(at..)?.split_first_chunk()?;
    tags(u16::from_be_bytes(*kind), rest)
}

fn tags(mut kind: u16, mut rest: &[u8]) -> Option<&[u8]> {
    for _ in 0..=MAX_TAGS {
        match kind {
            0x0800 | 0x86dd => return Some(rest),
            tunnel::PPPOE => return tunnel::pppoe(rest).map(|layer| layer.data),
            0x8100 | 0x88a8 | 0x9100 => {
                let (next, inner) = rest.get(2..)?.split_first_chunk()?;
                (kind, rest) = (u16::from_be_bytes(*next), inner);
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{CaptureId, FrameId};
    use crate::time::Timestamp;

    fn of(link: LinkType, data: &[u8]) -> usize {
        let id = FrameId {
            capture: CaptureId(0),
            number: 1,
        };
        Affinity::default().worker(
            &Frame {
                seq: 1,
                id,
                time: Timestamp(0),
                link,
                data,
                wire_len: 0,
                stripped: None,
            },
            64,
        )
    }

    fn v4(source: u8, destination: u8) -> Vec<u8> {
        [&[0x45][..], &[0; 11], &[10, 0, 0, source, 10, 0, 0, destination]].concat()
    }

    #[test]
    fn both_directions_meet_whatever_is_around_them() {
        let mut seen = std::collections::HashSet::new();
        for client in 0..200 {
            let worker = of(LinkType::RAW, &v4(client, 250));
            assert_eq!(of(LinkType::RAW, &v4(250, client)), worker);
            let tagged = [&[0; 12][..], &[0x88, 0xa8, 0, 1, 0x81, 0, 0, 1, 8, 0], &v4(client, 250)].concat();
            assert_eq!(of(LinkType::ETHERNET, &tagged), worker);
            assert_eq!(
                of(LinkType::LINUX_SLL, &[&[0; 14][..], &[8, 0], &v4(250, client)].concat()),
                worker
            );
            assert_eq!(
                of(
                    LinkType::LINUX_SLL2,
                    &[&[8, 0][..], &[0; 18], &v4(250, client)].concat()
                ),
                worker
            );
            assert_eq!(
                of(
                    LinkType::FDDI,
                    &[&[0x50; 13][..], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4(250, client)].concat()
                ),
                worker
            );
            assert_eq!(
                of(LinkType::NULL, &[&[2, 0, 0, 0][..], &v4(250, client)].concat()),
                worker
            );
            seen.insert(worker);
        }
        assert!(seen.len() > 50, "{} of 64 workers", seen.len());
    }

    #[test]
    fn ipv6_meets_too() {
        let packet = |a: u8, b: u8| [&[0x60][..], &[0; 7], &[a; 16], &[b; 16]].concat();
        assert_eq!(of(LinkType::RAW, &packet(1, 2)), of(LinkType::RAW, &packet(2, 1)));
        assert_ne!(of(LinkType::RAW, &packet(1, 2)), of(LinkType::RAW, &packet(1, 3)));
    }

    #[test]
    fn what_has_no_addresses_is_the_firsts() {
        assert_eq!(of(LinkType::RAW, &[0x45, 0]), 0);
        assert_eq!(of(LinkType(999), &v4(1, 2)), 0);
        assert_eq!(of(LinkType::ETHERNET, &[&[0; 12][..], &[8, 6, 0, 1]].concat()), 0);
    }
}
