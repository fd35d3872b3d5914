//! The rings on a real cable, in the driver and above it: every frame sent is found again, in the ring or in a counter.

mod faults;
mod filter;
mod lab;

use std::time::Duration;

use lab::{Generator, assert_balanced, drain, first, open, open_generic, receive, run, udp, with_cable};

use super::counters::Counters;
use super::{Attach, Ring};
use crate::source::live::Ring as _;

fn sum(counters: &[Counters], of: impl Fn(&Counters) -> u64) -> u64 {
    counters.iter().map(of).sum()
}

/// Sends a frame, which has to come out as it went in and when it went in.
fn pass(generator: &Generator, ring: &mut Ring, frame: &[u8]) {
    let before = super::clock::Clock::now();
    assert!(generator.send(frame));
    let head = first(ring);
    assert!(
        ring.data() == frame,
        "{} bytes of {} arrived",
        ring.data().len(),
        frame.len()
    );
    assert_eq!(head.wire_len as usize, frame.len());
    let slack = Duration::from_micros(100); // of two clocks read one after the other
    assert!(
        head.time.after(slack) >= before && head.time <= super::clock::Clock::now().after(slack),
        "{head:?}"
    );
    ring.advance();
}

#[test]
fn every_frame_arrives_as_it_was_sent() {
    with_cable(1, || {
        let mut rings = open(4, &[]).unwrap();
        let [ring] = rings.as_mut_slice() else {
            panic!("one queue, one ring")
        };
        assert_eq!(ring.mode().attach, Attach::Native, "{}", ring.mode());
        let generator = Generator::new();
        for (number, len) in [60, 61, 590, 1_514].into_iter().enumerate() {
            pass(&generator, ring, &udp(number as u8, len));
        }
        let counters = *ring.counters();
        assert_eq!(
            (counters.seen, counters.received, counters.unmarked),
            (4, 4, 0),
            "{counters:?}"
        );
        assert_balanced(&counters);
    });
}

#[test]
fn sent_is_received_to_the_frame() {
    with_cable(1, || {
        let mut rings = open(64, &[]).unwrap();
        let generator = Generator::new();
        let mut sent = 0;
        for _ in 0..200 {
            sent += generator.flood(100, 200);
            drain(&mut rings[0]);
        }
        let counters = receive(&mut rings, |all| sum(all, |c| c.received) >= sent);
        assert_balanced(&counters[0]);
        assert_eq!(counters[0].seen, sent, "{counters:?}");
        assert_eq!((counters[0].received, counters[0].lost()), (counters[0].seen, 0));
    });
}

#[test]
fn a_reader_asleep_loses_what_is_counted() {
    with_cable(1, || {
        let mut rings = open(1, &[]).unwrap(); // 512 chunks
        let sent = Generator::new().flood(5_000, 300);
        let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= sent);
        assert_balanced(&counters[0]);
        assert_eq!(counters[0].seen, sent);
        assert_eq!(
            counters[0].received + counters[0].lost(),
            counters[0].seen,
            "{counters:?}"
        );
        assert_eq!(counters[0].received, 512, "{counters:?}");
        // Afterwards it goes on as if nothing had been.
        let more = Generator::new().flood(100, 300);
        let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= sent + more);
        assert_eq!(counters[0].received + counters[0].lost(), sent + more, "{counters:?}");
        assert_balanced(&counters[0]);
    });
}

#[test]
fn the_program_runs_above_the_driver_too() {
    with_cable(1, || {
        let mut rings = open_generic(64, &[]).unwrap();
        assert_eq!(rings[0].mode().attach, Attach::Generic);
        let generator = Generator::new();
        pass(&generator, &mut rings[0], &udp(1, 1_514));
        let sent = 1 + generator.flood(2_000, 200);
        let counters = receive(&mut rings, |all| sum(all, |c| c.received) >= sent);
        assert_eq!(
            (counters[0].seen, counters[0].received, counters[0].unmarked),
            (sent, sent, 0),
            "{counters:?}"
        );
        drop(rings);
        let mut rings = open_generic(1, &[]).unwrap();
        let sent = generator.flood(3_000, 200);
        let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= sent);
        assert_balanced(&counters[0]);
        assert_eq!(counters[0].received + counters[0].lost(), sent, "{counters:?}");
        assert!(counters[0].dropped > 2_000, "{counters:?}");
    });
}

#[test]
fn each_queue_has_its_ring() {
    with_cable(2, || {
        let mut rings = open(16, &[]).unwrap();
        assert_eq!(rings.iter().map(Ring::queue).collect::<Vec<_>>(), [0, 1]);
        let sent = Generator::new().flood(3_000, 100);
        let counters = receive(&mut rings, |all| sum(all, |c| c.received) >= sent);
        assert_eq!(sum(&counters, |c| c.received), sent, "{counters:?}");
        counters.iter().for_each(assert_balanced);
        assert!(
            counters.iter().all(|c| c.received > 0),
            "64 flows are spread over both: {counters:?}"
        );
    });
}

#[test]
fn frames_longer_than_a_chunk_come_whole() {
    with_cable(1, || {
        run("ip link set gen0 mtu 9000");
        run("ip link set cap0 mtu 9000");
        for open in [open, open_generic] {
            let mut rings = open(4, &[]).unwrap();
            assert!(rings[0].mode().long_frames, "{}", rings[0].mode());
            let generator = Generator::new();
            for len in [3_840, 3_841, 4_096, 9_014] {
                pass(&generator, &mut rings[0], &udp(1, len));
            }
            let sent = 4 + generator.flood(2_000, 9_014);
            let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= sent);
            assert_balanced(&counters[0]);
            assert!(counters[0].lost() > 0, "1,024 chunks do not hold 6,000: {counters:?}");
        }
    });
}

#[test]
fn frames_that_are_none_pass_unharmed() {
    with_cable(1, || {
        let mut rings = open(1, &[]).unwrap();
        let generator = Generator::new();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..1_500_usize {
            let len = 14 + round * 7 % 1_500;
            let noise = std::iter::repeat_with(|| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 56) as u8
            });
            let mut frame: Vec<_> = noise.take(len).collect();
            frame[..12].copy_from_slice(&[2; 12]);
            pass(&generator, &mut rings[0], &frame);
        }
        let mark = super::program::MARK.to_le_bytes();
        pass(&generator, &mut rings[0], &mark.repeat(300));
        assert_balanced(rings[0].counters());
    });
}
