//! Which worker a frame belongs to: a symmetric hash over the pair of IP addresses, so that both directions of a flow and all fragments of a
//! datagram reach the same one.
//!
//! It looks only as far as the addresses and never fails: what has none is worker 0's.

use crate::decode::nflog;
use crate::source::{Frame, LinkType};

/// Tags looked through, as many as decode does.
const MAX_TAGS: usize = 3;

/// The worker, below `workers`, that owns everything between the two addresses of `frame`.
#[must_use]
pub fn worker(frame: &Frame<'_>, workers: usize) -> usize {
    if workers <= 1 {
        return 0;
    }
    let hash = network(frame.link, frame.data).and_then(addresses).unwrap_or(0);
    (hash % workers as u64) as usize
}

/// The frame from its IP header on, if it has one.
fn network(link: LinkType, data: &[u8]) -> Option<&[u8]> {
    match link {
        LinkType::ETHERNET => ether(data, 12),
        LinkType::RAW | LinkType::DLT_RAW | LinkType::DLT_RAW_OPENBSD | LinkType::IPV4 | LinkType::IPV6 => Some(data),
        LinkType::NULL | LinkType::LOOP => data.get(4..),
        LinkType::NFLOG => nflog::payload(data).ok(),
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
            0x8100 | 0x88a8 | 0x9100 => {
                let (next, inner) = rest.get(2..)?.split_first_chunk()?;
                (kind, rest) = (u16::from_be_bytes(*next), inner);
            }
            _ => return None,
        }
    }
    None
}

/// Both addresses folded into one number that does not depend on which is the source.
fn addresses(ip: &[u8]) -> Option<u64> {
    match ip.first()? >> 4 {
        4 => Some(spread(word(ip, 12)?).wrapping_add(spread(word(ip, 16)?))),
        6 => Some(long(ip, 8)?.wrapping_add(long(ip, 24)?)),
        _ => None,
    }
}

/// The 16-byte address at `at`.
fn long(ip: &[u8], at: usize) -> Option<u64> {
    (at..at + 16)
        .step_by(4)
        .try_fold(0, |hash, at| Some(spread(hash ^ word(ip, at)?)))
}

fn word(ip: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_be_bytes(*ip.get(at..)?.first_chunk()?)))
}

/// Spreads nearby addresses over the workers (the finaliser of splitmix64).
const fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
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
        worker(
            &Frame {
                seq: 1,
                id,
                time: Timestamp(0),
                link,
                data,
                wire_len: 0,
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
