//! Copies as mirrors make them, and packets that only look like copies.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use crate::config::Config;
use crate::source::LinkType;
use crate::testing::{End::*, Lab};

/// A segment from 10.0.0.1 to 10.0.0.2:389 on Ethernet, numbered `number`.
fn v4(number: u16, sequence: u32, data: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .tcp(40_000, 389, sequence, 100)
        .ack(1)
        .write(&mut bytes, data.as_bytes())
        .unwrap();
    bytes[18..20].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// `frame` as it comes out of a router in another VLAN: other hardware addresses, a tag, one hop less, another class.
fn routed(frame: &[u8]) -> Vec<u8> {
    let mut copy = vec![2, 9, 9, 9, 9, 9, 2, 8, 8, 8, 8, 8, 0x81, 0, 0, 7];
    copy.extend(&frame[12..]);
    if copy[16..18] == [8, 0] {
        copy[19] = 0xb8;
        copy[26] -= 1;
        copy[28..30].fill(0x55);
    } else {
        copy[18] = 0x6b;
        copy[25] -= 1;
    }
    copy
}

/// `frame` in VXLAN over IPv6.
fn mirrored(frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let payload = [&[8, 0, 0, 0, 0, 0, 9, 0], frame].concat();
    PacketBuilder::ipv6([1; 16], [2; 16], 64)
        .udp(5_000, 4_789)
        .write(&mut bytes, &payload)
        .unwrap();
    bytes
}

/// How many of `frames`, a millisecond apart, are taken for copies.
fn copies(frames: &[(LinkType, &[u8])]) -> u64 {
    let mut lab = Lab::new();
    for (link, data) in frames {
        lab.frame(*link, data, data.len());
    }
    lab.finish();
    lab.assembly.stats().skipped_duplicate
}

#[test]
fn a_copy_may_differ_in_what_switches_and_routers_write() {
    let frame = v4(7, 1, "abc");
    let ethernet = LinkType::ETHERNET;
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &frame)]), 1);
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &routed(&frame))]), 1);
    assert_eq!(copies(&[(ethernet, &frame), (LinkType::RAW, &mirrored(&frame))]), 1);
    assert_eq!(
        copies(&[
            (LinkType::RAW, &mirrored(&frame)),
            (ethernet, &frame),
            (ethernet, &routed(&frame))
        ]),
        2
    );
}

#[test]
fn a_retransmission_is_no_copy() {
    let frame = v4(7, 1, "abc");
    let ethernet = LinkType::ETHERNET;
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &v4(8, 1, "abc"))]), 0);
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &v4(7, 2, "abc"))]), 0);
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &v4(7, 1, "ab"))]), 0);
    let mut other = frame.clone();
    other[48] ^= 1; // the window
    assert_eq!(copies(&[(ethernet, &frame), (ethernet, &other)]), 0);
}

#[test]
fn of_datagrams_every_byte_counts() {
    let datagram = |last: u8| {
        let mut data = [b'x'; 600];
        data[300] = last;
        let mut bytes = Vec::new();
        PacketBuilder::ipv6([1; 16], [2; 16], 64)
            .udp(1_000, 88)
            .write(&mut bytes, &data)
            .unwrap();
        bytes[46..48].fill(0); // the checksum
        bytes
    };
    let (raw, one, other) = (LinkType::RAW, datagram(1), datagram(2));
    assert_eq!(copies(&[(raw, &one), (raw, &other)]), 0);
    assert_eq!(copies(&[(raw, &one), (raw, &other), (raw, &one), (raw, &other)]), 2);
    let mut far = one.clone();
    far[7] -= 1;
    assert_eq!(copies(&[(raw, &one), (raw, &far)]), 1, "another hop limit");
}

#[test]
fn the_window_ends() {
    let frame = v4(0, 1, "");
    for (apart, expected) in [(1, 1), (19, 1), (21, 0), (5_000, 0)] {
        let mut lab = Lab::new();
        lab.frame(LinkType::ETHERNET, &frame, frame.len());
        lab.millis += apart - 1;
        lab.frame(LinkType::ETHERNET, &frame, frame.len());
        assert_eq!(lab.assembly.stats().skipped_duplicate, expected, "{apart} ms");
        lab.finish();
    }
}

#[test]
fn copies_are_kept_where_that_is_asked_for() {
    let config = Config {
        duplicate_milliseconds: 0,
        ..Config::default()
    };
    let mut lab = Lab::with(&config);
    let frame = v4(7, 1, "abc");
    lab.frame(LinkType::ETHERNET, &frame, frame.len());
    lab.frame(LinkType::ETHERNET, &frame, frame.len());
    lab.finish();
    let stats = lab.assembly.stats();
    assert_eq!((stats.skipped_duplicate, stats.retransmissions), (0, 1));
}

#[test]
fn a_copy_of_which_more_was_captured_is_the_better_one() {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(1_000, 88)
        .write(&mut bytes, &[b'x'; 100])
        .unwrap();
    let mut lab = Lab::new();
    lab.frame(LinkType::RAW, &bytes[..60], bytes.len());
    lab.frame(LinkType::RAW, &bytes, bytes.len());
    lab.frame(LinkType::RAW, &bytes, bytes.len());
    lab.finish();
    assert_eq!(lab.assembly.stats().skipped_duplicate, 1);
    assert_eq!(lab.assembly.stats().datagrams, 2);
}

#[test]
fn fragments_have_copies_too() {
    let mut whole = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(1_000, 88)
        .write(&mut whole, &[b'x'; 40])
        .unwrap();
    let piece = |range: std::ops::Range<usize>, more: bool| {
        let mut bytes = whole[..20].to_vec();
        bytes[2..4].copy_from_slice(&(20 + range.len() as u16).to_be_bytes());
        bytes[4..6].copy_from_slice(&9u16.to_be_bytes());
        bytes[6..8].copy_from_slice(&((range.start as u16 / 8) | u16::from(more) << 13).to_be_bytes());
        bytes.extend(&whole[20..][range]);
        bytes
    };
    let (first, second) = (piece(0..24, true), piece(24..48, false));
    let mut lab = Lab::new();
    for bytes in [&first, &first, &second, &second] {
        lab.frame(LinkType::RAW, bytes, bytes.len());
    }
    whole[4..6].copy_from_slice(&9u16.to_be_bytes());
    lab.frame(LinkType::RAW, &whole, whole.len());
    lab.finish();
    let stats = lab.assembly.stats();
    // The whole one is what the router in front of the other mirror port had not cut yet.
    assert_eq!((stats.datagrams, stats.skipped_duplicate, stats.decoded), (1, 3, 2));
}

#[test]
fn what_is_forgotten_within_the_window_is_counted() {
    let config = Config {
        duplicate_milliseconds: 60_000,
        ..Config::default()
    };
    let mut lab = Lab::with(&config);
    for number in 0..super::PACKETS as u32 + 10 {
        let frame = v4(7, number, "");
        lab.frame(LinkType::ETHERNET, &frame, frame.len());
    }
    let (first, last) = (v4(7, 9, ""), v4(7, 10, ""));
    lab.frame(LinkType::ETHERNET, &last, last.len());
    assert_eq!(lab.assembly.stats().skipped_duplicate, 1);
    lab.frame(LinkType::ETHERNET, &first, first.len());
    assert_eq!(lab.assembly.stats().skipped_duplicate, 1);
    lab.finish();
    assert_eq!(lab.assembly.stats().duplicates_limit, 11);
}

proptest! {
    /// Whatever a conversation looks like, its copies, each some packets late, change nothing.
    #[test]
    fn a_capture_with_every_frame_twice_is_the_capture(
        steps in prop::collection::vec((any::<bool>(), 0u32..40, 0usize..12, 0usize..6, any::<bool>()), 1..60),
    ) {
        let frames: Vec<(usize, Vec<u8>, bool)> = steps
            .iter()
            .enumerate()
            .map(|(at, &(_, start, length, late, tunnel))| {
                (late, v4(at as u16, start, &"abcdefghijkl"[..length]), tunnel)
            })
            .collect();
        let run = |twice: bool| {
            let mut lab = Lab::new();
            let mut waiting: Vec<(usize, Vec<u8>, LinkType)> = Vec::new();
            for (at, (late, frame, tunnel)) in frames.iter().enumerate() {
                (lab.seq, lab.millis) = (at as u64 * 100, at as i64 * 3);
                lab.frame(LinkType::ETHERNET, frame, frame.len());
                if twice {
                    let copy = routed(frame);
                    waiting.push(if *tunnel {
                        (at + late, mirrored(&copy), LinkType::RAW)
                    } else {
                        (at + late, copy, LinkType::ETHERNET)
                    });
                }
                for (_, copy, link) in waiting.extract_if(.., |(due, ..)| *due <= at) {
                    lab.millis -= 1;
                    lab.frame(link, &copy, copy.len());
                }
            }
            for (_, copy, link) in waiting {
                lab.millis -= 1;
                lab.frame(link, &copy, copy.len());
            }
            lab.millis = 1_000;
            lab.tick(1);
            let lines = lab.finish();
            (lines, lab.assembly.stats().clone())
        };
        let ((once, one), (twice, two)) = (run(false), run(true));
        prop_assert_eq!(once, twice);
        prop_assert_eq!(two.skipped_duplicate, frames.len() as u64);
        prop_assert_eq!((one.segments, one.retransmissions, one.gaps), (two.segments, two.retransmissions, two.gaps));
    }
}

#[test]
fn an_acknowledgment_without_a_number_that_comes_twice_says_nothing_new() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 7, 1, "ghi");
    let before = lab.assembly.stats().skipped_duplicate;
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1])
        .ipv4([10, 0, 0, 2], [10, 0, 0, 1], 64)
        .tcp(389, 40_000, 1, 100)
        .ack(4)
        .write(&mut bytes, b"")
        .unwrap();
    lab.frame(LinkType::ETHERNET, &bytes, bytes.len());
    lab.frame(LinkType::ETHERNET, &bytes, bytes.len());
    assert_eq!(lab.assembly.stats().skipped_duplicate, before + 1);
    lab.tcp(Client, "A", 4, 1, "def");
    assert_eq!(lab.finish(), ["1 up abc", "1 up def", "1 up ghi", "1 close"]);
}
