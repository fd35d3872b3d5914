//! What is sent arrives, or is counted: to the unit.

use std::time::Duration;

use capture::source::live::{Opened, RingStats, open};

use crate::lab::{Sender, cable, config, drain, inside, numbered, opened, udp};

const QUIET: Duration = Duration::from_millis(150);

#[test]
fn every_frame_arrives() {
    inside("ledger::every_frame_arrives", || {
        cable("tap0");
        let mut live = opened(&["tap0"], 1).sources.remove(0);
        let sender = Sender::new("tap0-far");
        let frames: Vec<_> = (0..5_000)
            .map(|number| numbered(number, 60 + number as usize % 1_400))
            .collect();
        frames.iter().for_each(|frame| sender.send(frame));
        let seen = drain(&mut live, QUIET);
        assert!(seen.iter().map(|seen| &seen.data).eq(&frames));
        assert!(
            seen.iter()
                .zip(1..)
                .all(|(seen, number)| (seen.seq, seen.number) == (number, number))
        );
        assert!(
            seen.iter()
                .all(|seen| seen.wire_len as usize == seen.data.len() && seen.stripped.is_none())
        );
        assert!(seen.is_sorted_by_key(|seen| seen.time));
        let age = live.now().0 - seen[0].time;
        assert!((0..10_000_000_000).contains(&age), "{age}");
        let bytes = frames.iter().map(Vec::len).sum::<usize>() as u64;
        let expected = RingStats {
            received: 5_000,
            kernel: 5_000,
            bytes,
            ..RingStats::default()
        };
        assert_eq!(live.stats().rings, [expected]);
    });
}

#[test]
fn what_does_not_fit_is_counted() {
    inside("ledger::what_does_not_fit_is_counted", || {
        cable("tap0");
        let Opened {
            mut sources, mut watch, ..
        } = open(&config(&["tap0"], 1), 1).unwrap();
        let mut live = sources.remove(0);
        let sender = Sender::new("tap0-far");
        for round in 1..=3 {
            (0..4_000).for_each(|number| sender.send(&numbered(number, 600)));
            drain(&mut live, QUIET);
            let ring = live.stats().rings[0];
            assert_eq!(
                (ring.kernel, ring.received + ring.dropped),
                (round * 4_000, round * 4_000),
                "{ring:?}"
            );
            assert!(ring.dropped > 0 && ring.received > 0 && ring.freezes > 0, "{ring:?}");
            assert_eq!(watch.look()[0].counters.packets, round * 4_000);
        }
    });
}

#[test]
fn superframes_fit() {
    inside("ledger::superframes_fit", || {
        cable("tap0");
        let mut live = opened(&["tap0"], 1).sources.remove(0);
        let sender = Sender::new("tap0-far");
        let frames: Vec<_> = [60, 9_014, 65_549, 60, 65_549]
            .iter()
            .map(|length| numbered(1, *length))
            .collect();
        frames.iter().for_each(|frame| sender.send(frame));
        let seen = drain(&mut live, QUIET);
        assert!(seen.iter().map(|seen| &seen.data).eq(&frames));
        assert_eq!(live.stats().rings[0].truncated, 0);
    });
}

#[test]
fn tags_are_told_whether_the_kernel_takes_them_or_not() {
    inside("ledger::tags_are_told_whether_the_kernel_takes_them_or_not", || {
        cable("tap0");
        let mut live = opened(&["tap0"], 1).sources.remove(0);
        let sender = Sender::new("tap0-far");
        let plain = numbered(1, 60);
        let tagged = |tags: &[u8]| [&plain[..12], tags, &plain[12..]].concat();
        sender.send(&tagged(&[0x81, 0, 0x20, 100]));
        sender.send(&tagged(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 100]));
        sender.send(&tagged(&[0x91, 0, 0, 9]));
        let seen = drain(&mut live, QUIET);
        assert_eq!((seen[0].stripped, &seen[0].data), (Some((0x8100, 0x2064)), &plain));
        assert_eq!(
            (seen[1].stripped, &seen[1].data),
            (Some((0x88a8, 7)), &tagged(&[0x81, 0, 0, 100]))
        );
        assert_eq!((seen[2].stripped, &seen[2].data), (None, &tagged(&[0x91, 0, 0, 9])));
    });
}

#[test]
fn what_the_host_sends_itself_is_not_captured() {
    inside("ledger::what_the_host_sends_itself_is_not_captured", || {
        cable("tap0");
        for workers in [1, 2] {
            let mut sources = opened(&["tap0"], workers).sources;
            Sender::new("tap0").send(&numbered(1, 60));
            Sender::new("tap0-far").send(&numbered(1, 60));
            let seen: usize = sources.iter_mut().map(|live| drain(live, QUIET).len()).sum();
            assert_eq!(seen, 1);
        }
    });
}

#[test]
fn interfaces_are_merged_by_time() {
    inside("ledger::interfaces_are_merged_by_time", || {
        ["tap0", "tap1", "tap2"].iter().for_each(|name| cable(name));
        let mut live = opened(&["tap0", "tap1", "tap2"], 1).sources.remove(0);
        let senders = ["tap0-far", "tap1-far"].map(Sender::new);
        for number in 0..3_000u32 {
            senders[usize::from(number.is_multiple_of(3))].send(&numbered(number, 60 + number as usize % 1_000));
        }
        let seen = drain(&mut live, QUIET);
        assert_eq!(seen.len(), 3_000);
        assert!(
            seen.iter()
                .zip(0..)
                .all(|(seen, number)| seen.data[42..46] == u32::to_be_bytes(number))
        );
        assert!(
            (0..3_000u32)
                .zip(&seen)
                .all(|(number, seen)| seen.capture == u16::from(number.is_multiple_of(3)))
        );
        assert!(seen.is_sorted_by_key(|seen| seen.time));
        assert!(seen.iter().zip(1..).all(|(seen, seq)| seen.seq == seq));
        let received: Vec<_> = live.stats().rings.iter().map(|ring| ring.received).collect();
        assert_eq!(received, [2_000, 1_000, 0]);
    });
}

#[test]
fn what_nobody_reads_stays_in_the_kernel() {
    inside("ledger::what_nobody_reads_stays_in_the_kernel", || {
        cable("tap0");
        let Opened { mut sources, notes, .. } = opened(&["tap0"], 2);
        assert!(notes.is_empty(), "{notes:?}");
        let sender = Sender::new("tap0-far");
        let (client, server) = ([10, 0, 0, 1].into(), [10, 1, 0, 1].into());
        (0..100).for_each(|_| sender.send(&udp(client, server, 9, b"discard")));
        (0..100).for_each(|number| sender.send(&numbered(number, 60)));
        let seen: usize = sources.iter_mut().map(|live| drain(live, QUIET).len()).sum();
        let kernel: u64 = sources.iter_mut().map(|live| live.stats().rings[0].kernel).sum();
        assert_eq!((seen, kernel), (100, 100));
    });
}
