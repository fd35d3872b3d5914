//! What a session says that it does not read, it does not miss.

use capture::Direction::{self, Down, Up};
use proptest::prelude::*;

use crate::testing::{Conversation, Said};

/// An SMB2 READ response with `length` bytes of a file ([MS-SMB2] 2.2.1.2, 2.2.20).
fn have_read(length: u32, id: u64) -> Vec<u8> {
    let mut message = (80 + length).to_be_bytes().to_vec();
    message.extend(b"\xfeSMB\x40\0\x01\0\0\0\0\0\x08\0\x01\0\x01\0\0\0\0\0\0\0");
    message.extend(id.to_le_bytes());
    message.resize(4 + 64, 0);
    message.extend([17, 0, 80, 0]);
    message.extend(length.to_le_bytes());
    message.resize(4 + 80 + length as usize, b'x');
    message
}

/// Three long answers and a short one between them.
fn bulk() -> Vec<u8> {
    [
        have_read(200_000, 5),
        have_read(100, 6),
        have_read(1_000_000, 7),
        have_read(70_000, 8),
    ]
    .concat()
}

/// A TLS 1.2 record: a change of keys, and what nobody can read ([RFC 5246] §6.2.1).
fn encrypted() -> Vec<u8> {
    let record = |kind: u8, body: &[u8]| {
        let length = (body.len() as u16).to_be_bytes();
        [&[kind, 3, 3][..], &length, body].concat()
    };
    [record(20, &[1]), record(23, &[7; 16_000]), record(23, &[9; 16_000])].concat()
}

fn content(said: &Said) -> (String, String, String) {
    let text = |value: &dyn std::fmt::Debug| format!("{value:?}");
    (
        text(&said.messages),
        text(&said.activities),
        text(&(
            said.out.counters.opaque_bytes(),
            said.out.counters.malformed(),
            said.out.counters.limits(),
        )),
    )
}

#[test]
fn the_rest_of_a_long_answer_is_not_read_and_the_next_header_is() {
    let bulk = have_read(200_000, 5);
    let (head, rest) = bulk.split_at(1_460);
    let conversation = Conversation::tcp(445).midstream().down(head);
    assert_eq!(conversation.unread(Down), rest.len() as u64);
    assert_eq!(conversation.unread(Up), 0);
    let conversation = conversation.passed(Down, rest, 1_460);
    assert_eq!(conversation.unread(Down), 0);
    let said = conversation.down(&have_read(100, 6)).finish();
    assert_eq!(said.out.counters.messages().map(|(_, count)| count).sum::<u64>(), 2);
}

#[test]
fn what_is_encrypted_is_never_read() {
    let conversation = Conversation::tcp(636).midstream().down(&encrypted());
    assert_eq!(conversation.unread(Down), u64::MAX);
    let conversation = Conversation::tcp(4_711).midstream();
    let conversation = (0..40).fold(conversation, |conversation, _| conversation.up(&[0; 600]));
    assert_eq!(
        (conversation.unread(Up), conversation.unread(Down)),
        (u64::MAX, u64::MAX)
    );
}

fn compared(port: u16, direction: Direction, data: &[u8], size: usize) {
    let conversation = || Conversation::tcp(port).midstream();
    let read = conversation().cut(direction, data, size).finish();
    let passed = conversation().passed(direction, data, size).finish();
    assert_eq!(content(&read), content(&passed));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_missed_however_it_is_cut(size in 1..3_000_usize) {
        compared(445, Down, &bulk(), size.max(300));
        compared(636, Up, &encrypted(), size);
        compared(4_711, Up, &bulk(), size.max(300));
    }
}
