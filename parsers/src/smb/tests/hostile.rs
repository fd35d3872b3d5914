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
