//! A registered stretch is cut to its headers, and nothing else is.

use std::collections::HashMap;

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::filter::Filter;
use crate::filter::extended::machine::run;
use crate::filter::tests::config;

const CONTROLLER: [u8; 4] = [10, 0, 0, 1];
const CLIENT: [u8; 4] = [10, 0, 0, 9];

fn key() -> Key {
    Key {
        source: (CONTROLLER.into(), 445),
        destination: (CLIENT.into(), 50_000),
    }
}

/// A segment of the controller's with `payload` bytes from `sequence` on, behind `tag`, and where its headers end.
fn segment(sequence: u32, payload: usize, tag: bool) -> (Vec<u8>, u64) {
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(CONTROLLER, CLIENT, 64);
    let builder = builder.tcp(445, 50_000, sequence, 1024).ack(7);
    let mut frame = Vec::new();
    builder
        .options_raw(&[1, 1, 1, 1])
        .unwrap()
        .write(&mut frame, &vec![7; payload])
        .unwrap();
    if tag {
        frame.splice(12..12, [0x81, 0, 0, 7]);
    }
    (frame, if tag { 62 } else { 58 })
}

fn verdict(frame: &[u8], key: Key, stretch: Stretch) -> u64 {
    let code = Filter::new(&config(&["10.0.0.1", "fd77::10"])).extended(Some(3));
    run(&code, frame, &HashMap::from([(key.bytes(), stretch.bytes())]))
}

#[test]
fn what_nobody_reads_is_cut_to_its_headers() {
    let stretch = Stretch {
        from: 1_000,
        length: 500,
    };
    for tag in [false, true] {
        for (sequence, payload, cut) in [
            (1_000, 500, true),
            (1_100, 100, true),
            (1_499, 1, true),
            (1_499, 2, false),
            (999, 10, false),
            (1_500, 10, false),
            (1_100, 0, false),
        ] {
            let (frame, end) = segment(sequence, payload, tag);
            let expected = if cut { end } else { 1 };
            assert_eq!(
                verdict(&frame, key(), stretch),
                expected,
                "{payload} bytes from {sequence}"
            );
        }
    }
}

#[test]
fn other_flows_the_other_direction_and_what_opens_or_ends_are_kept() {
    let stretch = Stretch {
        from: 1_000,
        length: 500,
    };
    let (frame, _) = segment(1_000, 500, false);
    let turned = Key {
        source: key().destination,
        destination: key().source,
    };
    assert_eq!(verdict(&frame, turned, stretch), 1);
    for flags in [0x11, 0x12, 0x14] {
        let mut frame = frame.clone();
        frame[47] = flags;
        assert_eq!(verdict(&frame, key(), stretch), 1);
    }
}

#[test]
fn ipv6_is_cut_too_and_in_a_tunnel_it_is_the_inner_flow() {
    let [controller, client] = ["fd77::10", "fd77::99"].map(|address| address.parse::<std::net::Ipv6Addr>().unwrap());
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv6(controller.octets(), client.octets(), 64);
    let mut frame = Vec::new();
    builder
        .tcp(445, 50_000, u32::MAX, 1024)
        .write(&mut frame, &[7; 900])
        .unwrap();
    let key = Key {
        source: (controller.into(), 445),
        destination: (client.into(), 50_000),
    };
    let stretch = Stretch {
        from: u32::MAX - 9,
        length: 1_000,
    };
    assert_eq!(verdict(&frame, key, stretch), 14 + 40 + 20);
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([192, 168, 0, 1], [192, 168, 0, 2], 64);
    let mut outer = Vec::new();
    builder
        .write(&mut outer, 47.into(), &[&[0, 0, 0x65, 0x58][..], &frame].concat())
        .unwrap();
    assert_eq!(verdict(&outer, key, stretch), 14 + 20 + 4 + 14 + 40 + 20);
}

proptest! {
    #[test]
    fn the_kernels_arithmetic_is_ours(from in any::<u32>(), length in 0..=1_u32 << 31, behind in -2_000_i64..4_000, payload in 0..1_400_usize) {
        let stretch = Stretch { from, length };
        let sequence = from.wrapping_add_signed(behind as i32);
        let (frame, end) = segment(sequence, payload, false);
        let expected = if stretch.holds(sequence, payload as u32) { end } else { 1 };
        prop_assert_eq!(verdict(&frame, key(), stretch), expected);
    }

    #[test]
    fn any_bytes_are_kept_or_cut_within(mut bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..70_usize) {
        let (frame, _) = segment(1_000, 100, false);
        for (place, byte) in bytes.iter_mut().zip(&frame).take(at) {
            *place = *byte;
        }
        let verdict = verdict(&bytes, key(), Stretch { from: 0, length: 1 << 31 });
        prop_assert!(verdict <= 1 || verdict as usize <= bytes.len() + 60);
    }
}
