//! What must hold for any order, cut, loss and damage.

use proptest::prelude::*;

use crate::source::LinkType;
use crate::testing::{End::*, Lab};

/// A stream cut into segments, with a start for each.
fn segments(cuts: &[usize], data: &str) -> Vec<(usize, String)> {
    let mut start = 0;
    let mut pieces = Vec::new();
    for cut in cuts.iter().map(|cut| cut % 40 + 1) {
        let end = (start + cut).min(data.len());
        pieces.push((start, data[start..end].to_owned()));
        start = end;
    }
    pieces.push((start, data[start..].to_owned()));
    pieces.retain(|(_, piece)| !piece.is_empty());
    pieces
}

fn bytes(lines: &[String]) -> String {
    lines.iter().filter_map(|line| line.strip_prefix("1 up ")).collect()
}

proptest! {
    #[test]
    fn order_repetition_and_cuts_do_not_matter(
        cuts in prop::collection::vec(any::<usize>(), 1..30),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), 1usize..6), 0..40),
        repeats in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        initial in any::<u32>(),
    ) {
        let data: String = (0..600).map(|n| char::from(b'a' + (n * 7 % 26) as u8)).collect();
        let mut pieces = segments(&cuts, &data);
        for (at, far) in swaps {
            let at = at.index(pieces.len());
            let other = (at + far).min(pieces.len() - 1);
            pieces.swap(at, other);
        }
        for repeat in repeats {
            let piece = pieces[repeat.index(pieces.len())].clone();
            pieces.insert(repeat.index(pieces.len()), piece);
        }
        let mut lab = Lab::new();
        lab.tcp(Client, "S", initial, 0, "");
        for (start, piece) in &pieces {
            lab.tcp(Client, "A", initial.wrapping_add(1 + *start as u32), 1, piece);
        }
        prop_assert_eq!(bytes(&lab.finish()), data);
        prop_assert_eq!(lab.assembly.stats().gaps, 0);
        prop_assert_eq!(lab.assembly.stats().stream_bytes, 600);
    }

    #[test]
    fn what_is_lost_is_a_gap_of_that_length(
        cuts in prop::collection::vec(any::<usize>(), 4..30),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let data: String = (0..600).map(|n| char::from(b'a' + (n * 7 % 26) as u8)).collect();
        let mut pieces = segments(&cuts, &data);
        let last = pieces.len() - 1;
        let mut expected: Vec<u8> = data.clone().into_bytes();
        let mut gone: Vec<usize> = lost.iter().map(|index| index.index(last)).collect();
        gone.sort_unstable();
        gone.dedup();
        for &at in gone.iter().rev() {
            let (start, piece) = pieces.remove(at);
            expected[start..start + piece.len()].fill(b'-');
        }
        let mut lab = Lab::open();
        for (start, piece) in &pieces {
            lab.tcp(Client, "A", 1 + *start as u32, 1, piece);
        }
        let mut seen = String::new();
        for line in lab.finish() {
            match line.strip_prefix("1 up gap ") {
                Some(count) => seen.push_str(&"-".repeat(count.parse().unwrap())),
                None => seen.push_str(line.strip_prefix("1 up ").unwrap_or_default()),
            }
        }
        prop_assert_eq!(seen.into_bytes(), expected);
    }

    #[test]
    fn random_bytes_never_panic(
        frames in prop::collection::vec((0u16..300, prop::collection::vec(any::<u8>(), 0..120), 0usize..200), 1..60),
    ) {
        let mut lab = Lab::new();
        for (link, data, more) in frames {
            lab.frame(LinkType(link), &data, data.len() + more);
        }
        lab.finish();
    }

    #[test]
    fn damaged_packets_never_panic(
        changes in prop::collection::vec((12usize..60, any::<u8>(), any::<bool>()), 1..80),
    ) {
        let mut lab = Lab::new();
        let mut data = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 60, 0, 7, 0x20, 0, 64, 6, 0, 0];
        data.extend([10, 0, 0, 1, 10, 0, 0, 2, 0x9c, 0x40, 1, 0x85, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 1, 0, 0, 0, 0]);
        data.resize(74, b'x');
        for (at, value, tick) in changes {
            data[at] = value;
            lab.frame(LinkType::ETHERNET, &data, data.len());
            if tick {
                lab.tick(lab.millis / 1_000 + 1);
            }
        }
        lab.finish();
    }
}
