//! What must hold whatever arrives: segments do not matter, nothing panics, and what is kept is bounded.

use capture::Direction;
use proptest::prelude::*;
use serde_json::Value;

use super::{play, recorded};
use crate::testing::{Conversation, Said};

const RECORDED: [&str; 6] = [
    "ntlm_read",
    "ntlm_unknown_user",
    "encrypted",
    "smb1_ntlmv1",
    "port139",
    "pipe_samr",
];

/// What was said, but for the number of the packet that completed it.
fn content(said: Said) -> (Vec<Value>, Vec<Value>) {
    let strip = |mut value: Value| {
        value.as_object_mut().unwrap().remove("frame");
        value
    };
    (said.messages.into_iter().map(strip).collect(), said.activities)
}

#[test]
fn segments_do_not_matter() {
    for name in RECORDED {
        let segments = recorded(name);
        let whole = content(play(&segments, usize::MAX));
        for size in [1, 2, 3, 5, 17, 64, 100] {
            assert_eq!(content(play(&segments, size)), whole, "{name} cut into {size}");
        }
    }
}

/// The structure sizes of SMB2's bodies, by command, asked and answered.
const SIZES: [[u16; 2]; 20] = [
    [36, 65],
    [25, 9],
    [4, 4],
    [9, 16],
    [4, 4],
    [57, 89],
    [24, 60],
    [24, 4],
    [49, 17],
    [49, 17],
    [48, 4],
    [57, 49],
    [4, 4],
    [4, 4],
    [33, 9],
    [32, 9],
    [41, 9],
    [33, 2],
    [24, 44],
    [4, 4],
];

/// The commands of SMB1 whose bodies are read.
const COMMANDS: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0f, 0x10, 0x13, 0x14, 0x24, 0x25, 0x26,
    0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x32, 0x33, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x81, 0xa0, 0xa1, 0xa2, 0xa5,
];

/// Small numbers are likely where lengths and offsets stand.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..260).prop_map(|bytes| {
        let smaller = |byte: u8| match byte {
            0..=127 => 0,
            128..=207 => byte - 128,
            208.. => byte,
        };
        bytes.into_iter().map(smaller).collect()
    })
}

/// A message of SMB2 with a header as it should be.
fn smb2(command: usize, response: bool, id: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xfeSMB\x40\0\x01\0\0\0\0\0".to_vec();
    bytes.extend(u16::try_from(command).unwrap().to_le_bytes());
    bytes.extend([1, 0, u8::from(response), 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(id.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 5, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(SIZES[command][usize::from(response)].to_le_bytes());
    bytes.extend(body);
    bytes
}

/// The same of SMB1, with as many words as `body` has for them.
fn smb1(command: u8, response: bool, id: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xffSMB".to_vec();
    bytes.push(command);
    bytes.extend([
        0,
        0,
        0,
        0,
        if response { 0x80 } else { 0 },
        0,
        if body.len().is_multiple_of(2) { 0xc0 } else { 0x40 },
    ]);
    bytes.extend([0; 12]);
    bytes.extend([5, 0, 7, 0, 100, 0]);
    bytes.extend(id.to_le_bytes());
    bytes.push(u8::try_from((body.len() / 2).min(40)).unwrap());
    bytes.extend(body);
    bytes
}

fn framed(message: Vec<u8>) -> Vec<u8> {
    let mut bytes = u32::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(message);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn bodies_of_any_content_do_no_harm(
        messages in prop::collection::vec((0_usize..20, any::<bool>(), 0_u64..6, body()), 1..20),
    ) {
        let mut conversation = Conversation::tcp(445);
        for (command, response, id, body) in &messages {
            let message = framed(smb2(*command, *response, *id, body));
            conversation = if *response { conversation.down(&message) } else { conversation.up(&message) };
        }
        conversation.wait(40).finish();
    }

    #[test]
    fn words_of_any_content_do_no_harm(
        messages in prop::collection::vec((prop::sample::select(COMMANDS), any::<bool>(), 0_u16..6, body()), 1..20),
    ) {
        let mut conversation = Conversation::tcp(445);
        for (command, response, id, body) in &messages {
            let message = framed(smb1(*command, *response, *id, body));
            conversation = if *response { conversation.down(&message) } else { conversation.up(&message) };
        }
        conversation.wait(40).finish();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn damage_does_no_harm(
        name in 0..RECORDED.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
        size in 1_usize..200,
        gaps in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 1_u64..5000), 0..4),
    ) {
        let mut segments = recorded(RECORDED[name]);
        for (segment, at, byte) in &damage {
            let segment = segment.index(segments.len());
            let bytes = &mut segments[segment].1;
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let holes: Vec<_> = gaps.iter().map(|(at, up, missing)| (at.index(segments.len()), *up, *missing)).collect();
        let mut conversation = Conversation::tcp(445);
        for (number, (direction, bytes)) in segments.iter().enumerate() {
            for (_, up, missing) in holes.iter().filter(|(at, ..)| *at == number) {
                conversation = conversation.gap(if *up { Direction::Up } else { Direction::Down }, *missing);
            }
            conversation = conversation.cut(*direction, bytes, size);
        }
        conversation.wait(40).finish();
    }

    #[test]
    fn noise_does_no_harm(segments in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..300)), 0..12)) {
        let mut conversation = Conversation::tcp(445);
        for (up, bytes) in &segments {
            let mut framed = vec![0, 0, 0, u8::try_from(bytes.len().min(255)).unwrap(), 0xfe, b'S', b'M', b'B'];
            framed.extend_from_slice(bytes);
            conversation = if *up { conversation.up(&framed) } else { conversation.down(&framed) };
        }
        conversation.finish();
    }
}
