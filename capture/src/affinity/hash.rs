//! The hash over a pair of addresses that decides who owns their frames: a few 32-bit operations, so that the kernel's spreading program,
//! which has no others, does the same (`source/tpacket/fanout.rs`).

use std::net::IpAddr;

/// Multiplier of each word: 2^32 divided by the golden ratio, which is odd.
pub(crate) const WORD: u32 = 0x9e37_79b1;
/// Multiplier of the sum (the second one of MurmurHash3's finaliser).
pub(crate) const SUM: u32 = 0xc2b2_ae35;
/// How far high bits are folded down after each multiplication: the remainder by a small number of workers is made of low bits.
pub(crate) const FOLD: u32 = 15;

/// The hash of what goes between two addresses, whichever of them sends.
pub(crate) fn between(one: IpAddr, other: IpAddr) -> u32 {
    fold(SUM, address(one).wrapping_add(address(other)))
}

/// The same for the IP packet `data`, by the addresses of its header.
pub(crate) fn packet(data: &[u8]) -> Option<u32> {
    let (at, words) = match data.first()? >> 4 {
        4 => (12, 1),
        6 => (8, 4),
        _ => return None,
    };
    let address = |at: usize| (0..words).try_fold(0, |hash, word| Some(step(hash, self::word(data, at + word * 4)?)));
    Some(fold(SUM, address(at)?.wrapping_add(address(at + words * 4)?)))
}

fn address(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(v4) => step(0, v4.to_bits()),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            [96, 64, 32, 0]
                .iter()
                .fold(0, |hash, shift| step(hash, (bits >> shift) as u32))
        }
    }
}

/// Takes one word of an address in.
const fn step(hash: u32, word: u32) -> u32 {
    fold(WORD, hash ^ word)
}

const fn fold(multiplier: u32, value: u32) -> u32 {
    let value = value.wrapping_mul(multiplier);
    value ^ (value >> FOLD)
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn bytes_and_addresses_agree() {
        let v4 = [&[0x45; 12][..], &[10, 0, 0, 1, 192, 168, 3, 4]].concat();
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(192, 168, 3, 4));
        assert_eq!(packet(&v4), Some(between(b.into(), a.into())));
        let (a, b): (Ipv6Addr, Ipv6Addr) = ("fd77::10".parse().unwrap(), "fe80::1:2".parse().unwrap());
        let v6 = [&[0x60; 8][..], &a.octets(), &b.octets()].concat();
        assert_eq!(packet(&v6), Some(between(b.into(), a.into())));
        assert_eq!(packet(&v6[..39]), None);
    }

    /// A controller and a range of clients, as networks have them: no worker gets twice its share.
    #[test]
    fn neighbours_are_spread_evenly() {
        for workers in [2, 3, 4, 8] {
            let mut seen = vec![0; workers as usize];
            for client in 0..4_000u32 {
                let client = Ipv4Addr::from_bits(0x0a00_0000 + client);
                let hash = between(client.into(), Ipv4Addr::new(10, 1, 0, 10).into());
                seen[(hash % workers) as usize] += 1;
            }
            let share = 4_000 / workers;
            assert!(
                seen.iter().all(|count| *count > share / 2 && *count < share * 2),
                "{seen:?}"
            );
        }
    }
}
