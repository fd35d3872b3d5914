//! What nobody reads is passed over by its number, captured or not; what is read is never.

use crate::config::Config;
use crate::testing::{End::*, Lab};

/// Ethernet, IPv4 and TCP.
const HEADERS: usize = 54;
const BULK: u32 = 100_000;
/// Payload of a segment.
const SEGMENT: usize = 1_000;

/// A connection whose server has said `head`, and of what follows nobody reads 100,000 bytes, from sequence number 5 on.
fn told() -> Lab {
    told_from(&Config::default(), 1)
}

fn told_from(config: &Config, first: u32) -> Lab {
    let mut lab = Lab::with(config);
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Server, "SA", first.wrapping_sub(1), 1, "");
    lab.log.unread = BULK.into();
    lab.tcp(Server, "A", first, 1, "head");
    lab.log.unread = 0;
    assert_eq!(lab.seen(), ["1 down head"]);
    lab
}

impl Lab {
    /// The server's bulk from `sequence` on; of the frame so much was captured.
    fn bulk(&mut self, sequence: u32, captured: usize) {
        self.snap = Some(captured);
        self.tcp(Server, "A", sequence, 1, &"x".repeat(SEGMENT));
        self.snap = None;
    }
}

/// Bytes passed over, which all others are none of.
fn passed(lab: &mut Lab) -> usize {
    let lines = lab.seen();
    let count = |line: &String| {
        line.strip_prefix("1 down unread ")
            .map(|count| count.parse::<usize>().unwrap())
    };
    lines
        .iter()
        .map(|line| count(line).unwrap_or_else(|| panic!("{line}")))
        .sum()
}

#[test]
fn a_frame_cut_to_its_headers_is_no_loss() {
    let mut lab = told();
    (0..100).for_each(|at| lab.bulk(5 + at * SEGMENT as u32, HEADERS));
    assert_eq!(passed(&mut lab), BULK as usize);
    lab.tcp(Client, "A", 1, 5 + BULK, "");
    lab.tcp(Server, "A", 5 + BULK, 1, "next");
    assert_eq!(lab.seen(), ["1 down next"]);
    assert_eq!(lab.finish(), ["1 close"]);
    let stats = lab.assembly.stats();
    assert_eq!(
        (stats.unread_bytes, stats.stream_bytes),
        (u64::from(BULK), u64::from(BULK) + 8)
    );
    assert_eq!((stats.gaps, stats.cut_bytes, stats.missing_bytes), (0, 0, 0));
    let account = lab.assembly.controllers().iter().next().unwrap().clone();
    assert_eq!(
        (account.seen(), account.from.stream_bytes),
        (Some(1.0), u64::from(BULK) + 8)
    );
}

#[test]
fn captured_or_not_makes_no_difference() {
    let run = |captured: &dyn Fn(u32) -> usize| {
        let mut lab = told();
        (0..100).for_each(|at| lab.bulk(5 + at * SEGMENT as u32, captured(at)));
        let passed = passed(&mut lab);
        lab.tcp(Server, "A", 5 + BULK, 1, "next");
        (passed, lab.finish(), lab.assembly.stats().unread_bytes)
    };
    let cut = run(&|_| HEADERS);
    assert_eq!(cut, run(&|_| usize::MAX));
    assert_eq!(cut, run(&|at| if at % 3 == 0 { HEADERS + 7 } else { HEADERS }));
}

#[test]
fn order_does_not_matter_and_nothing_is_copied() {
    let config = Config {
        out_of_order_flow_bytes: 64 * 512, // segments' headers, not their bytes
        ..Config::default()
    };
    let mut lab = told_from(&config, 1);
    for pair in 0..50 {
        lab.bulk(5 + (2 * pair + 1) * SEGMENT as u32, HEADERS + 3);
        lab.bulk(5 + 2 * pair * SEGMENT as u32, HEADERS);
    }
    assert_eq!(passed(&mut lab), BULK as usize);
    let stats = lab.assembly.stats();
    assert_eq!((stats.out_of_order, stats.out_of_order_limit, stats.gaps), (50, 0, 0));
}

#[test]
fn what_is_lost_in_between_is_a_gap() {
    let mut lab = told();
    lab.bulk(5, HEADERS);
    lab.bulk(5 + 2 * SEGMENT as u32, HEADERS);
    lab.tcp(Client, "A", 1, 5 + 3 * SEGMENT as u32, "");
    lab.tick(60);
    assert_eq!(
        lab.seen(),
        ["1 down unread 1000", "1 down gap 1000", "1 down unread 1000"]
    );
    let stats = lab.assembly.stats();
    assert_eq!(
        (stats.gap_bytes, stats.missing_bytes, stats.cut_bytes),
        (1_000, 1_000, 0)
    );
}

#[test]
fn a_frame_cut_anywhere_else_is_truncated() {
    // Over the end of the stretch, in front of it, the other direction, another connection.
    let mut lab = told();
    (0..99).for_each(|at| lab.bulk(5 + at * SEGMENT as u32, HEADERS));
    assert_eq!(passed(&mut lab), 99_000);
    lab.bulk(5 + 99 * SEGMENT as u32 + 1, HEADERS);
    lab.tcp(Server, "A", 5 + 99 * SEGMENT as u32, 1, "x");
    assert_eq!(lab.seen(), ["1 down unread 1", "1 down gap 1000"]);
    lab.snap = Some(HEADERS);
    lab.tcp(Client, "A", 1, 1, "hello");
    assert_eq!(lab.finish(), ["1 up gap 5", "1 close"]);
    let stats = lab.assembly.stats();
    assert_eq!(
        (stats.cut_bytes, stats.gap_bytes, stats.unread_bytes),
        (1_005, 1_005, 99_001)
    );
}

#[test]
fn a_stretch_that_was_passed_is_forgotten() {
    let mut lab = told();
    (0..100).for_each(|at| lab.bulk(5 + at * SEGMENT as u32, HEADERS));
    lab.tcp(Server, "A", 5 + BULK, 1, "next");
    lab.seen();
    // Sent again, it is nothing new; nor is it, once the numbers have come around.
    lab.bulk(5, HEADERS);
    assert!(lab.seen().is_empty());
    assert_eq!(lab.assembly.stats().retransmissions, 1);
}

#[test]
fn numbers_wrap_within_a_stretch() {
    let mut lab = told_from(&Config::default(), u32::MAX - 50_000);
    let first = (u32::MAX - 50_000).wrapping_add(4);
    (0..100).for_each(|at| lab.bulk(first.wrapping_add(at * SEGMENT as u32), HEADERS));
    assert_eq!(passed(&mut lab), BULK as usize);
    assert_eq!(lab.assembly.stats().gaps, 0);
}

#[test]
fn what_is_never_read_again_goes_on_without_end() {
    let mut lab = told();
    lab.log.unread = u64::MAX;
    lab.bulk(5, HEADERS);
    let mut sequence = 5 + SEGMENT as u32;
    // More than one stretch holds.
    for _ in 0..40_000 {
        lab.bulk(sequence, HEADERS);
        sequence += SEGMENT as u32;
    }
    assert_eq!(passed(&mut lab), 40_001 * SEGMENT);
    assert_eq!(lab.assembly.stats().gaps, 0);
}

#[test]
fn a_little_is_not_worth_it_and_it_can_be_switched_off() {
    let mut lab = Lab::open();
    lab.log.unread = 2_000;
    lab.tcp(Server, "A", 1, 1, "head");
    lab.bulk(5, usize::MAX);
    assert_eq!(lab.assembly.stats().unread_bytes, 0);
    let mut config = Config::default();
    config.filter.elephants = false;
    let mut lab = told_from(&config, 1);
    lab.bulk(5, usize::MAX);
    assert_eq!(lab.assembly.stats().unread_bytes, 0);
}

#[test]
fn a_fin_behind_it_ends_the_connection() {
    let mut lab = told();
    (0..100).for_each(|at| lab.bulk(5 + at * SEGMENT as u32, HEADERS));
    lab.tcp(Server, "FA", 5 + BULK, 1, "");
    lab.tcp(Client, "FA", 1, 6 + BULK, "");
    lab.tcp(Server, "A", 6 + BULK, 2, "");
    let lines = lab.seen();
    assert_eq!(lines.last().map(String::as_str), Some("1 close"));
    assert_eq!(lab.assembly.stats().flows_closed, 1);
}
