//! Inputs made to cost much: what nests without end, what claims to be longer than anything, and segments that contradict each other.
//!
//! Each goes through the targets, which hold output, messages and damage against the bytes given. The bombs of a single parser
//! are tested beside it: filters (`ldap/tests/filters.rs`), NDR (`dcerpc/ndr/tests.rs`), AndX and compounds (`smb/tests`), RPC fragments
//! (`dcerpc/stubs/tests.rs`), certificates (`tls/tests.rs`), events with what each is refused for (`event/xml.rs`, `event/tests.rs`).

use std::time::{Duration, Instant};

use capture::Direction::{Down, Up};
use fuzzing::{Target, all, encode};

/// Longest that one bomb may take in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(20);

fn hold(target: Target, bomb: &[u8]) {
    let started = Instant::now();
    (target.run)(bomb);
    assert!(started.elapsed() < LONGEST, "{}: {:?}", target.name, started.elapsed());
}

/// `header` again and again, each around all that follows; lengths are of four octets.
fn nested(tag: u8, levels: u32) -> Vec<u8> {
    let headers = (0..levels)
        .rev()
        .map(|inside| [&[tag, 0x84][..], &(6 * inside).to_be_bytes()].concat());
    headers.flatten().collect()
}

/// Behind what carries ASN.1 over TCP, and bare.
fn carried(bytes: &[u8]) -> [Vec<u8>; 3] {
    let length = u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [
        bytes.to_vec(),
        [&length[..], bytes].concat(),
        [&[0x60, 0x84][..], &length, bytes].concat(),
    ]
}

#[test]
fn nesting_has_a_budget_everywhere() {
    for tag in [0x30, 0x60, 0x6a, 0x6e, 0x7e, 0xa0, 0xa1, 0xa2, 0x24] {
        for bytes in carried(&nested(tag, 5_000)) {
            for target in all() {
                hold(target, &bytes);
                hold(target, &encode(false, [(Up, bytes.as_slice()), (Down, &bytes)]));
            }
        }
    }
}

#[test]
fn indefinite_lengths_nest_no_deeper() {
    let bomb = [0x30, 0x80].repeat(8_000);
    for target in all() {
        hold(target, &bomb);
        hold(target, &encode(false, [(Up, bomb.as_slice()), (Down, &bomb)]));
    }
}

/// What the largest numbers in every place of a header's first octets announce never comes.
#[test]
fn lengths_that_lie_cost_nothing() {
    let heads: [&[u8]; 10] = [
        &[
            0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1, 0x63, 0x84, 0x7f, 0xff, 0xff, 0xf0,
        ],
        &[0x7f, 0xff, 0xff, 0xff, 0x6a, 0x84, 0x7f, 0xff, 0xff, 0xf0],
        &[0, 0xff, 0xff, 0xff, 0xfe, b'S', b'M', b'B', 0x40, 0],
        &[0, 0xff, 0xff, 0xff, 0xff, b'S', b'M', b'B', 0x72],
        &[5, 0, 0, 3, 0x10, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0],
        &[0x16, 3, 3, 0xff, 0xff, 1, 0xff, 0xff, 0xff],
        &[3, 0, 0xff, 0xff, 2, 0xf0, 0x80],
        &[0x12, 1, 0xff, 0xff, 0, 0, 1, 0],
        &[
            0xff, 0xff, 0, 1, 0x85, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        b"POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n",
    ];
    for head in heads {
        let bomb = [head, &[0xff; 3_000], head, &[0; 3_000]].concat();
        for target in all() {
            hold(
                target,
                &encode(false, [(Up, bomb.as_slice()), (Down, &bomb), (Up, head), (Down, head)]),
            );
        }
    }
}

/// The same octets of a stream again and again, each time with others in them.
#[test]
fn segments_that_contradict_each_other_are_bounded() {
    let frames: Vec<Vec<u8>> = (0..200_u32)
        .map(|number| segment(number % 7 * 50, &[number as u8; 120]))
        .collect();
    let mut input = vec![0];
    for frame in &frames {
        input.push(0);
        input.extend(u16::try_from(frame.len()).unwrap_or_default().to_le_bytes());
        input.extend(frame);
    }
    let pipeline = fuzzing::named("pipeline").expect("a target of that name");
    hold(pipeline, &input);
}

/// Ethernet, IPv4 and TCP to port 389.
fn segment(sequence: u32, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    frame.extend(u16::try_from(40 + data.len()).unwrap_or_default().to_be_bytes());
    frame.extend([
        0,
        data.first().copied().unwrap_or(0),
        0x40,
        0,
        64,
        6,
        0,
        0,
        10,
        0,
        0,
        50,
        10,
        0,
        0,
        10,
        0xc3,
        0x50,
        1,
        0x85,
    ]);
    frame.extend((1_000 + sequence).to_be_bytes());
    frame.extend([0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
    frame.extend(data);
    frame
}

/// Elements and objects in one another, entities that stand for many others, and data without end: as an event, inside an event,
/// and in what a federation server audits.
#[test]
fn events_that_grow_are_bounded() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    let entities: String = (1..30)
        .map(|number| format!("<!ENTITY e{number} \"{}\">", format!("&e{};", number - 1).repeat(20)))
        .collect();
    let document = format!("<!DOCTYPE e [<!ENTITY e0 \"e\">{entities}]>");
    let system = "<System><Provider Name=\"AD FS Auditing\"/><EventID>1202</EventID></System>";
    let event = |inside: &str| format!("<Event>{system}<EventData>{inside}</EventData></Event>");
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let audit = |inside: &str| event(&format!("<Data>id</Data><Data>{}</Data>", escaped(inside)));
    let bombs = [
        deep("<Event>", "</Event>"),
        event(&deep("<Data>", "</Data>")),
        event(&"<Data Name='x'>y</Data>".repeat(20_000)),
        format!("{document}{}", event("<Data>&e29;</Data>")),
        event(&"<Data>&e29;</Data>".repeat(100)),
        audit(&format!("{document}<AuditBase><UserId>&e29;</UserId></AuditBase>")),
        audit(&format!("<AuditBase>{}</AuditBase>", deep("<UserId>", "</UserId>"))),
        deep("{\"Event\":", "}"),
        format!("{{\"EventID\":4776,\"EventData\":{}}}", deep("{\"a\":", "}")),
        format!("{{\"EventID\":4776,\"EventData\":{}}}", deep("[", "]")),
        format!("{{\"EventID\":4776{}}}", ",\"a\":1".repeat(40_000)),
        format!(
            "CEF:0|a|b|c|p:4776|n|Low|{}",
            " cs1=x cs1Label=Status ad.a:b_,c=d".repeat(8_000)
        ),
        format!("EventCode=4768\r\nMessage={}", "Account Name: x ".repeat(20_000)),
        format!(
            "EventCode=4887\r\nMessage=x\r\n{}",
            "Attributes:\r\na:b\r\n".repeat(20_000)
        ),
        "EventCode=1\r\n".repeat(20_000),
    ];
    for bomb in &bombs {
        for target in all().filter(|target| target.name.starts_with("event")) {
            hold(target, bomb.as_bytes());
        }
    }
}
