//! What the filter says happens, and is counted.

use super::lab::{Generator, assert_balanced, first, interface, open, open_generic, receive, udp, with_cable};
use super::sum;
use crate::config::{Config, Controller};
use crate::filter::Filter;
use crate::filter::assembler::{Assembler, Register, Source, When, Width};
use crate::filter::elephants::{Key, Stretch};
use crate::source::live::Ring as _;
use crate::source::xdp::{self, Attach, Judge, Ring};

/// The filter that gives each frame this verdict.
fn always(verdict: i32) -> Vec<u64> {
    let mut asm = Assembler::default();
    asm.set(Register::R0, verdict);
    asm.exit();
    asm.finish().unwrap()
}

/// The filter that keeps frames whose first word is this.
fn beginning_with(word: u32) -> Vec<u64> {
    let mut asm = Assembler::default();
    let [short, other] = [asm.label(), asm.label()];
    asm.load(Width::Word, Register::R2, Register::R1, 0);
    asm.load(Width::Word, Register::R3, Register::R1, 4);
    asm.set_to(Register::R6, Register::R2); // as it may: the caller's is its own
    asm.add(Register::R6, Source::Value(4));
    asm.compare(When::Greater, Register::R6, Register::R3, short);
    asm.load(Width::Word, Register::R7, Register::R2, 0);
    asm.jump_double(When::Different, Register::R7, word as i32, other);
    asm.set(Register::R0, 1);
    asm.exit();
    asm.place(short);
    asm.place(other);
    asm.set(Register::R0, 0);
    asm.exit();
    asm.finish().unwrap()
}

#[test]
fn what_it_drops_is_filtered_and_no_loss() {
    with_cable(1, || {
        let mut rings = open(1, &beginning_with(u32::from_le_bytes([2, 0, 0, 0]))).unwrap();
        let generator = Generator::new();
        let unwanted = [&[4, 0, 0, 0], &udp(1, 100)[4..]].concat();
        for _ in 0..50 {
            assert!(generator.send(&udp(1, 100)) && generator.send(&unwanted));
        }
        let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= 100);
        assert_balanced(&counters[0]);
        assert_eq!((counters[0].filtered, counters[0].received), (50, 50), "{counters:?}");
        assert_eq!(counters[0].lost(), 0);
    });
}

#[test]
fn what_it_cuts_keeps_its_length() {
    with_cable(1, || {
        for open in [open, open_generic] {
            let mut rings = open(1, &always(70)).unwrap();
            let generator = Generator::new();
            for len in [60, 71, 1_514] {
                assert!(generator.send(&udp(1, len)));
                let head = first(&mut rings[0]);
                assert_eq!(head.wire_len as usize, len);
                assert_eq!(rings[0].data(), &udp(1, len)[..len.min(70)]);
                rings[0].advance();
            }
            let counters = *rings[0].counters();
            assert_balanced(&counters);
            assert_eq!((counters.cut, counters.cut_bytes), (2, 1 + 1_444), "{counters:?}");
        }
    });
}

#[test]
fn a_stretch_that_nobody_reads_is_cut_from_when_it_is_told_until_it_is_taken_back() {
    with_cable(1, || {
        let filter = Filter::new(&Config::default());
        for places in [&[Attach::Native][..], &[Attach::Generic]] {
            let mut rings = xdp::open_in(&interface(1), 4, Judge::Cutting(&filter), places).unwrap();
            let map = rings[0].elephants().unwrap();
            let generator = Generator::new();
            let segment = |sequence: u32| {
                let builder = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]);
                let builder = builder
                    .ipv4([10, 0, 0, 1], [10, 0, 0, 9], 64)
                    .tcp(445, 50_000, sequence, 1_024);
                let mut frame = Vec::new();
                builder.ack(7).write(&mut frame, &[7; 1_000]).unwrap();
                frame
            };
            let captured = |ring: &mut Ring, sequence: u32| {
                assert!(generator.send(&segment(sequence)));
                let head = first(ring);
                let bytes = ring.data().len();
                assert_eq!(head.wire_len, 1_054);
                assert_eq!(ring.data(), &segment(sequence)[..bytes]);
                ring.advance();
                bytes
            };
            let ring = &mut rings[0];
            assert_eq!(captured(ring, 1_000), 1_054);
            let key = Key {
                source: ([10, 0, 0, 1].into(), 445),
                destination: ([10, 0, 0, 9].into(), 50_000),
            };
            let stretch = Stretch {
                from: 1_000,
                length: 5_000,
            };
            map.set(&key.bytes(), &stretch.bytes()).unwrap();
            assert_eq!(
                (captured(ring, 1_000), captured(ring, 5_000), captured(ring, 5_001)),
                (54, 54, 1_054)
            );
            map.remove(&key.bytes());
            map.remove(&key.bytes());
            assert_eq!(captured(ring, 1_000), 1_054);
            let counters = *rings[0].counters();
            assert_eq!((counters.cut, counters.cut_bytes), (2, 2_000));
            assert_balanced(&counters);
        }
    });
}

#[test]
fn one_that_the_kernel_does_not_trust_is_refused_with_its_words() {
    with_cable(1, || {
        let mut asm = Assembler::default();
        asm.load(Width::Word, Register::R2, Register::R1, 0);
        asm.load(Width::Word, Register::R0, Register::R2, 0); // beyond the end, for all it knows
        asm.exit();
        let error = open(1, &asm.finish().unwrap()).unwrap_err();
        assert!(error.is_of_the_program(), "{error}");
        assert!(error.to_string().contains("invalid access to packet"), "{error}");
    });
}

#[test]
fn the_configured_one_is_taken_by_the_kernel_and_decides_the_same() {
    with_cable(1, || {
        let controller = |name: &str| Controller {
            name: name.to_owned(),
            addresses: vec!["10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
        };
        for controllers in [vec![], vec![controller("dc1")]] {
            let config = Config {
                controllers,
                ..Config::default()
            };
            let filter = Filter::new(&config);
            let mut rings = open(1, &filter.extended(None)).unwrap();
            let generator = Generator::new();
            let mut other = udp(9, 120); // to a port that nobody reads
            other[34..38].copy_from_slice(&[0xc3, 9, 0x30, 0x39]);
            let mut kept = 0;
            for frame in [udp(1, 100), other, udp(2, 1_514), vec![2; 60]] {
                assert!(generator.send(&frame));
                kept += u64::from(filter.judge(&frame).passes());
            }
            let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= 4);
            assert_balanced(&counters[0]);
            assert_eq!(
                (counters[0].received, counters[0].filtered),
                (kept, 4 - kept),
                "{counters:?}"
            );
            assert!(kept >= 2);
        }
    });
}
