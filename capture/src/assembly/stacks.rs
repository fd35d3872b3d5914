//! What SYNs tell of their senders, and when.

use etherparse::TcpOptionElement::{
    self, MaximumSegmentSize, Noop, SelectiveAcknowledgementPermitted, Timestamp, WindowScale,
};

use crate::testing::{End, Lab};

const WINDOWS: [TcpOptionElement; 6] = [
    MaximumSegmentSize(1_460),
    Noop,
    WindowScale(8),
    Noop,
    Noop,
    SelectiveAcknowledgementPermitted,
];
const LINUX: [TcpOptionElement; 5] = [
    MaximumSegmentSize(1_460),
    SelectiveAcknowledgementPermitted,
    Timestamp(1, 0),
    Noop,
    WindowScale(7),
];

fn send(lab: &mut Lab, ttl: u8, options: &[TcpOptionElement], from: End, flags: &str, data: &str) {
    (lab.ttl, lab.options) = (ttl, options.to_vec());
    let sequence = u32::from(!flags.contains('S'));
    lab.tcp(from, flags, sequence, 1, data);
}

#[test]
fn both_ends_are_told_with_the_first_bytes() {
    let mut lab = Lab::new();
    send(&mut lab, 127, &WINDOWS, End::Client, "S", "");
    send(&mut lab, 64, &LINUX, End::Server, "SA", "");
    send(&mut lab, 127, &[], End::Client, "A", "");
    assert!(lab.seen().is_empty(), "anybody can send a SYN");
    send(&mut lab, 127, &[], End::Client, "A", "abc");
    send(&mut lab, 64, &[], End::Server, "A", "def");
    assert_eq!(
        lab.seen(),
        ["1 10.0.0.1 is windows", "1 10.0.0.2 is linux", "1 up abc", "1 down def"]
    );
}

#[test]
fn a_syn_that_is_sent_again_is_told_once() {
    let mut lab = Lab::new();
    send(&mut lab, 63, &LINUX, End::Client, "S", "");
    send(&mut lab, 63, &LINUX, End::Client, "S", "");
    send(&mut lab, 63, &[], End::Client, "A", "abc");
    send(&mut lab, 63, &LINUX, End::Client, "S", "");
    lab.tcp(End::Client, "A", 4, 1, "def");
    assert_eq!(lab.seen(), ["1 10.0.0.1 is linux", "1 up abc", "1 up def"]);
}

#[test]
fn a_connection_whose_beginning_was_missed_tells_nothing() {
    let mut lab = Lab::new();
    send(&mut lab, 127, &WINDOWS, End::Client, "A", "abc");
    assert_eq!(lab.seen(), ["1 up abc"]);
}
